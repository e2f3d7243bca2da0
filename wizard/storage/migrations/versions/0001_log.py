"""The log as it was first: events, the two tables that are folded from them, and the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and keep events from being changed."""
    op.create_table(
        "events",
        sa.Column("journey_id", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("ts_ms", sa.BigInteger, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("step", sa.Text),
        sa.Column("answer", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("elapsed_ms", sa.BigInteger),
        sa.Column("persona", sa.Text),
        sa.Column("recommended", sa.Text),
        sa.Column("declined", sa.Text),
        sa.Column("deployment", sa.Text),
        sa.Column("position", sa.Text),
        sa.Column("value", sa.Float),
        sa.Column("answers", sa.Text, nullable=False),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("continued_from", sa.Text, nullable=False),
        sa.Column("flow_version", sa.Text, nullable=False),
        sa.Column("wording_version", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("embed_origin", sa.Text, nullable=False),
        sa.Column("referrer_host", sa.Text, nullable=False),
        sa.Column("utm_source", sa.Text, nullable=False),
        sa.Column("utm_medium", sa.Text, nullable=False),
        sa.Column("utm_campaign", sa.Text, nullable=False),
        sa.Column("utm_term", sa.Text, nullable=False),
        sa.Column("utm_content", sa.Text, nullable=False),
    )
    op.create_index("ix_events_ts_ms", "events", ["ts_ms"])
    op.create_table(
        "journeys",
        sa.Column("journey_id", sa.Text, primary_key=True),
        sa.Column("began_ms", sa.BigInteger, nullable=False),
        sa.Column("last_ms", sa.BigInteger, nullable=False),
        sa.Column("viewed", sa.SmallInteger, nullable=False),
        sa.Column("started", sa.SmallInteger, nullable=False),
        sa.Column("finished", sa.SmallInteger, nullable=False),
        sa.Column("clicked", sa.SmallInteger, nullable=False),
        sa.Column("converted", sa.SmallInteger, nullable=False),
        sa.Column("furthest_step", sa.Text, nullable=False),
        sa.Column("finished_ms", sa.BigInteger),
        sa.Column("answers", sa.Text, nullable=False),
        sa.Column("persona", sa.Text, nullable=False),
        sa.Column("recommended", sa.Text, nullable=False),
        sa.Column("declined", sa.Text, nullable=False),
        sa.Column("clicked_deployment", sa.Text, nullable=False),
        sa.Column("clicked_position", sa.Text, nullable=False),
        sa.Column("converted_deployment", sa.Text, nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("continued_from", sa.Text, nullable=False),
        sa.Column("flow_version", sa.Text, nullable=False),
        sa.Column("wording_version", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("utm_source", sa.Text, nullable=False),
        sa.Column("utm_medium", sa.Text, nullable=False),
        sa.Column("utm_campaign", sa.Text, nullable=False),
        sa.Column("utm_term", sa.Text, nullable=False),
        sa.Column("utm_content", sa.Text, nullable=False),
        sa.Column("referrer_host", sa.Text, nullable=False),
        sa.Column("embed_origin", sa.Text, nullable=False),
    )
    op.create_index("ix_journeys_began_ms", "journeys", ["began_ms"])
    op.create_index(
        "ix_journeys_funnel",
        "journeys",
        ["viewed", "started", "finished", "clicked", "converted", "began_ms", "value"],
    )
    op.create_table(
        "journey_steps",
        sa.Column("journey_id", sa.Text, primary_key=True),
        sa.Column("step", sa.Text, primary_key=True),
        sa.Column("began_ms", sa.BigInteger, nullable=False),
        sa.Column("viewed", sa.SmallInteger, nullable=False),
        sa.Column("answered", sa.SmallInteger, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("elapsed_ms", sa.BigInteger),
        sa.Column("errors", sa.Integer, nullable=False),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.Column("went_back", sa.Integer, nullable=False),
        sa.Column("prefilled", sa.SmallInteger, nullable=False),
    )
    op.create_index(
        "ix_journey_steps_began_ms",
        "journey_steps",
        ["began_ms", "journey_id", "step", "prefilled", "elapsed_ms", "errors", "changes", "went_back"],
    )
    op.create_index("ix_journey_steps_funnel", "journey_steps", ["step", "prefilled", "answered", "began_ms"])
    _partial("ix_journey_steps_times", ["step", "elapsed_ms", "began_ms"], "elapsed_ms IS NOT NULL")
    _partial(
        "ix_journey_steps_wanderings",
        ["step", "began_ms", "prefilled", "errors", "changes", "went_back"],
        "errors + changes + went_back > 0",
    )
    op.create_table(
        "ledger",
        sa.Column("day_ms", sa.BigInteger, primary_key=True),
        sa.Column("outcome", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, primary_key=True),
        sa.Column("worker", sa.Integer, primary_key=True),
        sa.Column("events", sa.BigInteger, nullable=False),
    )
    for statement in IMMUTABLE[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Refuse: it would throw the log away."""
    raise NotImplementedError


def _partial(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "journey_steps", columns, sqlite_where=condition, postgresql_where=condition)


IMMUTABLE = {
    "sqlite": (
        "CREATE TRIGGER events_are_immutable BEFORE UPDATE ON events "
        "BEGIN SELECT RAISE(ABORT, 'events are immutable'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION events_are_immutable() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'events are immutable'; END $$",
        "CREATE TRIGGER events_are_immutable BEFORE UPDATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION events_are_immutable()",
    ),
}
