"""Which journeys are counted: those of a period, with or without suspect ones. The conditions that select their rows.

Where an index begins with `suspect`, rows are selected by equality with each mark. Where they are read in another
order, they are selected by one expression that fits no index, so that the database keeps to that order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from sqlalchemy import ColumnElement, Table, and_, true

from wizard.events.model import Suspicion
from wizard.events.periods import Period
from wizard.events.rows import within

SUSPICIONS: tuple[Suspicion, ...] = tuple(mark for mark in get_args(Suspicion) if mark)
"""The marks of suspect journeys; all others have none, which is an empty text."""

Suspects = Literal["excluded", "included", "only"]
"""Whether journeys that are marked as suspect are among those selected."""

SUSPECTS: Mapping[str, Suspects] = {"include": "included", "only": "only"}
"""How a choice of suspect journeys is written, in an address and on the command line; without it, they are excluded."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The journeys that began in `period`: without suspect ones, with them, or these alone."""

    period: Period = field(default_factory=Period)
    suspects: Suspects = "excluded"

    @property
    def marks(self) -> tuple[Suspicion, ...]:
        """What `suspect` is for these journeys."""
        return {"excluded": ("",), "included": ("", *SUSPICIONS), "only": SUSPICIONS}[self.suspects]


def inside(table: Table, scope: Scope) -> list[ColumnElement[bool]]:
    """The rows of the period, suspect or not."""
    return within(table.c.began_ms, scope.period.since_ms, scope.period.until_ms)


def is_selected(table: Table, suspects: Suspects) -> list[ColumnElement[bool]]:
    """What must hold of a row of `journeys` or `journey_steps` for this choice of suspect journeys."""
    if suspects == "included":
        return []
    # Equality with each mark, since no index can be searched for what is unlike something.
    return [table.c.suspect == "" if suspects == "excluded" else table.c.suspect.in_(SUSPICIONS)]


def marked(table: Table, scope: Scope) -> list[ColumnElement[bool]]:
    """The rows of the scope, for an index that begins with `suspect`: all marks are named, so that it is searched."""
    of_mark = is_selected(table, scope.suspects) or [table.c.suspect.in_(scope.marks)]
    return [*of_mark, *inside(table, scope)]


def in_other_order(table: Table, scope: Scope) -> list[ColumnElement[bool]]:
    """The rows of the scope, for another index or the table itself."""
    return [*inside(table, scope), *unindexed(is_selected(table, scope.suspects))]


def unindexed(conditions: Sequence[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    """The conditions as one expression that fits no index, so that rows are read in the order of another.

    Taken apart, SQLite would look rows up by a flag or a mark that nearly all of them share.
    """
    return [and_(*conditions).is_(true())] if conditions else []
