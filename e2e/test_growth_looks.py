"""The dashboard's pages on every screen, by keyboard, in forced colours and in print."""

from collections.abc import Callable, Iterator

import pytest
from accessible import violations
from dashboard_browser import Dashboard, Users, dashboard_with, sign_in
from playwright.sync_api import Browser, Page, expect
from test_pages import LOOKS, dress

Keep = Callable[[Page, str], None]

PLACES = {
    "overview": "/growth?device=desktop&outcome=forever&did=who.answered&metric=converted",
    "answers": "/growth?show=answers&by=persona",
    "results": "/growth?show=results&by=page&find=www&all=1",
    "embeds": "/growth?show=embeds&find=nothing",
    "days": "/growth?show=days&metric=journeys",
    "data-quality": "/growth?show=log&metric=time",
    "nothing-found": "/growth?source=nobody&campaign=nobody",
    "journeys": "/growth/journeys?outcome=started&did=who.reached&edge=start.who&suspects=include&then=forever",
    "no-journeys": "/growth/journeys?source=nobody",
    "lost": "/growth/nowhere",
}
"""The pages that need a session, by their addresses; two with a notice, and the overview with all of it open."""

OUTSIDE = ("link", "bad-link", "sign-in-first", "signed-out")
STATES = (*PLACES, "journey", "empty", *OUTSIDE)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard whose log holds nothing yet."""
    with dashboard_with(tmp_path_factory.mktemp("empty")) as running:
        yield running


@pytest.fixture(scope="module")
def link(dashboard: Dashboard) -> str:
    """A link whose page is looked at, and whose button nobody presses."""
    return dashboard.link("nobody@example.com")


Show = Callable[..., Page]


@pytest.fixture
def show(browser: Browser, dashboard: Dashboard, users: Users, request: pytest.FixtureRequest) -> Show:
    """Opens a page of a fresh browser in a state, its styles and its script included."""

    def make(state: str, **settings: object) -> Page:
        if state in OUTSIDE:
            page = users.stranger(dashboard, browser, **settings)
            _outside(page, state, dashboard, request.getfixturevalue("link"))
        else:
            place = request.getfixturevalue("empty") if state == "empty" else dashboard
            page = users.colleague(place, browser, **settings)
            page.goto(PLACES.get(state, "/growth/journeys" if state == "journey" else "/growth"))
        if state == "journey":
            page.goto(str(page.locator("table.journeys th a").nth(3).get_attribute("href")))
        if state == "overview":
            page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
            page.evaluate("document.querySelectorAll('.export').forEach(details => { details.open = false })")
        page.wait_for_load_state()
        return page

    return make


def _outside(page: Page, state: str, dashboard: Dashboard, link: str) -> None:
    if state == "signed-out":
        sign_in(page, dashboard.link("nine@example.com"))
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You’re signed out")
        return
    page.goto({"link": link, "bad-link": "/growth/sign-in?link=x"}.get(state, "/growth"))


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_on_the_dashboard(state: str, show: Show, keep: Keep) -> None:
    page = show(state)
    found: list[str] = []
    for look in LOOKS:
        dress(page, look)
        found += [f"{look}: {violation}" for violation in violations(page)]
        keep(page, f"growth-{state}-{look}")
    assert found == []


@pytest.mark.parametrize("state", STATES)
def test_at_320_px_and_with_text_at_200_percent_nothing_of_the_dashboard_is_cut_off(
    state: str, show: Show, keep: Keep
) -> None:
    page = show(state, viewport={"width": 320, "height": 640})
    assert overflow_of(page) == []
    keep(page, f"growth-{state}-320")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    for width in (640, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert overflow_of(page) == [], width


@pytest.mark.parametrize("state", STATES)
def test_no_text_is_squeezed_into_a_column_of_letters(state: str, show: Show) -> None:
    page = show(state, viewport={"width": 1280, "height": 900})
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert squeezed_on(page) == [], width


def squeezed_on(page: Page) -> list[str]:
    """Texts of several words that are shown less than three letters wide."""
    found: list[str] = page.evaluate("""() => [...document.querySelectorAll('body *')]
        .filter(element => element.checkVisibility({ visibilityProperty: true }) && !element.closest('svg, .unseen'))
        .filter(element => ![element, element.parentElement?.closest('tr')?.parentElement].some(each =>
            each && getComputedStyle(each).clipPath !== 'none'))
        .filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim().length > 12))
        .filter(element => {
            const box = element.getBoundingClientRect()
            return box.width > 1 && box.width < 2 * parseFloat(getComputedStyle(element).fontSize)
        }).map(element => element.outerHTML.slice(0, 160))""")
    return found


def overflow_of(page: Page) -> list[str]:
    """What reaches beyond the window or is cut off, unless it can be scrolled to, or ends in an ellipsis."""
    found: list[str] = page.evaluate("""() => {
        const root = document.documentElement
        const hidden = element => {
            for (let each = element; each; each = each.parentElement) {
                const { clipPath, overflowX, textOverflow } = getComputedStyle(each)
                const ends = each !== element && overflowX === 'hidden' && textOverflow === 'ellipsis'
                if (each.matches('.unseen, svg') || clipPath !== 'none' || ends) return true
            }
            return !element.checkVisibility({ visibilityProperty: true })
        }
        const wide = [...document.querySelectorAll('body *')].filter(element => {
            if (hidden(element)) return false
            const area = element.closest('.scroll, .selects, .sheet')
            if (area && area !== element) return false
            const box = element.getBoundingClientRect()
            const style = getComputedStyle(element)
            const cuts = ['hidden', 'clip'].includes(style.overflowX) && !style.textOverflow.includes('ellipsis')
            const is_cut = cuts && element.scrollWidth > element.clientWidth + 1
            return box.right > root.clientWidth + 1 || box.left < -1 || is_cut && !element.matches('input, select')
        })
        if (root.scrollWidth > root.clientWidth) wide.push(root)
        return wide.map(element => element.outerHTML.slice(0, 160))
    }""")
    return found


@pytest.mark.parametrize("state", ["overview", "journeys", "journey", "empty", "link"])
def test_every_tap_target_of_the_dashboard_is_large_enough(state: str, show: Show) -> None:
    page = show(state, viewport={"width": 390, "height": 844})
    small: list[str] = page.evaluate("""() => [...document.querySelectorAll('a, button, select, input, summary')]
        .filter(target => target.checkVisibility({ visibilityProperty: true }) && !target.closest('svg, .skip'))
        .filter(target => {
            const box = (target.closest('th, td') ?? target).getBoundingClientRect()
            const alone = getComputedStyle(target).display !== 'inline'
            return alone && (box.height < 24 || box.width < 24)
        }).map(target => target.outerHTML.slice(0, 160))""")
    assert small == []


def test_the_snippet_on_an_empty_overview_can_be_copied(browser: Browser, empty: Dashboard, users: Users) -> None:
    page = users.colleague(empty, browser, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/growth")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    expect(page.locator("#said")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#snippet").text_content()
