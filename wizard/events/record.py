"""Events as records: plain values by the names of their properties, for the log, the spool and exports."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from wizard.events.attribution import ATTRIBUTION, LATER, Attribution
from wizard.events.model import KINDS, OWN, Context, Event, canonical

LISTS: Mapping[str, tuple[str, ...]] = {
    name: tuple(field.name for field in fields(kind) if field.type == tuple[str, ...]) for name, kind in KINDS.items()
}
"""Those of its properties that are several words; a record has them with commas between them."""


def to_record(event: Event) -> dict[str, Any]:
    """The event as plain values, a key for each property that it has, and `event` for its name."""
    record = {"event": event.name, **event.properties(), "answers": canonical(dict(event.context.answers))}
    return record | {key: ",".join(record[key]) for key in LISTS[event.name]}


def from_record(record: Mapping[Any, Any]) -> Event:
    """The event that `to_record` wrote, other keys passed over. Raises KeyError, TypeError or ValueError."""
    name = record["event"]
    own = {key: record[key] for key in OWN[name]}
    own |= {key: tuple(part for part in own[key].split(",") if part) for key in LISTS[name]}
    context = Context(
        journey_id=record["journey_id"],
        ts_ms=record["ts_ms"],
        turn=record["turn"],
        answers=json.loads(record["answers"]),
        entry=record["entry"],
        continued_from=record["continued_from"],
        flow_version=record["flow_version"],
        wording_version=record["wording_version"],
        locale=record["locale"],
        device=record["device"],
        attribution=Attribution(**{slot: record[slot] for slot in ATTRIBUTION if slot in record or slot not in LATER}),
        gpc=record.get("gpc", 0),
        suspect=record.get("suspect", ""),
    )
    return KINDS[name](context, **own)
