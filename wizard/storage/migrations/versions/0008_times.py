"""When journeys and steps reached what they did, the first answers, and cells that tell versions apart."""

import hashlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

AT_ONCE = 5000
FLAGS = ("viewed", "started", "finished", "clicked", "converted", "handoff")
RESULT = ("edges", "persona", "recommended", "declined", "clicked_position")
TAGS = ("utm_source", "utm_campaign", "referrer_host", "embed_origin", "embed_path")
CELL = (*FLAGS, *RESULT, *TAGS, "locale", "device", "flow_version", "wording_version", "suspect")
"""As the code has it at this version: what it says later is a later migration's to catch up with."""

FIRST_OF = {"started_ms": "question_answer", "clicked_ms": "cta_click", "converted_ms": "conversion"}
"""The new columns of `journeys`, and the kind of event whose first time each holds."""

IN_STEP = "('question_view', 'question_answer', 'question_error')"
INDEXES = {
    "ix_journeys_lasting": (("began_ms", "last_ms"), "last_ms - began_ms >= 86400000"),
    "ix_journeys_signups": (
        ("suspect", "began_ms", "converted_ms", "clicked_ms", "converted_deployment"),
        "converted_ms IS NOT NULL",
    ),
}

journeys = sa.table("journeys", *(sa.column(name) for name in ("journey_id", "cell", "tags", *CELL)))


def upgrade() -> None:
    """Add the columns, fill them from the events, and number the cells anew."""
    for name in FIRST_OF:
        op.add_column("journeys", sa.Column(name, sa.BigInteger))
    op.add_column("journey_steps", sa.Column("reached_ms", sa.BigInteger))
    op.add_column("journey_steps", sa.Column("answered_ms", sa.BigInteger))
    op.add_column("journey_steps", sa.Column("first_answer", sa.Text, nullable=False, server_default=""))
    firsts = ", ".join(f"{column} = {_first_of(kind)}" for column, kind in FIRST_OF.items())
    op.execute(f"UPDATE journeys SET {firsts} WHERE started + clicked + converted > 0")  # noqa: S608  # our own names
    own = "FROM events e WHERE e.journey_id = journey_steps.journey_id AND e.step = journey_steps.step"
    answers = f"{own} AND e.event = 'question_answer'"
    op.execute(
        f"UPDATE journey_steps SET reached_ms = (SELECT min(e.ts_ms) {own} AND e.event IN {IN_STEP}), "  # noqa: S608
        f"answered_ms = (SELECT min(e.ts_ms) {answers}), "
        f"first_answer = coalesce((SELECT e.answer {answers} ORDER BY e.turn, e.ts_ms, e.event_id LIMIT 1), '')"
    )
    _number(op.get_bind())
    for name, (columns, only) in INDEXES.items():
        op.create_index(name, "journeys", list(columns), sqlite_where=sa.text(only), postgresql_where=sa.text(only))


def _first_of(kind: str) -> str:
    own = f"e.journey_id = journeys.journey_id AND e.event = '{kind}'"
    return f"(SELECT min(e.ts_ms) FROM events e WHERE {own})"  # noqa: S608  # our own names


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
