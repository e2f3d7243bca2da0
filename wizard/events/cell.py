"""Numbers that say which journeys are alike, so that the dashboard counts those once."""

import hashlib
from collections.abc import Mapping
from typing import Any

TAGS = ("utm_source", "utm_campaign", "referrer_host", "embed_origin", "embed_path")
"""The columns that the dashboard groups by whose values come from outside: there may be one for each journey."""

CELL = (
    "viewed",
    "started",
    "finished",
    "clicked",
    "converted",
    "handoff",
    "edges",
    "persona",
    "recommended",
    "declined",
    "clicked_position",
    *TAGS,
    "locale",
    "device",
    "suspect",
)
"""The columns in which journeys of one cell are alike: all that the dashboard counts and filters by.

A journey that has not started, or that is suspect, is in its cell without its `TAGS`: those cost whoever sends them
nothing, and a value of its own for each journey would make a cell for each. See docs/decisions/0022.
"""


def cell_and_tags(row: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers `cell` and `tags` of a journey, from its other columns."""
    if row["started"] and not row["suspect"]:
        return {"cell": number_of(*(row[name] for name in CELL)), "tags": 0}
    return {
        "cell": number_of(*("" if name in TAGS else row[name] for name in CELL)),
        "tags": number_of(*(row[name] for name in TAGS)),
    }


def number_of(*values: object) -> int:
    """A number for a combination of values: 63 bits, so that a million combinations hardly ever share one. Never 0."""
    return int.from_bytes(hashlib.sha256("\0".join(map(str, values)).encode()).digest()[:8], "big") >> 1 or 1
