"""What a journal hands to the log at once, so that each of its events counts exactly once, whatever is cut short."""

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.events.admission import Tally
from wizard.events.model import Event


@dataclass(frozen=True, slots=True)
class Record:
    """What one request has recorded: events, or a `tally` that its `events` are counted under.

    `taken` is how many events of its journal were taken with it. `implied` events are not among those.
    """

    taken: int
    events: int
    asked: Sequence[Event] = ()
    implied: Sequence[Event] = ()
    tally: Tally | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one journal, in their order. `since` is how many of its events are known to be in the log.

    With it the log is told how many events still wait in the journal, on which machine, at `now_ms`.
    """

    journal: str
    machine: str
    since: int
    records: Sequence[Record]
    waiting: int
    now_ms: int
