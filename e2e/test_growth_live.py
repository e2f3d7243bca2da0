"""The overview while it is open: it refreshes itself, and keeps focus and scroll position."""

from typing import Any

from dashboard_browser import (
    WAIT_MS,
    Dashboard,
    Users,
    count_of,
    figure,
    open_filters,
    open_list,
    open_overview,
    sign_in,
)
from pixels import within_a_pixel
from playwright.sync_api import Browser, Page, Route, expect
from steps import PERSONAS, answer_all
from support import BROWSER

MINUTE_MS = 60_000
PLACE = """() => {
  const active = document.activeElement
  const area = document.querySelector('#part-details .scroll')
  return [active.id, active.closest('[data-live]')?.id, active.getBoundingClientRect().top,
    area.scrollLeft, document.querySelector('#filter-menu').open]
}"""


ROW = """() => {
  const active = document.activeElement
  return [active.getAttribute('href'), active.getBoundingClientRect().top, String(getSelection())]
}"""
SELECT = "row => getSelection().selectAllChildren(row.querySelector('.furthest'))"


def visit(dashboard: Dashboard, browser: Browser, campaign: str) -> None:
    """Go through the wizard to its result, in a browser of one's own, and wait until the visit is in the log."""
    context = browser.new_context(base_url=dashboard.url, user_agent=BROWSER, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"/?utm_source={campaign}")
    answer_all(page, PERSONAS["team"])
    context.close()
    dashboard.server.wait_until_stored()


def number(page: Page, name: str) -> int:
    return int(figure(page, name).inner_text().replace(",", ""))


