"""Has journeys copied to the warehouse again."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from wizard.events.bulk import among
from wizard.events.change_feed import note
from wizard.events.rows import lock_journeys
from wizard.storage import schema
from wizard.storage.database import Database
from wizard.storage.subscriber_tables import subscribers
from wizard.warehouse.recount import IDS_AT_ONCE, SUBSCRIBER


def repair(database: Database, journey_ids: Sequence[str]) -> bool:
    """Note these journeys as changed, or gone where the log has none, for the warehouse alone.

    Returns False where the log has no such subscriber. Raises SQLAlchemyError.
    """
    with database.reader.connect() as connection:
        known = connection.execute(select(subscribers.c.name).where(subscribers.c.name == SUBSCRIBER)).first()
    if known is None:
        return False
    for start in range(0, len(journey_ids), IDS_AT_ONCE):
        some = sorted(journey_ids[start : start + IDS_AT_ONCE])
        database.write(lambda connection, some=some: _note(connection, some))  # type: ignore[misc]
    return True


def _note(connection: Connection, journey_ids: Sequence[str]) -> None:
    lock_journeys(connection, journey_ids)
    own = schema.journeys.c.journey_id
    present = set(connection.execute(select(own).where(among(connection, own, journey_ids))).scalars())
    note(connection, present, is_gone=False, only=SUBSCRIBER)
    note(connection, set(journey_ids) - present, is_gone=True, only=SUBSCRIBER)
