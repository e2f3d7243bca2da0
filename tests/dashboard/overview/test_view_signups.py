"""Signups on the overview: histograms on one scale, links, the last days, and what is said of their completeness."""

from datetime import date, timedelta
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

import pytest
from bs4 import BeautifulSoup
from dashboard_app import NOW_MS, UTC, selected
from factories import counts_of
from flask import Flask

from wizard.analytics.completeness import Completeness, DayShare, Lags, completeness_of
from wizard.analytics.daily import Day
from wizard.analytics.signups import BOUNDS_MS, HOUR_MS, Signups, click_to_signup
from wizard.dashboard.labels import Names
from wizard.dashboard.overview.view_links import Asked, Links
from wizard.dashboard.overview.view_signups import BUCKETS, SignupsView, completeness_in_words, signups_of
from wizard.events.log import DAY_MS
from wizard.web.services import services

CLOUD = [HOUR_MS // 2] * 3 + [2 * DAY_MS, None]
PRIVATE = [5 * DAY_MS, 40 * DAY_MS, -1]
NONE = click_to_signup([])
BOTH = Signups(
    click_to_signup([*CLOUD, *PRIVATE]),
    {"cloud": click_to_signup(CLOUD), "private_cloud": click_to_signup(PRIVATE)},
    prefilled=2,
)


def shown(app: Flask, signups: Signups, query: str = "period=28d&source=news") -> SignupsView:
    selection = selected(query)
    span = selection.span
    dates = [span.first + timedelta(days=number) for number in range((span.last - span.first).days + 1)]
    days = [Day(str(day), counts_of(20, 9, 8, day.day, 1)) for day in dates]
    completeness = completeness_of(Lags([36 * HOUR_MS] * 50), days, span, UTC, NOW_MS)
    return signups_of(signups, completeness, days, Links(selection, Asked()), Names(services(app).wording()))


def rendered(app: Flask, signups: SignupsView) -> BeautifulSoup:
    text = app.jinja_env.get_template("dashboard/_signups.html").render(signups=signups)
    return BeautifulSoup(text, "html.parser")


def test_the_buckets_have_names_for_their_bounds() -> None:
    assert len(BUCKETS) == len(BOUNDS_MS) + 1
    for (lower, upper), name in zip(pairwise(BOUNDS_MS), BUCKETS[1:-1], strict=True):
        size = HOUR_MS if name.endswith(" h") else DAY_MS
        assert name[:-2] == f"{lower // size} to {upper // size}"


def test_each_deployment_has_a_histogram_of_shares_on_one_scale(app: Flask) -> None:
    every, cloud, private = shown(app, BOTH).histograms
    assert [each.name for each in (every, cloud, private)] == ["All signups", "Cloud", "Private Cloud"]
    assert [each.signups.count for each in (every, cloud, private)] == [8, 5, 3]
    bars = {bucket.label: (bucket.count, bucket.share, bucket.width) for bucket in cloud.buckets if bucket.count}
    assert bars == {"Under 1 h": (3, "75%", "100.0%"), "2 to 4 d": (1, "25%", "33.3%")}
    assert {b.label: b.width for b in private.buckets if b.count} == {
        "4 to 7 d": "66.7%",
        "Over 30 d": "66.7%",
    }
    assert (cloud.median, cloud.p90, private.median) == ("30 min", "2 d", "5 d")
    assert [each.others for each in (cloud, private)] == [
        (("No click recorded", 1),),
        (("Before the first click", 1),),
    ]


def test_one_deployment_alone_is_all_signups(app: Flask) -> None:
    found = click_to_signup(CLOUD)
    view = shown(app, Signups(found, {"cloud": found}, 0))
    assert [each.name for each in view.histograms] == ["Cloud"]
    assert "outcome=converted" in (view.histograms[0].signups.href or "")


def test_numbers_lead_to_their_journeys(app: Flask) -> None:
    view = shown(app, BOTH)
    numbers = (view.histograms[0].signups, view.prefilled)
    asked = [parse_qsl(urlsplit(number.href or "").query) for number in numbers]
    own = [("period", "28d"), ("source", "news")]
    assert asked == [[*own, ("outcome", "converted")], [*own, ("outcome", "linked_converted")]]


def test_the_last_7_days_are_listed_with_their_share(app: Flask) -> None:
    days = shown(app, BOTH).days
    assert [day.date for day in days] == [str(date(2026, 11, 28) - timedelta(days=back)) for back in range(7)]
    assert [(day.name, day.clicked, day.converted, day.share, day.is_immature) for day in days[:4]] == [
        ("Sat 28 Nov", 28, 1, "0%", True),
        ("Fri 27 Nov", 27, 1, "0%", True),
        ("Thu 26 Nov", 26, 1, "100%", False),
        ("Wed 25 Nov", 25, 1, "100%", False),
    ]
    assert parse_qsl(urlsplit(days[0].href or "").query)[:2] == [("since", "2026-11-28"), ("until", "2026-11-28")]


def test_days_to_come_are_not_listed_and_parts_of_days_have_no_link(app: Flask) -> None:
    assert [day.date for day in shown(app, BOTH, "since=2026-11-28&until=2026-11-30").days] == ["2026-11-28"]
    exact = shown(app, BOTH, "since=2026-11-27T10:00:00Z&until=2026-11-27T14:00:00Z")
    assert [day.href for day in exact.days] == [None]


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.826, "About 83% of the signups of this period have usually come in by now."),
        (0.996, "Over 99% of the signups of this period have usually come in by now."),
        (0.004, "Less than 1% of the signups of this period have usually come in by now."),
        (1.0, ""),
        (None, ""),
    ],
)
def test_a_line_says_how_complete_the_period_is(share: float | None, words: str) -> None:
    assert completeness_in_words(Completeness((DayShare("2026-11-28", share),), share, is_known=True)) == words


def test_too_few_signups_are_said_to_be_too_few() -> None:
    words = completeness_in_words(Completeness((DayShare("2026-11-28", None),), None, is_known=False))
    assert words.endswith("is not known: it takes 50 signups of visits that began 30 to 210 days ago.")


def test_the_tables_have_a_row_for_each_bucket_and_each_day(app: Flask) -> None:
    page = rendered(app, shown(app, BOTH))
    histogram, days = page.select("table")
    heads = [" ".join(cell.get_text().split()) for cell in histogram.select("thead th")]
    assert heads[0] == "Time"
    assert heads[2] == "Cloud: 5 median 30 min 90% within 2 d"
    rows = [
        [" ".join(cell.get_text().split()) for cell in row.select("th, td")] for row in histogram.select("tbody tr")
    ]
    assert [row[0] for row in rows] == [*BUCKETS, "No click recorded", "Before the first click"]
    assert rows[0] == ["Under 1 h", "3 50%", "3 75%", "0 0%"]
    assert rows[-2:] == [["No click recorded", "1", "1", "0"], ["Before the first click", "1", "0", "1"]]
    assert len(days.select("tbody tr")) == 7
    assert "Signups by prefilled links (2) are not included." in page.get_text()


def test_without_signups_the_last_days_are_still_listed(app: Flask) -> None:
    page = rendered(app, shown(app, Signups(NONE, {}, 0)))
    assert "No signups in this selection." in page.get_text()
    assert len(page.select("table")) == 1
