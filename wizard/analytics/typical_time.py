"""How long a visit takes: the figure that the first question may show to visitors."""

from sqlalchemy import Connection, and_, func, select, text

from wizard.analytics.step_figures import rank_of
from wizard.storage.schema import TIMED, journeys

LEAST_FINISHED = 200
"""The fewest finished visits whose median is shown to visitors."""


def read_typical_ms(connection: Connection, since_ms: int, least: int = LEAST_FINISHED) -> int | None:
    """The median time from the first page to the first result, in ms; None if fewer than `least` finished.

    Of visits since `since_ms` that began at the first question. Suspect visits are left out.
    """
    ours = and_(
        journeys.c.suspect == "",
        journeys.c.started == 1,
        text(TIMED),
        journeys.c.began_ms >= since_ms,
        journeys.c.entry == "fresh",
    )
    finished = connection.execute(select(func.count()).select_from(journeys).where(ours)).scalar_one()
    if finished < least:
        return None
    ordered = select(journeys.c.elapsed_ms).where(ours).order_by(journeys.c.elapsed_ms)
    found: int = connection.execute(ordered.limit(1).offset(rank_of(50, finished) - 1)).scalar_one()
    return found
