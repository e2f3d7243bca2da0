"""A reference implementation of the overview's figures: computed from raw events, journey by journey.

It is written from docs/reports.md and docs/log.md, and shares no code with the queries under test.
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

from reference_report import Step, Trail, began_ms, has_handoff, reference_groups, suspicion

from wizard.analytics.scope import Suspects
from wizard.events.periods import Period

SLOTS = {"source": "utm_source", "campaign": "utm_campaign", "referrer": "referrer_host"}
FROM_FIRST = {"language": "locale", "version": "flow_version", "wording": "wording_version"}
DIMENSIONS = (*SLOTS, "page", "language", "device", "persona", "recommendation", "version", "wording")
WITHOUT_TABLE = ("persona", "recommendation", "version", "wording")
PAGES = ("question_view", "result_view")
LIMITED = ("question_answer", "result_view", "cta_click", "conversion")
IN_STEP = ("question_answer", "question_view", "question_error")
Limit = tuple[int | None, int | None]
NO_LIMIT: Limit = (None, None)

Test = Callable[["ReferenceJourney", str], bool]


@dataclass(frozen=True)
class ReferenceJourney:
    """One journey, by its events in order of turn and time; of one that is limited, also as a `whole`."""

    trail: Trail
    whole: "ReferenceJourney | None" = None

    def limited(self, until_ms: int | None, window_days: int | None) -> "ReferenceJourney":
        """It without what first happened at `until_ms` or later, or so many days after it began or later."""

        def counts(event: Mapping[str, Any]) -> bool:
            first_ms = min(each["ts_ms"] for each in self.of(event["event"]))
            return event["event"] not in LIMITED or self.is_in_time(first_ms, until_ms, window_days)

        limited = ReferenceJourney([event for event in self.trail if counts(event)], self)
        limited.__dict__.update(
            {name: getattr(self, name) for name in ("began_ms", "values", "result", "suspect", "edges", "answers")}
        )
        limited.__dict__["did"] = {
            step: done | ({"answered": False, "left": True} if not answered else {})
            for step, done in self.did.items()
            for reached, answered in [self._step_in_time(step, until_ms, window_days)]
            if reached
        }
        return limited

    def is_in_time(self, ts_ms: int, until_ms: int | None, window_days: int | None) -> bool:
        return (until_ms is None or ts_ms < until_ms) and (
            window_days is None or ts_ms < self.began_ms + window_days * 86_400_000
        )

    def _step_in_time(self, step: str, *limits: int | None) -> tuple[bool, bool]:
        reached, answered = (
            [event["ts_ms"] for event in self.of(*kinds) if event["step"] == step] for kinds in (IN_STEP, IN_STEP[:1])
        )
        return self.is_in_time(min(reached), *limits), bool(answered) and self.is_in_time(min(answered), *limits)

    def of(self, *names: str) -> list[Mapping[str, Any]]:
        return [event for event in self.trail if event["event"] in names]

    @cached_property
    def visit(self) -> list[Mapping[str, Any]]:
        """The events without conversions, which lack the visit's properties."""
        return [event for event in self.trail if event["event"] != "conversion"]

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
        """Its value in each dimension."""
        found = {dimension: self._last_known(slot) for dimension, slot in SLOTS.items()}
        found["page"] = self._last_known("embed_origin") + self._last_known("embed_path")
        found |= {dimension: (self.visit or self.trail)[0][name] for dimension, name in FROM_FIRST.items()}
        found["device"] = next((event["device"] for event in self.trail if event["device"] != "unknown"), "unknown")
        found |= {"persona": self.result.get("persona", ""), "recommendation": self.recommended}
        return found

    def _last_known(self, slot: str) -> str:
        known = [event[slot] for event in [*self.of("conversion"), *self.visit] if event[slot]]
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
        """Whether a click had a handoff."""
        if self.whole:
            return self.whole.has_handoff and bool(self.of("cta_click", "conversion"))
        return has_handoff(self.trail)

    @property
    def recommended(self) -> str:
        return str(self.result.get("recommended", ""))

    @property
    def then(self) -> str:
        """What was done with the result, by the last click."""
        positions = [event["position"] for event in self.of("cta_click")]
        return {"recommended": "followed", "alternative": "alternative"}[positions[-1]] if positions else "left"

    @property
    def to_result_ms(self) -> int:
        """The time from the first event to the first result."""
        return min(int(event["ts_ms"]) for event in self.of("result_view")) - self.began_ms

    @cached_property
    def edges(self) -> set[tuple[str, str]]:
        """The transitions from the start and from each answer to the first page shown after it."""
        found = {("start", _led_to([page for page in self.of(*PAGES) if page["turn"] == 0]))}
        for given in self.of("question_answer"):
            alike = (given["turn"], given["answers"])
            found.add((given["step"], _led_to([p for p in self.of(*PAGES) if (p["turn"], p["answers"]) == alike])))
        return {edge for edge in found if edge[1]}

    @cached_property
    def did(self) -> dict[str, dict[str, bool]]:
        """The outcomes at each step that was not prefilled."""
        found = {}
        for name in {str(event["step"]) for event in self.trail if event.get("step")}:
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
        """The current answer of each answered step; where none is current, the last one given."""
        given = {event["step"]: event["answer"] for event in self.of("question_answer")}
        standing = self.visit[-1]["answers"] if self.visit else {}
        return {step: standing.get(step, answer) for step, answer in given.items()}

    @cached_property
    def changed_answers(self) -> dict[str, tuple[str, str]]:
        """The first answer and the current one (or else the last given) of each step where an answer was changed."""
        given = defaultdict(list)
        for event in self.of("question_answer"):
            given[str(event["step"])].append(str(event["answer"]))
        return {step: (each[0], self.answers[step]) for step, each in given.items() if len({*each}) > 1}

    def has(self, filters: Mapping[str, str], conditions: Iterable[tuple[str, str]] = ()) -> bool:
        """Whether all of these are true of the journey."""
        return all(self.values[name] == value for name, value in filters.items()) and all(
            HOLDS[name](self, value) for name, value in conditions
        )


