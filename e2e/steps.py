"""Actions of a visitor on the pages, in a browser."""

from collections.abc import Callable, Mapping

from playwright.sync_api import Page, expect

NewPage = Callable[..., Page]
"""Opens a page of a fresh browser with the settings that it is given."""

PERSONAS = {
    "enthusiast": {"who": "hobby", "hosting": "enjoy"},
    "visionary": {"who": "job", "team_size": "just_me", "hosting": "own_cloud"},
    "team": {"who": "team", "team_size": "11_50", "hosting": "own_servers"},
    "enterprise": {"who": "organisation", "team_size": "51_plus", "hosting": "avoid"},
}
RECOMMENDED = {
    "enthusiast": "on_premise",
    "visionary": "cloud",
    "team": "private_cloud",
    "enterprise": "cloud",
}


CHOICE = ".choices button"
"""Finds the choices of a question."""


def choose(page: Page, choice: str) -> None:
    """Give the answer `choice`, by one tap."""
    page.locator(f"{CHOICE}[value='{choice}']").click()


def send_nothing(page: Page) -> None:
    """Send the question's form without an answer, which no choice does."""
    page.evaluate("document.forms[0].submit()")


def answer_all(page: Page, answers: Mapping[str, str]) -> None:
    """Answer each question in turn, from the first page to the result."""
    page.goto("/")
    for step, choice in answers.items():
        expect(page.locator(f"{CHOICE}[name={step}]").first).to_be_visible()
        choose(page, choice)
    expect(page.locator("main[data-recommended]")).to_be_visible()
    page.wait_for_load_state()


def expect_result(page: Page, persona: str) -> None:
    """The result of `persona` is shown, and its stylesheet is there."""
    main = page.locator("main")
    expect(main).to_have_attribute("data-persona", persona)
    expect(main).to_have_attribute("data-recommended", RECOMMENDED[persona])
    page.wait_for_load_state()


def expect_question(page: Page, step: str) -> None:
    """The question `step` is shown, and its stylesheet is there."""
    expect(page.locator(f"{CHOICE}[name={step}]").first).to_be_visible()
    page.wait_for_load_state()
