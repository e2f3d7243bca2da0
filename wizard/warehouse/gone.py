"""Finds the rows that the warehouse may have of a journey, and that do not follow from its events any more.

A late event that is older than all others moves a journey to another day, which its key begins with; an answer that
was changed can remove a step. Both would leave the old row beside the new one.

No earlier state needs to be known: events are only added, so that a journey began, at any time, on the day of one of
its events, and had steps that one of its events names.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from wizard.warehouse.tables import DAY_MS, REPLACED

EMPTY: Mapping[str, Any] = {"String": "", "LowCardinality(String)": "", "Int16": 0, "Int32": 0, "Int64": 0}
"""The value of a column without one, by type; of other types, None."""

TS_MS, STEP, ANSWERS = (list(REPLACED["events"].columns).index(name) for name in ("ts_ms", "step", "answers"))

Row = tuple[Any, ...]


def gone_rows(events: Iterable[Row], steps: Iterable[Row], versions: Mapping[str, int]) -> dict[str, list[Row]]:
    """The rows of `journeys` and `journey_steps` with `is_gone` that cover all that may be left of earlier states.

    `events` and `steps` are the rows of these journeys in the log, `versions` are their journeys' by id.
    """
    days: dict[str, set[int]] = defaultdict(set)
    names: dict[str, set[str]] = defaultdict(set)
    for row in events:
        days[row[0]].add(row[TS_MS] // DAY_MS)
        names[row[0]] |= _named(row[STEP], row[ANSWERS])
    present: dict[str, set[str]] = defaultdict(set)
    for journey_id, step, *_ in steps:
        present[journey_id].add(step)
    found: dict[str, list[Row]] = {"journeys": [], "journey_steps": []}
    for journey_id, own in days.items():
        version, began = versions[journey_id], min(own)
        for day in own:
            at = {"journey_id": journey_id, "began_ms": day * DAY_MS}
            if day != began:
                found["journeys"].append(_gone("journeys", version, at))
            gone = names[journey_id] - present[journey_id] if day == began else names[journey_id]
            found["journey_steps"] += [_gone("journey_steps", version, {**at, "step": step}) for step in gone]
    return found


def _gone(table: str, version: int, key: Mapping[str, Any]) -> Row:
    """A row of a table with nothing but its key."""
    empty = ((name, EMPTY.get(kind)) for name, kind in REPLACED[table].columns.items())
    return (*(key.get(name, value) for name, value in empty), version, 1)


@lru_cache(4096)
def _named(step: str | None, answers: str) -> frozenset[str]:
    """The steps that an event names."""
    return frozenset([*json.loads(answers), *([step] if step else [])])
