"""One journey's events in words, each with the time since the previous one."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, islice
from zoneinfo import ZoneInfo

from wizard.dashboard.journeys.rows import worth
from wizard.dashboard.labels import Names, duration, moment
from wizard.events.model import (
    KINDS,
    Conversion,
    CtaClick,
    Event,
    QuestionAnswer,
    QuestionError,
    QuestionView,
    ResultView,
    WizardView,
)
from wizard.events.periods import iso

PLACES = {name: place for place, name in enumerate(KINDS)}
"""Of what is logged for one moment, what comes before what, but for what begins its turn."""

EVENTS_ON_A_PAGE = 200

ERRORS = {
    "missing": "Submitted without an answer",
    "invalid": "Submitted an answer that isn\N{RIGHT SINGLE QUOTATION MARK}t offered",
}


@dataclass(frozen=True, slots=True)
class Words:
    """An event in words: what happened, to which question, what was chosen, what is worth a mark, and a detail."""

    text: str
    subject: str = ""
    answer: str = ""
    marks: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. `after` is how long after the one before: empty for the first, and where that is no time at all.

    `turn` is how many answers had been accepted by then; None for what knows nothing of that.
    """

    kind: str
    at: datetime
    iso: str
    after: str
    turn: int | None
    words: Words


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of a journey's events: number `number` of `last`, from the `first` event of `count` on."""

    entries: tuple[Entry, ...]
    number: int
    last: int
    first: int
    count: int


def sorted_events(trail: Sequence[Event]) -> list[Event]:
    """The events by turn and time, and what a turn began with first, whatever the clocks say.

    What has no state, as a conversion, knows no turn: it comes behind the last event that is not later than it.
    """
    ordered = sorted((event for event in trail if event.has_state), key=_order)
    # From each place on, the earliest time: the last place that is not later than a moment is the last of these.
    earliest = list(accumulate(map(_when, reversed(ordered)), min))[::-1]
    behind: dict[int, list[Event]] = {}
    for event in sorted((event for event in trail if not event.has_state), key=_when):
        behind.setdefault(bisect_right(earliest, _when(event)), []).append(event)
    found = behind.get(0, [])
    for place, event in enumerate(ordered, 1):
        found += [event, *behind.get(place, [])]
    return found


def _order(event: Event) -> tuple[int, bool, int, int]:
    return event.context.turn, not event.begins_turn, event.context.ts_ms, PLACES[event.name]


def timeline(events: Sequence[Event], names: Names, zone: ZoneInfo, number: int = 1) -> Timeline:
    """One page of what happened; `events` are `sorted_events`. A number beyond the last page is the last one."""
    last = max(1, -(-len(events) // EVENTS_ON_A_PAGE))
    number = min(max(number, 1), last)
    first = (number - 1) * EVENTS_ON_A_PAGE
    answered: dict[str, str] = {}
    found = []
    for place, event in enumerate(islice(events, first + EVENTS_ON_A_PAGE)):
        if place >= first:
            found.append(_entry(event, events[place - 1] if place else None, answered, names, zone))
        if isinstance(event, QuestionAnswer):
            answered[event.step] = event.answer
    return Timeline(tuple(found), number, last, first + 1, len(events))


def _entry(event: Event, before: Event | None, answered: Mapping[str, str], names: Names, zone: ZoneInfo) -> Entry:
    at_ms = _when(event)
    after_ms = at_ms - _when(before) if before else -1
    return Entry(
        kind=event.name,
        at=moment(at_ms, zone),
        iso=iso(at_ms),
        after=duration(after_ms) if after_ms > 0 else "",
        turn=event.context.turn if event.has_state else None,
        words=in_words(event, answered, names),
    )


def in_words(event: Event, answered: Mapping[str, str], names: Names) -> Words:
    """An event in words; `answered` are the answers given before it. Other kinds are shown by name and summary."""
    match event:
        case WizardView():
            words = Words("Opened the wizard")
        case QuestionView():
            words = _view(event, answered, names)
        case QuestionAnswer():
            words = _answer(event, answered, names)
        case QuestionError(step=step, error=error):
            words = Words(ERRORS.get(error, f"An answer was refused: {error}"), names.question(step), marks=("Error",))
        case ResultView():
            words = _result(event, names)
        case CtaClick(deployment=deployment, position=position):
            text = "Clicked the recommendation" if position == "recommended" else "Clicked an alternative"
            words = Words(text, answer=names.deployment(deployment))
        case Conversion(deployment=deployment, value=value):
            marks = () if value is None else (f"Value {worth(value)}",)
            words = Words("Signed up", answer=names.deployment(deployment), marks=marks)
        case _:
            words = Words(event.name.replace("_", " ").capitalize(), answer=event.summary())
    return words


def _view(event: QuestionView, answered: Mapping[str, str], names: Names) -> Words:
    """A page that was seen; one whose question had been answered by then was gone back to."""
    if event.step in event.context.answers:
        mark = "Went back" if event.step in answered else "Went back to a prefilled answer"
        return Words("Viewed again", names.question(event.step), marks=(mark,))
    return Words("Viewed", names.question(event.step))


def _answer(event: QuestionAnswer, answered: Mapping[str, str], names: Names) -> Words:
    answer = names.answer(event.step, event.answer)
    earlier = answered.get(event.step, event.answer)
    detail = f"{duration(event.elapsed_ms)} after its page was served"
    if earlier != event.answer:
        marks = (f"Changed: it was {names.answer(event.step, earlier)}",)
        return Words("Changed the answer to", names.question(event.step), answer, marks, detail)
    return Words("Answered", names.question(event.step), answer, detail=detail)


def _result(event: ResultView, names: Names) -> Words:
    marks = tuple(f"Asked for {names.deployment(each)}, not offered" for each in event.declined)
    recommended = f"Recommended: {names.deployment(event.recommended)}"
    return Words(f"Reached a result: {names.persona(event.persona)}", answer=recommended, marks=marks)


def _when(event: Event) -> int:
    return event.context.ts_ms
