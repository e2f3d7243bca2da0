"""How many journeys started on each day of a period, so that the days of two periods can be paired."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, Select, column, func, literal_column, select, values

from wizard.analytics.report_queries import all_pairs, zero_or_one
from wizard.analytics.scope import is_selected
from wizard.analytics.selection import Selection
from wizard.analytics.stages import STAGES
from wizard.events.log import DAY_MS
from wizard.storage.schema import journeys

MOST_SLICES = 100
"""A period of more days is cut into so many stretches of several days each."""


def read_starts(connection: Connection, selections: Sequence[Selection]) -> list[list[int]]:
    """For each of these selections, how many journeys started in each day (24 hours) of its period.

    All are cut alike: into days of the longest of them, the last of which may be shorter. Raises SQLAlchemyError.
    """
    longest_ms = max(_length_ms(each) for each in selections)
    width_ms = DAY_MS * -(-longest_ms // (DAY_MS * MOST_SLICES))
    slices = -(-longest_ms // width_ms)
    found = []
    for selection in selections:
        counts = [0] * slices
        is_narrowed = selection.filters or selection.conditions or selection.suspects != "excluded"
        statement = _grouped(selection, width_ms) if is_narrowed else _stretches(selection, width_ms)
        for number, journeys_ in connection.execute(statement):
            counts[number] += journeys_
        found.append(counts)
    return found


def _length_ms(selection: Selection) -> int:
    period = selection.span.period
    return max(1, (period.until_ms or 0) - (period.since_ms or 0))


def _grouped(selection: Selection, width_ms: int) -> Select[Any]:
    number = (journeys.c.began_ms - (selection.span.period.since_ms or 0)) // width_ms
    return (
        select(number.label("number"), func.count())
        .where(journeys.c.started == 1, *selection.where_by_time())
        .group_by(literal_column("number"))
    )


def _stretches(selection: Selection, width_ms: int) -> Select[Any]:
    """The same, where each stretch of an index is counted: journeys of one combination of flags lie together there."""
    since_ms, until_ms = selection.span.period.since_ms or 0, selection.span.period.until_ms or 0
    ends = [
        (number, start_ms, min(start_ms + width_ms, until_ms))
        for number, start_ms in enumerate(range(since_ms, until_ms, width_ms))
    ]
    columns = (column("number", Integer), column("since_ms", BigInteger), column("until_ms", BigInteger))
    cut = values(*columns, name="cut").data(ends or [(0, since_ms, since_ms)]).cte("cut")
    flags = {name: zero_or_one(name) for name in STAGES if name != "started"}
    alike = [
        *is_selected(journeys, "excluded"),
        journeys.c.started == 1,
        *(journeys.c[name] == table.c.flag for name, table in flags.items()),
    ]
    began_ms = journeys.c.began_ms
    count = (
        select(func.count()).where(*alike, began_ms >= cut.c.since_ms, began_ms < cut.c.until_ms).select_from(journeys)
    )
    return select(cut.c.number, count.scalar_subquery()).select_from(all_pairs(cut, *flags.values()))
