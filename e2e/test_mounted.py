"""The wizard below a path of another site, behind a reverse proxy, and the dashboard at another host name."""

from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from dashboard_browser import Dashboard, Users, sign_in
from embed_pages import OPEN, answer_all, leave, stores_nothing, wait_for_question
from engines import FRAME, until
from host import HostSite
from playwright.sync_api import Browser, expect
from playwright_visitor import PlaywrightVisitor
from reverse_proxy import MANNERS, PREFIX, FrontSite, Manner, front_site
from server import fetch, serving
from steps import PERSONAS, RECOMMENDED
from support import ENVIRON

PERSONA = "enterprise"


@pytest.fixture(scope="module")
def mounted(tmp_path_factory: pytest.TempPathFactory, host: HostSite) -> Iterator[tuple[FrontSite, Dashboard]]:
    """The site, and the dashboard of the wizard behind it."""
    with front_site() as site:
        environ = {**ENVIRON, **site.environ(), **host.destinations()}
        with serving(tmp_path_factory.mktemp("mounted"), environ=environ) as server:
            site.upstream = server.port
            yield site, Dashboard(server, environ)


@pytest.fixture(params=MANNERS[:2])
def site(request: pytest.FixtureRequest, mounted: tuple[FrontSite, Dashboard]) -> FrontSite:
    """The site, with each manner of its proxy in turn."""
    manner: Manner = request.param
    mounted[0].manner = manner
    mounted[0].missed.clear()
    return mounted[0]


def snippet(site: FrontSite, query: str = "", code: str = "#element-snippet") -> str:
    """The HTML that the snippet builder gives for `query`."""
    found = BeautifulSoup(fetch(f"{site.public_url}/embed{query}")[1], "html.parser").select_one(code)
    assert found is not None
    return found.get_text()


def page_with(site: FrontSite, name: str, body: str) -> str:
    """The address of a page of the site with this `body`."""
    site.pages[f"/{name}"] = f'<!doctype html><title>Ours</title><link rel="icon" href="data:,"><h1>Ours</h1>{body}'
    return f"{site.public_url.removesuffix(PREFIX)}/{name}"


def expect_recommended_link_leads_out(guest: PlaywrightVisitor, site: FrontSite, inside: str | None) -> None:
    """The visit ends at the destination, and nothing outside of the prefix was asked for."""
    assert stores_nothing(guest, inside)
    assert set(leave(guest, RECOMMENDED[PERSONA], inside)) == {"wizard_handoff"}
    assert site.missed == []


def test_a_whole_visit_goes_well_on_the_page_itself(watched: PlaywrightVisitor, site: FrontSite) -> None:
    watched.goto(site.public_url)
    answer_all(watched, PERSONAS[PERSONA], None)
    assert watched.address.startswith(f"{site.public_url}/?journey=")
    watched.back()
    wait_for_question(watched, "hosting", None)
    watched.forward()
    watched.see("main[data-recommended]")
    expect_recommended_link_leads_out(watched, site, None)


def test_a_whole_visit_goes_well_in_a_frame_alone(watched: PlaywrightVisitor, site: FrontSite) -> None:
    watched.goto(page_with(site, "frame", snippet(site, code="#frame-snippet")))
    answer_all(watched, PERSONAS[PERSONA])
    expect_recommended_link_leads_out(watched, site, FRAME)


def test_a_whole_visit_goes_well_in_the_element_which_is_as_high_as_its_page(
    watched: PlaywrightVisitor, site: FrontSite
) -> None:
    watched.goto(page_with(site, "element", snippet(site)))
    wait_for_question(watched, "who")
    fitted = "() => document.querySelector('iframe').offsetHeight - document.documentElement.scrollHeight"
    until(lambda: watched.run("() => !!document.querySelector('iframe').style.height"), "the frame has its height")
    assert watched.run(fitted) < 0
    answer_all(watched, PERSONAS[PERSONA])
    expect_recommended_link_leads_out(watched, site, FRAME)


def test_an_element_that_makes_its_frame_finds_the_wizard_by_its_script(
    watched: PlaywrightVisitor, site: FrontSite
) -> None:
    script = f'<script async src="{site.public_url}/embed.js"></script>'
    watched.goto(page_with(site, "made", f"<deployment-wizard></deployment-wizard>{script}"))
    answer_all(watched, PERSONAS[PERSONA])
    expect_recommended_link_leads_out(watched, site, FRAME)


def test_a_whole_visit_goes_well_in_the_dialog(watched: PlaywrightVisitor, site: FrontSite) -> None:
    watched.goto(page_with(site, "dialog", snippet(site, "?mode=dialog")))
    until(lambda: watched.run("() => !!customElements.get('deployment-wizard')"), "the script is there")
    watched.click(OPEN)
    answer_all(watched, PERSONAS[PERSONA])
    expect_recommended_link_leads_out(watched, site, FRAME)


def test_the_snippet_builder_previews_and_updates(watched: PlaywrightVisitor, site: FrontSite) -> None:
    watched.goto(f"{site.public_url}/embed")
    wait_for_question(watched, "who")
    watched.click("label:has(input[name=theme][value=dark])")
    until(lambda: "theme=dark" in watched.address, "the page is up to date")
    assert watched.address == f"{site.public_url}/embed?theme=dark"
    assert site.missed == []


def test_a_colleague_signs_in_at_the_dashboards_own_origin_and_nowhere_else(
    mounted: tuple[FrontSite, Dashboard], browser: Browser, users: Users
) -> None:
    site, dashboard = mounted
    page = users.stranger(dashboard, browser)
    link = dashboard.link()
    assert link.startswith(f"{site.dashboard_url}/growth/sign-in?")
    sign_in(page, link)
    assert page.url == f"{site.dashboard_url}/growth"
    [cookie] = page.context.cookies()
    assert (cookie["domain"], cookie["path"], cookie["httpOnly"]) == ("127.0.0.1", "/", True)
    page.goto(f"{site.dashboard_url}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    script = "address => fetch(address, {credentials: 'include'}).then(answer => answer.status)"
    page.goto(page_with(site, "script", ""))
    for address in (f"{PREFIX}/growth", "/growth", f"{PREFIX}/growth/export/journeys.csv"):
        assert page.evaluate(script, address) == 404
    page.goto(f"{site.public_url}/growth")
    expect(page.locator("main a.button")).to_have_attribute("href", f"{PREFIX}/")
