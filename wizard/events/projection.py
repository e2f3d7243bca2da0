"""Folds the events of one journey into what the reports read: a row for the journey, and one for each of its steps.

What an event of each kind adds to them is declared with the kind, in `wizard/events/model.py`. The events are taken in
the order of turn, time and id, whatever order they arrived in, so that the rows are the same.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from itertools import groupby, pairwise
from operator import add
from typing import Any

from wizard.events.canonical import canonical_answers
from wizard.events.cell import cell_and_tags
from wizard.events.model import Event, QuestionAnswer, Suspicion
from wizard.events.transitions import edges
from wizard.questionnaire.rules import Answers
from wizard.storage.attribution_slots import Slots

COMBINED: Mapping[str, Callable[[Any, Any], Any]] = {
    "finished_ms": min,
    "value": add,
    "elapsed_ms": lambda first, _: first,
    "errors": add,
    "went_back": add,
}
"""How a column's value so far and that of the next event become one; of any other column, the last value stays."""

TIMED = ("started", "clicked", "converted")
"""The flags whose first time the journey keeps, in a column such as `started_ms`."""

FROM_FIRST = ("journey_id", "entry", "continued_from", "flow_version", "wording_version", "locale")
"""The columns of `journeys` that are as the first event's context has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyRow(Slots):
    """One journey: its attribution slots, and a field for each other column, by default as without any event.

    Flags are 0 or 1, times are milliseconds since the epoch, what is not known is empty or None.

    `started_ms`, `finished_ms`, `clicked_ms` and `converted_ms` are when each flag was first earned.
    `elapsed_ms` is how long it took from its first event to its first result. `edges` are the ways that were taken from
    page to page, each once, such as `start>who who>hosting`. `cell` is a number that any two journeys share which are
    alike in all columns of `CELL`; `tags` is one for those which are alike in `TAGS`, 0 where the cell includes them.

    `handoff` says that a click took a handoff along, without which no conversion can be reported. `suspect` is "burst"
    for a journey that began in a burst from one network, "fast" for one in which every answer came faster than a person
    reads, and else empty.
    """

    journey_id: str
    began_ms: int
    last_ms: int
    viewed: int = 0
    started: int = 0
    finished: int = 0
    clicked: int = 0
    converted: int = 0
    furthest_step: str
    started_ms: int | None = None
    finished_ms: int | None = None
    clicked_ms: int | None = None
    converted_ms: int | None = None
    elapsed_ms: int | None = None
    answers: str
    persona: str = ""
    recommended: str = ""
    declined: str = ""
    clicked_deployment: str = ""
    clicked_position: str = ""
    converted_deployment: str = ""
    value: float | None = None
    entry: str
    continued_from: str
    flow_version: str
    wording_version: str
    locale: str
    device: str
    edges: str
    cell: int
    handoff: int = 0
    suspect: str
    tags: int


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of one journey, which was first viewed, answered or answered in error at `reached_ms`.

    `first_answer` was given at `answered_ms`, after `elapsed_ms`; `changes` are answers unlike the one before.
    `went_back` counts the times that one of the page's own links led back to it; `prefilled` says that it has an
    answer which nobody gave there. `suspect` is the journey's.
    """

    journey_id: str
    step: str
    began_ms: int
    viewed: int = 0
    answered: int = 0
    reached_ms: int | None = None
    answered_ms: int | None = None
    answer: str = ""
    first_answer: str = ""
    elapsed_ms: int | None = None
    errors: int = 0
    changes: int = 0
    went_back: int = 0
    prefilled: int = 0
    suspect: str = ""


@dataclass(frozen=True, slots=True)
class Folded:
    """A journey and its steps, in the order of their names."""

    journey: JourneyRow
    steps: tuple[StepRow, ...]


def ordered_by_turn(events: Iterable[Event]) -> list[Event]:
    """The events of one journey by turn, then time, then id."""
    return sorted(events, key=lambda event: (event.context.turn, event.context.ts_ms, event.event_id))


def fold(events: Iterable[Event], step_order: Sequence[str]) -> Folded:
    """The rows of one journey, of which there must be at least one event; `step_order` ranks steps from first to last.

    Answers, persona, click and attribution are the last that are known: a tag that an embed gives in case the page has
    none gives way to the page's own.
    """
    ordered = ordered_by_turn(events)
    began_ms = min(event.context.ts_ms for event in ordered)
    # The answers of the last event that knows them.
    answers = next((event.context.answers for event in reversed(ordered) if event.has_state), {})
    suspect = suspicion(ordered)
    shared = {"journey_id": ordered[0].context.journey_id, "began_ms": began_ms, "suspect": suspect}
    steps = _steps(ordered, shared, answers)
    return Folded(_journey(ordered, shared, answers, _furthest(steps, step_order)), steps)


