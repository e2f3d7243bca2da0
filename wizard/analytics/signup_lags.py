"""How long signups took after the click."""

from sqlalchemy import Connection, and_, select, text

from wizard.analytics.selection import Selection
from wizard.storage.schema import SIGNED_UP, journeys


def read_lags(connection: Connection, selection: Selection) -> list[int]:
    """The time from the first click to the first signup, in ms, of each started journey that has both.

    Signups that came too late for the selection's age don't count. Raises SQLAlchemyError.
    """
    own, age = journeys.c, selection.age
    conditions = [age.counts(own.converted_ms, own.began_ms)] if age.is_limited else []
    ours = and_(text(SIGNED_UP), own.started == 1, own.clicked_ms.is_not(None), *conditions, *selection.where())
    rows = connection.execute(select(own.clicked_ms, own.converted_ms).where(ours))
    return [max(0, converted_ms - clicked_ms) for clicked_ms, converted_ms in rows]
