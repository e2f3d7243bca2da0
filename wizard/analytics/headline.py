"""Reads what the overview's headline says: all changes that are looked at, the most notable one, and its cause."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

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
from wizard.analytics.rates import Rate
from wizard.analytics.selection import Selection
from wizard.analytics.signup_lags import read_lags
from wizard.analytics.stages import Counts
from wizard.analytics.starts import read_starts
from wizard.analytics.step_groups import read_drop_offs, read_step_groups
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
    """Two periods as they have been read so far, at the same age: counts, median times in ms, and all groups."""

    now: Counts
    before: Counts
    medians_ms: tuple[int | None, int | None]
    rankings: Mapping[str, Ranking]


def read_headline(connection: Connection, selection: Selection, compared: Compared) -> Headline:
    """The headline of a selection beside the period before. Raises SQLAlchemyError."""
    earlier = selection.before
    started = compared.now["started"], compared.before["started"]
    if started[1] < FEW:
        return Headline(started)
    count = count_change("started", *read_starts(connection, (selection, earlier)))
    # What is shown is as it stood at the same age; days are counted without that, which is but seconds.
    tested = [replace(count, now=started[0], before=started[1], now_of=started[0], before_of=started[1])]
    if started[0] >= FEW:
        tested += _rates(connection, selection, earlier, compared)
    change = most_notable(tested)
    cause = _cause(connection, selection, earlier, compared.rankings, change) if change else None
    return Headline(started, tuple(tested), change, cause)


def _rates(connection: Connection, selection: Selection, earlier: Selection, compared: Compared) -> list[Tested]:
    """All that is looked at but the number of starters."""
    now, before = compared.now, compared.before
    found = [rate_change(key, now.rate(key), before.rate(key)) for key in ("finished", "clicked", "converted")]
    found.append(lag_change(read_lags(connection, selection), read_lags(connection, earlier)))
    found += _time(connection, selection, earlier, compared)
    left, left_before = read_drop_offs(connection, selection), read_drop_offs(connection, earlier)
    found += [rate_change(STEP + step, left[step], left_before[step]) for step in left if step in left_before]
    return found


def _time(connection: Connection, selection: Selection, earlier: Selection, compared: Compared) -> list[Tested]:
    """The change of the median time, by how many in either period took at most the time between both medians."""
    median_ms, before_ms = compared.medians_ms
    if median_ms is None or before_ms is None:
        return []
    limit_ms = (median_ms + before_ms) // 2
    of = compared.now["finished"], compared.before["finished"]
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
