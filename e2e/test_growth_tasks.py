"""What an analyst asks of the dashboard, each answered within three clicks of the overview."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from dashboard_browser import Dashboard, Users, dashboard_with, open_overview
from playwright.sync_api import Browser, Locator, Page, expect

MOST_CLICKS = 3


class Analyst:
    """Somebody at the overview, whose clicks are counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def click(self, target: Locator) -> None:
        self.clicks += 1
        assert self.clicks <= MOST_CLICKS
        target.click()

    def tab(self, group: str, name: str) -> None:
        """Choose a tab of a card."""
        self.click(self.page.get_by_role("navigation", name=group).get_by_role("link", name=name, exact=True))
        expect(self.page.get_by_role("navigation", name=group).locator("[aria-current]")).to_have_text(name)


@pytest.fixture
def analyst(dashboard: Dashboard, browser: Browser, users: Users) -> Analyst:
    page = users.colleague(dashboard, browser)
    open_overview(page)
    return Analyst(page)


def test_which_campaign_brings_enterprises_that_contact_us_about_a_private_cloud(analyst: Analyst) -> None:
    page = analyst.page
    analyst.tab("Details", "Results")
    analyst.click(page.locator("#part-details").get_by_role("link", name="Enterprise to Private Cloud"))
    expect(page.locator("#part-breakdown").get_by_role("columnheader", name="Clicked through")).to_be_visible()
    expect(page.get_by_role("navigation", name="Breakdown by").locator("[aria-current]")).to_have_text("Campaign")
    assert page.locator("#part-breakdown tbody tr").count() > 1
    assert {"Enterprise", "Recommended Private Cloud"} <= {
        text.strip() for text in page.locator("#part-filters .chips bdi").all_inner_texts()
    }


def test_where_phones_drop_off_more_than_the_month_before(analyst: Analyst) -> None:
    page = analyst.page
    analyst.tab("Breakdown by", "Device")
    analyst.click(page.locator("#part-breakdown").get_by_role("link", name="Mobile"))
    expect(page.locator("#part-filters .chips")).to_contain_text("Mobile")
    rows = page.locator("#part-details table.steps tbody tr")
    assert rows.count() == 3
    for row in rows.all():
        expect(row).to_contain_text("points")


def test_why_conversions_changed(analyst: Analyst) -> None:
    page = analyst.page
    analyst.click(page.locator("#figure-converted"))
    expect(page.locator("#chart-meaning")).to_contain_text("Converted")
    expect(page.locator("#part-sentence")).to_contain_text("converted")


def test_two_weeks_before_and_after_a_release(
    browser: Browser, users: Users, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # On a server of its own: the note would make the chart higher on the pages of other tests.
    with dashboard_with(tmp_path_factory.mktemp("release"), "--journeys", "300", "--days", "60") as own:
        compare_release(own, browser, users)


def compare_release(dashboard: Dashboard, browser: Browser, users: Users) -> None:
    day = datetime.now(UTC).date() - timedelta(days=14)
    dashboard.run("notes", "add", str(day), "Released the new pricing page")
    page = users.colleague(dashboard, browser)
    open_overview(page)
    analyst = Analyst(page)
    analyst.click(page.locator("#all-markers > summary"))
    analyst.click(page.get_by_role("link", name="Compare two weeks before and after").first)
    expect(page.locator("#part-filters")).to_contain_text("compared with the 14 days before")


def test_which_answer_is_changed_most_and_to_what(analyst: Analyst) -> None:
    analyst.tab("Details", "Answers")
    analyst.click(analyst.page.locator("#changed > summary"))
    first = analyst.page.locator("#changed tbody tr").first
    expect(first).to_contain_text("→")


def test_a_link_for_somebody_without_a_sign_in(analyst: Analyst) -> None:
    page = analyst.page
    analyst.click(page.locator("#share > summary"))
    analyst.click(page.get_by_role("button", name="Create link"))
    assert "/growth/shared/" in page.get_by_label("Address of the link").input_value()
    analyst.click(page.get_by_role("button", name="Copy"))


def test_the_journeys_that_asked_for_on_premise_and_left(analyst: Analyst) -> None:
    page = analyst.page
    analyst.tab("Details", "Results")
    asked = page.locator("#part-details li").filter(has_text="clicked nothing").first
    analyst.click(asked.get_by_role("link").last)
    expect(page.get_by_role("heading", level=1)).to_have_text("Journeys")
    assert page.locator("table tbody tr").count() > 0
    analyst.click(page.get_by_text("Export", exact=True))
    expect(page.get_by_role("link", name="CSV").first).to_be_visible()


def test_whether_a_change_is_real_or_noise_is_the_headline(analyst: Analyst) -> None:
    expect(analyst.page.locator("#part-lead")).to_contain_text(re.compile("Within normal variation|[0-9]"))
    assert analyst.clicks == 0


def test_how_long_it_takes_from_the_click_to_the_signup(analyst: Analyst) -> None:
    analyst.tab("Details", "Click to signup")
    expect(analyst.page.locator("#part-details .histogram thead")).to_contain_text("median")


def test_what_a_change_of_the_wording_did(analyst: Analyst) -> None:
    page = analyst.page
    analyst.tab("Breakdown by", "Wording")
    analyst.click(page.locator("#part-breakdown tbody").get_by_role("link").first)
    expect(page.locator("#part-filters .chips")).to_contain_text("Wording version")


def test_who_is_there_now(analyst: Analyst) -> None:
    expect(analyst.page.locator("#part-now")).to_contain_text(re.compile("under way|Nobody"))


def test_whether_an_embed_is_broken(analyst: Analyst) -> None:
    analyst.tab("Details", "Embeds")
    expect(analyst.page.locator("#part-details").get_by_role("columnheader", name="State")).to_be_visible()
