"""The element in React 19: properties, events, Strict Mode, pages that come and go, and pages rendered by a server."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from engines import until
from host import HostSite
from playwright.sync_api import ConsoleMessage, Page, expect
from server import Server
from steps import NewPage
from typescript import compiled, run_module, script_of

from wizard.embed.options import Options
from wizard.embed.react import react_snippet
from wizard.files.bundled import bundled

SOURCES = Path(__file__).parent / "react"
FIRST = [["wizard-ready", None], ["wizard-step", {"step": "who", "index": 0}]]
SECOND = ["wizard-step", {"step": "hosting", "index": 1}]
HARMLESS = re.compile("can escape its sandboxing|Download the React DevTools")

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def modules(wizard: Server) -> dict[str, str]:
    """The page in each of its forms, compiled."""
    sources = {path.name: path.read_text("utf-8") for path in sorted(SOURCES.glob("*.tsx"))}
    types = (bundled("static") / "embed.d.ts").read_text("utf-8")
    return compiled(
        {**sources, "recipe.tsx": react_snippet(wizard.url, Options(campaign="recipe")), "embed.d.ts": types}
    )


@pytest.fixture
def page(new_page: NewPage) -> Iterator[Page]:
    """A page whose errors and warnings fail the test."""
    opened = new_page()
    found: list[str] = []

    def keep(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not HARMLESS.search(message.text):
            found.append(message.text)

    opened.on("console", keep)
    opened.on("pageerror", lambda error: found.append(str(error)))
    yield opened
    assert found == []


@pytest.fixture
def open_page(page: Page, host: HostSite, wizard: Server, modules: dict[str, str]) -> Open:
    """Opens a page whose root has this content, which React renders, or hydrates where there is some."""

    def open_with(rendered: str, module: str = "client", how: str = "") -> Page:
        script = script_of(modules, module)
        page.goto(host.put(f'<div id="root" data-src="{wizard.url}/"{how}>{rendered}</div><script>{script}</script>'))
        return page

    return open_with


def received(page: Page) -> list[list[Any]]:
    found: list[list[Any]] = page.evaluate("window.received")
    return found


def wait_for(page: Page, events: list[Any]) -> None:
    """Wait until React's handlers have received these, and no others."""
    page.wait_for_function("count => window.received.length >= count", arg=len(events))
    assert received(page) == events


@pytest.mark.parametrize("how", ["", " data-by-ref"], ids=["handlers", "ref"])
def test_properties_are_passed_on_and_each_event_is_received_once_in_strict_mode(how: str, open_page: Open) -> None:
    page = open_page("", how=how)
    frame = page.frame_locator("deployment-wizard iframe")
    wait_for(page, FIRST)
    expect(frame.locator("html[data-theme=light]")).to_be_attached()
    attributes = {"theme": "light", "radius": "8", "campaign": "react", "share-path": ""}
    for name, value in attributes.items():
        expect(page.locator("deployment-wizard")).to_have_attribute(name, value)
    page.click("#theme")
    expect(frame.locator("html[data-theme=dark]")).to_be_attached()
    frame.locator("button[value=hobby]").click()
    wait_for(page, [*FIRST, SECOND])
    page.click("#theme")
    expect(frame.locator("html[data-theme=light]")).to_be_attached()
    frame.locator("button[value=avoid]").click()
    page.wait_for_function("window.received.at(-1)[0] === 'wizard-result'")
    assert len(received(page)) == 4


def test_a_wizard_that_goes_and_comes_again_works_as_the_first_did(open_page: Open) -> None:
    page = open_page("")
    wait_for(page, FIRST)
    for visit in (2, 3):
        page.click("#navigate")
        expect(page.locator("#elsewhere")).to_be_visible()
        assert page.locator("iframe").count() == 0
        page.click("#navigate")
        wait_for(page, FIRST * visit)
    assert page.locator("iframe").count() == 1
    assert page.locator("script[src$='embed.js']").count() == 1


def test_a_page_that_a_server_rendered_is_hydrated_without_a_difference(
    open_page: Open, modules: dict[str, str], wizard: Server
) -> None:
    rendered = run_module(modules, f"load('./server').html('{wizard.url}/')")
    assert re.search(r'<deployment-wizard [^>]*theme="light"[^>]* share-path=""', rendered)
    page = open_page(rendered)
    assert "onwizard" not in rendered
    frame = page.frame_locator("deployment-wizard iframe")
    page.wait_for_function("document.querySelector('deployment-wizard').matches(':defined')")
    expect(frame.get_by_role("heading", level=1)).to_be_visible()
    page.click("#theme")
    expect(frame.locator("html[data-theme=dark]")).to_be_attached()
    frame.locator("button[value=hobby]").click()
    page.wait_for_function("window.received.at(-1)?.[1]?.step === 'hosting'")
    assert page.locator("deployment-wizard").count() == page.locator("iframe").count() == 1


def test_the_component_of_the_snippet_builder_shows_the_wizard_and_reports_the_result(open_page: Open) -> None:
    printed: list[str] = []
    page = open_page("", "recipe-client")
    page.on("console", lambda message: printed.append(message.text))
    frame = page.frame_locator("deployment-wizard iframe")
    for choice in ("hobby", "enjoy"):
        frame.locator(f"button[value={choice}]").click()
    expect(frame.locator("main[data-recommended]")).to_be_visible()
    until(lambda: "enthusiast on_premise" in printed, "the result is printed")
