"""Folds the events of one journey into what the reports read: a row for the journey, and one for each of its steps.

The events are taken in the order of turn, time and id, whatever order they arrived in, so that the rows are the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

from wizard.events.attribution import ATTRIBUTION, Slots
from wizard.events.cell import cell_and_tags
from wizard.events.model import (
    FLAGS,
    Conversion,
    CtaClick,
    Event,
    QuestionAnswer,
    QuestionError,
    QuestionView,
    ResultView,
    Suspicion,
    canonical,
)
from wizard.events.transitions import edges
from wizard.questionnaire.flow import Answers

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyRow(Slots):
    """One journey: its attribution slots, and a field for each other column.

    Flags are 0 or 1, times are milliseconds since the epoch, what is not known is empty or None.

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
    viewed: int
    started: int
    finished: int
    clicked: int
    converted: int
    furthest_step: str
    finished_ms: int | None
    elapsed_ms: int | None
    answers: str
    persona: str
    recommended: str
    declined: str
    clicked_deployment: str
    clicked_position: str
    converted_deployment: str
    value: float | None
    entry: str
    continued_from: str
    flow_version: str
    wording_version: str
    locale: str
    device: str
    edges: str
    cell: int
    handoff: int
    suspect: str
    tags: int


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of one journey. `elapsed_ms` is that of the first answer; `changes` are answers unlike the one before.

    `went_back` counts the times that one of the page's own links led back to it; `prefilled` says that it has an
    answer which nobody gave there. `suspect` is the journey's.
    """

    journey_id: str
    step: str
    began_ms: int
    viewed: int
    answered: int
    answer: str
    elapsed_ms: int | None
    errors: int
    changes: int
    went_back: int
    prefilled: int
    suspect: str


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
    answers = _standing_answers(ordered)
    steps = _steps(ordered, _Shared(ordered[0].context.journey_id, began_ms, answers, suspicion(ordered)))
    return Folded(_journey(ordered, began_ms, canonical(dict(answers)), steps, step_order), steps)


def _standing_answers(ordered: Sequence[Event]) -> Answers:
    """The answers of the last event that knows them."""
    return next((event.context.answers for event in reversed(ordered) if event.has_state), {})


def _journey(
    ordered: Sequence[Event], began_ms: int, answers: str, steps: Sequence[StepRow], step_order: Sequence[str]
) -> JourneyRow:
    # What has no state knows the journey alone, and might come before all else.
    first = next((event for event in ordered if event.has_state), ordered[0]).context
    result = _last(ordered, ResultView)
    click = _last(ordered, CtaClick)
    conversion = _last(ordered, Conversion)
    # What has no state repeats the attribution that the journey's row had then, so all others know better.
    weighed = sorted(ordered, key=lambda event: event.has_state)
    finished_ms = min((event.context.ts_ms for event in ordered if isinstance(event, ResultView)), default=None)
    flags = {event.flag for event in ordered}
    row: dict[str, Any] = {
        **{flag: int(flag in flags) for flag in FLAGS},
        # No signup is reported without a handoff, so one proves it.
        "handoff": int(
            bool(conversion) or any(isinstance(event, CtaClick) and not event.context.gpc for event in ordered)
        ),
        "suspect": suspicion(ordered),
        "persona": result.persona if result else "",
        "recommended": result.recommended if result else "",
        "declined": ",".join(result.declined) if result else "",
        "clicked_position": click.position if click else "",
        "locale": first.locale,
        "device": next((event.context.device for event in ordered if event.context.device != "unknown"), "unknown"),
        **{slot: _last_known(weighed, slot) for slot in ATTRIBUTION},
        "edges": edges(ordered),
    }
    return JourneyRow(
        **row,
        **cell_and_tags(row),
        journey_id=first.journey_id,
        began_ms=began_ms,
        last_ms=max(event.context.ts_ms for event in ordered),
        furthest_step=_furthest(steps, step_order),
        finished_ms=finished_ms,
        elapsed_ms=None if finished_ms is None else finished_ms - began_ms,
        answers=answers,
        clicked_deployment=click.deployment if click else "",
        converted_deployment=conversion.deployment if conversion else "",
        value=_total(ordered),
        entry=first.entry,
        continued_from=first.continued_from,
        flow_version=first.flow_version,
        wording_version=first.wording_version,
    )


def suspicion(events: Sequence[Event]) -> Suspicion:
    """Why a journey with these events may be automated; empty where nothing says so."""
    if any(event.context.suspect == "burst" for event in events):
        return "burst"
    answers = [event for event in events if isinstance(event, QuestionAnswer)]
    return "fast" if answers and all(event.context.suspect == "fast" for event in answers) else ""


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all steps of one journey have in common."""

    journey_id: str
    began_ms: int
    answers: Answers
    suspect: Suspicion


def _steps(ordered: Sequence[Event], shared: _Shared) -> tuple[StepRow, ...]:
    named = {event.step for event in ordered if isinstance(event, (QuestionView, QuestionAnswer, QuestionError))}
    return tuple(_step(ordered, shared, name) for name in sorted(named | shared.answers.keys()))


def _step(ordered: Sequence[Event], shared: _Shared, name: str) -> StepRow:
    answers = shared.answers
    views = [event for event in ordered if isinstance(event, QuestionView) and event.step == name]
    given = [event for event in ordered if isinstance(event, QuestionAnswer) and event.step == name]
    return StepRow(
        journey_id=shared.journey_id,
        step=name,
        began_ms=shared.began_ms,
        viewed=int(bool(views)),
        answered=int(bool(given)),
        answer=answers.get(name) or (given[-1].answer if given else ""),
        elapsed_ms=given[0].elapsed_ms if given else None,
        errors=sum(isinstance(event, QuestionError) and event.step == name for event in ordered),
        changes=sum(before.answer != after.answer for before, after in pairwise(given)),
        went_back=sum(name in view.context.answers for view in views),
        prefilled=int(name in answers and not given),
        suspect=shared.suspect,
    )


def _furthest(steps: Sequence[StepRow], step_order: Sequence[str]) -> str:
    """The last step in the flow's order that was reached; one that the flow no longer has ranks before all others."""
    rank = {name: position for position, name in enumerate(step_order)}
    reached = [row.step for row in steps if row.viewed or row.answered]
    return max(reached, key=lambda name: (rank.get(name, -1), name), default="")


def _last(ordered: Sequence[Event], kind: type[E]) -> E | None:
    return next((event for event in reversed(ordered) if isinstance(event, kind)), None)


def _last_known(weighed: Sequence[Event], slot: str) -> str:
    values = (str(getattr(event.context.attribution, slot)) for event in reversed(weighed))
    return next((value for value in values if value), "")


def _total(ordered: Sequence[Event]) -> float | None:
    """The sum of what its conversions were worth; None where none said."""
    worth = [event.value for event in ordered if isinstance(event, Conversion) and event.value is not None]
    return sum(worth) if worth else None
