"""The dashboard in a browser: its server, colleagues who come in by a link, and what their browsers complain of."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commanding import run
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Locator,
    Page,
    Response,
    StorageState,
    expect,
)
from server import Server, serving
from support import ENVIRON

EMAIL = "one@example.com"
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 40[014]")
"""What Chromium says of a whole page with such a status, which is what the page is for."""

WAIT_MS = 15_000


@dataclass
class Room:
    """A server with a dashboard, and what an operator does in the folder that it runs in."""

    server: Server
    environ: Mapping[str, str] = field(default_factory=lambda: ENVIRON)
    states: dict[str, StorageState] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The server's own address."""
        return self.server.url

    def run(self, *words: str) -> str:
        """What `wizard` with these words prints, run where the server runs and with its settings."""
        return command(self.server.log.parent, *words, environ=self.environ)

    def link(self, email: str = EMAIL) -> str:
        """A new link, as an operator makes it."""
        return self.run("sign-in-link", "--email", email).strip()


def command(folder: Path, *words: str, environ: Mapping[str, str] = ENVIRON) -> str:
    """What `wizard` with these words prints, run in `folder`; in this process, since a new one takes half a second."""
    unset = {name: None for name in os.environ if name.startswith("WIZARD_")}
    with chdir(folder):
        return run(*words, env={**unset, **environ})


@contextmanager
def room_with(folder: Path, *demo: str, environ: Mapping[str, str] = ENVIRON) -> Iterator[Room]:
    """A room in `folder`; its log holds what `wizard demo-data` with these words puts there, or nothing."""
    if demo:
        command(folder, "demo-data", *demo, environ=environ)
    with serving(folder, environ=environ) as server:
        yield Room(server, environ)


def sign_in(page: Page, link: str) -> None:
    """Open `link`, press its button, and see what was asked for."""
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def signed_in(room: Room, browser: Browser, email: str = EMAIL) -> StorageState:
    """What a browser keeps of a session in `room`; one for all who only want to look."""
    if email not in room.states:
        context = browser.new_context()
        sign_in(context.new_page(), room.link(email))
        room.states[email] = context.storage_state()
        context.close()
    return room.states[email]


@dataclass
class Colleagues:
    """Opens pages for people in front of a room, and hears what their browsers complain of."""

    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def stranger(self, room: Room, browser: Browser, **settings: Any) -> Page:
        """A page of a fresh browser, of somebody who has not signed in."""
        context = browser.new_context(**{"base_url": room.url, "reduced_motion": "reduce", **settings})
        context.set_default_timeout(WAIT_MS)
        self.contexts.append(context)
        page = context.new_page()
        self._listen(page)
        return page

    def colleague(self, room: Room, browser: Browser, **settings: Any) -> Page:
        """The same, of somebody who has."""
        return self.stranger(room, browser, storage_state=signed_in(room, browser), **settings)

    def leave(self) -> None:
        """Close all that was opened; no browser may have complained of anything."""
        for context in self.contexts:
            context.close()
        assert not self.complaints, self.complaints

    def _listen(self, page: Page) -> None:
        def on_console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and not REFUSED.match(message.text):
                self.complaints.append(message.text)

        def on_dialog(dialog: Dialog) -> None:
            self.complaints.append(f"a dialog: {dialog.message}")
            dialog.dismiss()

        def on_response(response: Response) -> None:
            if response.status >= 400 and response.request.resource_type not in ("document", "fetch"):
                self.complaints.append(f"{response.status} {response.url}")

        page.on("console", on_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", on_dialog)
        page.on("response", on_response)


ComeIn = Callable[..., Page]
"""Opens a page of a fresh browser with these settings for a colleague who has signed in."""


def open_overview(page: Page, query: str = "") -> None:
    """Go to the overview, and wait until its styles and its script are there."""
    page.goto(f"/growth{query}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    page.wait_for_load_state()


def open_list(page: Page, query: str = "") -> None:
    """Go to the list of journeys, and wait until its styles and its script are there."""
    page.goto(f"/growth/journeys{query}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Journeys")
    page.wait_for_load_state()


def figure(page: Page, name: str) -> Locator:
    """The number of one of the five figures."""
    heading = page.get_by_role("heading", name=name, exact=True)
    return page.locator("#part-figures li", has=heading).locator(".big")


def count_of(page: Page) -> str:
    """How many journeys the list says there are."""
    return page.locator(".count strong").inner_text()
