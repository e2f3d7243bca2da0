"""The tables of the log. `events` is immutable; `journeys` and `journey_steps` are folds of it; `ledger` counts.

`journals` says how far each server's journal has been brought in, and `erasures` what must not come back.
`refused_frames` counts what browsers refuse to show.
The tables of the dashboard are in `dashboard_tables.py`, those of the change feed in `subscriber_tables.py`,
and those of the log's own state in `upkeep_tables.py`.
Flags are whole numbers, so that one `sum()` reads alike on every database. What is not known is an empty text.
A change here needs a migration beside it, as `migrations/versions/__init__.py` says; a test compares the two.
"""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import BigInteger, Column, Float, Index, Integer, SmallInteger, Table, Text, text

from wizard.storage import studio_tables, subscriber_tables, upkeep_tables  # noqa: F401  # its tables are in METADATA, too
from wizard.storage.attribution_slots import ATTRIBUTION, CAMPAIGN_TAGS, LATER

METADATA = subscriber_tables.subscribers.metadata
"""Where all tables are, also those of the other modules."""

VERSION = max(path.name[:4] for path in Path(__file__).parent.glob("migrations/versions/[0-9]*.py"))
"""The version that these tables have: the newest migration's."""

TIMED = "elapsed_ms IS NOT NULL"
WANDERED = "errors + changes + went_back > 0"
CONTINUED = "continued_from <> ''"
LASTING = "last_ms - began_ms >= 86400000"
SIGNED_UP = "converted_ms IS NOT NULL"
"""What six indexes are limited to. A statement that is to use one of them must say it in these very words."""


def _slots(names: Iterable[str]) -> list[Column[str]]:
    """Columns for attribution slots; rows from before a later slot was there have it empty."""
    return [Column(name, Text, nullable=False, server_default="" if name in LATER else None) for name in names]


def _partial(only: str, name: str, *columns: str) -> Index:
    """An index of the rows for which `only` holds."""
    return Index(name, *columns, sqlite_where=text(only), postgresql_where=text(only))


