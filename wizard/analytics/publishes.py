"""Reads which versions of the texts were published in a period, for the dashboard's markers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from wizard.analytics.releases import Release
from wizard.events.periods import Period
from wizard.events.rows import within
from wizard.storage.studio_tables import wording_versions as table

HASH_DIGITS = 8
PUBLISHED = re.compile(r"([1-9][0-9]{0,9})-[0-9a-f]{8}")
"""What events have as the version of published texts: its number, and the beginning of its hash."""


@dataclass(frozen=True, slots=True)
class Publish:
    """A version that was published at `at_ms`; `restored_number` is the one whose texts a rollback has.

    `version` is what visits have as the version of the wording; `before` is that of the texts that it replaced.
    """

    number: int
    version: str
    before: str
    at_ms: int
    who: str
    note: str
    restored_number: int | None = None


def published_number(version: str) -> int | None:
    """The number of a published version by what visits say of it; None for the installation's files."""
    found = PUBLISHED.fullmatch(version)
    return int(found[1]) if found else None


def read_publishes(connection: Connection, period: Period) -> tuple[Publish, ...]:
    """The versions that were published in `period`, in the order of time. Raises SQLAlchemyError."""
    before = table.alias("before")
    statement = (
        select(table, before.c.hash.label("before_hash"))
        .select_from(table.outerjoin(before, before.c.number == table.c.from_number))
        .where(*within(table.c.at_ms, period.since_ms, period.until_ms))
        .order_by(table.c.at_ms, table.c.number)
    )
    return tuple(
        Publish(
            row.number,
            _version(row.number, row.hash),
            _version(row.from_number, row.before_hash) if row.before_hash else row.files_version,
            row.at_ms,
            row.who,
            row.note,
            row.restored_number,
        )
        for row in connection.execute(statement)
    )


def without_published(connection: Connection, releases: Iterable[Release]) -> tuple[Release, ...]:
    """The `releases` without those of published versions, whose time is known exactly. Raises SQLAlchemyError."""
    found = tuple(releases)
    numbers = {number for each in found if (number := published_number(each.version)) is not None}
    if not numbers:
        return found
    statement = select(table.c.number, table.c.hash).where(table.c.number.in_(numbers))
    known = {_version(row.number, row.hash) for row in connection.execute(statement)}
    return tuple(each for each in found if each.kind != "wording" or each.version not in known)


def _version(number: int, content_hash: str) -> str:
    return f"{number}-{content_hash[:HASH_DIGITS]}"
