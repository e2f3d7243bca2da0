"""Click to signup: what counts, into which bucket, under which filters; a recount of the events finds the same."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from dashboard_app import NOW_MS, add_demo, opened, selected
from factories import NOV_1, sqlite_log, visit
from query_plan import plan_of
from reference_overview import ReferenceJourney
from reference_report import trails
from reference_signups import Figures, reference_signups, signed_up_ms

from wizard.analytics.signups import BOUNDS_MS, HOUR_MS, ClickToSignup, Signups, click_to_signup, read_signups
from wizard.events.log import DAY_MS, Log
from wizard.events.model import Conversion, CtaClick, QuestionAnswer

Test = Callable[[ReferenceJourney], bool]


@pytest.fixture
def log(any_database: str) -> Iterator[Log]:
    with opened(any_database) as log:
        yield log


def read(log: Log, query: str = "period=28d") -> Signups:
    with log.database.snapshot() as connection:
        return read_signups(connection, selected(query))


def figures(found: ClickToSignup) -> Figures:
    return found.histogram, found.median_ms, found.p90_ms, found.without_click, found.before_click


def add(log: Log, name: str, after_ms: int | None, deployment: str = "cloud") -> None:
    """A visit that signs up so long after its click; None leaves out the click."""
    at = next(each for each in visit(name) if isinstance(each, CtaClick)).context
    events = [each for each in visit(name) if not isinstance(each, Conversion)]
    if after_ms is None:
        events = [each for each in events if not isinstance(each, CtaClick)]
    log.append([*events, Conversion(replace(at, ts_ms=at.ts_ms + (after_ms or 0), answers={}), deployment, None)])


def test_a_time_lies_in_the_bucket_that_begins_with_it() -> None:
    for number, bound in enumerate(BOUNDS_MS):
        for place, time in ((number, bound - 1), (number + 1, bound)):
            histogram = click_to_signup([time]).histogram
            assert [count for count in histogram if count] == [1]
            assert histogram[place] == 1
    assert click_to_signup([0]).histogram[0] == 1


def test_median_and_p90_are_the_nearest_rank_of_the_signups_with_a_time() -> None:
    found = click_to_signup([None, -1, *range(10, 0, -1)])
    assert (found.median_ms, found.p90_ms) == (5, 9)
    assert (found.timed, found.without_click, found.before_click, found.signups) == (10, 1, 1, 12)
    none = click_to_signup([None])
    assert (none.timed, none.median_ms, none.p90_ms, none.signups) == (0, None, None, 1)


def test_signups_are_counted_by_the_deployment_with_the_most_first(log: Log) -> None:
    add(log, "one", 2 * HOUR_MS, "on_premise")
    add(log, "two", 3 * DAY_MS)
    add(log, "three", None)
    add(log, "four", -1000)
    found = read(log)
    assert [(name, each.signups) for name, each in found.by_deployment.items()] == [("cloud", 3), ("on_premise", 1)]
    cloud = found.by_deployment["cloud"]
    assert (cloud.timed, cloud.without_click, cloud.before_click, cloud.median_ms) == (1, 1, 1, 3 * DAY_MS)
    assert (found.total.signups, found.total.median_ms, found.total.p90_ms) == (4, 2 * HOUR_MS, 3 * DAY_MS)


def test_signups_without_a_start_are_counted_apart(log: Log) -> None:
    add(log, "one", HOUR_MS)
    log.append([each for each in visit("linked") if not isinstance(each, QuestionAnswer)])
    found = read(log)
    assert (found.total.signups, found.prefilled) == (1, 1)


def test_within_a_window_a_signup_counts_by_its_time_after_the_journey_began(log: Log) -> None:
    add(log, "one", DAY_MS - 9500 - 1)  # it began 9.5 s before its click
    add(log, "two", DAY_MS - 9500)
    assert [read(log, f"period=28d{window}").total.signups for window in ("&window=1d", "&window=7d", "")] == [1, 2, 2]


def test_no_signups_have_no_times(log: Log) -> None:
    found = read(log)
    assert (found.total.signups, found.total.median_ms, found.by_deployment, found.prefilled) == (0, None, {}, 0)


SELECTIONS: Sequence[tuple[str, Test]] = (
    ("", lambda _: True),
    ("source=newsletter", lambda each: each.values["source"] == "newsletter"),
    (
        "persona=team&device=desktop",
        lambda each: (each.values["persona"], each.values["device"]) == ("team", "desktop"),
    ),
    ("recommended=private_cloud", lambda each: each.recommended == "private_cloud"),
    ("answer=who.job", lambda each: each.answers.get("who") == "job"),
    ("did=who.changed", lambda each: each.did.get("who", {}).get("changed", False)),
)


def test_a_recount_of_the_events_finds_the_same_under_all_filters_and_windows(log: Log) -> None:
    add_demo(log, 2500)
    demo = [ReferenceJourney(trail) for trail in trails(log.read())]
    for query, test in SELECTIONS:
        for days in (None, 1, 7):
            until_ms = NOW_MS - (days or 0) * DAY_MS
            ours = [each for each in demo if NOV_1 <= each.began_ms <= until_ms and not each.suspect and test(each)]
            counted = [
                each for each in ours if days is None or (signed_up_ms(each) or 0) - each.began_ms < days * DAY_MS
            ]
            found = read(log, f"period=28d&{query}" + (f"&window={days}d" if days else ""))
            every = {name: figures(each) for name, each in {"": found.total, **found.by_deployment}.items()}
            expected = reference_signups(counted)
            assert {name: every[name] for name in every if name or found.total.signups} == expected
            linked = [each for each in counted if each.flags["converted"] and not each.flags["started"]]
            assert found.prefilled == len(linked)
    assert len(read(log).by_deployment) == 3


def test_suspect_visits_count_only_where_they_are_asked_for(log: Log) -> None:
    add(log, "one", HOUR_MS)
    log.append(replace(each, context=replace(each.context, suspect="burst")) for each in visit("burst"))
    asked = {"": 1, "&suspects=include": 2, "&suspects=only": 1}
    assert {query: read(log, f"period=28d{query}").total.signups for query in asked} == asked


@pytest.mark.parametrize(
    "query", ["", "source=news", "persona=team&recommended=cloud", "answer=who.job&suspects=include"]
)
def test_sqlite_finds_signups_in_their_index(query: str, tmp_path: Path) -> None:
    log = sqlite_log(tmp_path)
    plan = plan_of(log, lambda connection: read_signups(connection, selected(f"period=28d&{query}")))
    assert plan[0].startswith("SEARCH journeys USING INDEX ix_journeys_signups (suspect=? AND began_ms>?")
    log.database.dispose()
