"""Reads all that is known of one journey."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from wizard.analytics.selection import Selection
from wizard.dashboard.journeys.neighbours import Neighbours, read_neighbours
from wizard.dashboard.journeys.paging import Cursor, Place
from wizard.events.model import Event
from wizard.events.projection import JourneyRow
from wizard.events.rows import stored_events
from wizard.storage.moment import Moment, Source, Standing
from wizard.storage.schema import journeys

MAX_ID_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Journey:
    """A journey's row and its events; `before` is the journey that it goes on from, `after` the one that follows.

    Either is empty where there is none, or where it has been erased. `neighbours` are those in the list.
    `standing` says where all of it was read.
    """

    row: JourneyRow
    trail: tuple[Event, ...]
    before: str
    after: str
    neighbours: Neighbours
    standing: Standing | None = None


def may_be_id(text: str) -> bool:
    """Whether a journey could have this id; a database would not even take every other."""
    return 0 < len(text) <= MAX_ID_CHARACTERS and text.isascii() and text.isprintable()


def read_journey(source: Source, journey_id: str, selection: Selection, place: Place) -> Journey | None:
    """The journey of this id, all as of one moment; None where there is none.

    Its neighbours are those in the list of `selection`, at whose page `place` it was opened. Raises SQLAlchemyError and
    FiguresUnavailable.
    """
    if not may_be_id(journey_id):
        return None
    return source.read(lambda moment: _read(moment, journey_id, selection, place))


def _read(moment: Moment, journey_id: str, selection: Selection, place: Place) -> Journey | None:
    connection = moment.figures
    found = connection.execute(select(journeys).where(journeys.c.journey_id == journey_id)).mappings().one_or_none()
    if found is None:
        return None
    row = JourneyRow(**found)
    trail = tuple(stored_events(connection, [journey_id])[journey_id].values())
    neighbours = read_neighbours(connection, selection, place, Cursor(row.began_ms, row.journey_id))
    before, after = _there(connection, row.continued_from), _after(connection, row)
    return Journey(row, trail, before, after, neighbours, moment.standing)


def _there(connection: Connection, journey_id: str) -> str:
    found = select(journeys.c.journey_id).where(journeys.c.journey_id == journey_id)
    return connection.execute(found).scalar_one_or_none() or "" if journey_id else ""


def _after(connection: Connection, row: JourneyRow) -> str:
    """The first journey that goes on from this one: it began later, by whatever clock."""
    own = journeys.c
    found = select(own.journey_id).where(own.continued_from == row.journey_id, own.continued_from != "")
    return connection.execute(found.order_by(own.began_ms, own.journey_id).limit(1)).scalar_one_or_none() or ""