def test_a_walk_in_one_browser_appears_in_the_other_by_itself_and_moves_nothing(
    browser: Browser, firefox_browser: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.colleague(dashboard, firefox_browser, viewport={"width": 420, "height": 700})
    page.clock.install()
    open_overview(page, "?show=results")
    open_filters(page)
    header = page.locator("#sort-finished")
    header.focus()
    header.scroll_into_view_if_needed()
    page.locator("#part-details .scroll").first.evaluate("area => { area.scrollLeft = 40 }")
    before: list[Any] = page.evaluate(PLACE)
    assert before[:2] == ["sort-finished", "part-breakdown"]
    assert before[3] > 0
    assert before[4]
    started, finished = number(page, "Started"), number(page, "Finished")
    visit(dashboard, browser, "walked")
    page.clock.fast_forward(MINUTE_MS)
    expect(figure(page, "Finished")).to_have_text(f"{finished + 1:,}")
    assert number(page, "Started") == started + 1
    assert page.evaluate(PLACE) == within_a_pixel(before)


def test_a_hidden_page_asks_for_nothing_and_is_up_to_date_once_it_is_seen(
    browser: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.colleague(dashboard, browser)
    page.clock.install()
    open_overview(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    started = number(page, "Started")
    show = """([is]) => {
      Object.defineProperty(document, 'hidden', { value: is, configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    }"""
    page.evaluate(show, [True])
    visit(dashboard, browser, "unseen")
    page.clock.fast_forward(10 * MINUTE_MS)
    assert asked == []
    page.evaluate(show, [False])
    page.clock.run_for(1000)
    expect(figure(page, "Started")).to_have_text(f"{started + 1:,}")
    assert len(asked) == 1


def test_nothing_updates_while_a_filter_is_in_use(browser: Browser, dashboard: Dashboard, users: Users) -> None:
    page = users.colleague(dashboard, browser)
    page.clock.install()
    open_overview(page)
    open_filters(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.fast_forward(MINUTE_MS - 5000)
    page.get_by_role("combobox", name="Device").press("Tab")
    page.get_by_role("combobox", name="Persona").press("Shift")
    page.clock.run_for(20_000)
    assert asked == []
    with page.expect_response(f"{dashboard.url}/growth*"):
        page.clock.run_for(20_000)


def test_what_could_not_be_loaded_is_said_and_tried_again(browser: Browser, dashboard: Dashboard, users: Users) -> None:
    page = users.colleague(dashboard, browser)
    page.clock.install()
    open_overview(page)

    def fail(route: Route) -> None:
        route.fulfill(status=503, body="")

    page.route("**/growth?*", fail)
    page.route("**/growth", fail)
    page.clock.fast_forward(MINUTE_MS)
    expect(page.locator("#stale")).to_contain_text("Not up to date since")
    page.unroute_all()
    page.clock.fast_forward(2 * MINUTE_MS)
    expect(page.locator("#stale")).to_have_text("")
    users.complaints[:] = [each for each in users.complaints if "status of 503" not in each]


def test_an_open_page_whose_session_was_ended_goes_by_itself(
    browser: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.stranger(dashboard, browser)
    page.clock.install()
    sign_in(page, dashboard.link("eight@example.com"))
    page.wait_for_load_state()
    listed = page.context.new_page()
    open_list(listed)
    dashboard.run("sign-out", "--email", "eight@example.com")
    asked: list[str] = []

    def answer_late(route: Route) -> None:
        asked.append(route.request.resource_type)
        if route.request.resource_type == "document":
            page.wait_for_timeout(500)
        route.continue_()

    page.context.route("**/growth*", answer_late)
    page.context.route("**/growth/journeys*", answer_late)
    page.clock.fast_forward(MINUTE_MS)
    for each in (page, listed):
        expect(each.get_by_role("heading", level=1)).to_have_text("Sign in first", timeout=WAIT_MS)
        assert each.locator(".figures, table").count() == 0
    assert sorted(asked) == ["document"] * 2 + ["fetch"] * 2, "each page is loaded anew once, however long that takes"


def test_the_list_adds_new_journeys_without_moving_the_visible_rows(
    window: Browser, browser: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.colleague(dashboard, window, viewport={"width": 390, "height": 844})
    page.clock.install()
    open_list(page, "?outcome=started")
    rows = page.locator("table.journeys tbody tr")
    assert rows.first.evaluate("row => row.getBoundingClientRect().bottom < innerHeight"), (
        "the filters leave space for it"
    )
    count, newest = int(count_of(page).replace(",", "")), rows.first.get_attribute("id")
    rows.nth(12).scroll_into_view_if_needed()
    rows.nth(12).get_by_role("link").focus()
    rows.nth(12).evaluate(SELECT)
    before = page.evaluate(ROW)
    visit(dashboard, browser, "listed")
    with page.expect_request(f"{dashboard.url}/growth/journeys*") as asked:
        page.clock.fast_forward(MINUTE_MS)
    assert asked.value.headers["x-refresh"] == "1"
    expect(page.locator(".count strong")).to_have_text(f"{count + 1:,}")
    assert rows.first.get_attribute("id") == newest, "no row is changed under a selection"
    assert page.evaluate(ROW) == within_a_pixel(before)
    page.evaluate("getSelection().removeAllRanges()")
    page.clock.fast_forward(MINUTE_MS)
    expect(rows.nth(1)).to_have_attribute("id", str(newest))
    assert page.evaluate(ROW) == within_a_pixel([*before[:2], ""])


def test_a_page_behind_a_place_in_the_list_stays_as_it_is(browser: Browser, dashboard: Dashboard, users: Users) -> None:
    page = users.colleague(dashboard, browser)
    page.clock.install()
    open_list(page)
    page.get_by_role("link", name="Older").click()
    expect(page.locator("#as-of")).to_contain_text("As of")
    page.wait_for_load_state()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.fast_forward(10 * MINUTE_MS)
    page.clock.run_for(1000)
    assert asked == []
    page.get_by_text("More filters").click()
    page.get_by_role("combobox", name="Stage").select_option("finished")
    expect(page.locator("#as-of")).to_contain_text("Updated")
    expect(page).to_have_url(f"{dashboard.url}/growth/journeys?period=28d&outcome=finished")
    with page.expect_response(f"{dashboard.url}/growth/journeys*"):
        page.clock.fast_forward(MINUTE_MS)
