"""Reads journeys a page at a time, the newest first. A page begins where another ended, so all take as long.

What a page is read with walks one index, in its order, from a place in it; nothing before that place is read.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal, select, tuple_

from wizard.analytics.scope import unindexed
from wizard.analytics.selection import Selection
from wizard.events.projection import JourneyRow
from wizard.events.rows import within
from wizard.storage.moment import Source
from wizard.storage.schema import journeys

ON_A_PAGE = 50
CURSOR = re.compile(r"(-?[0-9]{1,16})\.([\x20-\x7e]{0,200})")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the order of journeys: that of the journey which began then and has this id."""

    began_ms: int
    journey_id: str

    def __str__(self) -> str:
        return f"{self.began_ms}.{self.journey_id}"


@dataclass(frozen=True, slots=True)
class Place:
    """Which page: the one that begins behind `cursor`, or with `is_newer` that which ends before it; else the first."""

    cursor: Cursor | None = None
    is_newer: bool = False

    def parameters(self) -> dict[str, str]:
        """It as it stands in an address, beside the selection."""
        return {} if self.cursor is None else {"before" if self.is_newer else "after": str(self.cursor)}


FIRST = Place()


@dataclass(frozen=True, slots=True)
class Page:
    """One page, the newest journey first, and how many there are on all pages, as of the same moment.

    `newer` and `older` are the pages on either side, where there is one.
    """

    rows: tuple[JourneyRow, ...]
    count: int
    newer: Place | None
    older: Place | None


def read_cursor(text: str) -> Cursor:
    """The cursor that is written so. Raises ValueError."""
    if not (found := CURSOR.fullmatch(text)):
        raise ValueError(text)
    return Cursor(int(found[1]), found[2])


def oldest(selection: Selection) -> Place:
    """The last page of all."""
    return Place(Cursor(selection.span.period.since_ms or 0, ""), is_newer=True)


def read_page(source: Source, selection: Selection, place: Place, size: int = ON_A_PAGE) -> Page:
    """One page of the journeys of a selection. Raises SQLAlchemyError and FiguresUnavailable."""
    return source.read(lambda moment: page_of(moment.figures, selection, place, size))


def page_of(connection: Connection, selection: Selection, place: Place, size: int = ON_A_PAGE) -> Page:
    """The same, read with one connection. Raises SQLAlchemyError."""
    count = int(connection.execute(counted(selection)).scalar_one())
    found = connection.execute(in_order(selection, place).limit(size + 1)).mappings().all()
    rows = [JourneyRow(**row) for row in found[:size]]
    if place.is_newer:
        rows.reverse()
    if not rows:
        return Page((), count, None, None)
    newer, older = Place(_cursor(rows[0]), is_newer=True), Place(_cursor(rows[-1]))
    more = len(found) > size
    behind = place.cursor is not None and _is_any(connection, selection, older if place.is_newer else newer)
    has_newer, has_older = (more, behind) if place.is_newer else (behind, more)
    return Page(tuple(rows), count, newer if has_newer else None, older if has_older else None)


def counted(selection: Selection) -> Select[Any]:
    """How many journeys a selection has.

    Where nothing but suspect journeys is left out, those are taken off all of the period: an index counts either.
    """
    every = select(func.count()).select_from(journeys)
    if selection.suspects == "only":
        return every.where(*selection.where())
    if selection.filters or selection.conditions or selection.suspects == "included":
        return every.where(*selection.where_by_time())
    both = (replace(selection, suspects="included"), replace(selection, suspects="only"))
    count, suspect = (every.where(*each.where()).scalar_subquery() for each in both)
    return select(count - suspect)


def count_suspects(connection: Connection, selection: Selection) -> int:
    """How many suspect journeys there are of those that are selected otherwise, whether or not they are among them."""
    return int(connection.execute(counted(replace(selection, suspects="only"))).scalar_one())


def in_order(selection: Selection, place: Place = FIRST) -> Select[Any]:
    """The journeys of a selection from a place on, in the order in which they lie in the index."""
    own = journeys.c
    order = (own.began_ms, own.journey_id)
    found = select(journeys).where(*_bounds(selection, place), *unindexed(selection.narrowing()))
    return found.order_by(*(order if place.is_newer else (column.desc() for column in order)))


def _bounds(selection: Selection, place: Place) -> list[ColumnElement[bool]]:
    """The span as far as it lies beyond the place: with two bounds at one end, the wrong one might be searched by."""
    since_ms, until_ms = selection.span.period.since_ms, selection.span.period.until_ms
    own, cursor = journeys.c, place.cursor
    if cursor is None:
        return within(own.began_ms, since_ms, until_ms)
    either, there = tuple_(own.began_ms, own.journey_id), tuple_(literal(cursor.began_ms), literal(cursor.journey_id))
    if place.is_newer and (since_ms is None or cursor.began_ms >= since_ms):
        return [either > there, *within(own.began_ms, None, until_ms)]
    if not place.is_newer and (until_ms is None or cursor.began_ms < until_ms):
        return [either < there, *within(own.began_ms, since_ms, None)]
    return within(own.began_ms, since_ms, until_ms)


def _is_any(connection: Connection, selection: Selection, place: Place) -> bool:
    return connection.execute(in_order(selection, place).limit(1)).first() is not None


def _cursor(row: JourneyRow) -> Cursor:
    return Cursor(row.began_ms, row.journey_id)
