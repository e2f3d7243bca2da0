"""One path through the dashboard: sign in, filter, follow a number to its journeys, export, sign out."""

import csv
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
from dashboard_browser import Dashboard, Users, count_of, figure, open_filters, open_overview, sign_in
from playwright.sync_api import Browser, Page, expect

Row = Mapping[str, object]


def _csv(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _json_lines(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _parquet(path: Path) -> list[Row]:
    with duckdb.connect() as connection:
        found = connection.read_parquet(str(path)).project("journey_id, utm_source, started, finished")
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


OPENED: Mapping[str, Callable[[Path], list[Row]]] = {"CSV": _csv, "JSON Lines": _json_lines, "Parquet": _parquet}
"""How each exported format is opened, by its name in the menu."""


def first_source(page: Page) -> str:
    """A source that can be filtered by."""
    return str(page.locator("#filter-source option:not([value=''], [value='-'])").first.get_attribute("value"))


def exported(page: Page, name: str, folder: Path) -> list[Row]:
    """The rows of the file that the menu's `name` for journeys gives."""
    menu = page.locator("details.export")
    if not menu.evaluate("menu => menu.open"):
        menu.locator("summary").click()
    with page.expect_download() as download:
        menu.locator("section", has_text="One row per journey").get_by_role("link", name=name).click()
    saved = folder / download.value.suggested_filename
    download.value.save_as(saved)
    return OPENED[name](saved)


def test_from_a_link_to_a_filter_to_journeys_to_files_to_the_door(
    window: Browser, dashboard: Dashboard, users: Users, tmp_path: Path
) -> None:
    page = users.stranger(dashboard, window)
    sign_in(page, dashboard.link("two@example.com"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    source = first_source(page)
    open_filters(page)
    page.get_by_role("combobox", name="Source").select_option(source)
    expect(page).to_have_url(re.compile(rf"/growth\?.*source={re.escape(source)}"))
    finished = figure(page, "Finished").inner_text()
    figure(page, "Finished").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Journeys")
    assert count_of(page) == finished
    listed = page.locator("table.journeys th a")
    journey = str(listed.first.get_attribute("href")).partition("?")[0].rpartition("/")[2]
    for name in OPENED:
        rows = exported(page, name, tmp_path)
        assert f"{len(rows):,}" == finished
        assert {str(row["utm_source"]) for row in rows} == {source}
        assert {int(str(row["finished"])) for row in rows} == {1}
        assert {int(str(row["started"])) for row in rows} == {1}
        assert journey in {row["journey_id"] for row in rows}
    listed.first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("A journey of")
    expect(page.get_by_role("heading", name="What was recommended, and why")).to_be_visible()
    page.get_by_role("link", name="Next").click()
    expect(page).not_to_have_url(re.compile(re.escape(journey)))
    page.get_by_role("link", name="Previous").click()
    expect(page).to_have_url(re.compile(re.escape(journey)))
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator(".count strong")).to_have_text(finished)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You’re signed out")
    for address in ("/growth", "/growth/journeys", f"/growth/journeys/{journey}"):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in first")


def test_after_signing_out_back_shows_nothing_of_the_log(window: Browser, dashboard: Dashboard, users: Users) -> None:
    page = users.stranger(dashboard, window)
    sign_in(page, dashboard.link("three@example.com"))
    page.goto("/growth/journeys")
    expect(page.get_by_role("heading", level=1)).to_have_text("Journeys")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You’re signed out")
    for _ in range(2):
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in first")
        assert page.locator("table, .figures").count() == 0


def test_a_filter_applies_at_once_and_back_takes_it_off_again(
    window: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.colleague(dashboard, window)
    open_overview(page)
    expect(page.get_by_role("button", name="Apply")).to_be_hidden()
    everybody = figure(page, "Started").inner_text()
    source = first_source(page)
    open_filters(page)
    select = page.get_by_role("combobox", name="Source")
    select.select_option(source)
    expect(page.locator("#part-filters .chips")).to_contain_text(source)
    expect(page).to_have_url(re.compile(rf"source={re.escape(source)}"))
    assert figure(page, "Started").inner_text() != everybody
    page.get_by_role("link", name="7 days").click()
    expect(page).to_have_url(re.compile(rf"period=7d&source={re.escape(source)}"))
    page.go_back()
    page.go_back()
    expect(page).to_have_url(f"{dashboard.url}/growth")
    expect(page.locator("#part-filters .chips")).to_have_count(0)
    expect(select).to_have_value("")
    assert figure(page, "Started").inner_text() == everybody
    figure(page, "Started").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Journeys")
    page.wait_for_load_state()
    expect(page.get_by_role("button", name="Apply")).to_be_hidden()
    page.get_by_text("More filters").click()
    answer = page.get_by_role("combobox", name="Answer: Who")
    answer.focus()
    answer.select_option("who.team")
    count = page.locator(".count strong")
    expect(count).not_to_have_text(everybody)
    expect(page.locator("#said")).to_have_text(re.compile(rf"^{re.escape(count.inner_text())} journeys, newest"))
    expect(answer).to_be_focused()
    page.get_by_role("link", name="Remove the filter Started").click()
    expect(page).to_have_url(f"{dashboard.url}/growth/journeys?period=28d&answer=who.team")
    page.go_back()
    page.go_back()
    expect(count).to_have_text(everybody)
    expect(answer).to_have_value("")


def test_without_javascript_a_button_applies_the_filters(browser: Browser, dashboard: Dashboard, users: Users) -> None:
    page = users.colleague(dashboard, browser, java_script_enabled=False)
    open_overview(page, "?period=90d")
    source = first_source(page)
    open_filters(page)
    page.get_by_role("combobox", name="Source").select_option(source)
    page.get_by_role("combobox", name="Device").select_option("mobile")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(rf"/growth\?period=90d&source={re.escape(source)}&device=mobile$"))
    started = figure(page, "Started").inner_text()
    figure(page, "Started").get_by_role("link").click()
    expect(page.locator(".count strong")).to_have_text(started)
    page.get_by_text("More filters").click()
    page.get_by_role("combobox", name="Stage").select_option("finished")
    page.get_by_role("combobox", name="Team size").select_option("team_size.2_10")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(rf"source={re.escape(source)}&device=mobile&outcome=finished&answer=team_size"))
    expect(page.locator(".chips a:not(.clear)")).to_have_count(4)
    page.go_back()
    page.locator("table.journeys th a").first.click()
    expect(page.locator("#from + dl")).to_contain_text(source)


def test_numbers_in_pictures_and_tables_lead_to_just_as_many_journeys(
    window: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.colleague(dashboard, window)
    for show, place in (
        ("steps", "#part-funnel .metric"),
        ("steps", "#part-details"),
        ("results", "#part-details"),
        ("steps", "#part-breakdown"),
    ):
        open_overview(page, f"?show={show}")
        number = (
            page.locator(f"{place}[href^='/growth/journeys'], {place} a[href^='/growth/journeys']")
            .locator("visible=true")
            .nth(2)
        )
        received = re.search(r"[\d,]+", number.get_attribute("aria-label") or number.inner_text())
        assert received
        # What a link of a picture shows while it is pointed at belongs to its box.
        area = number.locator(".hit")
        (area.first if area.count() else number).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Journeys")
        assert count_of(page) == received[0]


def test_from_a_site_that_is_refused_to_the_line_that_allows_it(
    browser: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.colleague(dashboard, browser)
    open_overview(page)
    page.get_by_role("link", name="Embeds", exact=True).click()
    page.get_by_text("Sites that aren’t allowed: 2").click()
    expect(page.locator("#refused tbody tr").first).to_contain_text("https://shop.example")
    page.get_by_role("link", name="https://shop.example").click()
    expect(page.get_by_label("Your page’s address")).to_have_value("https://shop.example")
    expect(page.locator("#origins-line")).to_have_text("WIZARD_EMBED_ORIGINS=https://shop.example")
    expect(page.locator("#site-message")).to_contain_text(re.compile(r"loaded there \d+ times in the last 28 days"))
