"""The tables of the dashboard: who may read the log, and the notes that these people write."""

from sqlalchemy import BigInteger, Column, Index, MetaData, Table, Text

METADATA = MetaData()
"""Where all tables are, those of the log as well."""

sign_ins = Table(
    "sign_ins",
    METADATA,
    Column("link_id", Text, primary_key=True),
    Column("email", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    # The last request of the session that the link opened, to the minute.
    Column("last_ms", BigInteger),
    Column("ended_ms", BigInteger),
    # The role that the person has, or gets by using the link: viewer, editor, publisher or admin.
    Column("role", Text, nullable=False, server_default="viewer"),
    # How the session began: link, or oidc for OpenID Connect.
    Column("method", Text, nullable=False, server_default="link"),
    # The person's id at the OpenID provider.
    Column("subject", Text),
    # Who made the link.
    Column("made_by", Text, nullable=False, server_default=""),
)


shared_views = Table(
    "shared_views",
    METADATA,
    Column("link_id", Text, primary_key=True),
    # The query of the overview's address.
    Column("query", Text, nullable=False),
    # Who made the link.
    Column("email", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
    Column("last_ms", BigInteger),
    Column("opened", BigInteger, nullable=False, server_default="0"),
)


notes = Table(
    "notes",
    METADATA,
    Column("note_id", Text, primary_key=True),
    # A date in WIZARD_TIME_ZONE, such as 2026-11-01.
    Column("day", Text, nullable=False),
    Column("text", Text, nullable=False),
    # The e-mail addresses of colleagues, or what wrote it from the command line.
    Column("who", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_ms", BigInteger),
    Column("removed_by", Text, nullable=False),
    Column("removed_ms", BigInteger),
    Index("ix_notes_day", "day"),
)
