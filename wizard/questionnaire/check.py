"""Walks every path of the questionnaire and proves the routing, naming the path where it is wrong."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from wizard.questionnaire.flow import OUTCOME, Answers, Flow, FlowError, Path, Rule, describe
from wizard.questionnaire.strategy import (
    LOCAL_TRIAL,
    ON_PREMISE,
    Column,
    Outcome,
    Persona,
    Strategy,
    offers_local_trial,
)
from wizard.questionnaire.wording import Wording

REASONS = (2, 3)
"""How many reasons a visitor is told."""


@dataclass(frozen=True)
class Proof:
    """What a check found: how many paths it walked, and its problems, a line each."""

    paths: int
    problems: tuple[str, ...]


def check(flow: Flow, strategy: Strategy, destinations: Mapping[str, str]) -> Proof:
    """Prove the flow, the strategy over it, and that each deployment has one of `destinations` to go to."""
    paths = tuple(flow.explore())
    found = [path.problem for path in paths if path.problem]
    outcomes: list[Outcome] = []
    for path in paths:
        if path.problem:
            continue
        try:
            outcomes.append(strategy.outcome(path.answers))
        except FlowError as error:
            found.append(str(error))
    for outcome in outcomes:
        found += [f"{describe(outcome.answers)}: {problem}" for problem in _wrong(outcome, strategy)]
    found += _unreached_steps(flow, paths)
    found += _unreached_rows(strategy, outcomes)
    if not found:
        found += _lost_trials(flow, strategy, outcomes)
    found += [f"deployment {name}: has no destination" for name in strategy.matrix if not destinations.get(name)]
    return Proof(len(paths), tuple(found))


def check_wordings(wordings: Mapping[str, Wording]) -> tuple[str, ...]:
    """A line for each locale that tells two choices of a question apart by nothing that a visitor can read."""
    found = []
    for locale, wording in wordings.items():
        labels: dict[tuple[str, str], str] = {}
        for key, text in wording.texts.items():
            if not key.endswith(".label"):
                continue
            question = key.rpartition(".choices.")[0]
            if (question, text) in labels:
                found.append(f"{locale}: {key} reads the same as {labels[question, text]}")
            labels[question, text] = key
    return tuple(found)


def _wrong(outcome: Outcome, strategy: Strategy) -> Iterator[str]:
    """What is wrong with the recommendation of one outcome."""
    recommendation = outcome.recommendation
    for deployment in recommendation.offered:
        if outcome.column not in strategy.matrix.get(deployment, {}):
            yield f"offers {deployment}, which is a blank cell of the matrix for {outcome.column}"
    if len(set(recommendation.offered)) < len(recommendation.offered):
        yield "offers the same deployment twice"
    for deployment in recommendation.declined:
        if deployment in recommendation.offered or outcome.column in strategy.matrix.get(deployment, {}):
            yield f"declines {deployment}, which is offered"
    if len(recommendation.reasons) not in REASONS:
        yield f"gives {len(recommendation.reasons)} reasons; a visitor is told two or three"


def _unreached_steps(flow: Flow, paths: Iterable[Path]) -> Iterator[str]:
    """Steps, choices and rules of the flow that no path comes to."""
    taken = [path.answers for path in paths]
    for step in flow.steps:
        here = [answers for answers in taken if step.name in answers]
        if not here:
            yield f"step {step.name}: can't be reached"
            continue
        for choice in step.choices:
            if not any(answers[step.name] == choice.id for answers in here):
                yield f"step {step.name}: choice {choice.id} is never offered"
        for rule in step.rules:
            if not any(rule.holds(_up_to(answers, step.name)) for answers in here):
                yield f"step {step.name}: the rule to {rule.goto} never holds"
            if rule.goto != OUTCOME and rule.goto not in flow.by_name:
                yield f"step {step.name}: a rule leads to {rule.goto!r}, which is not a step"


def _up_to(answers: Answers, step: str) -> Answers:
    """The answers as they stood when `step` had just been answered."""
    names = list(answers)
    return {name: answers[name] for name in names[: names.index(step) + 1]}


def _unreached_rows(strategy: Strategy, outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Columns, personas, deployments and rows of the strategy that no path comes to."""
    outcomes = tuple(outcomes)
    everyone = [outcome.facts for outcome in outcomes]
    tables: Mapping[str, tuple[Rule[object], ...]] = {
        "column": strategy.columns,
        "persona": strategy.personas,
        "recommendation": strategy.routes,
        "reason": strategy.reasons,
    }
    for table, rules in tables.items():
        for rule in rules:
            if not any(rule.holds(facts) for facts in everyone):
                yield f"{table}: the rule to {rule.goto} never holds"
    for column in Column:
        if not any(outcome.column == column for outcome in outcomes):
            yield f"column {column}: nobody is in it"
    for persona in Persona:
        if not any(outcome.persona == persona for outcome in outcomes):
            yield f"persona {persona}: nobody is one"
    for deployment in strategy.matrix:
        if not any(deployment in outcome.recommendation.offered for outcome in outcomes):
            yield f"deployment {deployment}: is offered to nobody"


def _lost_trials(flow: Flow, strategy: Strategy, outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Results whose way to a local trial does not lead to one."""
    for outcome in outcomes:
        if offers_local_trial(outcome.recommendation):
            walk = flow.walk({**outcome.answers, **LOCAL_TRIAL})
            if walk.step or strategy.outcome(walk.answers).recommendation.recommended != ON_PREMISE:
                yield f"{describe(outcome.answers)}: the way to a local trial does not lead to {ON_PREMISE}"
