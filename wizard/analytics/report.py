"""What a report says: the figures of a period, as values. docs/reports.md defines each of them."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import StringIO
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping

from wizard.analytics import report_queries
from wizard.analytics.local_days import date_of, stretches
from wizard.analytics.rates import Rate
from wizard.analytics.report_queries import Split
from wizard.analytics.scope import SUSPICIONS, Scope
from wizard.analytics.stages import JOURNEYS, PREFILLED, STAGES, Counts, reached
from wizard.events.dimensions import DAY
from wizard.events.log import DAY_MS
from wizard.storage.database import Database

ROWS_AT_ONCE = 10_000
SORT_ON_TWO_CORES = "PRAGMA threads = 2"
"""SQLite sorts in order to group; what is more than its cache holds it can sort beside reading on."""


class Times(NamedTuple):
    """How long answers took: half of them at most `median_ms`, nine in ten at most `p90_ms`; None without any.

    Nearest rank: each is a time that was measured, the smallest that so many did not exceed.
    """

    median_ms: int | None = None
    p90_ms: int | None = None


class Wanderings(NamedTuple):
    """Visitors of one step who met an error (`errors` of them in all), went back to it, or changed their answer."""

    errors: int = 0
    met_error: int = 0
    went_back: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step: its own visitors (`reached`), and what they did. All of its rates are of them."""

    step: str
    reached: int
    answered: int
    wanderings: Wanderings
    times: Times

    def of_reached(self, count: int) -> Rate:
        """A share of those who reached the step."""
        return Rate(count, self.reached)

    @property
    def dropped_off(self) -> Rate:
        """Those who reached it and did not answer."""
        return self.of_reached(self.reached - self.answered)


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


def read_report(database: Database, scope: Scope, zone: ZoneInfo, by: str | None, step_order: Sequence[str]) -> Report:
    """The figures of `scope`, all as of one moment. Raises SQLAlchemyError where the database can't be read.

    `by` is one of `dimensions.SPLITS`, or None. Days are in their order, other groups by how many started.
    """
    with database.snapshot() as connection:
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
    return figures_of((row, row.journeys, row.value or 0) for row in connection.execute(report_queries.kinds(scope)))


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
    for row in connection.execute(report_queries.visitors(scope)):
        if row.visitors:
            found[row.step][row.answer if row.answered else None] += row.visitors
    return found


def read_steps(connection: Connection, scope: Scope, visitors: Visitors) -> Iterator[StepFigures]:
    """The steps of `scope` that these visitors reached, in no order."""
    wandered = {step: Wanderings(*counts) for step, *counts in connection.execute(report_queries.wanderings(scope))}
    for step, answers in visitors.items():
        count = answers.total()
        answered = count - answers[None]
        ranks = [rank_of(percent, answered) for percent in (50, 90)] if answered else []
        times = [connection.execute(report_queries.time_at(scope, step, rank, answered)).scalar_one() for rank in ranks]
        yield StepFigures(step, count, answered, wandered.get(step, Wanderings()), Times(*times))


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


class Gathered:
    """What has been read of one step of one group so far."""

    def __init__(self) -> None:
        self.reached = 0
        self.wanderings = [0, 0, 0, 0]
        self.times: array[int] = array("q")

    def add(self, times: str | None, visitors: int, wandered: Sequence[int]) -> None:
        """Count so many `visitors`, who `wandered` so much; the `times` of their answers have a line each."""
        self.reached += visitors
        self.times.extend(map(int, StringIO(times or "")))
        if any(wandered):
            self.wanderings = [a + b for a, b in zip(self.wanderings, wandered, strict=True)]

    def figures(self, step: str) -> StepFigures:
        """The step's figures, once all is read."""
        ordered, answered = sorted(self.times), len(self.times)
        at = [ordered[rank_of(percent, answered) - 1] for percent in (50, 90)] if answered else []
        return StepFigures(step, self.reached, answered, Wanderings(*self.wanderings), Times(*at))


def _gathered(connection: Connection, scope: Scope, split: Split) -> dict[tuple[Any, str], Gathered]:
    """The steps of each group."""
    found: dict[tuple[Any, str], Gathered] = defaultdict(Gathered)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(SORT_ON_TWO_CORES)
    rows = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(report_queries.steps_by(scope, split))
    for value, step, times, visitors, *wandered in rows:
        found[value, step].add(times, visitors, wandered)
    return found


def rank_of(percent: int, count: int) -> int:
    """Which of `count` values in order, counted from 1, is the smallest that `percent` of them do not exceed."""
    return -(-percent * count // 100)


def in_order(steps: Iterable[StepFigures], step_order: Sequence[str]) -> tuple[StepFigures, ...]:
    """In the flow's order; a step that the flow no longer has comes last."""
    rank = {name: position for position, name in enumerate(step_order)}
    return tuple(sorted(steps, key=lambda each: (rank.get(each.step, len(rank)), each.step)))


def _every_day(groups: Iterable[Figures]) -> Iterator[Figures]:
    """The days in their order, those without journeys among them."""
    found = {int(group.split): group for group in groups}
    for local_ms in range(min(found), max(found) + DAY_MS, DAY_MS):
        yield replace(found.get(local_ms, Figures("")), split=date_of(local_ms))
