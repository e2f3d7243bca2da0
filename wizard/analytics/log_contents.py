"""How many journeys are too young for a selection, and whether the log holds any, or simulated ones."""

from dataclasses import replace

from sqlalchemy import Connection, func, select

from wizard.analytics.selection import Selection
from wizard.events.model import DEMO_PREFIX
from wizard.storage.by_store import Bytewise
from wizard.storage.schema import journeys


def is_empty(connection: Connection) -> bool:
    """Whether the log holds no journey at all."""
    return connection.execute(select(journeys.c.journey_id).limit(1)).first() is None


def has_demo(connection: Connection) -> bool:
    """Whether a journey is demo data's, by its id.

    PostgreSQL's index has the order of the database's own language, in which a full stop may not count for much. But
    whatever begins with a word lies between that and the next one in all of them; so few others do that all are tried.
    """
    own, word = journeys.c.journey_id, DEMO_PREFIX[:-1]
    near = [own >= word, own < _following(word)]
    exact = Bytewise(own)
    begins_so = [exact >= DEMO_PREFIX, exact < _following(DEMO_PREFIX)]
    return connection.execute(select(own).where(*near, *begins_so).limit(1)).first() is not None


def _following(text: str) -> str:
    """The first text, by the order of its letters, that is beyond all that begin with `text`."""
    return text[:-1] + chr(ord(text[-1]) + 1)


def count_too_young(connection: Connection, selection: Selection) -> int:
    """How many journeys of a selection are younger than its window. Raises SQLAlchemyError."""
    if selection.span.too_young is None:
        return 0
    young = replace(selection, span=replace(selection.span, period=selection.span.too_young))
    found = select(func.count()).select_from(journeys).where(*young.where_by_time())
    return int(connection.execute(found).scalar_one())
