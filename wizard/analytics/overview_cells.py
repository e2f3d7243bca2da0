"""Reads the cells that an overview is added up from: those of its period, and of the one before."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from wizard.analytics.cube import Cells, Limits, are_many_tags, read_cells
from wizard.analytics.selection import Selection
from wizard.analytics.tag_sets import Comparison
from wizard.events.dimensions import TAG_DIMENSIONS


@dataclass(frozen=True, slots=True)
class ReadCells:
    """The cells under the filters by tags: of the period all, of the one before those that are selected.

    `filters` are the others; `comparison` has the journeys whose tags are counted.
    """

    now: Cells
    before: Cells
    filters: Mapping[str, str]
    comparison: Comparison


def read_both(connection: Connection, selection: Selection) -> ReadCells:
    """The cells of both periods of a selection. Raises SQLAlchemyError."""
    span = selection.span
    tags = {name: value for name, value in selection.filters.items() if name in TAG_DIMENSIONS}
    filters = {name: value for name, value in selection.filters.items() if name not in TAG_DIMENSIONS}
    limits, limits_before = (Limits(tags, each.held(), each.age) for each in (selection, selection.before))
    now = read_cells(connection, span.period, limits)
    before = read_cells(connection, span.before, limits_before)
    comparison = Comparison(
        span.period,
        span.before,
        selection.filters,
        selection.suspects,
        are_many_tags(now, before),
        ages=(limits.age, limits_before.age),
        conditions=(limits.conditions, limits_before.conditions),
    )
    return ReadCells(now, before.of(filters, selection.suspects), filters, comparison)
