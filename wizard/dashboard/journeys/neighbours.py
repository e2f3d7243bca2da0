"""Finds the journeys before and after one in the list that it was opened from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select

from wizard.analytics.selection import Selection
from wizard.dashboard.journeys.paging import ON_A_PAGE, Cursor, Place, in_order
from wizard.storage.schema import journeys


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A journey of the list, and the `place` of the page of the list that shows it."""

    journey_id: str
    place: Place


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What stands before a journey in the list (a newer one), and after it (an older one); None where nothing does."""

    newer: Neighbour | None = None
    older: Neighbour | None = None


def read_neighbours(
    connection: Connection, selection: Selection, place: Place, cursor: Cursor, size: int = ON_A_PAGE
) -> Neighbours:
    """The neighbours of the journey at `cursor` among those of a selection, on whose page `place` it was opened.

    A neighbour beyond that page is on the page that begins, or ends, beside the journey. It reads a page's places in
    the index, and one more at either side. A journey that is not in the selection has neighbours as if it were.
    """
    page = set(_cursors(connection, in_order(selection, place).limit(size)))

    def beside(there: Place) -> Neighbour | None:
        found = next(_cursors(connection, in_order(selection, there).limit(1)), None)
        return None if found is None else Neighbour(found.journey_id, place if found in page else there)

    return Neighbours(newer=beside(Place(cursor, is_newer=True)), older=beside(Place(cursor)))


def _cursors(connection: Connection, statement: Select[Any]) -> Iterator[Cursor]:
    own = journeys.c
    for row in connection.execute(statement.with_only_columns(own.began_ms, own.journey_id)):
        yield Cursor(*row)
