"""What the overview's headline names: planted changes and their causes, and nothing where nothing changed.

The usual run has a few logs of each kind, `--soak` as many as docs/reports.md promises for.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from factories import SOURCES, log_on, sqlite_log
from planted_causes import CAUSES, FAMILY, NOISE, signups_are_late, step_worsens
from planted_logs import (
    BEFORE_MS,
    NOW_MS,
    SINCE_MS,
    UTC,
    Period,
    Planted,
    headline,
    overview,
    selection,
    write,
)
from sqlalchemy import ColumnElement, Connection, func, select

from wizard.analytics.overview import read_overview
from wizard.analytics.rates import Rate
from wizard.analytics.step_groups import read_step_groups
from wizard.analytics.steps import read_selected_steps
from wizard.events.dimensions import DIMENSIONS, RANKED
from wizard.events.log import Log
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.storage.schema import journey_steps, journeys

Plant = Callable[[float], Planted]


@pytest.fixture(scope="module")
def planted_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    """A log that each test fills anew."""
    log = sqlite_log(Path(tmp_path_factory.mktemp("planted")))
    yield log
    log.database.dispose()


def logs(request: pytest.FixtureRequest, usual: int, soak: int) -> range:
    """The seeds of the logs to make."""
    return range(soak if request.config.getoption("--soak") else usual)


@pytest.mark.parametrize("plant", CAUSES.values(), ids=CAUSES)
def test_a_change_of_twice_the_smallest_is_named_with_its_cause(
    plant: Plant, planted_log: Log, request: pytest.FixtureRequest
) -> None:
    planted, seeds = plant(2.0), logs(request, 4, 100)
    named = 0
    for seed in seeds:
        found = headline(planted_log, planted, seed)
        row = found.cause.row if found.cause else None
        is_cause = (row and (row.dimension, row.value)) == planted.cause
        named += found.change is not None and found.change.key == planted.key and is_cause
    assert named >= 0.95 * len(seeds)


@pytest.mark.parametrize("plant", NOISE.values(), ids=NOISE)
def test_hardly_anything_is_said_where_nothing_changed(
    plant: Plant, planted_log: Log, request: pytest.FixtureRequest
) -> None:
    seeds = logs(request, 4, 200)
    spoken = sum(headline(planted_log, plant(0.0), seed).change is not None for seed in seeds)
    assert spoken <= max(1, 0.05 * len(seeds))


def test_all_that_is_looked_at_shares_the_level(planted_log: Log) -> None:
    assert len(headline(planted_log, Planted(), 1).tested) == FAMILY


def test_signups_are_compared_at_the_same_age(planted_log: Log) -> None:
    write(planted_log, Planted(), 3)
    distance_ms = SINCE_MS - BEFORE_MS
    own = journeys.c
    late = select(func.count()).where(own.began_ms < SINCE_MS, own.converted_ms >= NOW_MS - distance_ms)
    early = select(func.count()).where(own.began_ms < SINCE_MS, own.converted_ms < NOW_MS - distance_ms)
    with planted_log.database.snapshot() as connection:
        assert connection.execute(late).scalar_one() > 0
        counted = connection.execute(early).scalar_one()
    found = read_overview(planted_log.database, selection(), UTC, QUESTIONS, STRATEGY, now_ms=NOW_MS)
    assert next(each for each in found.headline.tested if each.key == "converted").before == counted


def test_late_signups_are_no_fewer_signups(planted_log: Log) -> None:
    found = headline(planted_log, signups_are_late(8.0), 5)
    assert {"lag", "converted"} <= found.beyond_chance.keys()
    assert found.change
    assert found.change.key == "lag"
    assert found.cause is None


@pytest.mark.parametrize(("now", "before"), [(60, 2000), (60, 80)])
def test_of_few_starters_nothing_is_said_but_that_they_were_many(now: int, before: int, planted_log: Log) -> None:
    found = headline(planted_log, Planted(now=Period(starters=now), before=Period(starters=before)), 7)
    assert [each.key for each in found.tested] == (["started"] if before == 2000 else [])
    assert (found.change is not None) == (before == 2000)


def test_of_few_starters_before_nothing_is_said(planted_log: Log) -> None:
    found = headline(planted_log, Planted(before=Period(starters=50)), 7)
    assert (found.tested, found.change, found.cause) == ((), None, None)


@pytest.mark.parametrize("database", SOURCES)
def test_a_step_is_split_by_every_dimension(database: str, request: pytest.FixtureRequest) -> None:
    log = log_on(database, request)
    found = overview(log, step_worsens(3.0), 11)
    assert found.headline.change
    assert found.headline.change.key == "step:hosting"
    with log.database.snapshot() as connection:
        for filters in ({}, {"device": "mobile"}, {"source": "search"}):
            one = selection(**filters)
            drop_offs = {each.step: each.dropped_off for each in read_selected_steps(connection, one, ())[0]}
            for step in ("who", "hosting"):
                groups = read_step_groups(connection, one, step, RANKED)
                for name in RANKED:
                    assert groups[name] == counted(connection, one.where(), step, name)
                    rates = groups[name].values()
                    together = Rate(sum(each.count for each in rates), sum(each.of for each in rates))
                    assert together == drop_offs[step]
    log.database.dispose()


def counted(connection: Connection, where: Sequence[ColumnElement[bool]], step: str, dimension: str) -> dict[str, Rate]:
    """The same by a plain join."""
    steps = journey_steps.c
    value = DIMENSIONS[dimension].value
    statement = (
        select(value, func.sum(1 - steps.answered), func.count())
        .select_from(journeys.join(journey_steps, steps.journey_id == journeys.c.journey_id))
        .where(steps.step == step, steps.prefilled == 0, *where)
        .group_by(value)
    )
    return {value: Rate(int(left), reached) for value, left, reached in connection.execute(statement)}