def _led_to(pages: Sequence[Mapping[str, Any]]) -> str:
    """The first of these pages that is not reached by going back, where the question already has its answer."""
    onward = [page for page in pages if page["event"] == "result_view" or page["step"] not in page["answers"]]
    if not onward:
        return ""
    first = min(onward, key=lambda page: (page["ts_ms"], page["event_id"]))
    return "result" if first["event"] == "result_view" else str(first["step"])


def _outcome(journey: ReferenceJourney, value: str) -> bool:
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


def _did(journey: ReferenceJourney, value: str) -> bool:
    step, what = value.split(".")
    return journey.did.get(step, {}).get(what, False)


def _answer(journey: ReferenceJourney, value: str) -> bool:
    step, choice = value.split(".")
    return journey.answers.get(step) == choice


def _changed(journey: ReferenceJourney, value: str) -> bool:
    step, first, current = value.split(".")
    return journey.changed_answers.get(step) == (first, current)


HOLDS: Mapping[str, Test] = {
    "outcome": _outcome,
    "recommended": lambda journey, value: journey.recommended == value,
    "then": lambda journey, value: journey.flags["finished"] and journey.then == value,
    "declined": lambda journey, value: value in journey.result.get("declined", ()),
    "did": _did,
    "answer": _answer,
    "changed": _changed,
    "edge": lambda journey, value: tuple(value.split(".")) in journey.edges,
}
"""The conditions of the dashboard's URLs, as tests of a journey."""


def exported(lines: bytes) -> list[Trail]:
    """The events of each journey in order, from an export in JSON Lines."""
    found = defaultdict(list)
    for line in lines.splitlines():
        record = json.loads(line)
        record["ts_ms"] = (datetime.fromisoformat(record["ts"]) - datetime.fromtimestamp(0, UTC)) // timedelta(
            milliseconds=1
        )
        if record["declined"] is not None:
            record["declined"] = tuple(filter(None, record["declined"].split(",")))
        found[record["journey_id"]].append(record)
    return [
        sorted(trail, key=lambda event: (event["turn"], event["ts_ms"], event["event_id"])) for trail in found.values()
    ]


