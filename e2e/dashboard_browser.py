"""The dashboard in a browser: a server, signed-in pages, and the errors in browser consoles."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from cli_runner import run
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
from support import BROWSER, ENVIRON

EMAIL = "one@example.com"
REFUSED = re.compile(
    r"Failed to load resource: the server responded with a status of (40[01349]|41[03])"
    r"|An iframe which has both allow-s"
)
"""Console messages of Chromium for pages whose status is an error on purpose, and for the preview, a frame of ours."""

WAIT_MS = 15_000


@dataclass
class Dashboard:
    """A server with a dashboard, and the commands in its folder."""

    server: Server
    environ: Mapping[str, str] = field(default_factory=lambda: ENVIRON)
    states: dict[str, StorageState] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The server's own address."""
        return self.server.url

    def run(self, *words: str) -> str:
        """Run `wizard` with these arguments in the server's folder and settings. Returns its output."""
        return command(self.server.log.parent, *words, environ=self.environ)

    def link(self, email: str = EMAIL, role: str = "") -> str:
        """A new link, as an operator makes it; it gives a role, or leaves the one that they have."""
        return self.run("sign-in-link", "--email", email, *(["--role", role] if role else [])).strip()


def command(folder: Path, *words: str, environ: Mapping[str, str] = ENVIRON) -> str:
    """Run `wizard` with these arguments in `folder`, in this process to save time. Returns its output."""
    unset = {name: None for name in os.environ if name.startswith("WIZARD_")}
    with chdir(folder):
        return run(*words, env={**unset, **environ})


REFUSED_SITES = ("https://shop.example", "https://blog.with-a-long-name.example:8443", "https://shop.example")
"""Sites that may not embed the wizard, and of which a dashboard with demo data has seen a frame."""


@contextmanager
def dashboard_with(folder: Path, *demo: str, environ: Mapping[str, str] = ENVIRON) -> Iterator[Dashboard]:
    """A dashboard in `folder`, with the data of `wizard demo-data` with these arguments, or with an empty log."""
    if demo:
        command(folder, "demo-data", *demo, environ=environ)
    with serving(folder, environ=environ) as server:
        if demo:
            for site in REFUSED_SITES:
                load_in_frame(server, site)
            server.wait_until_stored()
        yield Dashboard(server, environ)


def load_in_frame(server: Server, site: str) -> None:
    """Load the wizard as a frame on a site that may not embed it does."""
    fetched = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site", "Referer": f"{site}/", "User-Agent": BROWSER}
    with urlopen(Request(f"{server.url}/", headers=fetched)) as response:  # noqa: S310  # our own server
        assert response.status == HTTPStatus.OK


def sign_in(page: Page, link: str) -> None:
    """Open `link`, press its button, and wait for the dashboard."""
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def signed_in(dashboard: Dashboard, browser: Browser, email: str = EMAIL, role: str = "") -> StorageState:
    """The cookies of a session in `dashboard`, shared by tests that only read."""
    if email not in dashboard.states:
        context = browser.new_context()
        sign_in(context.new_page(), dashboard.link(email, role))
        dashboard.states[email] = context.storage_state()
        context.close()
    return dashboard.states[email]


@dataclass
class Users:
    """Opens dashboard pages in new browser contexts, and records the errors in their consoles."""

    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def stranger(self, dashboard: Dashboard, browser: Browser, **settings: Any) -> Page:
        """A page of a new browser context, not signed in."""
        context = browser.new_context(**{"base_url": dashboard.url, "reduced_motion": "reduce", **settings})
        context.set_default_timeout(WAIT_MS)
        self.contexts.append(context)
        page = context.new_page()
        self._listen(page)
        return page

    def colleague(self, dashboard: Dashboard, browser: Browser, **settings: Any) -> Page:
        """A page of a new browser context, signed in."""
        return self.stranger(dashboard, browser, storage_state=signed_in(dashboard, browser), **settings)

    def with_role(self, role: str, dashboard: Dashboard, browser: Browser, **settings: Any) -> Page:
        """A page of a new browser context, of somebody who is signed in with this role."""
        state = signed_in(dashboard, browser, f"{role}@example.com", role)
        return self.stranger(dashboard, browser, storage_state=state, **settings)

    def leave(self) -> None:
        """Close all pages, and assert that no console had errors."""
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


def open_filters(page: Page) -> None:
    """Open the disclosure that has the selects of the overview."""
    menu = page.locator("#filter-menu")
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()


def count_of(page: Page) -> str:
    """How many journeys the list says there are."""
    return page.locator(".count strong").inner_text()
