"""Colleagues sign in with an OpenID provider in real browsers, and out again."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from accessible import violations
from dashboard_browser import Dashboard, Users, dashboard_with
from openid_provider import Provider, provider
from playwright.sync_api import Browser, Page, expect
from server import free_port
from support import ENVIRON


class Company(NamedTuple):
    """A dashboard, and the provider that its colleagues sign in with."""

    dashboard: Dashboard
    openid: Provider


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A company with a server of its own."""
    openid = Provider(free_port())
    own = {f"WIZARD_{name.upper()}": value for name, value in openid.settings.items()}
    with (
        dashboard_with(tmp_path_factory.mktemp("openid"), environ=ENVIRON | own) as dashboard,
        provider((dashboard.url,), port=openid.port) as openid,
    ):
        yield Company(dashboard, openid)


@pytest.fixture
def company(running: Company) -> Company:
    """The company, whose provider says what it says by itself."""
    running.openid.say()
    return running


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def test_a_colleague_signs_in_and_out_at_the_provider(window: Browser, company: Company, users: Users) -> None:
    page = users.stranger(company.dashboard, window)
    page.goto("/growth/journeys?period=7d")
    heading(page, "Sign in first")
    page.get_by_role("link", name="Sign in with Example Ltd").click()
    expect(page).to_have_url(f"{company.dashboard.url}/growth/journeys?period=7d")
    expect(page.get_by_role("banner")).to_contain_text("one@example.com")
    page.get_by_role("button", name="Sign out").click()
    heading(page, "You’re signed out")
    page.get_by_role("link", name="Sign out of Example Ltd").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page).to_have_url(f"{company.dashboard.url}/growth/signed-out")
    heading(page, "You’re signed out")
    assert page.get_by_role("link", name="Sign in with Example Ltd").is_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_before_and_after_are_accessible(
    width: int, browser: Browser, company: Company, users: Users, keep: Callable[[Page, str], None]
) -> None:
    page = users.stranger(company.dashboard, browser, viewport={"width": width, "height": 800})
    page.goto("/growth")
    heading(page, "Sign in first")
    assert violations(page) == []
    keep(page, f"openid-first-{width}")
    page.get_by_role("link", name="Sign in with Example Ltd").click()
    page.get_by_role("button", name="Sign out").click()
    heading(page, "You’re signed out")
    assert violations(page) == []
    keep(page, f"openid-out-{width}")


@pytest.mark.parametrize("width", [390, 1280])
def test_who_has_no_role_is_told_how_to_go_on(
    width: int, browser: Browser, company: Company, users: Users, keep: Callable[[Page, str], None]
) -> None:
    user = {"sub": "2", "email": "two@example.com", "email_verified": True, "groups": []}
    company.openid.say(user=user)
    page = users.stranger(company.dashboard, browser, viewport={"width": width, "height": 800}, color_scheme="dark")
    page.goto("/growth")
    page.get_by_role("link", name="Sign in with Example Ltd").click()
    heading(page, "You have no role here")
    expect(page.get_by_role("main")).to_contain_text("two@example.com")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    keep(page, f"openid-no-role-{width}")
    company.openid.say(user={**user, "groups": ["staff"]})
    page.get_by_role("link", name="Use another account").click()
    heading(page, "Overview")
    assert "two@example.com viewer" in " ".join(company.dashboard.run("people").split())


def test_while_the_provider_is_down_a_link_is_the_way_in(browser: Browser, company: Company, users: Users) -> None:
    page = users.stranger(company.dashboard, browser)
    company.openid.say(at="/token", status=500)
    page.goto("/growth")
    page.get_by_role("link", name="Sign in with Example Ltd").click()
    heading(page, "Example Ltd can't be reached right now")
    assert violations(page) == []
    assert all("503" in complaint for complaint in users.complaints)
    users.complaints.clear()
    page.goto(company.dashboard.link("three@example.com"))
    page.get_by_role("button", name="Sign in").click()
    heading(page, "Overview")
