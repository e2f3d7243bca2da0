"""Conditions of the list besides dimensions: the stage that journeys reached, what was done at a step."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, literal, not_, or_, select

from wizard.analytics.age import ANY, Age
from wizard.analytics.stages import PREFILLED, STAGES
from wizard.storage.by_store import ConditionByStore
from wizard.storage.schema import journey_steps, journeys


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far journeys got: what their flags are, and the name of that on pages."""

    flags: Mapping[str, int]
    words: str


OUTCOMES: Mapping[str, Outcome] = {
    **{key: Outcome(stage.flags, stage.words or stage.label) for key, stage in STAGES.items()},
    "not_started": Outcome({"started": 0}, "Did not start"),
    "not_finished": Outcome({"started": 1, "finished": 0}, "Started, did not finish"),
    "not_clicked": Outcome({"started": 1, "finished": 1, "clicked": 0}, "Finished, did not click through"),
    **{each.outcome: Outcome({"started": 0, key: 1}, each.words) for key, each in PREFILLED.items()},
}
"""The stages, and what lies between them, by their names in an address."""


@dataclass(frozen=True, slots=True)
class NextAction:
    """What visitors did with a result: flag and position of the last click, and the name of that on pages."""

    clicked: int
    position: str
    words: str


THEN: Mapping[str, NextAction] = {
    "followed": NextAction(1, "recommended", "Clicked the recommendation"),
    "alternative": NextAction(1, "alternative", "Clicked an alternative"),
    "left": NextAction(0, "", "Finished, no click"),
}


@dataclass(frozen=True, slots=True)
class Did:
    """What a step's own visitors did there, as a condition on its row, and the name of that on pages."""

    condition: ColumnElement[bool]
    words: str


rows = journey_steps.c
DID: Mapping[str, Did] = {
    "reached": Did(rows.prefilled == 0, "Reached"),
    "answered": Did(and_(rows.prefilled == 0, rows.answered == 1), "Answered"),
    "left": Did(and_(rows.prefilled == 0, rows.answered == 0), "Dropped off at"),
    "met_error": Did(and_(rows.prefilled == 0, rows.errors > 0), "Saw an error at"),
    "went_back": Did(and_(rows.prefilled == 0, rows.went_back > 0), "Went back to"),
    "changed": Did(and_(rows.prefilled == 0, rows.changes > 0), "Changed the answer to"),
}
"""docs/reports.md defines each."""

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def _outcome(value: str, age: Age) -> list[ColumnElement[bool]]:
    return [_flag(name, age) == flag for name, flag in OUTCOMES[value].flags.items()]


def _then(value: str, age: Age) -> list[ColumnElement[bool]]:
    action, own = THEN[value], journeys.c
    found = [_flag("finished", age) == 1, _flag("clicked", age) == action.clicked]
    # A click that came too late to count still has its position.
    return found if age.is_limited and not action.clicked else [*found, own.clicked_position == action.position]


def _flag(name: str, age: Age) -> ColumnElement[int]:
    return age.flag(name) if age.is_limited else journeys.c[name]


def _recommended(value: str, _age: Age) -> list[ColumnElement[bool]]:
    return [journeys.c.recommended == _name(value)]


def _declined(value: str, _age: Age) -> list[ColumnElement[bool]]:
    return [_holds(journeys.c.declined, ",", _name(value))]


def _edge(value: str, _age: Age) -> list[ColumnElement[bool]]:
    one, _, other = value.partition(".")
    return [_holds(journeys.c.edges, " ", f"{_name(one)}>{_name(other)}")]


def _did(value: str, age: Age) -> list[ColumnElement[bool]]:
    step, _, what = value.partition(".")
    condition = DID[what].condition
    if age.is_limited:
        reached = or_(rows.reached_ms.is_(None), age.counts(rows.reached_ms, rows.began_ms))
        in_time = or_(rows.answered_ms.is_(None), age.counts(rows.answered_ms, rows.began_ms))
        answered = and_(rows.answered == 1, in_time)
        limited = {"answered": [answered], "left": [rows.prefilled == 0, not_(answered)]}
        condition = and_(reached, *limited.get(what, [condition]))
    return [_has_step(step, condition)]


def _answer(value: str, _age: Age) -> list[ColumnElement[bool]]:
    step, _, choice = value.partition(".")
    return [_has_step(step, DID["answered"].condition, rows.answer == _answer_name(choice))]


def _changed(value: str, _age: Age) -> list[ColumnElement[bool]]:
    step, _, answers = value.partition(".")
    first, _, current = answers.partition(".")
    is_change = rows.first_answer == _answer_name(first), rows.answer == _answer_name(current)
    return [_has_step(step, DID["changed"].condition, *is_change)]


def _has_step(step: str, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a journey has this step with a row that fulfils the conditions: looked up, or among all that have it."""
    own, is_step = journeys.c.journey_id, and_(rows.step == _name(step), *conditions)
    return ConditionByStore(
        rows=exists(select(literal(1)).where(rows.journey_id == own, is_step).correlate(journeys)),
        columns=own.in_(select(rows.journey_id).where(is_step)),
    )


def _holds(column: ColumnElement[str], separator: str, item: str) -> ColumnElement[bool]:
    """Whether `item` is one of those in `column`, which have a separator between them."""
    return ConditionByStore(
        rows=(literal(separator) + column + separator).contains(separator + item + separator, autoescape=True),
        columns=func.has(func.splitByString(separator, column), item),
    )


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError
    return text


def _answer_name(text: str) -> str:
    if not text:
        raise ValueError
    return _name(f"a{text}")[1:]  # a choice may begin with a digit


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of a row of `journeys` for a value of an address, and what errors call such a value.

    `read` is given the value, and until when what happens in a journey counts. It raises ValueError or KeyError for a
    value that can't be read.
    """

    read: Callable[[str, Age], list[ColumnElement[bool]]]
    name: str

    def where(self, value: str, age: Age = ANY) -> list[ColumnElement[bool]]:
        """What must hold of the row. Raises ValueError or KeyError for a value that can't be read."""
        return self.read(value, age)


CONDITIONS: Mapping[str, Condition] = {
    "outcome": Condition(_outcome, "the stage that journeys reached"),
    "recommended": Condition(_recommended, "what was recommended"),
    "then": Condition(_then, "what was done with a recommendation"),
    "declined": Condition(_declined, "what was asked for and isn't offered"),
    "did": Condition(_did, "what happened at a question"),
    "answer": Condition(_answer, "an answer to a question"),
    "changed": Condition(_changed, "a changed answer"),
    "edge": Condition(_edge, "a path from one question to another"),
}
"""The conditions by their names in an address."""
