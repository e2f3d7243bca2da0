"""Numbers that say which journeys are alike, so that the dashboard counts those once."""

import hashlib
from collections.abc import Mapping
from typing import Any

from wizard.events.attribution import ATTRIBUTION
from wizard.events.dimensions import DIMENSIONS
from wizard.events.model import FLAGS

COLUMNS = tuple(column for each in DIMENSIONS.values() for column in each.columns)
TAGS = tuple(slot for slot in ATTRIBUTION if slot in COLUMNS)
"""The columns of dimensions whose values come from outside: there may be one for each journey."""

RESULT = ("persona", "recommended", "declined", "clicked_position")
CELL = tuple(dict.fromkeys((*FLAGS, "handoff", "edges", *RESULT, *TAGS, *COLUMNS, "suspect")))
"""The columns in which journeys of one cell are alike: all that the dashboard counts and filters by, each once.

The flags of events and the columns of dimensions follow from their declarations. Their order is part of the numbers
that logs hold: where it changes, or a column is added, a migration has to recompute them.

A journey that has not started, or that is suspect, is in its cell without its `TAGS`: those cost their sender
nothing, and a value of its own for each journey would make a cell for each. See docs/decisions/0022.
"""

UNTAGGED = tuple(name for name in CELL if name not in TAGS)


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
