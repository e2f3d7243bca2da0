"""A journey's recommendation and its reasons, in the visitor's texts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wizard.dashboard.labels import Names
from wizard.events.model import Event, ResultView
from wizard.questionnaire.flow import Flow
from wizard.questionnaire.rules import FlowError
from wizard.questionnaire.strategy import Outcome, Strategy


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its title."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Explained:
    """The last result: the persona, the recommendation, and the answers behind them.

    `reasons`, `alternatives` and `declined` have their texts only where today's rules still lead to the same result.
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
    named = names.wording.named(outcome.answers) if outcome else {}

    def of_deployments(key: str, deployments: Iterable[str]) -> tuple[Text, ...]:
        """The texts under `key` on why these are alternatives, or were declined, where today's rules still say so."""
        path = f"{key}.{last.persona}"
        return tuple(
            Text(names.deployment(each), names.wording.text(f"{path}.{each}.text", **named) if outcome else "")
            for each in deployments
        )

    return Explained(
        persona=names.persona(last.persona),
        recommended=names.deployment(last.recommended),
        answers=tuple(Text(names.question(step), names.answer(step, given[step])) for step in steps),
        reasons=tuple(
            Text(*(names.wording.text(f"reasons.{reason}.{part}", **named) for part in ("title", "text")))
            for reason in (outcome.recommendation.reasons if outcome else ())
        ),
        alternatives=of_deployments("alternatives", outcome.recommendation.alternatives if outcome else ()),
        declined=of_deployments("declined", last.declined),
        is_as_today=outcome is not None,
    )


def _outcome(last: ResultView, flow: Flow, strategy: Strategy) -> Outcome | None:
    """What today's rules make of the answers, if that is the logged result."""
    try:
        walk = flow.walk(last.context.answers)
        outcome = strategy.outcome(walk.answers) if walk.step is None else None
    except FlowError:
        return None
    if outcome is None:
        return None
    way = outcome.recommendation
    now = (outcome.persona, way.recommended, *way.declined)
    return outcome if list(map(str, now)) == list(map(str, (last.persona, last.recommended, *last.declined))) else None
