"""How far a journey came: the stages of the funnel, which every figure counts by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func

from wizard.storage.schema import journeys


@dataclass(frozen=True, slots=True)
class Stage:
    """`name` is its flag, a column of `journeys`; `label` is what pages call it.

    With `is_of_started`, only journeys that started are counted.
    """

    name: str
    label: str
    is_of_started: bool = True

    @property
    def flags(self) -> Mapping[str, int]:
        """What the columns of a journey are that is counted."""
        return {"started": 1, self.name: 1} if self.is_of_started else {self.name: 1}

    def holds(self, row: Any) -> bool:
        """Whether a row of `journeys`, or its cell, is counted."""
        return bool(getattr(row, self.name) and (row.started or not self.is_of_started))

    def count(self) -> ColumnElement[int]:
        """How many rows of `journeys` are counted."""
        return _count(self.flags).label(self.name)

    def count_unstarted(self) -> ColumnElement[int]:
        """How many got there without an answer of their own: all answers came with the link."""
        return _count({"started": 0, self.name: 1}).label(f"{self.name}_unstarted")


def _count(flags: Mapping[str, int]) -> ColumnElement[int]:
    return func.sum(case((and_(*(journeys.c[name] == flag for name, flag in flags.items())), 1), else_=0))


STAGES: Mapping[str, Stage] = {
    each.name: each
    for each in (
        Stage("viewed", "Viewed", is_of_started=False),
        Stage("started", "Started", is_of_started=False),
        Stage("finished", "Finished"),
        Stage("clicked", "Clicked through"),
        Stage("handoff", "Clicked through with a handoff"),
        Stage("converted", "Converted"),
    )
}
"""By their names, in the funnel's order; each is a column of the index that counts them.

`handoff` is a click that took a handoff along, without which no signup can be reported.
"""

UNSTARTED = ("finished", "clicked", "converted")
"""The stages whose journeys without an answer of their own are counted, too, apart from all others."""
