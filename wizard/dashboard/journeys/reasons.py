"""A journey's recommendation and its reasons, in the visitor's texts."""

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.dashboard.labels import Names
from wizard.events.model import Event, ResultView
from wizard.questionnaire.flow import Flow, FlowError
from wizard.questionnaire.strategy import Outcome, Strategy


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its title."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Explained:
    """The last result: who the visitor was taken for, on which answers, and what that led to.

    `reasons`, `alternatives` and `declined` have their texts only where today's rules still come to the same.
    """

    persona: str
    recommended: str
    answers: tuple[Text, ...]
    reasons: tuple[Text, ...]
    alternatives: tuple[Text, ...]
    declined: tuple[Text, ...]
    is_as_today: bool


def explained(events: Sequence[Event], flow: Flow, strategy: Strategy, names: Names) -> Explained | None:
    """Why the last result of a journey, whose events come in order, was what it was; None where there was none."""
    last = next((event for event in reversed(events) if isinstance(event, ResultView)), None)
    if last is None:
        return None
    outcome = _outcome(last, flow, strategy)
    given = last.context.answers
    order = {step.name: place for place, step in enumerate(flow.steps)}
    steps = sorted(given, key=lambda step: (order.get(step, len(order)), step))
    return Explained(
        persona=names.persona(last.persona),
        recommended=names.deployment(last.recommended),
        answers=tuple(Text(names.question(step), names.answer(step, given[step])) for step in steps),
        reasons=_reasons(outcome, names) if outcome else (),
        alternatives=_alternatives(outcome, names) if outcome else (),
        declined=_declined(outcome, last, names),
        is_as_today=outcome is not None,
    )


def _outcome(last: ResultView, flow: Flow, strategy: Strategy) -> Outcome | None:
    """What today's rules make of the answers, if that is what they made of them then."""
    try:
        walk = flow.walk(last.context.answers)
        outcome = strategy.outcome(walk.answers) if walk.step is None else None
    except FlowError:
        return None
    if outcome is None:
        return None
    way = outcome.recommendation
    now = (str(outcome.persona), str(way.recommended), tuple(map(str, way.declined)))
    return outcome if now == (str(last.persona), str(last.recommended), tuple(map(str, last.declined))) else None


def _reasons(outcome: Outcome, names: Names) -> tuple[Text, ...]:
    wording = names.wording
    named = wording.named(outcome.answers)
    return tuple(
        Text(wording.text(f"reasons.{reason}.title", **named), wording.text(f"reasons.{reason}.text", **named))
        for reason in outcome.recommendation.reasons
    )


def _alternatives(outcome: Outcome, names: Names) -> tuple[Text, ...]:
    wording = names.wording
    named = wording.named(outcome.answers)
    return tuple(
        Text(names.deployment(way), wording.text(f"alternatives.{outcome.persona}.{way}.text", **named))
        for way in outcome.recommendation.alternatives
    )


def _declined(outcome: Outcome | None, last: ResultView, names: Names) -> tuple[Text, ...]:
    """What was asked for and isn't offered, from the log; why, where today's rules still say so."""
    if outcome is None:
        return tuple(Text(names.deployment(way), "") for way in last.declined)
    wording = names.wording
    named = wording.named(outcome.answers)
    return tuple(
        Text(names.deployment(way), wording.text(f"declined.{outcome.persona}.{way}.text", **named))
        for way in outcome.recommendation.declined
    )
