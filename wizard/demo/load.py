"""Adds simulated visits to a log without real ones, and removes them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import ColumnElement, func, select

from wizard.errors import WizardError
from wizard.events.erasures import Erased
from wizard.events.log import Log
from wizard.events.model import DEMO_PREFIX, Event
from wizard.storage.schema import journeys

VISITS_AT_ONCE = 500
"""Visits stored per transaction: more are no faster, and block other writers for longer."""


class RealJourneys(WizardError):
    """The log holds real journeys, so demo data is refused."""


@dataclass(frozen=True, slots=True)
class Added:
    """The counts of an addition. `present` are events that were in the log already, or occur twice."""

    journeys: int
    stored: int
    present: int


def add(log: Log, visits: Iterable[list[Event]], on_progress: Callable[[int], None]) -> Added:
    """Store the events of `visits`, reporting the number of visits to `on_progress` after each batch.

    Raises RealJourneys and SQLAlchemyError.
    """
    _refuse_real(log)
    journeys = stored = present = 0
    for batch in _batches(iter(visits)):
        events = [event for visit in batch for event in visit]
        appended = log.append(events)
        journeys += len({event.context.journey_id for event in events})
        stored, present = stored + appended.stored, present + appended.duplicate
        on_progress(len(batch))
    return Added(journeys, stored, present)


def remove(log: Log, on_progress: Callable[[int], None]) -> Erased:
    """Erase all demo journeys, reporting their number to `on_progress` after each batch. Raises SQLAlchemyError."""
    erased = Erased()
    last = ""
    while journey_ids := _demo_journeys(log, last):
        erased += log.erase(journey_ids)
        on_progress(len(journey_ids))
        last = journey_ids[-1]
    return erased


def count(log: Log) -> int:
    """The number of demo journeys in the log."""
    with log.database.reader.connect() as connection:
        return int(connection.execute(select(func.count()).where(_is_demo())).scalar_one())


def _refuse_real(log: Log) -> None:
    with log.database.reader.connect() as connection:
        real = connection.execute(select(journeys.c.journey_id).where(~_is_demo()).limit(1)).first()
    if real:
        raise RealJourneys(
            "WIZARD_DATABASE_URL: given a log with real journeys; allowed for demo data: one without, such as a new one"
        )


def _demo_journeys(log: Log, after: str) -> list[str]:
    journey_id = journeys.c.journey_id
    found = select(journey_id).where(_is_demo(), journey_id > after).order_by(journey_id).limit(VISITS_AT_ONCE)
    with log.database.reader.connect() as connection:
        return list(connection.execute(found).scalars())


def _is_demo() -> ColumnElement[bool]:
    return func.substr(journeys.c.journey_id, 1, len(DEMO_PREFIX)) == DEMO_PREFIX


def _batches(visits: Iterator[list[Event]]) -> Iterator[list[list[Event]]]:
    while batch := list(islice(visits, VISITS_AT_ONCE)):
        yield batch
