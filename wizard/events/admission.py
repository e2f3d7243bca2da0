"""Decides which events are stored: not duplicates, nor those of an erased journey or beyond its limit."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from wizard.events.model import Event, ResultView

DAY_MS = 86_400_000
MAX_EVENTS = 300
"""The limit of stored events of one journey. A visit has about ten, and each answer reads all of them again."""

TOO_LONG, ERASED = "too-long", "erased"
LOST = "lost"


class Tally(NamedTuple):
    """A key of the ledger: the day of the event, its outcome, and the reason if it was rejected."""

    day_ms: int
    outcome: str
    reason: str = ""


Tallies = Mapping[Tally, int]


@dataclass(frozen=True, slots=True)
class Appended:
    """How many events were stored, were duplicates, and were rejected because their journey was full.

    `stored` includes implied events; the others do not.
    """

    stored: int
    duplicate: int
    rejected: int = 0


def day_of(ts_ms: int) -> int:
    """The first millisecond of the day (UTC) that contains `ts_ms`."""
    return ts_ms - ts_ms % DAY_MS


class Admission:
    """Decides the outcome of each event of one append, in the order in which they are added.

    `known` are the ids of the stored events by journey. An implied event is counted only if it is stored.
    Journeys that are `erased` get no more events.
    """

    def __init__(self, known: Mapping[str, set[str]], erased: Collection[str] = ()) -> None:
        self._known = known
        self._erased = erased
        self.new: dict[str, list[Event]] = defaultdict(list)
        self.tallies: Counter[Tally] = Counter()

    def add_all(self, asked: Sequence[Event], implied: Sequence[Event]) -> None:
        """Decide the outcome of the events of one request."""
        for event in asked:
            self.add(event, is_implied=False)
        for event in implied:
            self.add(event, is_implied=True)

    def add(self, event: Event, *, is_implied: bool) -> None:
        """Decide the outcome of one event, and count it."""
        known = self._known[event.context.journey_id]
        if event.context.journey_id in self._erased:
            if not is_implied:
                self._count(event, "rejected", ERASED)
        elif event.event_id in known:
            if not is_implied:
                self._count(event, "duplicate")
        elif len(known) < MAX_EVENTS or _is_always_stored(event, is_implied=is_implied):
            known.add(event.event_id)
            self.new[event.context.journey_id].append(event)
            self._count(event, "stored")
        elif not is_implied:
            self._count(event, "rejected", TOO_LONG)

    def appended(self) -> Appended:
        """The counts by outcome."""
        counts: Counter[str] = Counter()
        for tally, events in self.tallies.items():
            counts[tally.outcome] += events
        return Appended(counts["stored"], counts["duplicate"], counts["rejected"])

    def _count(self, event: Event, outcome: str, reason: str = "") -> None:
        day_ms = day_of(event.context.ts_ms)
        self.tallies[Tally(day_ms, "received")] += 1
        self.tallies[Tally(day_ms, outcome, reason)] += 1


def _is_always_stored(event: Event, *, is_implied: bool) -> bool:
    """Whether the event is stored beyond MAX_EVENTS: clicks, conversions, and the results that clicks imply.

    Their number is bounded: each click needs a stored answer, and each deployment converts once.
    """
    return event.is_always_stored or (is_implied and isinstance(event, ResultView))
