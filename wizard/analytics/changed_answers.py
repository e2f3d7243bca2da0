"""Changed answers: from which first answer to which current one, at each step."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select, text

from wizard.analytics.conditions import DID
from wizard.analytics.scope import marked
from wizard.analytics.selection import Selection
from wizard.storage.schema import WANDERED, journey_steps, journeys


@dataclass(frozen=True, slots=True)
class ChangedAnswer:
    """So many `journeys` gave the answer `first`, changed it, and have the answer `current` now.

    The two are the same where a visitor returned to the first answer. Where no answer stands any more, because the
    question is no longer asked, `current` is the last that was given.
    """

    first: str
    current: str
    journeys: int

    @property
    def is_return(self) -> bool:
        """Whether these journeys have their first answer again."""
        return self.first == self.current


ChangedAnswers = Mapping[str, tuple[ChangedAnswer, ...]]
"""For each step where an answer was changed, the most frequent change first."""


def read_changed_answers(connection: Connection, selection: Selection, steps: Collection[str]) -> ChangedAnswers:
    """The changes of a selection's journeys at these steps, by each step's own visitors. Raises SQLAlchemyError.

    Without filters they come from an index of the few visitors who changed, went back or saw an error; with filters,
    from the steps of the journeys that are left.
    """
    if not steps:
        return {}
    is_narrowed = selection.filters or selection.conditions
    statement = _of_selection(selection) if is_narrowed else _of_scope(selection)
    found: dict[str, list[ChangedAnswer]] = defaultdict(list)
    for step, *change in connection.execute(statement.where(journey_steps.c.step.in_(sorted(steps)))):
        found[step].append(ChangedAnswer(*change))
    return {step: tuple(sorted(changes, key=_rank)) for step, changes in found.items()}


def _rank(change: ChangedAnswer) -> tuple[int, str, str]:
    return -change.journeys, change.first, change.current


def _counted() -> Select[Any]:
    rows = journey_steps.c
    group = rows.step, rows.first_answer, rows.answer
    return select(*group, func.count()).where(DID["changed"].condition).group_by(*group)


def _of_scope(selection: Selection) -> Select[Any]:
    return _counted().where(text(WANDERED), *marked(journey_steps, selection.scope))


def _of_selection(selection: Selection) -> Select[Any]:
    rows = journey_steps.c
    alike = and_(journeys.c.began_ms == rows.began_ms, journeys.c.journey_id == rows.journey_id)
    return _counted().select_from(journeys.join(journey_steps, alike)).where(*selection.where_by_time())
