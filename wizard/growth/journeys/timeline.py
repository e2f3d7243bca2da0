"""One journey's events as a story: what happened, in words, and how long after what came before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from wizard.conversions.events import (
    Conversion,
    CtaClick,
    Event,
    QuestionAnswer,
    QuestionError,
    QuestionView,
    ResultView,
    WizardView,
)
from wizard.conversions.periods import iso
from wizard.growth.journeys.rows import worth
from wizard.growth.names import Names, duration, moment

IN_ORDER: tuple[type[Event], ...] = (
    WizardView,
    QuestionAnswer,
    QuestionView,
    QuestionError,
    ResultView,
    CtaClick,
    Conversion,
)
"""Of what is logged for one moment, what comes before what: an answer leads to the page that is then seen."""

ERRORS = {
    "missing": "Sent the form without an answer",
    "invalid": "Sent an answer that isn\N{RIGHT SINGLE QUOTATION MARK}t offered",
}


@dataclass(frozen=True, slots=True)
class Said:
    """An event in words: what happened, to which question, what was chosen, what is worth a mark, and a detail."""

    text: str
    subject: str = ""
    answer: str = ""
    marks: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event. `after` is how long after the one before: empty for the first, and where that is no time at all.

    `turn` is how many answers had been accepted by then; None for what knows nothing of that.
    """

    kind: str
    at: datetime
    iso: str
    after: str
    turn: int | None
    said: Said


def told(trail: Sequence[Event]) -> list[Event]:
    """The events by turn and time, and what a turn began with first, whatever the clocks say.

    A conversion knows no turn: it comes where its time has it.
    """
    rest = [event for event in trail if not isinstance(event, Conversion)]
    ordered = sorted(rest, key=_order)
    for conversion in sorted((event for event in trail if isinstance(event, Conversion)), key=_when):
        before = [place for place, event in enumerate(ordered) if _when(event) <= _when(conversion)]
        ordered.insert(before[-1] + 1 if before else 0, conversion)
    return ordered


def _order(event: Event) -> tuple[int, bool, int, int]:
    begins = isinstance(event, WizardView | QuestionAnswer)
    return event.context.turn, not begins, event.context.ts_ms, IN_ORDER.index(type(event))


def timeline(trail: Sequence[Event], names: Names, zone: ZoneInfo) -> list[Happening]:
    """What happened, in order."""
    events = told(trail)
    found = []
    for place, event in enumerate(events):
        at_ms = _when(event)
        after_ms = at_ms - _when(events[place - 1]) if place else -1
        found.append(
            Happening(
                kind=event.name,
                at=moment(at_ms, zone),
                iso=iso(at_ms),
                after=duration(after_ms) if after_ms > 0 else "",
                turn=None if isinstance(event, Conversion) else event.context.turn,
                said=_said(event, events[:place], names),
            )
        )
    return found


def _said(event: Event, before: Sequence[Event], names: Names) -> Said:
    match event:
        case QuestionView():
            said = _view(event, before, names)
        case QuestionAnswer():
            said = _answer(event, before, names)
        case QuestionError(step=step, error=error):
            said = Said(ERRORS.get(error, f"An answer was refused: {error}"), names.question(step), marks=("Error",))
        case ResultView():
            said = _result(event, names)
        case CtaClick(deployment=deployment, position=position):
            text = "Followed the recommendation" if position == "recommended" else "Took an alternative"
            said = Said(text, answer=names.deployment(deployment))
        case Conversion(deployment=deployment, value=value):
            marks = () if value is None else (f"Worth {worth(value)}",)
            said = Said("Signed up", answer=names.deployment(deployment), marks=marks)
        case _:
            said = Said("Opened the wizard")
    return said


def _view(event: QuestionView, before: Sequence[Event], names: Names) -> Said:
    """A page that was seen; one whose question had been answered by then was gone back to."""
    answers = event.context.answers
    if event.step in answers:
        given = any(isinstance(each, QuestionAnswer) and each.step == event.step for each in before)
        mark = "Went back" if given else "Went back to what their link had answered"
        return Said("Looked again at", names.question(event.step), marks=(mark,))
    return Said("Was asked", names.question(event.step))


def _answer(event: QuestionAnswer, before: Sequence[Event], names: Names) -> Said:
    answer = names.answer(event.step, event.answer)
    earlier = [each for each in before if isinstance(each, QuestionAnswer) and each.step == event.step]
    detail = f"{duration(event.elapsed_ms)} after its page was served"
    if earlier and earlier[-1].answer != event.answer:
        marks = (f"Changed: it was {names.answer(event.step, earlier[-1].answer)}",)
        return Said("Changed the answer to", names.question(event.step), answer, marks, detail)
    return Said("Answered", names.question(event.step), answer, detail=detail)


def _result(event: ResultView, names: Names) -> Said:
    marks = tuple(f"Asked for {names.deployment(each)}, not offered" for each in event.declined)
    recommended = f"Recommended: {names.deployment(event.recommended)}"
    return Said(f"Came to a result: {names.persona(event.persona)}", answer=recommended, marks=marks)


def _when(event: Event) -> int:
    return event.context.ts_ms
