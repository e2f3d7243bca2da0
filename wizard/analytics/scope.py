"""Which journeys a report counts, and the conditions that select their rows.

Where an index begins with `suspect`, rows are selected by equality with each mark. Where they are read in another
order, they are selected by one expression that fits no index, so that the database keeps to that order.
"""

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Table

from wizard.analytics.selection import SUSPICIONS, Suspects, is_selected, unindexed
from wizard.events.model import Suspicion
from wizard.events.periods import Period
from wizard.events.rows import within


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


def marked(table: Table, scope: Scope) -> list[ColumnElement[bool]]:
    """The rows of the scope, for an index that begins with `suspect`."""
    first, *more = scope.marks
    return [table.c.suspect.in_((first, *more)) if more else table.c.suspect == first, *inside(table, scope)]


def in_other_order(table: Table, scope: Scope) -> list[ColumnElement[bool]]:
    """The rows of the scope, for another index or the table itself."""
    return [*inside(table, scope), *unindexed(is_selected(table, scope.suspects))]
