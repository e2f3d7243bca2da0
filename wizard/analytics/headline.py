"""Reads what the overview's headline says: all changes that are looked at, the most notable one, and its cause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from sqlalchemy import Connection, and_, func, select, text

from wizard.analytics.breakdown import Ranking
from wizard.analytics.causes import RESULTS, Cause, Row, cause_of_count, cause_of_rate, rows_of
from wizard.analytics.changes import (
    FEW,
    LAG,
    STEP,
    Tested,
    beyond_chance,
    count_change,
    lag_change,
    most_notable,
    rate_change,
)
from wizard.analytics.daily import Day
from wizard.analytics.rates import Rate
from wizard.analytics.report import Figures
from wizard.analytics.selection import Selection
from wizard.analytics.signup_lags import read_lags
from wizard.analytics.step_groups import read_step_groups
from wizard.storage.schema import TIMED, journeys

TIME = "time"


@dataclass(frozen=True, slots=True)
class Headline:
    """All changes that were `tested`, the one to name (`change`), and the row that accounts for it, if there are any.

    `started` is how many started, now and before. Nothing is tested where those were few; where there are few now of
    many before, only that is.
    """

    started: tuple[int, int]
    tested: tuple[Tested, ...] = ()
    change: Tested | None = None
    cause: Cause | None = None

    @property
    def beyond_chance(self) -> Mapping[str, Tested]:
        """The changes that are beyond chance, by key."""
        return beyond_chance(self.tested)


@dataclass(frozen=True, slots=True)
class Compared:
    """Two periods as they have been read so far, at the same age: figures, days, median times in ms, and all groups."""

    now: Figures
    before: Figures
    days: Sequence[Day]
    days_before: Sequence[Day]
    medians_ms: tuple[int | None, int | None]
    rankings: Mapping[str, Ranking]

    @property
    def started(self) -> tuple[int, int]:
        """How many started, now and before."""
        return self.now.counts["started"], self.before.counts["started"]

    def starts(self) -> tuple[list[int], list[int]]:
        """How many started on each day, now and before, those at the same place being a pair."""
        pairs = list(
            zip_longest(
                *([day.counts["started"] for day in days] for days in (self.days, self.days_before)), fillvalue=0
            )
        )
        return [now for now, _ in pairs], [before for _, before in pairs]


def read_headline(connection: Connection, selection: Selection, compared: Compared) -> Headline:
    """The headline of a selection beside the period before. Raises SQLAlchemyError."""
    earlier = selection.before
    started = compared.started
    if started[1] < FEW:
        return Headline(started)
    tested = [count_change("started", *compared.starts())]
    if started[0] >= FEW:
        tested += _rates(connection, selection, earlier, compared)
    change = most_notable(tested)
    cause = _cause(connection, selection, earlier, compared.rankings, change) if change else None
    return Headline(started, tuple(tested), change, cause)


def _rates(connection: Connection, selection: Selection, earlier: Selection, compared: Compared) -> list[Tested]:
    """All that is looked at but the number of starters."""
    now, before = compared.now.counts, compared.before.counts
    found = [rate_change(key, now.rate(key), before.rate(key)) for key in ("finished", "clicked", "converted")]
    found.append(lag_change(read_lags(connection, selection), read_lags(connection, earlier)))
    found += _time(connection, selection, earlier, compared)
    before_by_step = {each.step: each.dropped_off for each in compared.before.steps}
    return found + [
        rate_change(STEP + each.step, each.dropped_off, before_by_step[each.step])
        for each in compared.now.steps
        if each.step in before_by_step
    ]


def _time(connection: Connection, selection: Selection, earlier: Selection, compared: Compared) -> list[Tested]:
    """The change of the median time, by how many in either period took at most the time between both medians."""
    median_ms, before_ms = compared.medians_ms
    if median_ms is None or before_ms is None:
        return []
    limit_ms = (median_ms + before_ms) // 2
    of = compared.now.counts["finished"], compared.before.counts["finished"]
    quick = [
        Rate(min(count, of_), of_)
        for of_, count in zip(of, (_at_most(connection, each, limit_ms) for each in (selection, earlier)), strict=True)
    ]
    quicker = rate_change(TIME, *quick)
    return [replace(quicker, now=median_ms, before=before_ms, z=-quicker.z)]


def _at_most(connection: Connection, selection: Selection, limit_ms: int) -> int:
    own = journeys.c
    ours = and_(own.started == 1, text(TIMED), own.elapsed_ms <= limit_ms, *selection.where())
    return int(connection.execute(select(func.count()).select_from(journeys).where(ours)).scalar_one())


def _cause(
    connection: Connection,
    selection: Selection,
    earlier: Selection,
    rankings: Mapping[str, Ranking],
    change: Tested,
) -> Cause | None:
    """The row that accounts for a change; of times none is looked for."""
    if change.key in (LAG, TIME):
        return None
    if change.step:
        return cause_of_rate(change, _step_rows(connection, selection, earlier, rankings, change.step))
    rows, rest = rows_of(change.key, rankings)
    return (cause_of_count if change.key == "started" else cause_of_rate)(change, rows, rest)


def _step_rows(
    connection: Connection,
    selection: Selection,
    earlier: Selection,
    rankings: Mapping[str, Ranking],
    step: str,
) -> list[Row]:
    dimensions = [name for name in rankings if name not in RESULTS]
    now, before = (read_step_groups(connection, each, step, dimensions) for each in (selection, earlier))
    rows = []
    for name in dimensions:
        every = _together(now[name]), _together(before[name])
        for value in sorted({**now[name], **before[name]}):
            own = now[name].get(value, Rate(0, 0)), before[name].get(value, Rate(0, 0))
            rows.append(Row(name, value, *own, *every))
    return rows


def _together(rates: Mapping[str, Rate]) -> Rate:
    return Rate(sum(each.count for each in rates.values()), sum(each.of for each in rates.values()))
