"""No two texts of a chart overlap, and none leaves its card, on any screen, with any numbers and in any language."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from dashboard_browser import Dashboard, Users, open_overview
from playwright.sync_api import Browser, Page

from wizard.analytics.daily import Day, Hour, hours_between
from wizard.analytics.flow import Edge, EdgeSets
from wizard.analytics.outcomes import Outcomes, ResultFigures
from wizard.analytics.overview import Overview
from wizard.analytics.report import Figures
from wizard.analytics.stages import Counts
from wizard.analytics.step_figures import StepFigures, Times, Wanderings
from wizard.dashboard.charts import Marker, Moment, Trend, draw_trend, funnel
from wizard.dashboard.charts.trend_points import day_points, hour_points, unit_of
from wizard.dashboard.labels import Names
from wizard.dashboard.overview.view_links import Links
from wizard.events.periods import midnight_ms
from wizard.questionnaire.wording import Wording

WIDTHS = (320, 390, 820, 1280, 1920)
DIGITS = {"one": 7, "six": 654_321, "nine": 987_654_321}
ZONE = ZoneInfo("Europe/Berlin")
LAST = date(2026, 11, 28)
NAMES = {
    "English": "Private Cloud",
    "German": "Donaudampfschifffahrtsgesellschaftskapitänspatent",
    "Arabic": "استضافة ذاتية على خوادمك الخاصة في مركز بياناتك",
}

OVERLAPS = """section => {
    const card = section.getBoundingClientRect()
    const isSeen = each => each.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })
    const boxes = []
    for (const text of section.querySelectorAll('svg text')) {
        if (isSeen(text) && text.textContent.trim()) boxes.push([text.textContent.trim(), text.getBoundingClientRect()])
    }
    const walker = document.createTreeWalker(section, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
        const node = walker.currentNode
        const parent = node.parentElement
        if (!node.textContent.trim() || parent.closest('svg, .unseen, thead') || !isSeen(parent)) continue
        const range = document.createRange()
        range.selectNodeContents(node)
        for (const box of range.getClientRects()) boxes.push([node.textContent.trim(), box])
    }
    const found = []
    const leaves = box => box.left < card.left - 1 || box.right > card.right + 1 || box.bottom > card.bottom + 1
    const drawn = boxes.filter(([, box]) => box.width > 0)
    for (const [text, box] of drawn) if (leaves(box)) found.push(`${text} leaves the card`)
    drawn.forEach(([one, a], place) => drawn.slice(place + 1).forEach(([other, b]) => {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left)
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
        // The boxes of texts have room above and below the letters.
        if (across > 0.5 && down > 4) found.push(`${one} and ${other} overlap`)
    }))
    return [drawn.length, found]
}"""


def days(count: int, each: int) -> list[Day]:
    first = LAST - timedelta(days=count - 1)
    return [Day(str(first + timedelta(days=place)), Counts(started=max(0, each - place))) for place in range(count)]


def at(immature_days: int = 0) -> Moment:
    now_ms = midnight_ms(LAST, ZONE) + 14 * 3_600_000
    return Moment(ZONE, now_ms, midnight_ms(LAST - timedelta(days=immature_days - 1), ZONE) if immature_days else None)


def by_day(count: int, each: int, markers: tuple[Marker, ...] = (), immature_days: int = 0) -> Trend:
    points = day_points(days(count, each), days(count, each), "started", at(immature_days), lambda *ends: f"/{ends}")
    return Trend("Clicked through", unit_of(count), points, f"the {count} days before", markers)


def by_hour(each: int) -> Trend:
    ends = hours_between(midnight_ms(LAST, ZONE), midnight_ms(LAST + timedelta(days=1), ZONE), ZONE)
    hours = [Hour(*both, Counts(started=each)) for both in ends]
    return Trend(
        "Started", "hour", hour_points(hours, hours, "started", at(), lambda *ends: f"/{ends}"), "the day before"
    )


def markers(label: str) -> tuple[Marker, ...]:
    days_ago = (27, 26, 25, 12, 1, 0)
    return tuple(
        Marker(midnight_ms(LAST - timedelta(days=ago), ZONE), "note" if ago % 2 else "release", label, "/")
        for ago in days_ago
    )


@dataclass(frozen=True)
class FakeOverview:
    """As much of an overview as the funnel reads."""

    now: Figures
    before: Figures
    edges: tuple[Edge, ...]
    outcomes: Outcomes
    edge_sets: EdgeSets = field(default_factory=dict)


class FakeLinks:
    """Addresses that nobody follows."""

    def list(self, *conditions: tuple[str, str]) -> str:
        return f"/growth/journeys?{conditions}"


def funnel_of(each: int, name: str) -> str:
    """A funnel of three questions in which each count is about `each`."""
    edges = (
        Edge("start", "who", "", each, expected=True),
        Edge("who", "size", "", each // 2, expected=True),
        Edge("who", "hosting", "", each // 3, expected=True),
        Edge("size", "hosting", "", each // 2, expected=True),
        *(Edge("hosting", "result", to, each // 3, expected=True) for to in ("a", "b", "c")),
        Edge("start", "size", "", each // 4 + 1, expected=False),
        Edge("start", "hosting", "", each // 5 + 1, expected=False),
    )
    times, did = Times(125_000, 250_000), Wanderings(each, each // 2, each // 3, each // 4)
    steps = tuple(StepFigures(step, each, each // 2, did, times) for step in ("who", "size", "hosting"))
    before = tuple(replace(step, answered=each // 3) for step in steps)
    counts = Counts(journeys=each, viewed=each, started=each, finished=each)
    results = tuple(ResultFigures(to, to, None, None, Counts(finished=each // 3)) for to in ("a", "b", "c"))

    outcomes = Outcomes(results, {}, {}, {})
    found = FakeOverview(Figures("", counts, steps=steps), Figures("", steps=before), edges, outcomes)
    wording = Wording("en", {f"deployments.{to}.name": name for to in ("a", "b", "c")})
    return str(funnel(cast(Overview, found), Names(wording), cast(Links, FakeLinks())).svg)


def put(page: Page, part: str, markup: str) -> None:
    """Put a chart into the page, where that part has its own."""
    page.locator(f"#part-{part} .chart").first.evaluate("(chart, markup) => { chart.innerHTML = markup }", markup)


def assert_apart(page: Page, part: str, least: int) -> None:
    texts, overlaps = page.locator(f"#part-{part}").evaluate(OVERLAPS)
    assert texts > least
    assert overlaps == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", WIDTHS)
def test_no_texts_of_the_trend_overlap_or_leave_the_card(
    browser: Browser, dashboard: Dashboard, users: Users, width: int
) -> None:
    page = users.colleague(dashboard, browser, viewport={"width": width, "height": 900})
    open_overview(page)
    assert_apart(page, "chart", 10)
    for each in DIGITS.values():
        for made in (*(by_day(count, each) for count in (2, 7, 28, 120, 366, 1000)), by_hour(each)):
            put(page, "chart", draw_trend(made))
            assert_apart(page, "chart", 8)
    for name in NAMES.values():
        put(page, "chart", draw_trend(by_day(28, 654_321, markers(name), immature_days=5)))
        assert_apart(page, "chart", 20)
        page.locator("#part-chart .day").nth(3).focus()
        assert_apart(page, "chart", 20)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_texts_of_the_funnel_overlap_or_leave_the_card(
    browser: Browser, dashboard: Dashboard, users: Users, width: int
) -> None:
    page = users.colleague(dashboard, browser, viewport={"width": width, "height": 900})
    open_overview(page)
    assert_apart(page, "funnel", 20)
    for name in NAMES.values():
        for each in DIGITS.values():
            put(page, "funnel", funnel_of(each, name))
            assert_apart(page, "funnel", 20)
            if width >= 1280:
                page.locator("#part-funnel .funnel a.metric").nth(4).focus()
                assert_apart(page, "funnel", 20)