events = Table(
    "events",
    METADATA,
    Column("journey_id", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("event", Text, nullable=False),
    Column("ts_ms", BigInteger, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("step", Text),
    Column("answer", Text),
    Column("error", Text),
    Column("elapsed_ms", BigInteger),
    Column("persona", Text),
    Column("recommended", Text),
    Column("declined", Text),
    Column("deployment", Text),
    Column("position", Text),
    Column("value", Float),
    Column("answers", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("continued_from", Text, nullable=False),
    Column("flow_version", Text, nullable=False),
    Column("wording_version", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("device", Text, nullable=False),
    *_slots(sorted({*ATTRIBUTION} - {*CAMPAIGN_TAGS})),
    *_slots(CAMPAIGN_TAGS),
    Column("gpc", SmallInteger, nullable=False, server_default="0"),
    Column("suspect", Text, nullable=False, server_default=""),
    Index("ix_events_ts_ms", "ts_ms"),
)

journeys = Table(
    "journeys",
    METADATA,
    Column("journey_id", Text, primary_key=True),
    Column("began_ms", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
    Column("viewed", SmallInteger, nullable=False),
    Column("started", SmallInteger, nullable=False),
    Column("finished", SmallInteger, nullable=False),
    Column("clicked", SmallInteger, nullable=False),
    Column("converted", SmallInteger, nullable=False),
    Column("furthest_step", Text, nullable=False),
    Column("started_ms", BigInteger),
    Column("finished_ms", BigInteger),
    Column("clicked_ms", BigInteger),
    Column("converted_ms", BigInteger),
    Column("elapsed_ms", BigInteger),
    Column("answers", Text, nullable=False),
    Column("persona", Text, nullable=False),
    Column("recommended", Text, nullable=False),
    Column("declined", Text, nullable=False),
    Column("clicked_deployment", Text, nullable=False),
    Column("clicked_position", Text, nullable=False),
    Column("converted_deployment", Text, nullable=False),
    Column("value", Float),
    Column("entry", Text, nullable=False),
    Column("continued_from", Text, nullable=False),
    Column("flow_version", Text, nullable=False),
    Column("wording_version", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("device", Text, nullable=False),
    *_slots(ATTRIBUTION),
    Column("edges", Text, nullable=False, server_default=""),
    Column("cell", BigInteger, nullable=False, server_default="0"),
    Column("handoff", SmallInteger, nullable=False, server_default="0"),
    Column("suspect", Text, nullable=False, server_default=""),
    Column("tags", BigInteger, nullable=False, server_default="0"),
    # A page of journeys is read from where the one before it ended.
    Index("ix_journeys_began_ms", "began_ms", "journey_id"),
    _partial(CONTINUED, "ix_journeys_continued_from", "continued_from"),
    # What the dashboard counts: journeys of a cell are alike in all that it tells apart.
    Index("ix_journeys_cells", "began_ms", "cell", "tags", "value"),
    _partial(TIMED, "ix_journeys_times", "suspect", "started", "elapsed_ms", "began_ms"),
    # The few journeys in which something happened a day or more after they began: a signup, as a rule.
    _partial(LASTING, "ix_journeys_lasting", "began_ms", "last_ms"),
    # How long signups take.
    _partial(
        SIGNED_UP, "ix_journeys_signups", "suspect", "began_ms", "converted_ms", "clicked_ms", "converted_deployment"
    ),
    # When each version was first seen, and when it was used, is looked up from one to the next.
    Index("ix_journeys_versions", "suspect", "flow_version", "locale", "wording_version", "began_ms"),
    # The funnel is read from this index alone.
    Index(
        "ix_journeys_funnel",
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
)

journey_steps = Table(
    "journey_steps",
    METADATA,
    Column("journey_id", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("began_ms", BigInteger, nullable=False),
    Column("viewed", SmallInteger, nullable=False),
    Column("answered", SmallInteger, nullable=False),
    Column("reached_ms", BigInteger),
    Column("answered_ms", BigInteger),
    Column("answer", Text, nullable=False),
    Column("first_answer", Text, nullable=False, server_default=""),
    Column("elapsed_ms", BigInteger),
    Column("errors", Integer, nullable=False),
    Column("changes", Integer, nullable=False),
    Column("went_back", Integer, nullable=False),
    Column("prefilled", SmallInteger, nullable=False),
    Column("suspect", Text, nullable=False, server_default=""),
    # Steps are joined to journeys by both, since rows of one time lie together and ids are scattered.
    Index(
        "ix_journey_steps_began_ms",
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
    Index("ix_journey_steps_funnel", "suspect", "step", "prefilled", "answered", "answer", "began_ms"),
    _partial(TIMED, "ix_journey_steps_times", "suspect", "step", "elapsed_ms", "began_ms"),
    _partial(
        WANDERED,
        "ix_journey_steps_wanderings",
        "suspect",
        "step",
        "began_ms",
        "prefilled",
        "errors",
        "changes",
        "went_back",
    ),
)

ledger = Table(
    "ledger",
    METADATA,
    # The first millisecond of the day, UTC, that the event's own time falls on.
    Column("day_ms", BigInteger, primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    # Writers count in rows of their own, so that they don't queue for one.
    Column("worker", Integer, primary_key=True),
    Column("events", BigInteger, nullable=False),
)

journals = Table(
    "journals",
    METADATA,
    Column("journal", Text, primary_key=True),
    Column("machine", Text, nullable=False),
    # How many of the events that were taken are in the log, and how many were waiting at `seen_ms`.
    Column("brought_in", BigInteger, nullable=False),
    Column("waiting", BigInteger, nullable=False),
    # Those of the waiting that an operator has given up: the ledger has them as lost.
    Column("written_off", BigInteger, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
)

erasures = Table(
    "erasures",
    METADATA,
    # A keyed hash of the journey's id.
    Column("mark", Text, primary_key=True),
    Column("erased_ms", BigInteger, nullable=False),
)

refused_frames = Table(
    "refused_frames",
    METADATA,
    # The first millisecond of the day, UTC.
    Column("day_ms", BigInteger, primary_key=True),
    Column("site", Text, primary_key=True),
    Column("frames", BigInteger, nullable=False),
)
