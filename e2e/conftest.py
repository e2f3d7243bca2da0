"""The real server, and the browsers that the machine has."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route
from server import serving
from steps import NewPage
from support import DESTINATIONS

SCREENSHOTS = Path(__file__).parents[1] / "artifacts" / "screenshots"


@pytest.fixture(scope="session")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium."""
    found = shutil.which("chromium")
    assert found, "no Chromium; `make browsers` installs it or says how"
    return {
        **browser_type_launch_args,
        "executable_path": found,
        "args": ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-sync"],
    }


@pytest.fixture
def new_page(browser: Browser, base_url: str) -> Iterator[NewPage]:
    """A page of a fresh browser with these settings, whose ways out lead to stand-ins for the real places."""
    contexts: list[BrowserContext] = []

    def make(**settings: Any) -> Page:
        context = browser.new_context(base_url=base_url, **settings)
        contexts.append(context)
        for name, address in DESTINATIONS.items():
            context.route(re.compile(re.escape(address)), _stand_in(name))
        return context.new_page()

    yield make
    for context in contexts:
        assert context.cookies() == []
        context.close()


def _stand_in(name: str) -> Callable[[Route], None]:
    def fulfil(route: Route) -> None:
        route.fulfill(content_type="text/html", body=f"<title>{name}</title><h1>{name}</h1>")

    return fulfil


@pytest.fixture
def visitor(new_page: NewPage) -> Page:
    """A page of a browser as most people have it."""
    return new_page()


@pytest.fixture
def keep() -> Callable[[Page, str], None]:
    """Keep a picture of the whole page, for people to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def picture(page: Page, name: str) -> None:
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    return picture
