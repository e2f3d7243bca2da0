"""An admin lets a colleague in, changes what they may do and puts them out, in real browsers."""

import re

import pytest
from accessible import violations
from dashboard_browser import Dashboard, Users, sign_in
from playwright.sync_api import Browser, Page, expect

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
NEW = "new@example.com"


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def test_an_admin_lets_somebody_in_changes_their_role_and_removes_them(
    window: Browser, dashboard: Dashboard, users: Users
) -> None:
    admin = users.with_role("admin", dashboard, window)
    admin.goto("/studio/audit")
    admin.get_by_role("link", name="People").click()
    admin.get_by_label("E-mail").fill(NEW)
    admin.get_by_label("Role", exact=True).select_option("viewer")
    admin.get_by_role("button", name="Make the link").click()
    link = admin.get_by_label("Address of the link").input_value()
    assert re.match(r"http://[^/]+/growth/sign-in\?link=", link)
    other = users.stranger(dashboard, window)
    sign_in(other, link)
    expect(other.get_by_role("link", name="Studio")).to_have_count(0)
    other.goto("/studio/people")
    assert heading(other) == "Your role doesn’t allow this"
    expect(other.get_by_role("listitem")).to_contain_text(["admin@example.com"])

    admin.get_by_role("link", name="People").click()
    expect(admin.get_by_label("Address of the link")).to_have_count(0)
    admin.get_by_label(f"Role of {NEW}").select_option("admin")
    admin.get_by_role("button", name=f"Save the role of {NEW}").click()
    expect(admin.get_by_role("status").first).to_have_text(f"{NEW} has the role admin now.")
    other.reload()
    assert heading(other) == "People"

    admin.get_by_text(f"Remove {NEW}").first.click()
    admin.get_by_role("button", name=f"Remove {NEW}").click()
    expect(admin.get_by_role("status").first).to_have_text(f"{NEW} is removed.")
    other.reload()
    assert heading(other) == "Sign in first"

    admin.get_by_role("link", name="Audit log").click()
    admin.get_by_label("Action").select_option("role changed")
    admin.get_by_role("button", name="Show").click()
    row = admin.locator(".audit tbody tr", has_text=NEW).first
    expect(row).to_contain_text("viewer")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_pages_are_accessible_and_fit(
    browser: Browser, dashboard: Dashboard, users: Users, size: dict[str, int], scheme: str
) -> None:
    dashboard.link("a.colleague.with.a.rather.long.address@marketing.example.com", "editor")
    page = users.with_role("admin", dashboard, browser, viewport=size, color_scheme=scheme)
    for path in ("/studio/people", "/studio/audit", "/studio/audit?who=nobody"):
        page.goto(path)
        for summary in page.locator(".removing summary").all()[:1]:
            summary.click()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    viewer = users.with_role("viewer", dashboard, browser, viewport=size, color_scheme=scheme)
    viewer.goto("/studio/people")
    assert violations(viewer) == []


def test_a_phone_without_scripts_and_with_a_keyboard_does_all_of_it(
    browser: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.with_role("admin", dashboard, browser, viewport=PHONE, java_script_enabled=False)
    page.goto("/studio/people")
    page.get_by_label("E-mail").focus()
    page.keyboard.type("typed@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Address of the link")).to_have_value(re.compile("/growth/sign-in"))
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    page.get_by_text("Remove typed@example.com").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Remove typed@example.com").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("typed@example.com is removed.")).to_be_visible()
