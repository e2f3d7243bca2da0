"""The real server, and the browsers that the machine has."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dashboard_browser import Dashboard, Users, dashboard_with
from engines import EITHER, ENGINES, Visitor
from host import HostSite, hosting
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route
from playwright_visitor import PlaywrightVisitor, chromium_settings, firefox
from selenium.webdriver import WebKitGTK
from server import Server, serving
from steps import NewPage
from support import BROWSER, DESTINATIONS, ENVIRON
from webkit_visitor import WebKitVisitor, mini_browser, webkit

from wizard.files.bundled import bundled

SCREENSHOTS = Path(__file__).parents[1] / "artifacts" / "screenshots"
GERMAN = "Wer soll PostHog nutzen?"
"""What the first question is in German, as far as the tests' wizard speaks it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="keep a picture of each page in artifacts/screenshots/")
    parser.addoption("--soak", action="store_true", help="every page in every look, and every case in every engine")
    parser.addoption(
        "--write-transcripts", action="store_true", help="write e2e/transcripts/ anew, to be read and kept"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "in_turn: each case runs in one engine, in turn; with --soak, in all of them")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--soak"):
        return
    left_out = [item for item in items if item.get_closest_marker("in_turn") and not _is_its_turn(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _is_its_turn(item: pytest.Item) -> bool:
    """Whether the test's case is tried in its engine: each value of each parameter is, in the engines in turn."""
    assert isinstance(item, pytest.Function)
    indices = dict(item.callspec.indices)
    engine = indices.pop("either")
    return sum(indices.values()) % len(EITHER) == engine


@pytest.fixture(scope="session")
def host() -> Iterator[HostSite]:
    """Other sites; `localhost` may embed the wizard, which is on 127.0.0.1 and so on a site of its own."""
    with hosting() as site:
        yield site


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, host: HostSite) -> Iterator[Server]:
    environ = {**ENVIRON, "WIZARD_EMBED_ORIGINS": host.origin()}
    with serving(tmp_path_factory.mktemp("server"), environ=environ) as running:
        yield running


@pytest.fixture(scope="session")
def wizard(tmp_path_factory: pytest.TempPathFactory, host: HostSite) -> Iterator[Server]:
    """The wizard as other sites embed it: in two languages, and its recommendation links lead to one of them."""
    folder = tmp_path_factory.mktemp("wizard")
    wording = folder / "wording"
    wording.mkdir()
    english = (bundled("wording") / "en.toml").read_text("utf-8")
    (wording / "en.toml").write_text(english, "utf-8")
    (wording / "de.toml").write_text(english.replace("Who do you want PostHog for?", GERMAN), "utf-8")
    places = {"WIZARD_EMBED_ORIGINS": host.origin(), "WIZARD_WORDING_DIR": str(wording), **host.destinations()}
    with serving(folder, environ={**ENVIRON, **places}) as running:
        yield running


@pytest.fixture(scope="session")
def base_url(server: Server) -> str:
    return server.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium."""
    return {**browser_type_launch_args, **chromium_settings()}


@pytest.fixture(scope="session")
def firefox_browser(playwright: Playwright) -> Iterator[Browser]:
    """The machine's own Firefox."""
    started = firefox(playwright)
    if started is None:
        pytest.skip("no Firefox on this machine; `make system` installs it or says how")
    yield started
    started.close()


@pytest.fixture(scope="session")
def webkit_browser() -> Iterator[WebKitGTK]:
    """The machine's own WebKit."""
    found = mini_browser()
    if found is None:
        pytest.skip("no WebKit on this machine; `make system` installs it or says how")
    with webkit(found) as driver:
        yield driver


@contextmanager
def visiting(engine: str, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """A visitor with a browser of this engine."""
    visitor: Visitor
    if engine == "webkit":
        visitor = WebKitVisitor(request.getfixturevalue("webkit_browser"))
    else:
        browser = request.getfixturevalue("browser" if engine == "chromium" else "firefox_browser")
        visitor = PlaywrightVisitor(engine, browser)
    yield visitor
    visitor.close()


@pytest.fixture(params=ENGINES)
def guest(request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """A visitor of somebody else's page, with a browser of each engine in turn."""
    with visiting(request.param, request) as visitor:
        yield visitor


@pytest.fixture(params=EITHER)
def either(request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """A visitor in each of the two engines that are fast to drive, for tests that need no whole visit."""
    with visiting(request.param, request) as visitor:
        yield visitor


@pytest.fixture(params=ENGINES[:2])
def reader(request: pytest.FixtureRequest) -> Iterator[PlaywrightVisitor]:
    """A visitor in each of the two engines that Playwright can measure."""
    browser = request.getfixturevalue("browser" if request.param == "chromium" else "firefox_browser")
    visitor = PlaywrightVisitor(request.param, browser)
    yield visitor
    visitor.close()


@pytest.fixture
def watched(browser: Browser) -> Iterator[PlaywrightVisitor]:
    """A visitor in Chromium, for tests that inspect its requests."""
    visitor = PlaywrightVisitor("chromium", browser)
    yield visitor
    visitor.close()


@pytest.fixture
def new_page(browser: Browser, base_url: str) -> Iterator[NewPage]:
    """Opens pages of a new browser context with these settings; recommendation links lead to stand-ins."""
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


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A growth dashboard with demo data in all of its last 28 days, and in those before."""
    with dashboard_with(tmp_path_factory.mktemp("dashboard"), "--journeys", "1500", "--days", "60") as running:
        yield running


@pytest.fixture(params=ENGINES[:2])
def window(request: pytest.FixtureRequest) -> Browser:
    """The browser that somebody looks at the dashboard with, of each engine that Playwright drives in turn."""
    found: Browser = request.getfixturevalue("browser" if request.param == "chromium" else "firefox_browser")
    return found


@pytest.fixture
def users() -> Iterator[Users]:
    """Opens dashboard pages in browsers; fails the test on console errors."""
    opened = Users()
    yield opened
    opened.leave()


@pytest.fixture
def visitor(new_page: NewPage) -> Page:
    """A page of a browser as most people have it."""
    return new_page()


@pytest.fixture
def keep(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Save a screenshot of the whole page if the option --pictures is given."""
    if not request.config.getoption("--pictures"):
        return lambda _page, _name: None
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def picture(page: Page, name: str) -> None:
        # A PNG would take twice as long, nearly all of it to press the file together.
        page.screenshot(path=SCREENSHOTS / f"{name}.jpg", type="jpeg", quality=90, full_page=True)

    return picture
