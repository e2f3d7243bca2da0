"""What a report says: the figures of a period, as values. docs/reports.md defines each of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping

from wizard.analytics import column_queries, report_queries
from wizard.analytics.local_days import date_of, stretches
from wizard.analytics.report_queries import Split
from wizard.analytics.scope import SUSPICIONS, Scope
from wizard.analytics.stages import JOURNEYS, PREFILLED, STAGES, Counts, reached
from wizard.analytics.step_figures import Gathered, StepFigures, Times, Wanderings, in_order, rank_of, ranked_of
from wizard.events.dimensions import DAY
from wizard.events.log import DAY_MS
from wizard.storage.by_store import by_store, is_column_store
from wizard.storage.moment import Source

ROWS_AT_ONCE = 10_000
SORT_ON_TWO_CORES = "PRAGMA threads = 2"
"""SQLite sorts in order to group; what is more than its cache holds it can sort beside reading on."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One group of journeys. `value` is what the signups of the started ones are worth.

    `unstarted` counts those of the others that reached a stage of `stages.PREFILLED`: their link held all answers.
    """

    split: str
    counts: Counts = field(default_factory=Counts)
    unstarted: Counts = field(default_factory=Counts)
    value: float = 0.0
    steps: tuple[StepFigures, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a scope: of all journeys in it, and of each group where it is split `by` something.

    `suspects` says how many suspect journeys of each mark the period has, whether or not they are counted.
    """

    scope: Scope
    zone: ZoneInfo
    by: str | None
    total: Figures
    suspects: Mapping[str, int]
    groups: tuple[Figures, ...] = ()


def read_report(source: Source, scope: Scope, zone: ZoneInfo, by: str | None, step_order: Sequence[str]) -> Report:
    """The figures of `scope`, all as of one moment. Raises SQLAlchemyError and FiguresUnavailable.

    `by` is one of `dimensions.SPLITS`, or None. Days are in their order, other groups by how many started.
    """
    return source.read(lambda moment: report_of(moment.figures, scope, zone, by, step_order))


def report_of(
    connection: Connection, scope: Scope, zone: ZoneInfo, by: str | None, step_order: Sequence[str]
) -> Report:
    """The same, read with one connection. Raises SQLAlchemyError."""
    steps = read_steps(connection, scope, read_visitors(connection, scope))
    total = replace(read_funnel(connection, scope), steps=in_order(steps, step_order))
    suspects = read_suspects(connection, scope)
    if by is None or not total.counts[JOURNEYS]:
        return Report(scope, zone, by, total, suspects)
    groups = _groups(connection, scope, _split(connection, scope, zone, by), step_order)
    ordered = (
        _every_day(groups) if by == DAY else sorted(groups, key=lambda each: (-each.counts["started"], each.split))
    )
    return Report(scope, zone, by, total, suspects, tuple(ordered))


def read_suspects(connection: Connection, scope: Scope) -> dict[str, int]:
    """How many suspect journeys the period of `scope` has of each mark, 0 included."""
    found = {row.suspect: row.journeys for row in connection.execute(report_queries.suspects(scope))}
    return {mark: found.get(mark, 0) for mark in SUSPICIONS}


def read_funnel(connection: Connection, scope: Scope) -> Figures:
    """The figures of `scope` without its steps."""
    kinds = by_store(connection, rows=lambda: report_queries.kinds(scope), columns=lambda: column_queries.kinds(scope))
    return figures_of((row, row.journeys, row.value or 0) for row in connection.execute(kinds))


def figures_of(counted: Iterable[tuple[Any, int, float]]) -> Figures:
    """The figures, without steps, of rows or cells of `journeys`, each with how many there are and their value."""
    counts, unstarted, total = Counts(), Counts(), 0.0
    for row, journeys, value in counted:
        counts.add(reached(row), journeys)
        if row.started:
            total += value
            continue
        for key in PREFILLED:
            unstarted[key] += journeys * getattr(row, key)
    return Figures("", counts, unstarted, total)


