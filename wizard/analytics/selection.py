"""Which journeys the dashboard is asked for: a span, and what they must have in common. All of it is in the address."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any, Literal, get_args
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, Table, and_, exists, literal, select, true
from werkzeug.datastructures import MultiDict

from wizard.analytics.date_range import DEFAULT, Span, SpanError, named, read_span
from wizard.analytics.names import DIMENSION_NAMES, quoted
from wizard.events.model import Suspicion
from wizard.events.rows import within
from wizard.storage.schema import journey_steps, journeys

DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    "source": ("utm_source",),
    "campaign": ("utm_campaign",),
    "page": ("embed_origin", "embed_path"),
    "referrer": ("referrer_host",),
    "language": ("locale",),
    "device": ("device",),
    "persona": ("persona",),
}
"""What journeys can be filtered by, and the columns that hold it; a value of several is one after the other."""

UNKNOWN = "-"
"""What stands in an address for a value that is not known. A value that begins with it is written with one more."""

OUTCOMES: Mapping[str, Mapping[str, int]] = {
    "viewed": {"viewed": 1},
    "started": {"started": 1},
    "finished": {"started": 1, "finished": 1},
    "clicked": {"started": 1, "clicked": 1},
    "handoff": {"started": 1, "handoff": 1},
    "converted": {"started": 1, "converted": 1},
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

SUSPICIONS: tuple[Suspicion, ...] = tuple(mark for mark in get_args(Suspicion) if mark)
"""The marks of suspect journeys; all others have none, which is an empty text."""

Suspects = Literal["excluded", "included", "only"]
"""Whether journeys that are marked as suspect are among those selected."""

SUSPECTS: Mapping[str, Suspects] = {"include": "included", "only": "only"}
"""The values of the parameter `suspects`; without it, suspect journeys are excluded."""

MOST_VALUES = 20
"""How many values a condition may have: each is looked up for each journey, and databases take only so many."""

LEFT_OUT = ", and is left out: these are more journeys than were asked for"

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True)
class Selection:
    """Journeys that began in `span`, each of whose `filters` (dimension to value) and `conditions` holds.

    Conditions are pairs of a name and a value, as the address has them, in the order of `CONDITIONS`; all must hold.
    """

    span: Span
    filters: Mapping[str, str] = field(default_factory=dict)
    conditions: tuple[tuple[str, str], ...] = ()
    suspects: Suspects = "excluded"

    def parameters(self) -> list[tuple[str, str]]:
        """It as it stands in an address; `read_selection` reads the same again."""
        filters = [(name, _written(self.filters[name])) for name in DIMENSIONS if name in self.filters]
        suspects = [("suspects", text) for text, value in SUSPECTS.items() if value == self.suspects]
        return [*self.span.parameters(), *filters, *self.conditions, *suspects]

    def query(self, **more: str) -> str:
        """It as an address's query, with `more` parameters at its end."""
        return urlencode([*self.parameters(), *more.items()])

    def also(self, *conditions: tuple[str, str], **filters: str) -> "Selection":
        """The same with these conditions besides, and these filters in place of their own."""
        return replace(self, filters={**self.filters, **filters}, conditions=(*self.conditions, *conditions))

    def without(self, *names: str) -> "Selection":
        """The same without the filters and conditions of these names; `suspects` is one of them."""
        kept = {name: value for name, value in self.filters.items() if name not in names}
        return replace(
            self,
            filters=kept,
            conditions=tuple(each for each in self.conditions if each[0] not in names),
            suspects="excluded" if "suspects" in names else self.suspects,
        )

    def where(self) -> list[ColumnElement[bool]]:
        """What must hold of a row of `journeys`."""
        return [*self._in_span(), *self.narrowing()]

    def where_by_time(self) -> list[ColumnElement[bool]]:
        """The same for a statement that is to find its rows by the time when they began, and by no other index."""
        return [*self._in_span(), *unindexed(self.narrowing())]

    def narrowing(self) -> list[ColumnElement[bool]]:
        """The same without the span."""
        filters = [condition for name, value in self.filters.items() for condition in _has(name, value)]
        conditions = [each for name, value in self.conditions for each in CONDITIONS[name](value)]
        return [*is_selected(journeys, self.suspects), *filters, *conditions]

    def _in_span(self) -> list[ColumnElement[bool]]:
        return within(journeys.c.began_ms, self.span.period.since_ms, self.span.period.until_ms)


