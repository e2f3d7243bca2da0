"""The steps of a selection: the same whether they come from narrow indexes or, under filters, from its journeys."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from factories import NOV_1, SOURCES, log_on
from visits import STEPS, Visitor

from wizard.analytics.date_range import named
from wizard.analytics.scope import Suspects
from wizard.analytics.selection import Selection
from wizard.analytics.step_figures import StepFigures
from wizard.analytics.steps import AnswerCounts, read_selected_steps, read_time_to_result
from wizard.events.attribution import Attribution
from wizard.events.log import Log
from wizard.events.model import Suspicion

SPAN = named("7d", ZoneInfo("UTC"), NOV_1)
EVERYTHING = Selection(SPAN)
NEWS = Attribution(utm_source="news")


@pytest.fixture(params=SOURCES)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    log = log_on(request.param, request)
    yield log
    log.database.dispose()


def steps(log: Log, selection: Selection, order: Sequence[str] = STEPS) -> tuple[dict[str, StepFigures], AnswerCounts]:
    with log.database.snapshot() as connection:
        found, given = read_selected_steps(connection, selection, order)
    return {each.step: each for each in found}, {step: dict(choices) for step, choices in given.items()}


def time_to_result(log: Log, selection: Selection, finished: int) -> int | None:
    with log.database.snapshot() as connection:
        return read_time_to_result(connection, selection, finished)


def arrived(name: str, pace_ms: int = 1000, source: str = "news") -> Visitor:
    return Visitor(name, now_ms=NOV_1, pace_ms=pace_ms, attribution=Attribution(utm_source=source)).arrive()


def some_visits() -> list[Visitor]:
    """A visitor who answers, sees an error, goes back, changes an answer, was prefilled, and drops off."""
    return [
        arrived("left"),
        arrived("erred", 2000).err().answer("hobby"),
        arrived("changed", 3000).answer("team").back_to("who").answer("job").answer("2_10"),
        arrived("finished", 500).answer("hobby").answer("avoid"),
        arrived("trial", 700).answer("team").answer("2_10").answer("own_servers").try_locally(),
        Visitor("linked", now_ms=NOV_1, entry="prefilled", prefilled={"who": "hobby"}, attribution=NEWS).arrive(),
    ]


def test_filters_that_all_journeys_pass_change_nothing(log: Log) -> None:
    for visitor in some_visits():
        log.append(visitor.events)
    filtered = Selection(SPAN, {"source": "news"})
    conditioned = Selection(SPAN, {}, (("outcome", "viewed"),))
    assert steps(log, EVERYTHING) == steps(log, filtered) == steps(log, conditioned)
    figures, given = steps(log, EVERYTHING)
    who = figures["who"]
    assert (who.reached, who.answered) == (5, 4), "not of the one whose link had the answer"
    assert who.wanderings == (1, 1, 1, 1)
    assert who.times == (700, 3000)
    assert given["who"] == {"hobby": 2, "job": 2}, "what stands of those who answered: also what the trial set"
    assert list(figures) == [step for step in STEPS if step in figures]


def test_filters_leave_the_steps_of_the_journeys_that_pass_them(log: Log) -> None:
    for number, source in enumerate(("news", "news", "ads")):
        log.append(arrived(f"j-{number}", 1000 + number, source).answer("hobby").events)
    figures, given = steps(log, Selection(SPAN, {"source": "ads"}))
    assert {name: each.reached for name, each in figures.items()} == {"who": 1, "hosting": 1}
    assert figures["who"].times == (1002, 1002)
    assert given == {"who": {"hobby": 1}}
    assert steps(log, Selection(SPAN, {"source": "nowhere"})) == ({}, {})


def test_steps_of_other_periods_are_not_among_them(log: Log) -> None:
    for name, now_ms in (("long_ago", NOV_1 - 30 * 86_400_000), ("now", NOV_1), ("later", NOV_1 + 86_400_000)):
        log.append(Visitor(name, now_ms=now_ms, attribution=NEWS).arrive().answer("job").events)
    for selection in (EVERYTHING, Selection(SPAN, {"source": "news"})):
        figures, given = steps(log, selection)
        assert figures["who"].reached == 1
        assert given == {"who": {"job": 1}}


@pytest.mark.parametrize(
    ("suspects", "reached", "given", "median_ms"),
    [
        ("excluded", 2, {"hobby": 2}, 400),
        ("included", 4, {"hobby": 3, "team": 1}, 400),
        ("only", 2, {"hobby": 1, "team": 1}, 80),
    ],
)
def test_suspect_journeys_are_counted_only_where_they_are_asked_for(
    log: Log, suspects: Suspects, reached: int, given: dict[str, int], median_ms: int
) -> None:
    for name, pace_ms in (("one", 100), ("two", 200)):
        log.append(arrived(name, pace_ms).answer("hobby").answer("avoid").events)
    marked: dict[Suspicion, Visitor] = {
        "burst": arrived("burst", 20).answer("hobby").answer("avoid"),
        "fast": arrived("fast", 5).answer("team"),
    }
    for mark, visitor in marked.items():
        log.append(replace(each, context=replace(each.context, suspect=mark)) for each in visitor.events)
    for selection in (EVERYTHING, Selection(SPAN, {"source": "news"})):
        figures, answers = steps(log, replace(selection, suspects=suspects))
        assert figures["who"].reached == reached
        assert answers["who"] == given
        assert time_to_result(log, replace(selection, suspects=suspects), reached - (suspects != "excluded")) == (
            median_ms
        )


def test_answers_that_only_another_period_has_are_not_told_as_none(log: Log) -> None:
    log.append(Visitor("long_ago", now_ms=NOV_1 - 30 * 86_400_000).arrive().answer("organisation").events)
    log.append(arrived("now").answer("job").events)
    assert steps(log, EVERYTHING)[1] == {"who": {"job": 1}}


def test_a_step_that_the_flow_no_longer_has_comes_last(log: Log) -> None:
    log.append(arrived("a").answer("team").events)
    for selection in (EVERYTHING, Selection(SPAN, {"source": "news"})):
        assert list(steps(log, selection, ["team_size"])[0]) == ["team_size", "who"]


# --- the time to a result


def finishing(log: Log, *paces_ms: int, source: str = "news") -> None:
    """Journeys each of which takes four times its pace to a result."""
    for number, pace_ms in enumerate(paces_ms):
        visitor = arrived(f"{source}-{number}", pace_ms, source).answer("hobby").answer("avoid")
        log.append(visitor.events)


@pytest.mark.parametrize(
    ("paces_ms", "median_ms"),
    [((5,), 20), ((5, 9), 20), ((9, 5, 7), 28), ((1, 1, 1, 50), 4), ((4, 3, 2, 1), 8), ((0, 0), 0)],
)
def test_the_median_is_the_nearest_rank(log: Log, paces_ms: tuple[int, ...], median_ms: int) -> None:
    finishing(log, *paces_ms)
    assert time_to_result(log, EVERYTHING, len(paces_ms)) == median_ms


def test_without_a_result_there_is_no_time_to_one(log: Log) -> None:
    log.append(arrived("a").answer("hobby").events)
    assert time_to_result(log, EVERYTHING, 0) is None


def test_the_median_is_that_of_those_who_started_in_the_period_under_the_filters(log: Log) -> None:
    finishing(log, 100, 200, 300)
    finishing(log, 7, source="ads")
    for name in ("linked", "linked_too"):
        log.append(
            Visitor(name, now_ms=NOV_1, entry="prefilled", prefilled={"who": "hobby", "hosting": "avoid"})
            .arrive()
            .events
        )
    assert time_to_result(log, EVERYTHING, 4) == 400
    assert time_to_result(log, Selection(SPAN, {"source": "news"}), 3) == 800
    assert time_to_result(log, Selection(SPAN, {"source": "ads"}), 1) == 28
