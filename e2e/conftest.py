"""The real server, and the browsers that the machine has."""

import re
import shutil
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route
from server import Server, serving
from steps import NewPage
from support import BROWSER, DESTINATIONS, ENVIRON

SCREENSHOTS = Path(__file__).parents[1] / "artifacts" / "screenshots"


class HostPage(BaseHTTPRequestHandler):
    """Somebody else's page: it frames the address that its query names."""

    def do_GET(self) -> None:  # the library's name
        address = parse_qs(urlsplit(self.path).query)["frame"][0]
        body = f'<h1>Another site</h1><iframe src="{address}" width=400 height=960 title="The wizard"></iframe>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def host_port() -> Iterator[int]:
    """Where another site is; `localhost` may embed the wizard, which is on 127.0.0.1 and so on a site of its own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), HostPage) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield int(server.server_address[1])
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, host_port: int) -> Iterator[Server]:
    environ = {**ENVIRON, "WIZARD_EMBED_ORIGINS": f"http://localhost:{host_port}"}
    with serving(tmp_path_factory.mktemp("server"), environ=environ) as running:
        yield running


@pytest.fixture(scope="session")
def base_url(server: Server) -> str:
    return server.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium."""
    found = shutil.which("chromium")
    assert found, "no Chromium; `make system` installs it or says how"
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
        # A headless Chromium calls itself one, and so would not count as a person.
        context = browser.new_context(base_url=base_url, **{"user_agent": BROWSER, **settings})
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
