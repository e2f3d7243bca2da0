"""Lines of a journal: each has a checksum and the number of events recorded so far.

A line is the checksum of the rest, the number of events received with it, how many of those are its own, and JSON. So a
gap in the numbers says how many events are missing.
"""

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from wizard.events.admission import Tally
from wizard.events.attribution import Attribution
from wizard.events.model import KINDS, OWN, Context, Event
from wizard.events.record import LISTS

SEAL = re.compile(rb"([0-9a-f]{8}) ")
PARTS = re.compile(rb"([0-9]{1,18}) ([0-9]{1,18}) ")
MARKER_BYTES = 64
"""More than the length of a line without content."""

CONTEXT = tuple(field.name for field in fields(Context) if field.name != "attribution")
_dumps = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its journal has received `received` events with it, of which `events` are its own.

    A line without events is a marker: the events before it were lost for lack of space.
    """

    received: int
    events: int
    content: bytes


def encode_line(received: int, events: int, content: bytes) -> bytes:
    """A line with its checksum and its line end."""
    rest = b"%d %d %s" % (received, events, content)
    return b"%08x %s\n" % (zlib.crc32(rest), rest)


def decode_line(raw: bytes) -> Line | None:
    """The line in `raw`, or None if its checksum is wrong."""
    seal = SEAL.match(raw)
    if not seal or int(seal[1], 16) != zlib.crc32(raw[9:]):
        return None
    parts = PARTS.match(raw, 9)
    return Line(int(parts[1]), int(parts[2]), raw[parts.end() :]) if parts else None


def has_gap(stored: int | None, lines: Sequence[Line]) -> bool:
    """Whether events are missing before one of these lines."""
    reached = stored or 0
    for line in lines:
        if line.received - line.events > reached:
            return True
        reached = line.received
    return False


def encode_events(asked: Sequence[Event], implied: Sequence[Event]) -> bytes:
    """The content of a line that holds these events. Further contexts are written as what differs from the first."""
    contexts: list[Context] = []
    written = {"asked": _written(asked, contexts), "implied": _written(implied, contexts)}
    first, *others = (_plain(context) for context in contexts)
    changes = [{name: value for name, value in other.items() if value != first[name]} for other in others]
    return _dumps({"at": [first, *changes], **written}).encode()


def encode_count(tally: Tally, site: str | None = None) -> bytes:
    """The content of a line whose events are only counted, under `tally`; see `Record` for `site`."""
    return _dumps({"count": tally} if site is None else {"count": tally, "site": site}).encode()


@dataclass(frozen=True, slots=True)
class Content:
    """What a line holds: events, or else what its events are counted under, and the site of a refused frame."""

    asked: Sequence[Event] = ()
    implied: Sequence[Event] = ()
    tally: Tally | None = None
    site: str | None = None


def decode_content(content: bytes) -> Content:
    """What `encode_events` or `encode_count` wrote. Raises LookupError, TypeError or ValueError if it can't be read."""
    if not content:
        return Content()
    read = json.loads(content)
    if "count" in read:
        return Content(tally=Tally(*read["count"]), site=read.get("site"))
    contexts = [_context(read["at"][0] | changes) for changes in read["at"]]
    return Content(_read(read["asked"], contexts), _read(read["implied"], contexts))


def _written(events: Sequence[Event], contexts: list[Context]) -> list[list[Any]]:
    found = []
    for event in events:
        at = next((number for number, each in enumerate(contexts) if each is event.context), len(contexts))
        if at == len(contexts):
            contexts.append(event.context)
        found.append([event.name, at, *(getattr(event, name) for name in OWN[event.name])])
    return found


def _plain(context: Context) -> dict[str, Any]:
    plain = {name: getattr(context, name) for name in CONTEXT}
    plain["answers"] = dict(context.answers)
    plain["attribution"] = context.attribution.filled()
    return plain


def _context(plain: Mapping[str, Any]) -> Context:
    return Context(**{**plain, "attribution": Attribution(**plain["attribution"])})


def _read(events: Sequence[Sequence[Any]], contexts: Sequence[Context]) -> list[Event]:
    found = []
    for name, at, *values in events:
        own = dict(zip(OWN[name], values, strict=True))
        own |= {key: tuple(own[key]) for key in LISTS[name]}
        found.append(KINDS[name](contexts[at], **own))
    return found
