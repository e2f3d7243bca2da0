"""What can be asked of journeys one by one, beside their dimensions: how far they came, what was done at a step."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, literal, select

from wizard.analytics.stages import STAGES
from wizard.storage.schema import journey_steps, journeys

OUTCOMES: Mapping[str, Mapping[str, int]] = {
    **{name: stage.flags for name, stage in STAGES.items()},
    "not_started": {"started": 0},
    "not_finished": {"started": 1, "finished": 0},
    "not_clicked": {"started": 1, "finished": 1, "clicked": 0},
    "linked": {"started": 0, "finished": 1},
    "linked_clicked": {"started": 0, "clicked": 1},
    "linked_converted": {"started": 0, "converted": 1},
}
"""How far journeys came. The `linked` ones came to a result without an answer of their own: their link held all."""

THEN: Mapping[str, tuple[int, str]] = {
    "followed": (1, "recommended"),
    "alternative": (1, "alternative"),
    "left": (0, ""),
}
"""What was done with a result: flag and position of the last click."""

rows = journey_steps.c
DID: Mapping[str, ColumnElement[bool]] = {
    "reached": rows.prefilled == 0,
    "answered": and_(rows.prefilled == 0, rows.answered == 1),
    "left": and_(rows.prefilled == 0, rows.answered == 0),
    "met_error": and_(rows.prefilled == 0, rows.errors > 0),
    "went_back": and_(rows.prefilled == 0, rows.went_back > 0),
    "changed": and_(rows.prefilled == 0, rows.changes > 0),
}
"""What a step's own visitors did there; docs/reports.md defines each."""

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def _outcome(value: str) -> list[ColumnElement[bool]]:
    return [journeys.c[name] == flag for name, flag in OUTCOMES[value].items()]


def _then(value: str) -> list[ColumnElement[bool]]:
    clicked, position = THEN[value]
    return [journeys.c.finished == 1, journeys.c.clicked == clicked, journeys.c.clicked_position == position]


def _recommended(value: str) -> list[ColumnElement[bool]]:
    return [journeys.c.recommended == _name(value)]


def _declined(value: str) -> list[ColumnElement[bool]]:
    return [_holds(journeys.c.declined, ",", _name(value))]


def _edge(value: str) -> list[ColumnElement[bool]]:
    one, _, other = value.partition(".")
    return [_holds(journeys.c.edges, " ", f"{_name(one)}>{_name(other)}")]


def _did(value: str) -> list[ColumnElement[bool]]:
    step, _, what = value.partition(".")
    return [exists(_steps(step).where(DID[what]))]


def _answer(value: str) -> list[ColumnElement[bool]]:
    step, _, choice = value.partition(".")
    return [exists(_steps(step).where(DID["answered"], rows.answer == _answer_name(choice)))]


def _steps(step: str) -> Select[Any]:
    return (
        select(literal(1)).where(rows.journey_id == journeys.c.journey_id, rows.step == _name(step)).correlate(journeys)
    )


def _holds(column: ColumnElement[str], separator: str, item: str) -> ColumnElement[bool]:
    """Whether `item` is one of those in `column`, which have a separator between them."""
    return (literal(separator) + column + separator).contains(separator + item + separator, autoescape=True)


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError
    return text


def _answer_name(text: str) -> str:
    if not text:
        raise ValueError
    return _name(f"a{text}")[1:]  # a choice may begin with a digit


CONDITIONS: Mapping[str, Callable[[str], list[ColumnElement[bool]]]] = {
    "outcome": _outcome,
    "recommended": _recommended,
    "then": _then,
    "declined": _declined,
    "did": _did,
    "answer": _answer,
    "edge": _edge,
}
"""The conditions by their names; each raises ValueError or KeyError for a value that can't be read."""

CONDITION_NAMES: Mapping[str, str] = {
    "outcome": "how far journeys came",
    "recommended": "what was recommended",
    "then": "what was done with a recommendation",
    "declined": "what was asked for and isn't offered",
    "did": "what happened at a question",
    "answer": "an answer to a question",
    "edge": "a way from one question to another",
}
