"""Events as records: plain values by the names of their properties, for the log, exports and old spools."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from wizard.events.attribution import Attribution
from wizard.events.model import KINDS, OWN, Context, Event, canonical
from wizard.storage.attribution_slots import ATTRIBUTION, LATER

LISTS: Mapping[str, tuple[str, ...]] = {
    name: tuple(field.name for field in fields(kind) if field.type == tuple[str, ...]) for name, kind in KINDS.items()
}
"""Those of its properties that are several words; a record has them with commas between them."""

PLAIN = tuple(field.name for field in fields(Context) if field.name not in ("answers", "attribution"))
"""What a record has of an event's context under the same name, and as it is."""

OPTIONAL = {*LATER, *(field.name for field in fields(Context) if field.default is not MISSING)}
"""What records lack that were written before it was there."""


def to_record(event: Event) -> dict[str, Any]:
    """The event as plain values, a key for each property that it has, and `event` for its name."""
    record = {"event": event.name, **event.properties(), "answers": canonical(dict(event.context.answers))}
    return record | {key: ",".join(record[key]) for key in LISTS[event.name]}


def from_record(record: Mapping[Any, Any]) -> Event:
    """The event that `to_record` wrote, other keys passed over. Raises KeyError, TypeError or ValueError."""
    name = record["event"]
    own = {key: record[key] for key in OWN[name]}
    own |= {key: tuple(part for part in own[key].split(",") if part) for key in LISTS[name]}
    plain, slots = (
        {key: record[key] for key in keys if key in record or key not in OPTIONAL} for keys in (PLAIN, ATTRIBUTION)
    )
    context = Context(answers=json.loads(record["answers"]), attribution=Attribution(**slots), **plain)
    return KINDS[name](context, **own)
