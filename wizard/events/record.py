"""Events as records: plain values by the names of their properties, for the log, exports and old spools."""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

from wizard.events.attribution import Attribution
from wizard.events.canonical import canonical, canonical_answers
from wizard.events.model import KINDS, OWN, Context, Event
from wizard.questionnaire.rules import Answers
from wizard.storage.attribution_slots import ATTRIBUTION, LATER
from wizard.storage.schema import events

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


def to_row(event: Event) -> tuple[Any, ...]:
    """The event's values in the order of the columns of `events`; None where it has no such property."""
    row = list(_getter(event.name)(event))
    row[_ANSWERS] = canonical_answers(event.context.answers)
    for key in LISTS[event.name]:
        row[_COLUMNS.index(key)] = ",".join(getattr(event, key))
    return tuple(row)


def stored(row: Mapping[str, Any]) -> Event:
    """The event of a whole row of `events`, with the id that it is stored under."""
    name = row["event"]
    own = {key: row[key] for key in OWN[name]}
    for key in LISTS[name]:
        own[key] = tuple(part for part in own[key].split(",") if part)
    plain = {key: row[key] for key in PLAIN}
    attribution = _attribution(*[row[key] for key in ATTRIBUTION])
    event = KINDS[name](Context(answers=_answers(row["answers"]), attribution=attribution, **plain), **own)
    vars(event)["event_id"] = row["event_id"]
    return event


_COLUMNS = tuple(events.c.keys())
_ANSWERS = _COLUMNS.index("answers")


@cache
def _getter(name: str) -> Callable[[Event], tuple[Any, ...]]:
    """What finds the values of a kind of event, by column."""
    found = {"event": "name", "event_id": "event_id", **{key: key for key in OWN[name]}}
    found |= {key: f"context.{key}" for key in PLAIN} | {key: f"context.attribution.{key}" for key in ATTRIBUTION}
    return attrgetter(*(found.get(column, "missing") for column in _COLUMNS))


@lru_cache(4096)
def _answers(text: str) -> Answers:
    """Many journeys have the same answers, so these are read once, and shared."""
    answers: Answers = json.loads(text)
    return answers


@lru_cache(4096)
def _attribution(*slots: str) -> Attribution:
    return Attribution(*slots)
