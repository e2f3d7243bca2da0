"""Who dropped off at the steps: of all journeys of a selection, and of each value of each dimension at one step."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Join, Select, and_, func, literal, select, union_all

from wizard.analytics.rates import Rate
from wizard.analytics.selection import Selection
from wizard.analytics.tag_sets import MATERIALIZED
from wizard.events.dimensions import DIMENSIONS
from wizard.storage.schema import journey_steps, journeys

LEFT = 1 - journey_steps.c.answered
"""1 for a visitor of a step who has not answered it."""


def read_step_groups(
    connection: Connection, selection: Selection, step: str, dimensions: Sequence[str]
) -> dict[str, dict[str, Rate]]:
    """How many visitors of `step` dropped off there, for each value of each of `dimensions`. Raises SQLAlchemyError.

    Those who are alike in all of them are counted together first, by their cells, so that texts are compared only once
    for each.
    """
    alike = _alike(selection, step, dimensions)
    parts = [
        select(
            literal(name).label("dimension"), alike.c[name], func.sum(alike.c.left), func.sum(alike.c.reached)
        ).group_by(alike.c[name])
        for name in dimensions
    ]
    found: dict[str, dict[str, Rate]] = {name: {} for name in dimensions}
    for dimension, value, left, reached in connection.execute(union_all(*parts)):
        found[dimension][value] = Rate(int(left), int(reached))
    return found


def _alike(selection: Selection, step: str, dimensions: Sequence[str]) -> CTE:
    """The visitors of a step by cell and tags, which all dimensions follow from."""
    rows = journeys.c
    values: list[ColumnElement[Any]] = [func.min(DIMENSIONS[name].value).label(name) for name in dimensions]
    counts = [func.sum(LEFT).label("left"), func.count().label("reached")]
    found: Select[Any] = (
        select(*values, *counts)
        .select_from(_joined())
        .where(journey_steps.c.step == step, *selection.where_by_time())
        .group_by(rows.cell, rows.tags)
    )
    return found.cte("alike").prefix_with(MATERIALIZED)


def _joined() -> Join:
    """Journeys with their own steps: those that were not prefilled."""
    steps = journey_steps.c
    alike = and_(journeys.c.began_ms == steps.began_ms, journeys.c.journey_id == steps.journey_id, steps.prefilled == 0)
    return journeys.join(journey_steps, alike)
