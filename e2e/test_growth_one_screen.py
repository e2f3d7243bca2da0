"""The overview is one screen: how high it is, how many stops the Tab key makes, its tabs, and its search field."""

import re

import pytest
from dashboard_browser import Dashboard, Users, figure, open_filters, open_overview
from playwright.sync_api import Browser, Page, expect

MOST_PIXELS = 1800
MOST_TAB_STOPS = 120
ADDRESSES = (
    "",
    "?metric=converted&by=campaign",
    "?show=results&by=page&period=90d",
    "?show=days",
    "?metric=converted&show=signups",
    "?period=today&show=answers",
    "?device=desktop&did=who.reached&answer=who.team&show=embeds",
)


def tab_stops(page: Page) -> int:
    """How often Tab has to be pressed to pass through the page."""
    page.evaluate("document.body.focus()")
    for stops in range(2 * MOST_TAB_STOPS):
        page.keyboard.press("Tab")
        if stops and page.evaluate("document.activeElement === document.body"):
            return stops
    raise AssertionError("Tab leads around in a circle")


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_overview_is_one_screen_high_with_few_tab_stops(
    address: str, browser: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.colleague(dashboard, browser, viewport={"width": 1280, "height": 900})
    open_overview(page, address)
    assert page.evaluate("document.documentElement.scrollHeight") <= MOST_PIXELS
    assert 20 < tab_stops(page) <= MOST_TAB_STOPS


def test_tabs_change_what_they_are_of_and_nothing_moves(browser: Browser, dashboard: Dashboard, users: Users) -> None:
    page = users.colleague(dashboard, browser, viewport={"width": 1280, "height": 900})
    open_overview(page)
    started = figure(page, "Started").inner_text()
    page.get_by_role("link", name="Converted", exact=True).first.click()
    expect(page.locator("#chart-meaning")).to_contain_text("Converted: signed up")
    tab = page.get_by_role("link", name="Campaign", exact=True)
    tab.click()
    expect(page.locator("#table-campaign")).to_be_visible()
    expect(page.locator("#by-campaign")).to_be_focused()
    page.get_by_role("link", name="Results", exact=True).click()
    expect(page.locator("#part-details .stacked")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/growth\?period=28d&metric=converted&by=campaign&show=results$"))
    assert figure(page, "Started").inner_text() == started
    page.go_back()
    expect(page.locator("#part-details .steps")).to_be_visible()


def test_rows_are_found_while_one_types(window: Browser, dashboard: Dashboard, users: Users) -> None:
    page = users.colleague(dashboard, window, viewport={"width": 1280, "height": 900})
    open_overview(page)
    rows = page.locator("#table-source tbody tr")
    assert rows.count() > 3
    field = page.get_by_role("searchbox")
    field.press_sequentially("news", delay=30)
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("newsletter")
    expect(field).to_be_focused()
    expect(field).to_have_value("news")
    expect(page).to_have_url(re.compile(r"find=news$"))
    field.press_sequentially("papers")
    expect(page.locator("#part-breakdown")).to_contain_text("No source contains “newspapers”")
    field.fill("")
    expect(page).to_have_url(re.compile(r"/growth\?period=28d$|/growth$"))
    assert rows.count() > 3


def test_without_javascript_tabs_filters_and_search_are_links_and_forms(
    browser: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.colleague(dashboard, browser, java_script_enabled=False)
    open_overview(page, "?period=90d&did=who.reached")
    page.get_by_role("link", name="Campaign", exact=True).click()
    page.get_by_role("searchbox").fill("launch")
    page.get_by_role("button", name="Find").click()
    expect(page).to_have_url(re.compile(r"/growth\?period=90d&did=who.reached&by=campaign&find=launch$"))
    expect(page.locator("#table-campaign tbody tr")).to_have_count(1)
    page.get_by_role("link", name="launch-week").click()
    expect(page).to_have_url(re.compile(r"/growth\?period=90d&campaign=launch-week&did=who.reached&by=campaign$"))
    open_filters(page)
    page.get_by_role("combobox", name="Stage").select_option("finished")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".chips a:not(.clear)")).to_have_count(3)
    page.get_by_role("link", name="Remove the filter Reached Who").click()
    expect(page).to_have_url(re.compile(r"/growth\?period=90d&campaign=launch-week&outcome=finished&by=campaign$"))
