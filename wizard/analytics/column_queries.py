"""Forms of the report's statements for ClickHouse, which groups faster than it looks anything up."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal_column, select

from wizard.analytics.scope import Scope, marked
from wizard.analytics.stages import STAGES
from wizard.storage.schema import journey_steps, journeys


def kinds(scope: Scope) -> Select[Any]:
    """The same as `report_queries.kinds`."""
    flags = [journeys.c[name] for name in STAGES]
    value = case((journeys.c.converted == 1, func.sum(journeys.c.value))).label("value")
    found = select(*flags, func.count().label("journeys"), value)
    return found.where(*marked(journeys, scope)).group_by(*flags)


def visitors(scope: Scope) -> Select[Any]:
    """The same as `report_queries.visitors`, with one row for all marks."""
    rows = journey_steps.c
    group = rows.step, rows.answered, rows.answer
    ours = rows.prefilled == 0, *marked(journey_steps, scope)
    return select(*group, func.count().label("visitors")).where(*ours).group_by(*group)


def times(scope: Scope) -> Select[Any]:
    """The `ranked_times` of each step."""
    rows = journey_steps.c
    ours = rows.elapsed_ms.is_not(None), *marked(journey_steps, scope)
    return select(rows.step, ranked_times()).where(*ours).group_by(rows.step)


def ranked_times() -> ColumnElement[Sequence[int]]:
    """How many answers of a group have a time; their median in ms, and what nine in ten do not exceed.

    Both are times that were measured (nearest rank). Its own quantiles are others. 0 where there is none.
    """
    elapsed_ms = journey_steps.c.elapsed_ms
    count, in_order = func.count(elapsed_ms), func.arraySort(func.groupArray(elapsed_ms))
    ranks = (func.intDiv(percent * count + literal_column("99"), literal_column("100")) for percent in (50, 90))
    ranked = (func.toInt64(func.arrayElementOrNull(in_order, rank)) for rank in ranks)
    return func.array(func.toInt64(count), *(func.ifNull(each, literal_column("0")) for each in ranked))
