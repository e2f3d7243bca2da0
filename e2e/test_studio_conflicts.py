"""A text that two people, or two tabs, change at once: whoever saves second is told before it leaves the screen."""

from collections.abc import Iterator

import pytest
from dashboard_browser import Dashboard, Users, dashboard_with
from drafting import TITLE
from playwright.sync_api import Browser, Page, Route, expect

WIDE = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard whose log is empty."""
    with dashboard_with(tmp_path_factory.mktemp("conflicts")) as running:
        yield running


def draft_of(page: Page) -> str:
    """Begin a draft, and return the address of one of its texts."""
    page.goto("/studio")
    page.get_by_label("New draft").fill("Spring campaign")
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("#preview")).to_be_visible()
    return f"{page.url.partition('?')[0]}?key={TITLE}"


def save(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    expect(page.locator("#status")).to_have_text("Saved")


def test_a_conflict_stays_on_screen_when_somebody_goes_on_at_once(
    window: Browser, studio: Dashboard, users: Users
) -> None:
    one = users.with_role("editor", studio, window, viewport=WIDE)
    two = users.with_role("publisher", studio, window, viewport=WIDE)
    text = draft_of(one)
    one.goto(text)
    two.goto(text)
    save(one, "The first of two")
    two.locator("#text").fill("The second of two")
    two.locator(".row > a").first.click()
    expect(two.locator("#theirs")).to_have_text("The first of two")
    expect(two.locator("#text")).to_have_value("The second of two")
    expect(two.locator("#status")).to_contain_text("Not saved yet")
    two.locator(".row > a").first.click()
    expect(two.locator(".conflict")).to_have_count(0)


def test_what_is_typed_while_a_conflict_is_on_its_way_stays(browser: Browser, studio: Dashboard, users: Users) -> None:
    one = users.with_role("editor", studio, browser, viewport=WIDE)
    two = users.with_role("publisher", studio, browser, viewport=WIDE)
    text = draft_of(one)
    one.goto(text)
    two.goto(text)
    save(one, "The first of two")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    two.route("**/texts", hold)
    with two.expect_request("**/texts"):
        two.locator("#text").fill("The second")
    two.locator("#text").press("End")
    two.locator("#text").press_sequentially(" of two")
    held.pop().continue_()
    expect(two.locator("#theirs")).to_have_text("The first of two")
    expect(two.locator("#text")).to_have_value("The second of two")
    two.keyboard.type("!")
    expect(two.locator("#text")).to_have_value("The second of two!")
    two.unroute("**/texts")
    two.get_by_role("button", name="Save", exact=True).click()
    expect(two.locator("#status")).to_have_text("Saved")
    one.reload()
    expect(one.locator("#text")).to_have_value("The second of two!")


def test_of_two_tabs_the_second_is_told_of_the_first(browser: Browser, studio: Dashboard, users: Users) -> None:
    one = users.with_role("editor", studio, browser, viewport=WIDE)
    text = draft_of(one)
    one.goto(text)
    two = one.context.new_page()
    two.goto(text)
    save(one, "In one tab")
    two.locator("#text").fill("In another tab")
    expect(two.locator("#conflict")).to_contain_text("You saved another text here meanwhile")
    two.get_by_role("button", name="Keep this one").click()
    expect(two.locator("#text")).to_have_value("In one tab")


def test_a_click_elsewhere_is_not_missed_while_the_server_is_out_of_reach(
    browser: Browser, studio: Dashboard, users: Users
) -> None:
    page = users.with_role("editor", studio, browser, viewport=WIDE)
    page.goto(draft_of(page))
    page.route("**/texts", lambda route: route.abort())
    page.locator("#text").fill("Typed without a server")
    expect(page.locator("#status")).to_contain_text("Not saved")
    page.locator(".row > a").first.click()
    expect(page.locator("#part-unsaved")).to_contain_text(TITLE)
    page.unroute("**/texts")
    page.locator("#part-unsaved a").click()
    expect(page.locator("#text")).to_have_value("Typed without a server")
    expect(page.locator("#status")).to_have_text("Saved")
    users.complaints.clear()  # of the requests that were not answered