Visitors = Mapping[str, Counter[str | None]]
"""For each step its own visitors by the answer that they gave last; those under None gave none."""


def read_visitors(connection: Connection, scope: Scope) -> Visitors:
    """The visitors of the steps that had any."""
    found: dict[str, Counter[str | None]] = defaultdict(Counter)
    visitors = by_store(
        connection, rows=lambda: report_queries.visitors(scope), columns=lambda: column_queries.visitors(scope)
    )
    for row in connection.execute(visitors):
        if row.visitors:
            found[row.step][row.answer if row.answered else None] += row.visitors
    return found


def read_steps(connection: Connection, scope: Scope, visitors: Visitors) -> Iterator[StepFigures]:
    """The steps of `scope` that these visitors reached, in no order."""
    wandered = {step: Wanderings(*counts) for step, *counts in connection.execute(report_queries.wanderings(scope))}
    ranked: dict[str, Any] | None = None
    if is_column_store(connection):
        ranked = {step: times for step, times in connection.execute(column_queries.times(scope))}  # noqa: C416  # of rows
    for step, answers in visitors.items():
        count = answers.total()
        answered = count - answers[None]
        times = _times_at(connection, scope, step, answered) if ranked is None else ranked_of(ranked.get(step))[1]
        yield StepFigures(step, count, answered, wandered.get(step, Wanderings()), times)


def _times_at(connection: Connection, scope: Scope, step: str, answered: int) -> Times:
    """The times of a step's answers, each looked up in an index by its rank."""
    ranks = [rank_of(percent, answered) for percent in (50, 90)] if answered else []
    return Times(
        *(connection.execute(report_queries.time_at(scope, step, rank, answered)).scalar_one() for rank in ranks)
    )


def _split(connection: Connection, scope: Scope, zone: ZoneInfo, by: str) -> Split:
    if by != DAY:
        return Split(by)
    first_ms, last_ms = connection.execute(report_queries.bounds(scope)).one()
    return Split(by, tuple(stretches(zone, first_ms, last_ms)))


def _groups(connection: Connection, scope: Scope, split: Split, step_order: Sequence[str]) -> Iterator[Figures]:
    steps: dict[Any, list[StepFigures]] = defaultdict(list)
    for (value, step), gathered in _gathered(connection, scope, split).items():
        if step is not None:
            steps[value].append(gathered.figures(step))
    for row in connection.execute(report_queries.kinds_by(scope, split)).mappings():
        yield _group(row, in_order(steps[row["split"]], step_order))


def _group(row: RowMapping, steps: tuple[StepFigures, ...]) -> Figures:
    """The figures of a row of `report_queries.kinds_by`."""
    counts = Counts({key: row[key] for key in (JOURNEYS, *STAGES)})
    unstarted = Counts({key: row[f"{key}_unstarted"] for key in PREFILLED})
    return Figures(row["split"], counts, unstarted, row["value"], steps)


def _gathered(connection: Connection, scope: Scope, split: Split) -> dict[tuple[Any, str], Gathered]:
    """The steps of each group."""
    found: dict[tuple[Any, str], Gathered] = defaultdict(Gathered)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(SORT_ON_TWO_CORES)
    statement = by_store(
        connection,
        rows=lambda: report_queries.steps_by(scope, split, report_queries.all_times()),
        columns=lambda: report_queries.steps_by(scope, split, column_queries.ranked_times()),
    )
    rows = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(statement)
    for value, step, times, visitors, *wandered in rows:
        found[value, step].add(times, visitors, wandered)
    return found


def _every_day(groups: Iterable[Figures]) -> Iterator[Figures]:
    """The days in their order, those without journeys among them."""
    found = {int(group.split): group for group in groups}
    for local_ms in range(min(found), max(found) + DAY_MS, DAY_MS):
        yield replace(found.get(local_ms, Figures("")), split=date_of(local_ms))
