"""The embedded wizard: the snippets on a host page, and the actions of a visitor there."""

from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from engines import FRAME, Visitor, until
from host import DESTINATION, HostSite
from server import Server

from wizard.embed.snippet import SANDBOX, frame_attributes, frame_html, snippet_style
from wizard.presentation import Presentation

TITLE = "Deployment Wizard"

NO_SCRIPT_INSIDE = SANDBOX.replace(" allow-scripts", "")
OPEN = "[data-deployment-wizard-open]"
"""Finds what opens the dialog."""

STORED = """async () => {
  const kept = [document.cookie]
  for (const name of ['localStorage', 'sessionStorage']) {
    try { kept.push(window[name].length) } catch { kept.push(0) }
  }
  try { kept.push((await indexedDB.databases()).length) } catch { kept.push(0) }
  return kept
}"""
LOADED = """origin => performance.getEntriesByType('resource').some(entry => {
  const address = new URL(entry.name)
  return address.origin === origin && address.pathname === '/'
})"""
NOTHING = ["", 0, 0, 0]
STILL = {"x": 0, "y": 0, "focused": "BODY", "moved": []}
"""The value of `moved` for a page that was not scrolled, and whose focus did not change."""


def frame(wizard: Server, *, sandbox: str = SANDBOX, **query: str) -> str:
    """The plain iframe snippet."""
    address = f"{wizard.url}/" + (f"?{urlencode(query)}" if query else "")
    return frame_html({**frame_attributes(address, TITLE), "sandbox": sandbox, "style": snippet_style(Presentation())})


def element(inner: str = "", **attributes: str) -> str:
    """The element around `inner`, with these attributes (`_` for `-`)."""
    written = "".join(f' {name.replace("_", "-")}="{escape(value)}"' for name, value in attributes.items())
    return f"<deployment-wizard{written}>{inner}</deployment-wizard>"


def script(wizard: Server) -> str:
    """The script that defines the element."""
    return f'<script async src="{wizard.url}/embed.js"></script>'


def inline(wizard: Server, **query: str) -> str:
    """The snippet of the element from `/embed`, with `query` in its URL and its attributes."""
    return element(frame(wizard, **query), **query) + script(wizard)


def dialog(wizard: Server, **attributes: str) -> str:
    """A link that opens the element as a dialog, and leads to the wizard without JavaScript."""
    link = f'<a href="{wizard.url}/" data-deployment-wizard-open>Find your deployment</a>'
    return link + element(mode="dialog", **attributes) + script(wizard)


def wait_for_question(guest: Visitor, step: str, inside: str | None = FRAME) -> None:
    """Wait until the question `step` is shown and its page has loaded."""
    loaded = "step => document.readyState === 'complete' && !!document.querySelector(`.choices [name=${step}]`)"
    until(lambda: guest.run(loaded, step, inside=inside), f"the question {step}, and all of its page")


def answer(guest: Visitor, step: str, choice: str, inside: str | None = FRAME) -> None:
    """Give one answer, once its question is there."""
    guest.click(f".choices [name={step}][value='{choice}']", inside=inside)


def send_nothing(guest: Visitor, inside: str | None = FRAME) -> None:
    """Send the question's form without an answer, which no choice does, and wait for the error."""
    guest.run("() => { document.forms[0].submit() }", inside=inside)
    guest.see(".error-summary", inside=inside)


def answer_all(guest: Visitor, answers: Mapping[str, str], inside: str | None = FRAME) -> None:
    """Answer each question in turn, from the first to the result."""
    for step, choice in answers.items():
        answer(guest, step, choice, inside)
    guest.see("main[data-recommended]", inside=inside)


def leave(guest: Visitor, deployment: str, inside: str | None = FRAME) -> dict[str, list[str]]:
    """Click the recommended link. Returns the query parameters of the destination."""
    guest.click("a.button", inside=inside)
    until(lambda: DESTINATION in guest.address, "the destination is there")
    there = urlsplit(guest.address)
    assert there.path == f"/{deployment}"
    return parse_qs(there.query)


def received(guest: Visitor) -> list[list[Any]]:
    """The events of the page so far: each as its name (without `wizard-`) and its details."""
    events: list[list[Any]] = guest.run("() => window.hostEvents.map(event => event.slice(0, 2))")
    return events


def events_after_leaving(host: HostSite, page: str) -> list[list[Any]]:
    """The same of a page that was left, which sent each event on at once."""
    # Two that are sent at once may arrive either way round, so each has its number.
    return [event for _, event in sorted((number, event) for address, number, event in host.events if address == page)]


def stores_nothing(guest: Visitor, inside: str | None = FRAME) -> bool:
    """Whether neither the page nor the frame stores anything in the browser."""
    frames = [None, inside] if inside else [None]
    return all(guest.run(STORED, inside=where) == NOTHING for where in frames)


def wait_for_frame(guest: Visitor, wizard: Server) -> None:
    """Wait until the page's frame has loaded, without accessing it, since drivers may move the focus into it."""
    until(lambda: guest.run(LOADED, wizard.url), "the frame has loaded")


def moved(guest: Visitor) -> dict[str, Any]:
    """The page's scroll position and focused element, and whether either ever changed."""
    found: dict[str, Any] = guest.run("""() => (
        {x: scrollX, y: scrollY, focused: document.activeElement.tagName, moved: window.moved ?? []}
    )""")
    return found


def wait_for_event(guest: Visitor, name: str) -> None:
    """Wait until the page has received the event `name`."""
    until(lambda: name in [event for event, _ in received(guest)], f"the page receives: {name}")


def wait_for_step(guest: Visitor, step: str) -> None:
    """Wait until the page has received the event that the question `step` is shown."""
    until(lambda: step in [detail.get("step") for _, detail in received(guest)], f"the page receives: {step}")


def wait_ten_frames(guest: Visitor, inside: str | None = None) -> None:
    """Wait for ten animation frames, so that pending effects have happened."""
    guest.run(
        "async () => { for (let drawn = 0; drawn < 10; drawn++) await new Promise(requestAnimationFrame) }",
        inside=inside,
    )


def answer_each_shown(guest: Visitor, answers: Mapping[str, str], inside: str | None = FRAME) -> None:
    """Answer each question after the page has received its event, since faster answers have none."""
    for step, choice in answers.items():
        wait_for_step(guest, step)
        answer(guest, step, choice, inside)
    wait_for_event(guest, "result")
