"""Sharing a view in a browser: three clicks make and copy a link, whose page has the figures alone."""

import pytest
from accessible import violations
from dashboard_browser import Dashboard, Users, figure, open_overview
from playwright.sync_api import Browser, Page, expect

MINUTE_MS = 60_000
FIGURES = ("Started", "Finished", "Clicked through", "Converted", "Median time to a result")


def create_link(page: Page) -> str:
    """Create a link with two clicks. Returns its address."""
    page.locator("#share summary").click()
    page.get_by_role("button", name="Create link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Shared links")
    return page.get_by_label("Address of the link").input_value()


def shown(page: Page) -> list[str]:
    return [figure(page, name).inner_text() for name in FIGURES]


def test_three_clicks_make_and_copy_a_link_to_what_is_shown(
    browser: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.colleague(dashboard, browser)
    open_overview(page)
    page.get_by_role("link", name="7 days", exact=True).click()
    expect(page.locator("#part-share input[name=query]")).to_have_value("period=7d")
    own = shown(page)
    address = create_link(page)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    reader = users.stranger(dashboard, browser)
    reader.goto(address)
    assert shown(reader) == own
    assert reader.locator("a[href]").count() == 0
    page.reload()
    expect(page.get_by_label("Address of the link")).to_have_count(0)


def test_without_a_script_a_link_is_made_as_well(browser: Browser, dashboard: Dashboard, users: Users) -> None:
    page = users.colleague(dashboard, browser, java_script_enabled=False)
    open_overview(page, "?period=7d")
    address = create_link(page)
    assert page.get_by_role("button", name="Copy").count() == 0
    reader = users.stranger(dashboard, browser, java_script_enabled=False)
    reader.goto(address)
    expect(reader.get_by_text("Read-only view, shared until")).to_be_visible()


def test_the_form_closes_with_escape_and_with_a_click_elsewhere(
    browser: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.colleague(dashboard, browser)
    open_overview(page)
    button = page.get_by_role("button", name="Create link")
    page.locator("#share summary").click()
    page.get_by_label("30 days", exact=True).check()
    expect(button).to_be_visible()
    page.keyboard.press("Escape")
    expect(button).to_be_hidden()
    page.locator("#share summary").click()
    page.locator("h1").click()
    expect(button).to_be_hidden()


def test_an_open_page_of_a_link_that_is_revoked_says_so_within_a_minute(
    browser: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.colleague(dashboard, browser)
    open_overview(page)
    address = create_link(page)
    reader = users.stranger(dashboard, browser)
    reader.clock.install()
    reader.goto(address)
    expect(reader.get_by_role("heading", level=1)).to_have_text("Overview")
    page.reload()
    page.locator(".shared tr", has_text=address.rpartition("/")[2].partition(".")[0]).get_by_role(
        "button", name="Revoke"
    ).click()
    expect(page.locator(".shared").get_by_text("Revoked").first).to_be_visible()
    reader.clock.fast_forward(MINUTE_MS)
    expect(reader.get_by_role("heading", level=1)).to_have_text("This link was revoked")


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_the_pages_are_accessible_and_as_wide_as_the_window(
    width: int, scheme: str, browser: Browser, dashboard: Dashboard, users: Users
) -> None:
    look = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    page, reader = users.colleague(dashboard, browser, **look), users.stranger(dashboard, browser, **look)
    open_overview(page, "?period=7d")
    page.locator("#share summary").click()
    assert violations(page) == []
    page.locator("#share summary").click()
    address = create_link(page)
    assert violations(page) == []
    for target in (address, address[:-1]):
        reader.goto(target)
        reader.wait_for_load_state()
        assert violations(reader) == []
        assert reader.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.documentElement.scrollWidth") == width
