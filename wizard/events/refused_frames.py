"""The table `refused_frames`: how often each site loaded the wizard in a frame that browsers refuse to show, by day.

A request can name any site, so the number of sites is limited; others are counted together.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from wizard.events.admission import DAY_MS
from wizard.events.batch import Record
from wizard.events.periods import Period
from wizard.events.rows import upsert, within
from wizard.storage import schema
from wizard.storage.database import Database

MAX_SITES = 100
"""The most sites of one day that are stored by name."""

KEPT_DAYS = 400
OTHER = ""
"""Counts frames of unnamed sites, and of those beyond MAX_SITES."""


@dataclass(frozen=True, slots=True)
class RefusedSite:
    """A site, how many frames it loaded, and the first and last day (UTC) on which it did, by the day's start."""

    site: str
    frames: int
    first_day_ms: int
    last_day_ms: int


def add(connection: Connection, records: Sequence[Record], *, is_sqlite: bool) -> None:
    """Add the frames in these records, and delete days older than `KEPT_DAYS`. Raises SQLAlchemyError."""
    counts = Counter(
        (record.tally.day_ms, record.site) for record in records if record.tally and record.site is not None
    )
    if not counts:
        return
    table = schema.refused_frames
    days = {day_ms for day_ms, _ in counts}
    connection.execute(delete(table).where(table.c.day_ms < max(days) - KEPT_DAYS * DAY_MS))
    found = connection.execute(select(table.c.day_ms, table.c.site).where(table.c.day_ms.in_(days)))
    known = {(day_ms, site) for day_ms, site in found}
    named: Counter[tuple[int, str]] = Counter()
    for (day_ms, site), frames in counts.items():
        key = (day_ms, site if _has_room(day_ms, site, known) else OTHER)
        known.add(key)
        named[key] += frames
    rows = [{"day_ms": day_ms, "site": site, "frames": frames} for (day_ms, site), frames in sorted(named.items())]
    connection.execute(upsert(table, is_sqlite=is_sqlite, add="frames"), rows)


def _has_room(day_ms: int, site: str, known: Collection[tuple[int, str]]) -> bool:
    return (day_ms, site) in known or sum(day == day_ms for day, _ in known) < MAX_SITES


def refused_sites(connection: Connection, period: Period, site: str | None = None) -> list[RefusedSite]:
    """The sites of a period of whole days (UTC), or the given one, those with the most frames first."""
    own = schema.refused_frames.c
    found = select(own.site, func.sum(own.frames), func.min(own.day_ms), func.max(own.day_ms)).group_by(own.site)
    found = found.where(*within(own.day_ms, period.since_ms, period.until_ms))
    if site is not None:
        found = found.where(own.site == site)
    rows = [RefusedSite(name, int(frames), first, last) for name, frames, first, last in connection.execute(found)]
    return sorted(rows, key=lambda row: (-row.frames, row.site))


def read_refused_sites(database: Database, period: Period, site: str | None = None) -> list[RefusedSite]:
    """Like `refused_sites`, on a connection of its own. Raises SQLAlchemyError."""
    with database.reader.connect() as connection:
        return refused_sites(connection, period, site)
