"""One module for each version, in order. The newest one's number is the version that the tables have.

To add columns, change `wizard/storage/schema.py` (or an attribution slot's line), copy `0002_embed_path.py` under the
next number, and change its docstring, `revision`, `down_revision` and columns. A column that is never NULL needs a
`server_default`: rows that are there get it, and a server of the version before goes on writing without it.
"""