@dataclass(frozen=True)
class Reading:
    """What an address asks for, and a line for each part of it that can't be read and is left out."""

    selection: Selection
    problems: tuple[str, ...]


def read_selection(given: MultiDict[str, str], zone: tzinfo, now_ms: int) -> Reading:
    """The selection that an address asks for. What can't be read is told, and left out; an empty value is none."""
    problems = []
    try:
        span = read_span(given, zone, now_ms)
    except SpanError as error:
        problems.append(f"{error}. These are the last 28 days")
        span = named(DEFAULT, zone, now_ms)
    filters = {}
    for name in filter(given.get, DIMENSIONS):
        if "\0" in given[name]:  # no database has it in a text, and PostgreSQL will not even look for it
            problems.append(f"{quoted(given[name])} can't be read as {DIMENSION_NAMES[name].lower()}{LEFT_OUT}")
        else:
            filters[name] = _read(given[name])
    conditions = []
    for name, condition in CONDITIONS.items():
        values = list(dict.fromkeys(filter(None, given.getlist(name))))
        if len(values) > MOST_VALUES:
            problems.append(f"What is beyond {MOST_VALUES} conditions on {CONDITION_NAMES[name]} is too much{LEFT_OUT}")
        for value in values[:MOST_VALUES]:
            try:
                condition(value)
            except (KeyError, ValueError):
                problems.append(f"{quoted(value)} can't be read as {CONDITION_NAMES[name]}{LEFT_OUT}")
            else:
                conditions.append((name, value))
    suspects = given.get("suspects", "")
    if suspects and suspects not in SUSPECTS:
        problems.append(f"{quoted(suspects)} can't be read as a choice of suspect visits, which are left out")
    found = Selection(span, filters, tuple(conditions), SUSPECTS.get(suspects, "excluded"))
    return Reading(found, tuple(problems))


def is_selected(table: Table, suspects: Suspects) -> list[ColumnElement[bool]]:
    """What must hold of a row of `journeys` or `journey_steps` for this choice of suspect journeys."""
    if suspects == "included":
        return []
    # Equality with each mark, since no index can be searched for what is unlike something.
    return [table.c.suspect == "" if suspects == "excluded" else table.c.suspect.in_(SUSPICIONS)]


def unindexed(conditions: Sequence[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    """The conditions as one expression that fits no index, so that rows are read in the order of another.

    Taken apart, SQLite would look rows up by a flag or a mark that nearly all of them share.
    """
    return [and_(*conditions).is_(true())] if conditions else []


def value_of(row: Any, dimension: str) -> str:
    """The value that a row of `journeys`, or its cell, has in a dimension; empty where it is not known."""
    first, *more = DIMENSIONS[dimension]
    value: str = getattr(row, first)
    return value + "".join(getattr(row, column) for column in more) if more else value


def _written(value: str) -> str:
    return UNKNOWN + value if not value or value.startswith(UNKNOWN) else value


def _read(text: str) -> str:
    return text.removeprefix(UNKNOWN)


def _has(dimension: str, value: str) -> Iterator[ColumnElement[bool]]:
    if dimension != "page":
        yield journeys.c[DIMENSIONS[dimension][0]] == value
        return
    scheme, _, rest = value.partition("//")
    host, slash, path = rest.partition("/")
    yield journeys.c.embed_origin == (f"{scheme}//{host}" if rest else value)
    yield journeys.c.embed_path == slash + path


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
