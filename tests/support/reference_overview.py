"""The figures of the overview, counted again from the raw events in another way than the product's: journey by journey.

It is written from docs/reports.md and docs/log.md, and knows nothing of folds, cells and statements.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from reference_report import Step, Trail, began_ms, has_handoff, recounted, suspicion

from wizard.analytics.scope import Suspects
from wizard.events.periods import Period

SLOTS = {"source": "utm_source", "campaign": "utm_campaign", "referrer": "referrer_host"}
DIMENSIONS = (*SLOTS, "page", "language", "device", "persona")
PAGES = ("question_view", "result_view")

Test = Callable[["Told", str], bool]


@dataclass(frozen=True)
class Told:
    """One journey, by all that is told of it, in the order in which it is told."""

    trail: Trail

    def of(self, *names: str) -> list[Mapping[str, Any]]:
        return [told for told in self.trail if told["event"] in names]

    @cached_property
    def visit(self) -> list[Mapping[str, Any]]:
        """What is told by the visit itself: a conversion knows the journey alone."""
        return [told for told in self.trail if told["event"] != "conversion"]

    @cached_property
    def began_ms(self) -> int:
        return began_ms(self.trail)

    @cached_property
    def flags(self) -> dict[str, bool]:
        kinds = {
            "viewed": "wizard_view",
            "started": "question_answer",
            "finished": "result_view",
            "clicked": "cta_click",
            "converted": "conversion",
        }
        return {flag: bool(self.of(name)) for flag, name in kinds.items()}

    @cached_property
    def values(self) -> dict[str, str]:
        """What it has in each dimension."""
        found = {dimension: self._last_known(slot) for dimension, slot in SLOTS.items()}
        found["page"] = self._last_known("embed_origin") + self._last_known("embed_path")
        found["language"] = (self.visit or self.trail)[0]["locale"]
        found["device"] = next((told["device"] for told in self.trail if told["device"] != "unknown"), "unknown")
        found["persona"] = self.result.get("persona", "")
        return found

    def _last_known(self, slot: str) -> str:
        known = [told[slot] for told in [*self.of("conversion"), *self.visit] if told[slot]]
        return known[-1] if known else ""

    @cached_property
    def result(self) -> Mapping[str, Any]:
        return (self.of("result_view") or [{}])[-1]

    @cached_property
    def suspect(self) -> str:
        """Why it may be automated, from its events alone."""
        return suspicion(self.trail)

    @property
    def has_handoff(self) -> bool:
        """Whether a click took a handoff along."""
        return has_handoff(self.trail)

    @property
    def recommended(self) -> str:
        return str(self.result.get("recommended", ""))

    @property
    def then(self) -> str:
        """What was done with the result, by the last click."""
        positions = [told["position"] for told in self.of("cta_click")]
        return {"recommended": "followed", "alternative": "alternative"}[positions[-1]] if positions else "left"

    @property
    def to_result_ms(self) -> int:
        """How long it took from its first event until a result was first shown."""
        return min(int(told["ts_ms"]) for told in self.of("result_view")) - self.began_ms

    @cached_property
    def edges(self) -> set[tuple[str, str]]:
        """Where the first page and each answer led: to the first page that was shown right upon it."""
        found = {("start", _led_to([page for page in self.of(*PAGES) if page["turn"] == 0]))}
        for given in self.of("question_answer"):
            alike = (given["turn"], given["answers"])
            found.add((given["step"], _led_to([p for p in self.of(*PAGES) if (p["turn"], p["answers"]) == alike])))
        return {edge for edge in found if edge[1]}

    @cached_property
    def did(self) -> dict[str, dict[str, bool]]:
        """What it did at each step that was its own to answer."""
        found = {}
        for name in {str(told["step"]) for told in self.trail if told.get("step")}:
            step = Step()
            step.add(self.trail, name)
            if step.reached:
                found[name] = {
                    "reached": True,
                    "answered": step.answered == 1,
                    "left": step.answered == 0,
                    "met_error": step.met_error == 1,
                    "went_back": step.went_back == 1,
                    "changed": step.changed == 1,
                }
        return found

    @cached_property
    def answers(self) -> dict[str, str]:
        """The answer that stands at each step where one was given; where none stands any more, the last."""
        given = {told["step"]: told["answer"] for told in self.of("question_answer")}
        standing = self.visit[-1]["answers"] if self.visit else {}
        return {step: standing.get(step, answer) for step, answer in given.items()}

    def has(self, filters: Mapping[str, str], conditions: Iterable[tuple[str, str]] = ()) -> bool:
        """Whether all of these hold."""
        return all(self.values[name] == value for name, value in filters.items()) and all(
            HOLDS[name](self, value) for name, value in conditions
        )


def _led_to(pages: Sequence[Mapping[str, Any]]) -> str:
    """The first of these pages that is not one gone back to: who goes back sees a question that has its answer."""
    onward = [page for page in pages if page["event"] == "result_view" or page["step"] not in page["answers"]]
    if not onward:
        return ""
    first = min(onward, key=lambda page: (page["ts_ms"], page["event_id"]))
    return "result" if first["event"] == "result_view" else str(first["step"])


def _outcome(journey: Told, value: str) -> bool:
    flags = journey.flags
    started, finished, clicked, converted = (flags[each] for each in ("started", "finished", "clicked", "converted"))
    return {
        "viewed": flags["viewed"],
        "started": started,
        "finished": started and finished,
        "clicked": started and clicked,
        "handoff": started and journey.has_handoff,
        "converted": started and converted,
        "not_started": not started,
        "not_finished": started and not finished,
        "not_clicked": started and finished and not clicked,
        "linked": finished and not started,
        "linked_clicked": clicked and not started,
        "linked_converted": converted and not started,
    }[value]


def _did(journey: Told, value: str) -> bool:
    step, what = value.split(".")
    return journey.did.get(step, {}).get(what, False)


def _answer(journey: Told, value: str) -> bool:
    step, choice = value.split(".")
    return journey.answers.get(step) == choice


HOLDS: Mapping[str, Test] = {
    "outcome": _outcome,
    "recommended": lambda journey, value: journey.recommended == value,
    "then": lambda journey, value: journey.flags["finished"] and journey.then == value,
    "declined": lambda journey, value: value in journey.result.get("declined", ()),
    "did": _did,
    "answer": _answer,
    "edge": lambda journey, value: tuple(value.split(".")) in journey.edges,
}
"""What each condition of the address says of a journey."""


def exported(lines: bytes) -> list[Trail]:
    """The events of each journey as they are told, from an export in JSON lines."""
    found = defaultdict(list)
    for line in lines.splitlines():
        record = json.loads(line)
        record["ts_ms"] = (datetime.fromisoformat(record["ts"]) - datetime.fromtimestamp(0, UTC)) // timedelta(
            milliseconds=1
        )
        if record["declined"] is not None:
            record["declined"] = tuple(filter(None, record["declined"].split(",")))
        found[record["journey_id"]].append(record)
    return [sorted(trail, key=lambda told: (told["turn"], told["ts_ms"], told["event_id"])) for trail in found.values()]


@dataclass(frozen=True)
class Log:
    """All journeys of a log, and where its days end."""

    journeys: Sequence[Told]
    zone: ZoneInfo

    def of(
        self,
        period: Period,
        filters: Mapping[str, str],
        conditions: Iterable[tuple[str, str]] = (),
        suspects: Suspects = "excluded",
    ) -> list[Told]:
        """Those that began in `period` and of which the rest holds."""
        since_ms, until_ms = period.since_ms or 0, period.until_ms or 0
        conditions = list(conditions)
        return [
            each
            for each in self.journeys
            if since_ms <= each.began_ms < until_ms
            and (suspects == "included" or bool(each.suspect) == (suspects == "only"))
            and each.has(filters, conditions)
        ]

    def overview(
        self, now: Period, before: Period, filters: Mapping[str, str], suspects: Suspects = "excluded"
    ) -> dict[str, Any]:
        """Every figure, as plain values by its name; what is nowhere is not there."""
        those, earlier = (self.of(period, filters, suspects=suspects) for period in (now, before))
        return {
            "now": figures(those),
            "before": figures(earlier),
            "median_ms": median(those),
            "median_before_ms": median(earlier),
            "steps": steps(those),
            "answers": _table((step, choice) for each in those for step, choice in each.answers.items()),
            "edges": _table(
                (*edge, each.recommended if edge[1] == "result" else "") for each in those for edge in each.edges
            ),
            "outcomes": outcomes(those),
            "declined": _table(
                name for each in those if _outcome(each, "finished") for name in each.result["declined"]
            ),
            "days": {day: counts for day, counts in days(those, self.zone).items() if any(counts)},
            "rankings": {name: ranking(name, those, earlier) for name in DIMENSIONS if name != "persona"},
            "options": {
                name: _table(each.values[name] for each in self.of(now, _without(filters, name), suspects=suspects))
                for name in DIMENSIONS
            },
            "suspect": _table(each.suspect for each in self.of(now, filters, suspects="only")),
        }


def figures(journeys: Iterable[Told]) -> dict[str, float]:
    """The funnel of the journeys, and what the started ones' conversions were worth."""
    group = recounted(each.trail for each in journeys)[""]
    return {**{name: count for name, count in group.counts.items() if count}, "value": round(group.value, 6)}


