"""Global Privacy Control and the mark of suspect journeys; cells of journeys that only viewed are without tags."""

import hashlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

AT_ONCE = 5000
FLAGS = ("viewed", "started", "finished", "clicked", "converted", "handoff")
RESULT = ("edges", "persona", "recommended", "declined", "clicked_position")
TAGS = ("utm_source", "utm_campaign", "referrer_host", "embed_origin", "embed_path")
CELL = (*FLAGS, *RESULT, *TAGS, "locale", "device", "suspect")
"""As the code has it at this version: what it says later is a later migration's to catch up with."""

INDEXES = {
    "journeys": {
        "ix_journeys_cells": ("began_ms", "cell", "tags", "value"),
        "ix_journeys_times": ("suspect", "started", "elapsed_ms", "began_ms"),
        "ix_journeys_funnel": (
            "suspect",
            "viewed",
            "started",
            "finished",
            "clicked",
            "converted",
            "handoff",
            "began_ms",
            "value",
        ),
    },
    "journey_steps": {
        "ix_journey_steps_began_ms": (
            "began_ms",
            "journey_id",
            "step",
            "prefilled",
            "elapsed_ms",
            "errors",
            "changes",
            "went_back",
            "suspect",
        ),
        "ix_journey_steps_funnel": ("suspect", "step", "prefilled", "answered", "answer", "began_ms"),
        "ix_journey_steps_times": ("suspect", "step", "elapsed_ms", "began_ms"),
        "ix_journey_steps_wanderings": (
            "suspect",
            "step",
            "began_ms",
            "prefilled",
            "errors",
            "changes",
            "went_back",
        ),
    },
}
ONLY = {
    "ix_journeys_times": "elapsed_ms IS NOT NULL",
    "ix_journey_steps_times": "elapsed_ms IS NOT NULL",
    "ix_journey_steps_wanderings": "errors + changes + went_back > 0",
}

journeys = sa.table("journeys", *(sa.column(name) for name in ("journey_id", "cell", "tags", *CELL)))


def upgrade() -> None:
    """Add the columns, number the cells anew, and make the indexes anew that gain a column.

    Nothing that is there is suspect, and every click that is there took a handoff along.
    """
    op.add_column("events", sa.Column("gpc", sa.SmallInteger, nullable=False, server_default="0"))
    op.add_column("events", sa.Column("suspect", sa.Text, nullable=False, server_default=""))
    op.add_column("journeys", sa.Column("handoff", sa.SmallInteger, nullable=False, server_default="0"))
    op.add_column("journeys", sa.Column("suspect", sa.Text, nullable=False, server_default=""))
    op.add_column("journeys", sa.Column("tags", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("journey_steps", sa.Column("suspect", sa.Text, nullable=False, server_default=""))
    for table, indexes in INDEXES.items():
        for name in indexes:
            op.drop_index(name, table)
    op.execute("UPDATE journeys SET handoff = 1 WHERE clicked <> 0 OR converted <> 0")
    _number(op.get_bind())
    for table, indexes in INDEXES.items():
        for name, columns in indexes.items():
            only = sa.text(ONLY[name]) if name in ONLY else None
            op.create_index(name, table, list(columns), sqlite_where=only, postgresql_where=only)


def _number(connection: sa.Connection) -> None:
    """Give every journey its cell and its tags, some thousands at a time."""
    own = journeys.c
    given = (
        journeys.update()
        .where(own.journey_id == sa.bindparam("name"))
        .values(cell=sa.bindparam("new_cell"), tags=sa.bindparam("new_tags"))
    )
    rows = _numbered(connection)
    while some := list(islice(rows, AT_ONCE)):
        connection.execute(given, some)


def _numbered(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    found = sa.select(journeys.c.journey_id, *(journeys.c[name] for name in CELL))
    for row in connection.execute(found.execution_options(yield_per=AT_ONCE)).mappings():
        has_tags = bool(row["started"]) and not row["suspect"]
        cell = _number_of(*("" if name in TAGS and not has_tags else row[name] for name in CELL))
        tags = 0 if has_tags else _number_of(*(row[name] for name in TAGS))
        yield {"name": row["journey_id"], "new_cell": cell, "new_tags": tags}


def _number_of(*values: object) -> int:
    return int.from_bytes(hashlib.sha256("\0".join(map(str, values)).encode()).digest()[:8], "big") >> 1 or 1
