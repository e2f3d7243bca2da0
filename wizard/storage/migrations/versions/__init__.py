"""One module for each version, in order. The newest one's number is the version that the tables have.

To add columns, change `wizard/storage/schema.py` (or an attribution slot's line), copy `0002_embed_path.py` under the
next number, and change its docstring, `revision`, `down_revision` and columns. A column that is never NULL needs a
`server_default`: rows that are there get it, and a server of the version before goes on writing without it.

Each module says in `writers_from` which is the oldest version whose servers may still write after it. A migration that
only adds keeps that of the migration before; one that removes or changes what older servers use, in a later version,
names the first version that does without. Rows need not be filled here: what servers of older versions stored is
rebuilt afterwards (docs/decisions/0042-upgrades-and-retention.md).
"""
