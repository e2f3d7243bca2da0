"""The tables of the studio: who may do what, what was done, drafts of the texts, and their published versions."""

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, Table, Text

from wizard.storage.dashboard_tables import METADATA

people = Table(
    "people",
    METADATA,
    Column("email", Text, primary_key=True),
    # viewer, editor, publisher or admin.
    Column("role", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("changed_ms", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
)

audit_log = Table(
    "audit_log",
    METADATA,
    # Entries of the same millisecond are in the order of their ids.
    Column("entry_id", Text, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    # An e-mail address, or what did it from the command line.
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    # What it was done to: a person, a draft, a version, a link.
    Column("subject", Text, nullable=False),
    # What it changed from and to: roles, versions.
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("note", Text, nullable=False),
    Index("ix_audit_log_at_ms", "at_ms", "entry_id"),
)

drafts = Table(
    "drafts",
    METADATA,
    Column("draft_id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    # open, published or discarded.
    Column("state", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("changed_ms", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
    # The version that it was published as.
    Column("published_number", Integer),
)

draft_changes = Table(
    "draft_changes",
    METADATA,
    Column("draft_id", Text, primary_key=True),
    Column("locale", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("text", Text, nullable=False),
    # The published text that it replaces, as the editor saw it. NULL where there was none.
    Column("base_text", Text),
    # How many edits this text has had in this draft.
    Column("revision", Integer, nullable=False),
    # 0 for a text that was changed and taken out again: its revision goes on.
    Column("is_changed", SmallInteger, nullable=False),
    # For a translation: the hash of the English text that it was made from. NULL: that of today.
    Column("source_hash", Text),
    Column("changed_ms", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
)

draft_edits = Table(
    "draft_edits",
    METADATA,
    # Edits of the same millisecond are in the order of their ids.
    Column("edit_id", Text, primary_key=True),
    Column("draft_id", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("key", Text, nullable=False),
    # NULL where the change was taken out.
    Column("text", Text),
    # The revision that it made; for an edit that was not applied, the one that it was in conflict with.
    Column("revision", Integer, nullable=False),
    # 0 for the second of two texts in conflict, which is kept here.
    Column("is_applied", SmallInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Index("ix_draft_edits_key", "draft_id", "locale", "key", "at_ms", "edit_id"),
)

wording_versions = Table(
    "wording_versions",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    # Of the texts of all languages.
    Column("hash", Text, nullable=False),
    # publish, rollback or import.
    Column("kind", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    # The version that it replaced; 0 is the installation's files.
    Column("from_number", Integer, nullable=False),
    # Of a rollback, the version whose texts it has.
    Column("restored_number", Integer),
    # The version of the installation's files at that time.
    Column("files_version", Text, nullable=False),
    Column("draft_id", Text),
    Index("ix_wording_versions_at_ms", "at_ms"),
)

wording_languages = Table(
    "wording_languages",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("locale", Text, primary_key=True),
    # The snapshot with its texts.
    Column("hash", Text, nullable=False),
)

wording_snapshots = Table(
    "wording_snapshots",
    METADATA,
    # SHA-256 of the content.
    Column("hash", Text, primary_key=True),
    # JSON: texts by key, hashes of the English that they were made from, and whether they were reviewed.
    Column("content", Text, nullable=False),
)

wording_changes = Table(
    "wording_changes",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("locale", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    # NULL where there was no text, or is none any longer.
    Column("before", Text),
    Column("after", Text),
    # Who wrote it: of several, the last.
    Column("who", Text, nullable=False),
    Index("ix_wording_changes_key", "key", "locale", "number"),
)
