"""Journeys by the answers that were given, against a recount from events, on both databases."""

from collections import Counter
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from factories import NOV_1, SOURCES, log_on
from reference_overview import ReferenceJourney
from reference_report import trails
from visits import DAY_MS, Visitor
from werkzeug.datastructures import MultiDict

from wizard.analytics.age import ANY
from wizard.analytics.answer_groups import read_answer_ranking
from wizard.analytics.breakdown import Group, Ranking
from wizard.analytics.selection import Selection, read_selection
from wizard.analytics.stages import Counts
from wizard.events.log import Log

UTC = ZoneInfo("UTC")
NOTHING = Group("", Counts(), Counts())


@pytest.fixture(params=SOURCES)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    found = log_on(request.param, request)
    paths = [("hobby", "avoid"), ("hobby", "enjoy"), ("job", "2_10", "avoid"), ("job",)]
    for number, path in enumerate(paths * 3):
        visitor = Visitor(f"j-{number}", now_ms=NOV_1 - number * 2 * DAY_MS).arrive()
        for choice in path:
            visitor.answer(choice)
        if path[-1] == "avoid":
            visitor.click("cloud")
            visitor.now_ms += 3 * DAY_MS
            visitor.convert("cloud", 10.0)
        found.append(visitor.events)
    yield found
    found.database.dispose()


def selected(query: dict[str, str]) -> Selection:
    return read_selection(MultiDict({"period": "28d", **query}), UTC, NOV_1 + DAY_MS).selection


def ranking(log: Log, selection: Selection) -> Ranking:
    with log.database.snapshot() as connection:
        return read_answer_ranking(connection, selection, NOTHING)


def recount(log: Log, selection: Selection) -> dict[str, Counter[str]]:
    since_ms, until_ms = selection.span.period.since_ms or 0, selection.span.period.until_ms or 0
    found: dict[str, Counter[str]] = {}
    for whole in map(ReferenceJourney, trails(log.read())):
        journey = whole if selection.age == ANY else whole.limited(selection.as_of_ms, selection.window_days)
        if since_ms <= journey.began_ms < until_ms:
            flags = [name for name in ("started", "finished", "clicked", "converted") if journey.flags[name]]
            for step, answer in whole.answers.items():
                found.setdefault(f"{step}.{answer}", Counter()).update(["journeys", *flags])
    return found


@pytest.mark.parametrize("query", [{}, {"window": "1d"}, {"window": "7d"}, {"outcome": "converted"}])
def test_each_answer_has_the_journeys_and_stages_of_a_recount(log: Log, query: dict[str, str]) -> None:
    selection = selected(query)
    found = {group.value: group for group in ranking(log, selection).groups}
    assert found
    for which, own in (("now", selection), ("before", selection.before)):
        expected = recount(log, own)
        for value in found.keys() | expected.keys():
            counts = getattr(found.get(value, NOTHING), which)
            names = ("journeys", "started", "finished", "clicked", "converted")
            if "outcome" not in query:
                assert {n: counts[n] for n in names} == {n: expected.get(value, Counter())[n] for n in names}, value
            else:
                assert counts["journeys"] == counts["converted"] == expected.get(value, Counter())["converted"], value