def _journey(ordered: Sequence[Event], shared: Mapping[str, Any], answers: Answers, furthest: str) -> JourneyRow:
    # What has no state knows the journey alone, and might come before all else.
    first = next((event for event in ordered if event.has_state), ordered[0]).context
    # It repeats the attribution that the journey's row had then, so all others know better.
    weighed = sorted(ordered, key=lambda event: event.has_state)
    row: dict[str, Any] = {
        **_WITHOUT_EVENTS,
        **{name: getattr(first, name) for name in FROM_FIRST},
        **shared,
        **{event.flag: 1 for event in ordered if event.flag},
        **_times(ordered),
        **_combined(event.in_journey() for event in ordered),
        **_combined(slots.filled() for slots, _ in groupby(event.context.attribution for event in weighed)),
        "last_ms": max(event.context.ts_ms for event in ordered),
        "furthest_step": furthest,
        "answers": canonical_answers(answers),
        "device": next((event.context.device for event in ordered if event.context.device != "unknown"), "unknown"),
        "edges": edges(ordered),
    }
    if row["finished_ms"] is not None:
        row["elapsed_ms"] = row["finished_ms"] - row["began_ms"]
    return JourneyRow(**row, **cell_and_tags(row))


def _times(events: Iterable[Event]) -> dict[str, int]:
    """When each flag of TIMED was first earned, by its column."""
    found: dict[str, int] = {}
    for event in events:
        if event.flag in TIMED:
            column, ts_ms = f"{event.flag}_ms", event.context.ts_ms
            found[column] = min(ts_ms, found.get(column, ts_ms))
    return found


def suspicion(events: Sequence[Event]) -> Suspicion:
    """Why a journey with these events may be automated; empty where nothing says so."""
    if any(event.context.suspect == "burst" for event in events):
        return "burst"
    answers = [event for event in events if isinstance(event, QuestionAnswer)]
    return "fast" if answers and all(event.context.suspect == "fast" for event in answers) else ""


def _steps(ordered: Sequence[Event], shared: Mapping[str, Any], answers: Answers) -> tuple[StepRow, ...]:
    given: dict[str, list[dict[str, Any]]] = {name: [] for name in answers}
    for event in ordered:
        if columns := event.in_step():
            given.setdefault(columns["step"], []).append({**columns, "at_ms": event.context.ts_ms})
    return tuple(_step(name, given[name], shared, answers.get(name, "")) for name in sorted(given))


def _step(name: str, given: Sequence[Mapping[str, Any]], shared: Mapping[str, Any], standing: str) -> StepRow:
    row = _combined(given)
    row.pop("at_ms", None)
    answered = [columns["answer"] for columns in given if "answer" in columns]
    row |= {
        "step": name,
        "reached_ms": min((columns["at_ms"] for columns in given), default=None),
        "answered_ms": min((columns["at_ms"] for columns in given if "answer" in columns), default=None),
        "answer": standing or row.get("answer", ""),
        "first_answer": answered[0] if answered else "",
        "changes": sum(before != after for before, after in pairwise(answered)),
        "prefilled": int(bool(standing) and not answered),
    }
    return StepRow(**shared, **row)


def _combined(given: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """One value for each column, of those that events have for it, in order."""
    values: dict[str, Any] = {}
    for columns in given:
        for column, value in columns.items():
            combine = COMBINED.get(column)
            values[column] = combine(values[column], value) if combine and column in values else value
    return values


def _furthest(steps: Sequence[StepRow], step_order: Sequence[str]) -> str:
    """The last step in the flow's order that was reached; one that the flow no longer has ranks before all others."""
    rank = {name: position for position, name in enumerate(step_order)}
    reached = [row.step for row in steps if row.viewed or row.answered]
    return max(reached, key=lambda name: (rank.get(name, -1), name), default="")


_WITHOUT_EVENTS = {field.name: field.default for field in fields(JourneyRow) if field.default is not MISSING}
"""What the columns of `journeys` hold that no event says anything of."""
