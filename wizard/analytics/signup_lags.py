"""How long signups took after the click, of two periods at the same age."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select, text

from wizard.analytics.selection import Selection
from wizard.storage.schema import SIGNED_UP, journeys


@dataclass(frozen=True, slots=True)
class Signups:
    """How many started journeys of a period had a signup at some time, and how long each took from the click, in ms.

    A signup without a click in the log has no time.
    """

    count: int
    lags_ms: tuple[int, ...]


def read_signups(connection: Connection, selection: Selection, until_ms: int | None = None) -> Signups:
    """The signups of a selection; only those before `until_ms`, if it is given. Raises SQLAlchemyError."""
    count, lags = 0, []
    for clicked_ms, converted_ms in connection.execute(_times(selection)):
        if until_ms is None or converted_ms < until_ms:
            count += 1
            if clicked_ms is not None:
                lags.append(max(0, converted_ms - clicked_ms))
    return Signups(count, tuple(lags))


def _times(selection: Selection) -> Select[Any]:
    own = journeys.c
    return select(own.clicked_ms, own.converted_ms).where(text(SIGNED_UP), own.started == 1, *selection.where())
