"""Conditions on answers, rules that apply if they are true, and the choice of the one rule that does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from wizard.errors import WizardError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Answers = Mapping[str, str]
"""Choice ids by step name."""


class FlowError(WizardError):
    """The questionnaire's data is wrong, such as no rule or several for the same answers."""


@dataclass(frozen=True, slots=True)
class Condition:
    """True if the fact `name` is known, and one of `values`."""

    name: str
    values: tuple[str, ...]

    def holds(self, facts: Answers) -> bool:
        """Whether the condition is true for `facts`."""
        return facts.get(self.name) in self.values


def when(**facts: str | tuple[str, ...]) -> tuple[Condition, ...]:
    """Conditions that must all be true, such as `when(who="job", team_size=("2_10", "11_50"))`."""
    return tuple(
        Condition(name, (values,) if isinstance(values, str) else tuple(values)) for name, values in facts.items()
    )


@dataclass(frozen=True)
class Rule(Generic[T_co]):
    """An edge: the next step (or the conclusion) if all of `when` are true."""

    goto: T_co
    when: tuple[Condition, ...] = ()

    def holds(self, facts: Answers) -> bool:
        """Whether all conditions are true for `facts`."""
        return all(condition.holds(facts) for condition in self.when)


def describe(answers: Answers) -> str:
    """A path as text for messages: `who=job, team_size=2_10`."""
    return ", ".join(f"{name}={choice}" for name, choice in answers.items()) or "the start"


def decide(rules: Iterable[Rule[T]], facts: Answers, what: str) -> Rule[T]:
    """The one rule that holds for `facts`. Raises FlowError with the facts if none or several do."""
    holding = [rule for rule in rules if rule.holds(facts)]
    if len(holding) != 1:
        found = "no rule" if not holding else f"{len(holding)} rules"
        raise FlowError(f"{what}: {found} for {describe(facts)}; there must be exactly one")
    return holding[0]
