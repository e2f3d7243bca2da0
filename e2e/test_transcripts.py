"""A whole visit as a screen reader and a keyboard meet it, kept in e2e/transcripts/ to be read and compared."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Page
from steps import CHOICE, PERSONAS, NewPage, expect_question, expect_result

TRANSCRIPTS = Path(__file__).with_name("transcripts")
SETTINGS = {"viewport": {"width": 390, "height": 844}, "reduced_motion": "reduce"}
MOST_STOPS = 40


def tree(page: Page) -> str:
    """The accessibility tree of the page, without addresses, which have a journey in them."""
    lines = page.locator("body").aria_snapshot().splitlines()
    return "\n".join(re.sub(r"http://127[^?\"]*/", "http://…/", line) for line in lines if "- /url:" not in line)


def stops(page: Page) -> list[str]:
    """What the Tab key reaches on the page, in order, as a screen reader would name it."""
    page.evaluate("document.activeElement.blur()")
    found: list[str] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if not focused.count() or page.evaluate("document.activeElement === document.body"):
            return found
        found.append(re.sub(r"http://127[^?\"]*/", "http://…/", focused.aria_snapshot().splitlines()[0].rstrip(":")))
    raise AssertionError(f"more than {MOST_STOPS} stops: {found}")


def transcript(page: Page, answers: Mapping[str, str]) -> str:
    """The visit with these answers, by keyboard alone: each page's tree and stops."""
    parts: list[str] = []

    def take(title: str) -> None:
        parts.append(f"# {title}: {page.title()}\n\n{tree(page)}\n\nTab:\n" + "\n".join(stops(page)))

    page.goto("/")
    for step, choice in answers.items():
        expect_question(page, step)
        take(step)
        page.locator(f"{CHOICE}[value='{choice}']").focus()
        page.keyboard.press("Enter")
    expect_result(page, "team")
    take("result")
    page.get_by_role("link", name="Change your answer to: How many people would use it?").focus()
    page.keyboard.press("Enter")
    expect_question(page, "team_size")
    take("changed")
    return "\n\n\n".join(parts) + "\n"


def test_a_visit_reads_as_its_transcript_says(new_page: NewPage, request: pytest.FixtureRequest) -> None:
    file = TRANSCRIPTS / "team.txt"
    found = transcript(new_page(**SETTINGS), PERSONAS["team"])
    if request.config.getoption("--write-transcripts"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(found, "utf-8")
    assert found == file.read_text("utf-8")
