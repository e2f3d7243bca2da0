"""A reference implementation of the report's figures: computed from raw events, event by event."""

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
    """The events of each journey in order, as plain values."""
    found = defaultdict(list)
    for event in events:
        found[event.context.journey_id].append({"event": event.name, **event.properties()})
    return [
        sorted(trail, key=lambda event: (event["turn"], event["ts_ms"], event["event_id"])) for trail in found.values()
    ]


def began_ms(trail: Trail) -> int:
    """The time of the first event, in milliseconds."""
    return min(int(event["ts_ms"]) for event in trail)


def suspicion(trail: Trail) -> str:
    """Why the journey is suspect: it began in a burst, or each of its answers was too fast. Empty if it is not."""
    answers = [event for event in trail if event["event"] == "question_answer"]
    if "burst" in {event["suspect"] for event in trail}:
        return "burst"
    return "fast" if {event["suspect"] for event in answers} == {"fast"} else ""


def has_handoff(trail: Trail) -> bool:
    """Whether a click had a handoff. A reported signup implies it."""
    return any(
        event["event"] == "conversion" or (event["event"] == "cta_click" and not event["gpc"]) for event in trail
    )


def value_of(trail: Trail, by: str, zone: ZoneInfo) -> str:
    """The group of the journey in a report split `by` a dimension."""
    if by == "day":
        return datetime.fromtimestamp(began_ms(trail) // 1000, UTC).astimezone(zone).date().isoformat()
    if by in OF_THE_LAST_RESULT:
        results = [event for event in trail if event["event"] == "result_view"]
        return str(results[-1][OF_THE_LAST_RESULT[by]]) if results else ""
    if by == "device":
        return next((str(event[by]) for event in trail if event[by] != "unknown"), "unknown")
    return next((str(event[by]) for event in trail if event[by]), "")


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
        """Count one journey, unless the step was prefilled."""
        own = [event for event in trail if event.get("step") == step]
        given = [event for event in own if event["event"] == "question_answer"]
        standing = next(event["answers"] for event in reversed(trail) if event["event"] != "conversion")
        if not given and step in standing:
            return
        errors = sum(event["event"] == "question_error" for event in own)
        self.reached += 1
        self.answered += bool(given)
        self.errors += errors
        self.met_error += bool(errors)
        self.went_back += any(event["event"] == "question_view" and step in event["answers"] for event in own)
        self.changed += any(one["answer"] != other["answer"] for one, other in pairwise(given))
        self.elapsed += [event["elapsed_ms"] for event in given[:1]]

    def time(self, share: float) -> int | None:
        """The quantile of the times to answer: the smallest that this share of them did not exceed."""
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
        names = {str(event["event"]) for event in trail}
        started = "question_answer" in names
        self.counts["journeys"] += 1
        self.counts["viewed"] += "wizard_view" in names
        self.counts["started"] += started
        for name, event in (("finished", "result_view"), ("clicked", "cta_click"), ("converted", "conversion")):
            self.counts[name if started else f"{name}_unstarted"] += event in names
        if started:
            self.counts["handoff"] += has_handoff(trail)
            self.value += math.fsum(event["value"] or 0 for event in trail if event["event"] == "conversion")
        for step in {str(event["step"]) for event in trail if event.get("step")}:
            self.steps[step].add(trail, step)


def reference_groups(found: Iterable[Trail], value: Callable[[Trail], str] = lambda _: "") -> dict[str, Group]:
    """Each group's figures."""
    groups: dict[str, Group] = defaultdict(Group)
    for trail in found:
        groups[value(trail)].add(trail)
    return groups
