"""A branching questionnaire as frozen data, and the walk that replays answers through it.

The edges are data, so that they can be enumerated, proved, drawn and compared.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from wizard.errors import WizardError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Answers = Mapping[str, str]
"""Step name to choice id."""

OUTCOME = "outcome"
"""Where a rule leads when nothing is left to ask."""


class FlowError(WizardError):
    """The questionnaire's own data is wrong: no rule, or more than one, says where to go."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds while the fact `name` is one of `values`; a fact that is not known holds nothing."""

    name: str
    values: tuple[str, ...]

    def holds(self, facts: Answers) -> bool:
        """Whether `facts` have it so."""
        return facts.get(self.name) in self.values


def when(**facts: str | tuple[str, ...]) -> tuple[Condition, ...]:
    """Conditions that must all hold: `when(who="job", team_size=("2_10", "11_50"))`."""
    return tuple(
        Condition(name, (values,) if isinstance(values, str) else tuple(values)) for name, values in facts.items()
    )


@dataclass(frozen=True)
class Rule(Generic[T_co]):
    """An edge: where to go (or what to conclude) while all of `when` hold."""

    goto: T_co
    when: tuple[Condition, ...] = ()

    def holds(self, facts: Answers) -> bool:
        """Whether all its conditions hold for `facts`."""
        return all(condition.holds(facts) for condition in self.when)


@dataclass(frozen=True)
class Choice:
    """One answer to a step, offered while all of `when` hold."""

    id: str
    when: tuple[Condition, ...] = ()

    def offered(self, answers: Answers) -> bool:
        """Whether somebody who has given `answers` is offered this choice."""
        return all(condition.holds(answers) for condition in self.when)


@dataclass(frozen=True)
class Step:
    """One question. Exactly one of its rules must hold once it is answered."""

    name: str
    choices: tuple[Choice, ...]
    rules: tuple[Rule[str], ...]

    def offered(self, answers: Answers) -> tuple[Choice, ...]:
        """The choices offered to somebody who has given `answers`."""
        return tuple(choice for choice in self.choices if choice.offered(answers))


@dataclass(frozen=True)
class Walk:
    """Where a replay of answers has come to.

    `answers` are those that fit, in the order in which they are asked. `step` is the next
    question, with the `choices` offered there; it is None once the outcome is reached.
    """

    answers: Answers
    step: Step | None
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Path:
    """One way through the flow: its answers and, where its data is wrong, what the matter is."""

    answers: Answers
    problem: str | None = None


def describe(answers: Answers) -> str:
    """A path as a person reads it: `who=job, team_size=2_10`."""
    return ", ".join(f"{name}={choice}" for name, choice in answers.items()) or "the start"


def decide(rules: Iterable[Rule[T]], facts: Answers, what: str) -> Rule[T]:
    """The one rule that holds for `facts`. Raises FlowError, naming the facts, on none or several."""
    holding = [rule for rule in rules if rule.holds(facts)]
    if len(holding) != 1:
        found = "no rule" if not holding else f"{len(holding)} rules"
        raise FlowError(f"{what}: {found} for {describe(facts)}; there must be exactly one")
    return holding[0]


@dataclass(frozen=True)
class Flow:
    """A questionnaire: steps, the first of which is asked first."""

    steps: tuple[Step, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Step]:
        """The steps by their names."""
        return {step.name: step for step in self.steps}

    @cached_property
    def version(self) -> str:
        """Eight hexadecimal digits that change whenever a step, a choice or a rule does."""
        return hashlib.sha256(repr(self.steps).encode()).hexdigest()[:8]

    @cached_property
    def paths(self) -> tuple[Answers, ...]:
        """The answers of every complete path. Raises FlowError where the flow's data is wrong."""
        found = tuple(self.explore())
        for path in found:
            if path.problem:
                raise FlowError(path.problem)
        return tuple(path.answers for path in found)

    def next_step(self, step: Step, answers: Answers) -> Step | None:
        """The step that follows `step`, or None for the outcome. Raises FlowError on wrong data."""
        goto = decide(step.rules, answers, f"step {step.name}").goto
        if goto == OUTCOME:
            return None
        if goto not in self.by_name:
            raise FlowError(f"step {step.name}: a rule leads to {goto!r}, which is not a step")
        return self.by_name[goto]

    def walk(self, answers: Answers) -> Walk:
        """Replay `answers` from the first question, as far as they fit, to the next step or the outcome.

        Answers to steps that are not asked, and choices that are not offered, are passed over.
        """
        step: Step | None = self.steps[0]
        taken: dict[str, str] = {}
        while step is not None:
            offered = step.offered(taken)
            answer = answers.get(step.name)
            if answer not in {choice.id for choice in offered}:
                return Walk(taken, step, offered)
            taken[step.name] = str(answer)
            step = self.next_step(step, taken)
        return Walk(taken, None)

    def asked(self, answers: Answers, name: str | None) -> Step | None:
        """The step `name`, where a walk of `answers` is at it or has been; without a name, the one that it is at."""
        walk = self.walk(answers)
        if name in walk.answers:
            return self.by_name[str(name)]
        return walk.step if walk.step and name in (None, walk.step.name) else None

    def ahead(self, answers: Answers) -> tuple[Answers, ...]:
        """The complete paths that begin with `answers`."""
        return tuple(path for path in self.paths if all(path.get(n) == c for n, c in answers.items()))

    def fitting(self, answers: Answers) -> Answers:
        """Those of `answers` that fit, in the flow's order: the ones walked, and those some way ahead still takes.

        An answer given early (by a link, or before an earlier one was changed) is kept until it can't be used.
        """
        walked = self.walk(answers).answers
        open_paths = self.ahead(walked)
        return {
            step.name: answers[step.name]
            for step in self.steps
            if step.name in answers and any(path.get(step.name) == answers[step.name] for path in open_paths)
        }

    def still_asked(self, step: Step, answers: Answers) -> tuple[int, int]:
        """The fewest and the most questions from `step` on, itself counted, that `answers` leave to be asked.

        An answer that is there already, and fits whatever is chosen at `step`, is not asked for again.
        """
        known = self._known.get(key := (step.name, tuple(answers.items())))
        if known is None:
            counts = set(self._counts(step, answers))
            known = self._known[key] = (min(counts), max(counts))
        return known

    @cached_property
    def _known(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], tuple[int, int]]:
        return {}

    def _counts(self, step: Step, answers: Answers) -> Iterator[int]:
        for choice in step.offered(self.walk(answers).answers):
            following = self.fitting({**answers, step.name: choice.id})
            asked = self.walk(following).step
            if asked is None:
                yield 1
            else:
                yield from (1 + count for count in self._counts(asked, following))

    def explore(self) -> Iterator[Path]:
        """Every path from the first step, in the order of the choices; a wrong one ends at its problem."""
        yield from self._explore(self.steps[0], {})

    def _explore(self, step: Step, taken: Answers) -> Iterator[Path]:
        if step.name in taken:
            yield Path(taken, f"step {step.name}: asked twice after {describe(taken)}")
            return
        offered = step.offered(taken)
        if not offered:
            yield Path(taken, f"step {step.name}: no choice is offered after {describe(taken)}")
        for choice in offered:
            answers = {**taken, step.name: choice.id}
            try:
                following = self.next_step(step, answers)
            except FlowError as error:
                yield Path(answers, str(error))
                continue
            if following is None:
                yield Path(answers)
            else:
                yield from self._explore(following, answers)
