"""Journeys with tags of their own: the overview fetches hardly more for them than for journeys with the same tags."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from factories import CONTEXT, NOV_1, SOURCES, counts_of, in_order, log_on, visit
from reference_overview import Log as Recount
from reference_overview import ReferenceJourney
from reference_report import trails
from sqlalchemy import Connection, event
from visits import STEPS

from wizard.analytics.breakdown import Group, ranked
from wizard.analytics.date_range import named
from wizard.analytics.overview import Overview, read_overview
from wizard.analytics.scope import Suspects
from wizard.analytics.selection import Selection
from wizard.analytics.stages import Counts
from wizard.analytics.tag_values import Wanted
from wizard.events.attribution import Attribution
from wizard.events.log import Log
from wizard.events.model import Event, QuestionView, WizardView
from wizard.maintenance.rebuild import rebuild
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY

UTC = ZoneInfo("UTC")
SPAN = named("7d", UTC, NOV_1)
VISITS = 1500
AT_MOST = 50
EVERY_SLOT = ("utm_source", "utm_campaign", "referrer_host", "embed_path")


@pytest.fixture(params=SOURCES)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    log = log_on(request.param, request)
    yield log
    log.database.dispose()


def view(number: int, tags: Mapping[str, str], suspect: str = "") -> list[Event]:
    """A visit that sees the first question and leaves."""
    at = replace(CONTEXT, journey_id=f"view-{number}", ts_ms=NOV_1 - number, attribution=Attribution(**tags))
    at = replace(at, suspect=suspect)  # type: ignore[arg-type]  # one of the marks
    return [WizardView(at), QuestionView(at, "who")]


def overview(
    log: Log,
    filters: Mapping[str, str] | None = None,
    *,
    suspects: Suspects = "excluded",
    wanted: Wanted | None = None,
) -> Overview:
    selection = Selection(SPAN, filters or {}, suspects=suspects)
    return read_overview(log.database, selection, UTC, QUESTIONS, STRATEGY, wanted=wanted)


@contextmanager
def rows_fetched(log: Log) -> Iterator[list[int]]:
    """How many rows the reader fetches, statement by statement."""
    found: list[int] = []

    def count(connection: Connection, _: Any, statement: str, parameters: Any, *__: object) -> None:
        if statement.startswith(("SELECT", "WITH")):
            counted = connection.connection.cursor()
            counted.execute(f"SELECT count(*) FROM ({statement}) AS counted", parameters)  # noqa: S608  # our own
            found.extend(*counted.fetchall())
            counted.close()

    event.listen(log.database.reader, "after_cursor_execute", count)
    try:
        yield found
    finally:
        event.remove(log.database.reader, "after_cursor_execute", count)


@pytest.mark.parametrize("slots", [("utm_campaign",), EVERY_SLOT, ("utm_term", "utm_content", "utm_medium")])
@pytest.mark.parametrize("suspect", ["", "burst"])
def test_no_more_rows_are_fetched_for_distinct_tags_than_the_page_can_show(
    log: Log, slots: tuple[str, ...], suspect: str
) -> None:
    log.append(
        [each for number in range(VISITS) for each in view(number, dict.fromkeys(slots, f"own-{number}"), suspect)]
    )
    log.database.read(lambda _: None)  # copies it, where that is read
    with rows_fetched(log) as fetched:
        found = overview(log, suspects="included", wanted=Wanted(at_most=AT_MOST))
    assert found.now.counts["journeys"] == VISITS
    assert sum(fetched) < AT_MOST * len(slots) + 300


def test_what_is_not_listed_is_told_in_numbers_that_are_exact(log: Log) -> None:
    log.append([each for number in range(300) for each in view(number, {"utm_source": f"own-{number % 200:03}"})])
    log.append(visit("started", NOV_1, utm_source="own-199"))
    found = overview(log, wanted=Wanted(at_most=AT_MOST))
    ranking = found.rankings["source"]
    assert in_order(ranking.total.now) == (301, 1, 1, 1, 1, 1)
    top = ranked(ranking, "journeys", "finished", 10)
    assert [(group.value, group.now["journeys"]) for group in top.top] == [
        (f"own-{number:03}", 2) for number in range(10)
    ]
    assert top.other
    assert (top.others, in_order(top.other.now), top.other.before) == (190, (281, 1, 1, 1, 1, 1), Counts())
    assert found.more_options["source"] + len(found.options["source"]) == 200
    started = next(group for group in ranking.groups if group.value == "own-199")
    assert started.now == counts_of(2, 1, 1, 1, 1, 1), "a value that is rare, and has a signup, is listed"


def test_a_rare_value_that_is_filtered_by_is_counted_exactly(log: Log) -> None:
    log.append(
        [
            each
            for number in range(300)
            for each in view(number, {"utm_campaign": f"own-{number:03}", "utm_source": "news"})
        ]
    )
    found = overview(log, {"campaign": "own-299"}, wanted=Wanted(at_most=AT_MOST))
    assert found.now.counts == Counts(journeys=1, viewed=1)
    assert sum(day.counts["viewed"] for day in found.days) == 1
    assert found.options["campaign"]["own-299"] == 1
    assert found.more_options["campaign"] + len(found.options["campaign"]) == 300
    assert found.options["source"] == {"news": 1}
    assert [group.value for group in found.rankings["campaign"].groups] == ["own-299"]


@pytest.mark.parametrize("suspects", ["excluded", "included", "only"])
@pytest.mark.parametrize("filters", [{}, {"source": "news"}, {"campaign": "own-1", "device": "desktop"}])
def test_journeys_of_one_moment_with_tags_of_their_own_are_each_counted_once(
    log: Log, suspects: Suspects, filters: dict[str, str]
) -> None:
    for number in range(40):
        tags = {"utm_campaign": f"own-{number % 7}", "utm_source": ("news", "")[number % 2]}
        at = replace(CONTEXT, journey_id=f"j-{number}", ts_ms=NOV_1, attribution=Attribution(**tags))
        log.append([WizardView(replace(at, suspect="burst" if number % 3 == 0 else ""))])
    log.append(visit("whole", NOV_1, utm_campaign="own-1", utm_source="news"))
    found = overview(log, filters, suspects=suspects)
    recount = Recount([ReferenceJourney(trail) for trail in trails(log.read())], UTC)
    own = recount.overview(SPAN.period, SPAN.before, filters, suspects)
    assert plain(found) == {name: own[name] for name in ("rankings", "options", "suspect")}


def test_tags_that_differ_or_not_are_counted_alike_however_they_are_read(log: Log) -> None:
    """Few sets of tags are looked up one by one, many are read with their journeys: the numbers are the same."""
    log.append([each for number in range(200) for each in view(number, {"utm_campaign": "same"})])
    few = overview(log)
    assert few.rankings["campaign"].groups == (Group("same", counts_of(200), Counts()),)
    log.append([each for number in range(200, 700) for each in view(number, {"utm_campaign": f"own-{number}"})])
    many = overview(log)
    counts = {group.value: group.now["journeys"] for group in many.rankings["campaign"].groups}
    assert counts == {"same": 200, **{f"own-{number}": 1 for number in range(200, 700)}}


def test_two_servers_and_a_rebuild_come_to_the_same_whatever_the_order_of_events(log: Log) -> None:
    other = Log(log.database, STEPS)
    journeys = [view(number, {"utm_campaign": f"own-{number}"}, ("", "burst")[number % 5 == 0]) for number in range(20)]
    journeys += [visit(f"whole-{number}", NOV_1 - number, utm_campaign=f"own-{number}") for number in range(5)]
    for number, events in enumerate(journeys):
        last_first = list(reversed(events))
        for place, each in enumerate(last_first):
            (log, other)[(number + place) % 2].append([each])
    found = overview(log, suspects="included")
    assert sum(each.wrong for each in rebuild(log, write=False)) == 0
    assert overview(other, suspects="included") == found
    recount = Recount([ReferenceJourney(trail) for trail in trails(log.read())], UTC)
    assert plain(found)["rankings"] == recount.overview(SPAN.period, SPAN.before, {}, "included")["rankings"]


def plain(found: Overview) -> dict[str, Any]:
    """What an overview says of tags, as the recount says it."""
    return {
        "rankings": {
            name: {group.value: (in_order(group.now), in_order(group.before)) for group in ranking.groups}
            for name, ranking in found.rankings.items()
        },
        "options": {name: dict(values) for name, values in found.options.items()},
        "suspect": dict(found.suspect),
    }
