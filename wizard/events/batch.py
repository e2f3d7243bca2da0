"""A batch of a journal's records, numbered so that each event counts exactly once, also after a crash."""

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.events.admission import Tally
from wizard.events.model import Event


@dataclass(frozen=True, slots=True)
class Record:
    """The record of one request: events, or a `tally` that its `events` are counted under.

    `received` is how many events its journal has received, this record included. `implied` events are not among those.
    `site` is the one that loaded a page of ours in a frame that browsers refuse to show, or None.
    """

    received: int
    events: int
    asked: Sequence[Event] = ()
    implied: Sequence[Event] = ()
    tally: Tally | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one journal, in their order. `stored` is how many of its events are known to be in the log.

    `waiting` is how many events still wait in the journal, on `machine`, at `now_ms`.
    """

    journal: str
    machine: str
    stored: int
    records: Sequence[Record]
    waiting: int
    now_ms: int
