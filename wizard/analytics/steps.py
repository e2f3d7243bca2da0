"""The steps of a selection of journeys, and the answers that were given there: the report's figures, also filtered."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select, text

from wizard.analytics import report_queries
from wizard.analytics.report import Gathered, StepFigures, in_order, rank_of, read_steps, read_visitors
from wizard.analytics.selection import Selection
from wizard.storage.schema import TIMED, journey_steps, journeys

ROWS_AT_ONCE = 10_000
AnswerCounts = Mapping[str, Mapping[str, int]]
"""For each step, how many of those who answered it have each answer: the one that stands, or else the last given."""


def read_selected_steps(
    connection: Connection, selection: Selection, step_order: Sequence[str]
) -> tuple[tuple[StepFigures, ...], AnswerCounts]:
    """The steps in the flow's order, and what was answered there.

    Without filters they come from narrow indexes alone; with filters, from the steps of the journeys that are left.
    """
    if not (selection.filters or selection.conditions):
        visitors = read_visitors(connection, selection.scope)
        steps = in_order(read_steps(connection, selection.scope, visitors), step_order)
        given = {step: {a: count for a, count in each.items() if a is not None} for step, each in visitors.items()}
        return steps, {step: each for step, each in given.items() if each}
    gathered: dict[str, Gathered] = defaultdict(Gathered)
    answers: dict[str, Counter[str]] = defaultdict(Counter)
    rows = connection.execute(_steps_of(selection).execution_options(yield_per=ROWS_AT_ONCE))
    for step, answered, answer, times, count, *wandered in rows:
        gathered[step].add(times, count, wandered)
        if answered:
            answers[step][answer] += count
    return in_order([each.figures(step) for step, each in gathered.items()], step_order), answers


def read_time_to_result(connection: Connection, selection: Selection, finished: int) -> int | None:
    """The median time from a journey's first event to its first result, in ms, by nearest rank; None without any.

    It is that of the started, of whom so many `finished`.
    """
    if not finished:
        return None
    ours = and_(journeys.c.started == 1, text(TIMED), *selection.where())
    ordered = select(journeys.c.elapsed_ms).where(ours).order_by(journeys.c.elapsed_ms)
    # A server of an earlier version that is still running writes no times: then there may be fewer than finished.
    found = connection.execute(ordered.limit(1).offset(rank_of(50, finished) - 1)).scalar_one_or_none()
    return None if found is None else int(found)


def _steps_of(selection: Selection) -> Select[Any]:
    """For each step and answer: times, visitors, and how they wandered; of the journeys of the selection."""
    rows = journey_steps.c
    alike = and_(journeys.c.began_ms == rows.began_ms, journeys.c.journey_id == rows.journey_id, rows.prefilled == 0)
    return (
        select(rows.step, rows.answered, rows.answer, report_queries.times(), func.count(), *report_queries.wandered())
        .select_from(journeys.join(journey_steps, alike))
        .where(*selection.where_by_time())
        .group_by(rows.step, rows.answered, rows.answer)
    )