@dataclass(frozen=True)
class Log:
    """All journeys of a log, and its time zone."""

    journeys: Sequence[ReferenceJourney]
    zone: ZoneInfo

    def of(
        self,
        period: Period,
        filters: Mapping[str, str],
        conditions: Iterable[tuple[str, str]] = (),
        suspects: Suspects = "excluded",
        limit: Limit = NO_LIMIT,
    ) -> list[ReferenceJourney]:
        """The journeys that began in `period` and match the filters and conditions, limited in time."""
        since_ms, until_ms = period.since_ms or 0, period.until_ms or 0
        conditions = list(conditions)
        return [
            each
            for each in (self.journeys if limit == NO_LIMIT else [each.limited(*limit) for each in self.journeys])
            if since_ms <= each.began_ms < until_ms
            and (suspects == "included" or bool(each.suspect) == (suspects == "only"))
            and each.has(filters, conditions)
        ]

    def overview(  # noqa: PLR0913  # all that an overview depends on
        self,
        now: Period,
        before: Period,
        filters: Mapping[str, str],
        suspects: Suspects = "excluded",
        *,
        conditions: Sequence[tuple[str, str]] = (),
        limits: tuple[Limit, Limit] = (NO_LIMIT, NO_LIMIT),
    ) -> dict[str, Any]:
        """Every figure as plain values by name. Zero counts are left out. `limits` are those of either period."""
        those, earlier = (
            self.of(period, filters, conditions, suspects, limit)
            for period, limit in zip((now, before), limits, strict=True)
        )
        return {
            "now": figures(those),
            "before": figures(earlier),
            "median_ms": median(those),
            "median_before_ms": median(earlier),
            "steps": steps(those),
            "answers": _table((step, choice) for each in those for step, choice in each.answers.items()),
            "changed": _table((step, *change) for each in those for step, change in each.changed_answers.items()),
            "edges": _table(
                (*edge, each.recommended if edge[1] == "result" else "") for each in those for edge in each.edges
            ),
            "outcomes": outcomes(those),
            "declined": _table(
                name for each in those if _outcome(each, "finished") for name in each.result["declined"]
            ),
            "days": {day: counts for day, counts in days(those, self.zone).items() if any(counts)},
            "rankings": {name: ranking(name, those, earlier) for name in DIMENSIONS if name not in WITHOUT_TABLE},
            "options": {
                name: _table(
                    each.values[name] for each in self.of(now, _without(filters, name), conditions, suspects, limits[0])
                )
                for name in DIMENSIONS
            },
            "suspect": _table(each.suspect for each in self.of(now, filters, conditions, "only", limits[0])),
        }


def figures(journeys: Iterable[ReferenceJourney]) -> dict[str, float]:
    """The funnel of the journeys, and the value of the starters' conversions."""
    group = reference_groups(each.trail for each in journeys)[""]
    return {**{name: count for name, count in group.counts.items() if count}, "value": round(group.value, 6)}


def median(journeys: Iterable[ReferenceJourney]) -> int | None:
    """The median time of starters to a result, as the smallest that half of them did not exceed."""
    times = sorted(each.to_result_ms for each in journeys if _outcome(each, "finished"))
    return times[ceil(len(times) / 2) - 1] if times else None


def steps(journeys: Iterable[ReferenceJourney]) -> dict[str, tuple[Any, ...]]:
    """The counts of each step, and its times to answer."""
    found = reference_groups(each.trail for each in journeys)[""].steps
    return {
        name: (
            *(step.reached, step.answered, step.errors, step.met_error, step.went_back, step.changed),
            *(step.time(0.5), step.time(0.9)),
        )
        for name, step in found.items()
        if step.reached
    }


def outcomes(journeys: Iterable[ReferenceJourney]) -> dict[tuple[str, str], dict[str, int]]:
    """The next actions of starters, by persona and recommendation."""
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


def days(journeys: Iterable[ReferenceJourney], zone: ZoneInfo) -> dict[str, tuple[int, ...]]:
    """For each local date: viewed, started, and of the started finished, clicked, converted."""
    found: dict[str, list[ReferenceJourney]] = defaultdict(list)
    for each in journeys:
        began = datetime.fromtimestamp(each.began_ms // 1000, UTC).astimezone(zone)
        found[began.date().isoformat()].append(each)
    names = ("viewed", "started", "finished", "clicked", "converted")
    return {date: tuple(sum(_outcome(each, name) for each in own) for name in names) for date, own in found.items()}


def ranking(
    dimension: str, now: Iterable[ReferenceJourney], before: Iterable[ReferenceJourney]
) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    """For each value, now and before: journeys, started, and of those finished, clicked, converted, with a handoff."""
    found: dict[str, tuple[list[ReferenceJourney], list[ReferenceJourney]]] = defaultdict(lambda: ([], []))
    for place, journeys in enumerate((now, before)):
        for each in journeys:
            found[each.values[dimension]][place].append(each)
    return {value: (_counts(own), _counts(earlier)) for value, (own, earlier) in found.items()}


def _counts(journeys: Sequence[ReferenceJourney]) -> tuple[int, ...]:
    names = ("started", "finished", "clicked", "converted", "handoff")
    return len(journeys), *(sum(_outcome(each, name) for each in journeys) for name in names)


def _without(filters: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in filters.items() if key != name}


def _table(values: Iterable[Any]) -> dict[Any, int]:
    return dict(Counter(values))
