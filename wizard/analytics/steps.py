"""The steps of a selection of journeys, and the answers that were given there: the report's figures, also filtered."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    case,
    cast,
    func,
    literal_column,
    not_,
    or_,
    select,
    text,
    union_all,
)

from wizard.analytics import column_queries, report_queries
from wizard.analytics.report import read_steps, read_visitors
from wizard.analytics.scope import unindexed
from wizard.analytics.selection import Selection
from wizard.analytics.step_figures import Gathered, StepFigures, in_order, rank_of
from wizard.storage.by_store import by_store
from wizard.storage.schema import TIMED, journey_steps, journeys

ROWS_AT_ONCE = 10_000
NAMES_AT_ONCE = 500
AnswerCounts = Mapping[str, Mapping[str, int]]
"""For each step, how many of those who answered it have each answer: the one that stands, or else the last given."""


def read_selected_steps(
    connection: Connection, selection: Selection, step_order: Sequence[str]
) -> tuple[tuple[StepFigures, ...], AnswerCounts]:
    """The steps in the flow's order, and what was answered there.

    Without filters and conditions they come from narrow indexes alone; with them, from the steps of the journeys that
    are left. Who reached and answered a step too late to count is left out; times and detours are of all.
    """
    if not (selection.filters or selection.conditions):
        visitors = read_visitors(connection, selection.scope)
        steps = {each.step: each for each in read_steps(connection, selection.scope, visitors)}
        answers = {step: Counter({a: n for a, n in each.items() if a is not None}) for step, each in visitors.items()}
    else:
        steps, answers = _read_filtered(connection, selection)
    for row in _read_late(connection, selection):
        steps[row.step], answers[row.step] = _without(steps[row.step], answers[row.step], row)
    kept = [each for each in steps.values() if each.reached]
    return in_order(kept, step_order), {step: +each for step, each in answers.items() if +each}


def _read_filtered(
    connection: Connection, selection: Selection
) -> tuple[dict[str, StepFigures], dict[str, Counter[str]]]:
    gathered: dict[str, Gathered] = defaultdict(Gathered)
    answers: dict[str, Counter[str]] = defaultdict(Counter)
    statement = by_store(connection, rows=lambda: _steps_of(selection), columns=lambda: _steps_and_times_of(selection))
    rows = connection.execute(statement.execution_options(yield_per=ROWS_AT_ONCE))
    for step, answered, answer, times, count, *wandered in rows:
        gathered[step].add(times, count, wandered)
        if answered:
            answers[step][answer] += count
    return {step: each.figures(step) for step, each in gathered.items()}, answers


def _read_late(connection: Connection, selection: Selection) -> Iterator[Any]:
    """The steps that were reached or answered too late to count: `is_reached` says that only the answer was late."""
    own, rows, age = journeys.c, journey_steps.c, selection.age
    is_reached = or_(rows.reached_ms.is_(None), age.counts(rows.reached_ms, rows.began_ms))
    is_answered = or_(rows.answered_ms.is_(None), age.counts(rows.answered_ms, rows.began_ms))
    columns = [rows.step, rows.answered, rows.answer, case((is_reached, 1), else_=0).label("is_reached")]
    late = select(*columns).where(rows.prefilled == 0, not_(and_(is_reached, is_answered)))
    names: list[str] = []
    for found in age.late(selection.span.period, own.journey_id):
        names += connection.execute(found.where(*unindexed(selection.narrowing()))).scalars()
    # Looked up by their names: joined, databases would read all steps of the period.
    for first in range(0, len(names), NAMES_AT_ONCE):
        yield from connection.execute(late.where(rows.journey_id.in_(names[first : first + NAMES_AT_ONCE])))


def _without(step: StepFigures, answers: Counter[str], late: Any) -> tuple[StepFigures, Counter[str]]:
    """The step without a late answer, and without the visitor if the step was reached too late as well."""
    left = replace(step, reached=step.reached - (not late.is_reached), answered=step.answered - late.answered)
    return left, answers - Counter({late.answer: late.answered})


def read_time_to_result(connection: Connection, selection: Selection, finished: int) -> int | None:
    """The median time from a journey's first event to its first result, in ms, by nearest rank; None without any.

    It is that of the started, of whom so many `finished`.
    """
    if not finished:
        return None
    finished_ms = journeys.c.began_ms + journeys.c.elapsed_ms
    in_time = [selection.age.counts(finished_ms, journeys.c.began_ms)] if selection.age.is_limited else []
    ours = and_(journeys.c.started == 1, text(TIMED), *selection.where(), *in_time)
    ordered = select(journeys.c.elapsed_ms).where(ours).order_by(journeys.c.elapsed_ms)
    # A server of an earlier version that is still running writes no times: then there may be fewer than finished.
    found = connection.execute(ordered.limit(1).offset(rank_of(50, finished) - 1)).scalar_one_or_none()
    return None if found is None else int(found)


def _steps_of(selection: Selection) -> Select[Any]:
    """For each step and answer: times, visitors, and how they wandered; of the journeys of the selection."""
    rows = journey_steps.c
    group = rows.step, rows.answered, rows.answer
    times = report_queries.all_times()
    return _of(selection, *group, times, func.count(), *report_queries.wandered()).group_by(*group)


def _steps_and_times_of(selection: Selection) -> CompoundSelect[Any]:
    """The same for a column store, which ranks the times: they are in a row of their own for each step."""
    rows = journey_steps.c
    group, wandered = (rows.step, rows.answered, rows.answer), report_queries.wandered()
    zero = [cast(literal_column("0"), BigInteger).label(each.name) for each in wandered]
    counts = _of(selection, *group, func.array(), func.count().label("visitors"), *zero).group_by(*group)
    times = column_queries.ranked_times()
    none = [cast(literal_column("0"), each.type).label(each.name) for each in group[1:]]
    return union_all(
        counts, _of(selection, rows.step, *none, times, literal_column("0"), *wandered).group_by(rows.step)
    )


def _of(selection: Selection, *columns: ColumnElement[Any]) -> Select[Any]:
    """The columns, of the steps of the journeys of the selection that were not prefilled."""
    rows = journey_steps.c
    alike = and_(journeys.c.began_ms == rows.began_ms, journeys.c.journey_id == rows.journey_id, rows.prefilled == 0)
    return select(*columns).select_from(journeys.join(journey_steps, alike)).where(*selection.where_by_time())
