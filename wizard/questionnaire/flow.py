"""A branching questionnaire as frozen data, and the replay of answers through it.

The edges are data, so that they can be enumerated, checked, drawn and compared.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from wizard.questionnaire.rules import Answers, Condition, FlowError, Rule, decide, describe

REMEMBERED = 1024
"""How many answers' walks are kept: more than the questionnaire has states."""

OUTCOME = "outcome"
"""The target of a rule after the last question."""


@dataclass(frozen=True)
class Choice:
    """One possible answer to a step, offered if all of `when` are true."""

    id: str
    when: tuple[Condition, ...] = ()

    def offered(self, answers: Answers) -> bool:
        """Whether the choice is offered after `answers`."""
        return all(condition.holds(answers) for condition in self.when)


@dataclass(frozen=True)
class Step:
    """One question. After each answer, exactly one of its rules must hold."""

    name: str
    choices: tuple[Choice, ...]
    rules: tuple[Rule[str], ...]

    def offered(self, answers: Answers) -> tuple[Choice, ...]:
        """The choices offered after `answers`."""
        return tuple(choice for choice in self.choices if choice.offered(answers))


@dataclass(frozen=True)
class Walk:
    """The position after a replay of answers.

    `answers` are the valid ones, in the order of the questions. `step` is the next question, with the `choices`
    offered there; it is None if the outcome is reached.
    """

    answers: Answers
    step: Step | None
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Path:
    """One path through the flow: its answers, and the problem at its end if the data is wrong."""

    answers: Answers
    problem: str | None = None


@dataclass(frozen=True)
class Flow:
    """A questionnaire: its steps, starting with the first question."""

    steps: tuple[Step, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Step]:
        """The steps by name."""
        return {step.name: step for step in self.steps}

    @cached_property
    def version(self) -> str:
        """Eight hexadecimal digits that change whenever a step, a choice or a rule does."""
        return hashlib.sha256(repr(self.steps).encode()).hexdigest()[:8]

    @cached_property
    def paths(self) -> tuple[Answers, ...]:
        """The answers of every complete path. Raises FlowError if the data is wrong."""
        found = tuple(self.explore())
        for path in found:
            if path.problem:
                raise FlowError(path.problem)
        return tuple(path.answers for path in found)

    def next_step(self, step: Step, answers: Answers) -> Step | None:
        """The step after `step`, or None for the outcome. Raises FlowError if the data is wrong."""
        goto = decide(step.rules, answers, f"step {step.name}").goto
        if goto == OUTCOME:
            return None
        if goto not in self.by_name:
            raise FlowError(f"step {step.name}: a rule leads to {goto!r}, which is not a step")
        return self.by_name[goto]

    def walk(self, answers: Answers) -> Walk:
        """Replay `answers` from the first question to the first one without a valid answer, or to the outcome.

        Answers to steps that are not asked, and choices that are not offered, are ignored.
        """
        return self._walks(frozenset(answers.items()))

    @cached_property
    def _walks(self) -> Callable[[frozenset[tuple[str, str]]], Walk]:
        return lru_cache(REMEMBERED)(lambda answers: self._walked(dict(answers)))

    def _walked(self, answers: Answers) -> Walk:
        step: Step | None = self.steps[0]
        valid: dict[str, str] = {}
        while step is not None:
            offered = step.offered(valid)
            answer = answers.get(step.name)
            if answer not in {choice.id for choice in offered}:
                return Walk(valid, step, offered)
            valid[step.name] = str(answer)
            step = self.next_step(step, valid)
        return Walk(valid, None)

    def asked(self, answers: Answers, name: str | None) -> Step | None:
        """The step `name` if a replay of `answers` has reached it, else None; without a name, the next question."""
        walk = self.walk(answers)
        if name in walk.answers:
            return self.by_name[str(name)]
        return walk.step if walk.step and name in (None, walk.step.name) else None

    def ahead(self, answers: Answers) -> tuple[Answers, ...]:
        """The complete paths that begin with `answers`."""
        return tuple(path for path in self.paths if all(path.get(n) == c for n, c in answers.items()))

    def fitting(self, answers: Answers) -> Answers:
        """The usable ones of `answers`, in the flow's order: those replayed, and those that a path ahead can use.

        An answer given early (by a link, or before an earlier answer changed) is kept as long as it may be used.
        """
        return self._fittings(self._possible.intersection(answers.items()))

    @cached_property
    def _possible(self) -> frozenset[tuple[str, str]]:
        """Every choice of every step. Only these are looked up: addresses may say anything, at any length."""
        return frozenset((step.name, choice.id) for step in self.steps for choice in step.choices)

    @cached_property
    def _fittings(self) -> Callable[[frozenset[tuple[str, str]]], Answers]:
        return lru_cache(REMEMBERED)(lambda answers: self._fitting(dict(answers)))

    def _fitting(self, answers: Answers) -> Answers:
        open_paths = self.ahead(self.walk(answers).answers)
        return {
            step.name: answers[step.name]
            for step in self.steps
            if step.name in answers and any(path.get(step.name) == answers[step.name] for path in open_paths)
        }

    def still_asked(self, step: Step, answers: Answers) -> tuple[int, int]:
        """The minimum and maximum number of questions left after `answers`, including `step`.

        Questions with a known answer that fits any choice at `step` are not counted.
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
        """Every path from the first step, in the order of the choices. A path with wrong data ends at its problem."""
        return self._explore(self.steps[0], {})

    def _explore(self, step: Step, before: Answers) -> Iterator[Path]:
        if step.name in before:
            yield Path(before, f"step {step.name}: asked twice after {describe(before)}")
            return
        offered = step.offered(before)
        if not offered:
            yield Path(before, f"step {step.name}: no choice is offered after {describe(before)}")
        for choice in offered:
            answers = {**before, step.name: choice.id}
            try:
                following = self.next_step(step, answers)
            except FlowError as error:
                yield Path(answers, str(error))
                continue
            if following is None:
                yield Path(answers)
            else:
                yield from self._explore(following, answers)
