"""Decides which events are stored: not those that are there already, nor those beyond a journey's limit."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from wizard.events.model import Event, ResultView

DAY_MS = 86_400_000
MAX_EVENTS = 300
"""How many events of one journey are stored. A person's has some ten; each answer costs a reading of all of them."""

TOO_LONG = "too-long"


class Tally(NamedTuple):
    """What the ledger counts under: the day of the event, what became of it, and why if it was refused."""

    day_ms: int
    outcome: str
    reason: str = ""


Tallies = Mapping[Tally, int]


@dataclass(frozen=True, slots=True)
class Appended:
    """How many of the events that were asked for were new, were there already, and were one journey's too many.

    `stored` includes implied events that were new.
    """

    stored: int
    duplicate: int
    rejected: int = 0


def day_of(ts_ms: int) -> int:
    """The first millisecond of the day, UTC, that `ts_ms` falls on."""
    return ts_ms - ts_ms % DAY_MS


class Admission:
    """What becomes of the events of one call, in the order in which they are added.

    `known` are the ids of the events that are stored, by journey. An implied event counts as nothing unless it is new.
    """

    def __init__(self, known: Mapping[str, set[str]]) -> None:
        self._known = known
        self.new: dict[str, list[Event]] = defaultdict(list)
        self.tallies: Counter[Tally] = Counter()

    def add(self, event: Event, *, is_implied: bool) -> None:
        """Decide what becomes of one more event."""
        known = self._known[event.context.journey_id]
        if event.event_id in known:
            if not is_implied:
                self._count(event, "duplicate")
        elif len(known) < MAX_EVENTS or _is_always_stored(event, is_implied=is_implied):
            known.add(event.event_id)
            self.new[event.context.journey_id].append(event)
            self._count(event, "stored")
        elif not is_implied:
            self._count(event, "rejected", TOO_LONG)

    def appended(self) -> Appended:
        """How many became what."""
        counts: Counter[str] = Counter()
        for tally, events in self.tallies.items():
            counts[tally.outcome] += events
        return Appended(counts["stored"], counts["duplicate"], counts["rejected"])

    def _count(self, event: Event, outcome: str, reason: str = "") -> None:
        day_ms = day_of(event.context.ts_ms)
        self.tallies[Tally(day_ms, "received")] += 1
        self.tallies[Tally(day_ms, outcome, reason)] += 1


def _is_always_stored(event: Event, *, is_implied: bool) -> bool:
    """Whether the event is stored however many its journey has: clicks, conversions, and the results that they imply.

    There are few: each click needs an answer that was stored, and each deployment converts once.
    """
    return event.is_always_stored or (is_implied and isinstance(event, ResultView))
