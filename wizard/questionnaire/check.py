"""Checks the routing on every path of the questionnaire, and names the paths with problems."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from wizard.questionnaire.flow import OUTCOME, Flow, Path
from wizard.questionnaire.rules import Answers, FlowError, Rule, describe
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

REASON_COUNTS = (2, 3)
"""How many reasons a result may give."""


@dataclass(frozen=True)
class CheckResult:
    """The number of paths that were checked, and a line for each problem."""

    paths: int
    problems: tuple[str, ...]


def check(flow: Flow, strategy: Strategy, destinations: Mapping[str, str]) -> CheckResult:
    """Check the flow and the strategy on every path, and that `destinations` has a URL for each deployment."""
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
    return CheckResult(len(paths), tuple(found))


def check_wordings(wordings: Mapping[str, Wording]) -> tuple[str, ...]:
    """A line for each label that two choices of the same question share in a locale."""
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
    """The problems of the recommendation of one outcome."""
    recommendation = outcome.recommendation
    for deployment in recommendation.offered:
        if outcome.column not in strategy.matrix.get(deployment, {}):
            yield f"offers {deployment}, which is a blank cell of the matrix for {outcome.column}"
    if len(set(recommendation.offered)) < len(recommendation.offered):
        yield "offers the same deployment twice"
    for deployment in recommendation.declined:
        if deployment in recommendation.offered or outcome.column in strategy.matrix.get(deployment, {}):
            yield f"declines {deployment}, which is offered"
    if len(recommendation.reasons) not in REASON_COUNTS:
        yield f"gives {len(recommendation.reasons)} reasons; allowed: two or three"


def _unreached_steps(flow: Flow, paths: Iterable[Path]) -> Iterator[str]:
    """A problem for each step, choice and rule of the flow that no path reaches."""
    all_answers = [path.answers for path in paths]
    for step in flow.steps:
        here = [answers for answers in all_answers if step.name in answers]
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
    """The answers from the first to that of `step`."""
    names = list(answers)
    return {name: answers[name] for name in names[: names.index(step) + 1]}


def _unreached_rows(strategy: Strategy, outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A problem for each rule, column, persona and deployment of the strategy that no path reaches."""
    outcomes = tuple(outcomes)
    all_facts = [outcome.facts for outcome in outcomes]
    tables: Mapping[str, tuple[Rule[object], ...]] = {
        "column": strategy.columns,
        "persona": strategy.personas,
        "recommendation": strategy.routes,
        "summary": strategy.summaries,
        "reason": strategy.reasons,
    }
    for table, rules in tables.items():
        for rule in rules:
            if not any(rule.holds(facts) for facts in all_facts):
                yield f"{table}: the rule to {rule.goto} never holds"
    for column in Column:
        if not any(outcome.column == column for outcome in outcomes):
            yield f"column {column}: no path reaches it"
    for persona in Persona:
        if not any(outcome.persona == persona for outcome in outcomes):
            yield f"persona {persona}: no path reaches it"
    for deployment in strategy.matrix:
        if not any(deployment in outcome.recommendation.offered for outcome in outcomes):
            yield f"deployment {deployment}: is never offered"


def _lost_trials(flow: Flow, strategy: Strategy, outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A problem for each result whose link to a local trial does not lead to one."""
    for outcome in outcomes:
        if offers_local_trial(outcome.recommendation):
            walk = flow.walk({**outcome.answers, **LOCAL_TRIAL})
            if walk.step or strategy.outcome(walk.answers).recommendation.recommended != ON_PREMISE:
                yield f"{describe(outcome.answers)}: the link to a local trial does not lead to {ON_PREMISE}"
