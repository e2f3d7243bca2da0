"""Sign-ins in real browsers: links, the cookie, and no other site can frame the dashboard."""

from dashboard_browser import Dashboard, Users, open_overview, sign_in, signed_in
from engines import until
from host import HostSite
from playwright.sync_api import Browser, Page, expect
from selenium.webdriver import WebKitGTK
from server import Server, fetch
from webkit_visitor import WebKitVisitor


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def test_a_link_that_scanners_followed_works_once(window: Browser, dashboard: Dashboard, users: Users) -> None:
    link = dashboard.link("four@example.com")
    for _ in range(3):
        status, text, _ = fetch(link)
        assert (status, "Sign in</button>" in text) == (200, True)
    scanner = users.stranger(dashboard, window, java_script_enabled=False)
    scanner.goto(link)
    page = users.stranger(dashboard, window)
    sign_in(page, link)
    other = users.stranger(dashboard, window)
    other.goto(link)
    expect(other.get_by_role("heading", level=1)).to_have_text("This link can’t be used")
    scanner.get_by_role("button", name="Sign in").click()
    expect(scanner.get_by_role("heading", level=1)).to_have_text("This link can’t be used")
    assert scanner.locator(".figures, table").count() == 0


def test_who_opened_a_page_without_a_session_gets_to_it_by_a_link(
    browser: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.stranger(dashboard, browser)
    page.goto("/growth/journeys?period=7d&outcome=finished")
    assert heading(page) == "Sign in first"
    sign_in(page, dashboard.link("five@example.com"))
    expect(page).to_have_url(f"{dashboard.url}/growth/journeys?period=7d&outcome=finished")
    assert heading(page) == "Journeys"


def test_an_open_page_shows_nothing_more_once_the_session_was_ended(
    window: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.stranger(dashboard, window)
    sign_in(page, dashboard.link("six@example.com"))
    assert "ended 1 session" in dashboard.run("sign-out", "--email", "six@example.com")
    page.get_by_role("link", name="7 days").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in first")
    assert page.locator(".figures, table").count() == 0


def test_the_cookie_is_hidden_from_scripts_and_visitors_pages_do_not_read_it(
    window: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.colleague(dashboard, window)
    open_overview(page)
    (cookie,) = page.context.cookies()
    assert cookie.get("name") == "wizard_session"
    assert (cookie.get("path"), cookie.get("httpOnly"), cookie.get("sameSite")) == ("/", True, "Lax")
    assert page.evaluate("document.cookie") == ""
    for address in ("/", "/nowhere"):
        with page.expect_response(f"{dashboard.url}{address}") as answered:
            page.goto(address)
        assert "set-cookie" not in answered.value.all_headers()
        assert "cookie" not in answered.value.all_headers().get("vary", "").lower()
        assert page.evaluate("document.cookie") == ""
    for address in ("/growth", "/studio/preview"):
        with page.expect_request(f"{dashboard.url}{address}") as asked:
            page.goto(address)
        content = cookie.get("value", "").partition(".")[0]  # signed anew by each page
        assert f"wizard_session={content}." in asked.value.all_headers()["cookie"]


def test_another_site_can_neither_frame_the_dashboard_nor_press_its_buttons(
    window: Browser, server: Server, host: HostSite
) -> None:
    dashboard = Dashboard(server)
    context = window.new_context(storage_state=signed_in(dashboard, window))
    page = context.new_page()
    frame = '<iframe src="{}" width="900" height="600"></iframe>'
    for address in ("/growth", "/growth/journeys", "/growth/sign-in?link=x"):
        page.goto(host.put(frame.format(f"{server.url}{address}")))
        shown = [each for each in page.frames if each.parent_frame]
        assert len(shown) == 1
        assert shown[0].locator("main, header, .figures").count() == 0
    form = f'<form method="post" action="{server.url}/growth/sign-out"><button>Win a prize</button></form>'
    page.goto(host.put(form))
    page.get_by_role("button", name="Win a prize").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Another site")
    assert heading(page) != "You’re signed out"
    page.goto(f"{server.url}/growth")
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    context.close()


def test_in_webkit_a_link_signs_in_and_a_button_signs_out(dashboard: Dashboard, webkit_browser: WebKitGTK) -> None:
    visitor = WebKitVisitor(webkit_browser)
    visitor.goto(dashboard.link("seven@example.com"))
    visitor.click("main button")
    visitor.see("#part-figures .big")
    visitor.see("#part-chart .trend")
    assert visitor.run("() => document.cookie") == ""
    assert visitor.run("() => document.querySelector('#apply').hidden") is True
    source = visitor.run("""() => {
        const select = document.querySelector('#filter-source')
        select.selectedIndex = 2
        select.dispatchEvent(new Event('change', { bubbles: true }))
        return select.value
    }""")
    visitor.see("#part-filters .chips")
    assert f"source={source}" in visitor.address
    visitor.click(".site-header form button")
    visitor.see(".lone")
    assert "signed out" in visitor.run("() => document.querySelector('h1').textContent")
    visitor.back()
    until(lambda: visitor.run("() => document.querySelector('h1').textContent") == "Sign in first", "nothing is shown")
    visitor.driver.delete_all_cookies()
    visitor.close()