def median(journeys: Iterable[Told]) -> int | None:
    """The smallest time to a result that half of the started ones did not exceed."""
    times = sorted(each.to_result_ms for each in journeys if _outcome(each, "finished"))
    return times[ceil(len(times) / 2) - 1] if times else None


def steps(journeys: Iterable[Told]) -> dict[str, tuple[Any, ...]]:
    """What the own visitors of each step did there, and how long they took."""
    found = recounted(each.trail for each in journeys)[""].steps
    return {
        name: (
            *(step.reached, step.answered, step.errors, step.met_error, step.went_back, step.changed),
            *(step.time(0.5), step.time(0.9)),
        )
        for name, step in found.items()
        if step.reached
    }


def outcomes(journeys: Iterable[Told]) -> dict[tuple[str, str], dict[str, int]]:
    """What the started and finished of each result then did."""
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(("finished", "followed", "alternative", "left", "converted"), 0)
    )
    for each in journeys:
        if _outcome(each, "finished"):
            counts = found[each.values["persona"], each.recommended]
            counts["finished"] += 1
            counts[each.then] += 1
            counts["converted"] += each.flags["converted"]
    return dict(found)


def days(journeys: Iterable[Told], zone: ZoneInfo) -> dict[str, tuple[int, ...]]:
    """For each local date: viewed, started, and of the started finished, clicked, converted."""
    found: dict[str, list[Told]] = defaultdict(list)
    for each in journeys:
        began = datetime.fromtimestamp(each.began_ms // 1000, UTC).astimezone(zone)
        found[began.date().isoformat()].append(each)
    names = ("viewed", "started", "finished", "clicked", "converted")
    return {date: tuple(sum(_outcome(each, name) for each in own) for name in names) for date, own in found.items()}


def ranking(
    dimension: str, now: Iterable[Told], before: Iterable[Told]
) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    """For each value, now and before: journeys, started, and of those finished, clicked, converted, with a handoff."""
    found: dict[str, tuple[list[Told], list[Told]]] = defaultdict(lambda: ([], []))
    for place, journeys in enumerate((now, before)):
        for each in journeys:
            found[each.values[dimension]][place].append(each)
    return {value: (_counts(own), _counts(earlier)) for value, (own, earlier) in found.items()}


def _counts(journeys: Sequence[Told]) -> tuple[int, ...]:
    names = ("started", "finished", "clicked", "converted", "handoff")
    return len(journeys), *(sum(_outcome(each, name) for each in journeys) for name in names)


def _without(filters: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in filters.items() if key != name}


def _table(told: Iterable[Any]) -> dict[Any, int]:
    return dict(Counter(told))
