"""The figures of a report, counted again from the raw events in another way than the product's: event by event."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from wizard.events.model import Event

Trail = Sequence[Mapping[str, Any]]

OF_THE_LAST_RESULT = {"persona": "persona", "deployment": "recommended"}


def trails(events: Iterable[Event]) -> list[Trail]:
    """The events of each journey as they are told, as plain values."""
    found = defaultdict(list)
    for event in events:
        found[event.context.journey_id].append({"event": event.name, **event.properties()})
    return [sorted(trail, key=lambda told: (told["turn"], told["ts_ms"], told["event_id"])) for trail in found.values()]


def began_ms(trail: Trail) -> int:
    """When the first thing happened."""
    return min(int(told["ts_ms"]) for told in trail)


def suspicion(trail: Trail) -> str:
    """Why the journey may be automated: it began in a burst, or each of its answers came too fast."""
    answers = [told for told in trail if told["event"] == "question_answer"]
    if "burst" in {told["suspect"] for told in trail}:
        return "burst"
    return "fast" if {told["suspect"] for told in answers} == {"fast"} else ""


def has_handoff(trail: Trail) -> bool:
    """Whether a click took a handoff along: a reported signup proves it."""
    return any(told["event"] == "conversion" or (told["event"] == "cta_click" and not told["gpc"]) for told in trail)


def value_of(trail: Trail, by: str, zone: ZoneInfo) -> str:
    """Which group of a report split `by` something the journey belongs to."""
    if by == "day":
        return datetime.fromtimestamp(began_ms(trail) // 1000, UTC).astimezone(zone).date().isoformat()
    if by in OF_THE_LAST_RESULT:
        results = [told for told in trail if told["event"] == "result_view"]
        return str(results[-1][OF_THE_LAST_RESULT[by]]) if results else ""
    if by == "device":
        return next((str(told[by]) for told in trail if told[by] != "unknown"), "unknown")
    return next((str(told[by]) for told in trail if told[by]), "")


@dataclass
class Step:
    """One step of a group."""

    reached: int = 0
    answered: int = 0
    errors: int = 0
    met_error: int = 0
    went_back: int = 0
    changed: int = 0
    elapsed: list[int] = field(default_factory=list)

    def add(self, trail: Trail, step: str) -> None:
        """Count one journey, if the step was its visitor's own to answer."""
        own = [told for told in trail if told.get("step") == step]
        given = [told for told in own if told["event"] == "question_answer"]
        standing = next(told["answers"] for told in reversed(trail) if told["event"] != "conversion")
        if not given and step in standing:
            return
        errors = sum(told["event"] == "question_error" for told in own)
        self.reached += 1
        self.answered += bool(given)
        self.errors += errors
        self.met_error += bool(errors)
        self.went_back += any(told["event"] == "question_view" and step in told["answers"] for told in own)
        self.changed += any(one["answer"] != other["answer"] for one, other in pairwise(given))
        self.elapsed += [told["elapsed_ms"] for told in given[:1]]

    def time(self, share: float) -> int | None:
        """The smallest time that this share of the answers did not exceed."""
        times = sorted(self.elapsed)
        return next((ms for ms in times if sum(other <= ms for other in times) >= share * len(times)), None)


@dataclass
class Group:
    """The journeys of one value."""

    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    value: float = 0.0
    steps: dict[str, Step] = field(default_factory=lambda: defaultdict(Step))

    def add(self, trail: Trail) -> None:
        """Count one journey."""
        names = {str(told["event"]) for told in trail}
        started = "question_answer" in names
        self.counts["journeys"] += 1
        self.counts["viewed"] += "wizard_view" in names
        self.counts["started"] += started
        for name, event in (("finished", "result_view"), ("clicked", "cta_click"), ("converted", "conversion")):
            self.counts[name if started else f"{name}_unstarted"] += event in names
        if started:
            self.counts["handoff"] += has_handoff(trail)
            self.value += math.fsum(told["value"] or 0 for told in trail if told["event"] == "conversion")
        for step in {str(told["step"]) for told in trail if told.get("step")}:
            self.steps[step].add(trail, step)


def recounted(found: Iterable[Trail], value: Callable[[Trail], str] = lambda _: "") -> dict[str, Group]:
    """Each group's figures."""
    groups: dict[str, Group] = defaultdict(Group)
    for trail in found:
        groups[value(trail)].add(trail)
    return groups
