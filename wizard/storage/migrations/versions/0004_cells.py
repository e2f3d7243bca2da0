"""What the dashboard counts by: the edges that each journey took, its cell, and how long it took to a result."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

AT_ONCE = 5000
FLAGS = ("viewed", "started", "finished", "clicked", "converted")
RESULT = ("edges", "persona", "recommended", "declined", "clicked_position")
SOURCE = ("utm_source", "utm_campaign", "referrer_host", "embed_origin", "embed_path", "locale", "device")
CELL = (*FLAGS, *RESULT, *SOURCE)
"""As the code has it at this version: what it says later is a later migration's to catch up with."""

journeys = sa.table("journeys", *(sa.column(name) for name in ("journey_id", "cell", *CELL)))
events = sa.table(
    "events",
    *(sa.column(name) for name in ("journey_id", "event_id", "event", "ts_ms", "turn", "step", "answers")),
)


def upgrade() -> None:
    """Add the columns, fill them from what is there, and have the indexes that they are read by."""
    op.add_column("journeys", sa.Column("elapsed_ms", sa.BigInteger))
    op.add_column("journeys", sa.Column("edges", sa.Text, nullable=False, server_default=""))
    op.add_column("journeys", sa.Column("cell", sa.BigInteger, nullable=False, server_default="0"))
    op.execute("UPDATE journeys SET elapsed_ms = finished_ms - began_ms WHERE finished_ms IS NOT NULL")
    connection = op.get_bind()
    _fill(connection, "edges", _edges(connection))
    _fill(connection, "cell", _cells(connection))
    op.drop_index("ix_journeys_began_ms", "journeys")
    op.create_index("ix_journeys_began_ms", "journeys", ["began_ms", "journey_id"])
    op.create_index("ix_journeys_cells", "journeys", ["began_ms", "cell", "value"])
    continued = sa.text("continued_from <> ''")
    op.create_index(
        "ix_journeys_continued_from",
        "journeys",
        ["continued_from"],
        sqlite_where=continued,
        postgresql_where=continued,
    )
    timed = sa.text("elapsed_ms IS NOT NULL")
    op.create_index(
        "ix_journeys_times",
        "journeys",
        ["started", "elapsed_ms", "began_ms"],
        sqlite_where=timed,
        postgresql_where=timed,
    )
    op.drop_index("ix_journey_steps_funnel", "journey_steps")
    op.create_index("ix_journey_steps_funnel", "journey_steps", ["step", "prefilled", "answered", "answer", "began_ms"])


def _fill(connection: sa.Connection, column: str, rows: Iterator[tuple[str, Any]]) -> None:
    """Give the journeys their values, some thousands at a time."""
    given = journeys.update().where(journeys.c.journey_id == sa.bindparam("name")).values({column: sa.bindparam("new")})
    while some := [{"name": name, "new": new} for name, new in islice(rows, AT_ONCE)]:
        connection.execute(given, some)


def _edges(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    kinds = ("question_view", "question_answer", "result_view")
    found = sa.select(events).where(events.c.event.in_(kinds)).order_by(events.c.journey_id)
    # All events of a journey lie together, whatever is written to it meanwhile.
    told = connection.execute(found.execution_options(yield_per=AT_ONCE))
    for name, trail in groupby(told, key=attrgetter("journey_id")):
        yield name, _taken(sorted(trail, key=lambda row: (row.turn, row.ts_ms, row.event_id)))


def _taken(trail: Sequence[Any]) -> str:
    pages: dict[tuple[int, frozenset[tuple[str, str]]], str] = {}
    for row in trail:
        if row.event == "result_view":
            pages.setdefault(_state(row), "result")
        elif row.event == "question_view" and row.step not in json.loads(row.answers):
            pages.setdefault(_state(row), row.step)  # one that has an answer was gone back to
    given = [(row.step, pages.get(_state(row))) for row in trail if row.event == "question_answer"]
    first = next((page for (turn, _), page in pages.items() if turn == 0), None)
    return " ".join(sorted({f"{step}>{page}" for step, page in [("start", first), *given] if page}))


def _state(row: Any) -> tuple[int, frozenset[tuple[str, str]]]:
    return row.turn, frozenset(json.loads(row.answers).items())


def _cells(connection: sa.Connection) -> Iterator[tuple[str, int]]:
    found = sa.select(journeys.c.journey_id, *(journeys.c[name] for name in CELL))
    for name, *values in connection.execute(found.execution_options(yield_per=AT_ONCE)):
        digest = hashlib.sha256("\0".join(map(str, values)).encode()).digest()
        yield name, int.from_bytes(digest[:8], "big") >> 1
