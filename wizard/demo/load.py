"""Puts demo data into a log that holds nothing else, and takes it out of one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import ColumnElement, func, select

from wizard.errors import WizardError
from wizard.events.log import Erased, Log
from wizard.events.model import DEMO_PREFIX, Event
from wizard.storage.schema import journeys

VISITS_AT_ONCE = 500
"""How many are stored in one transaction: more would be no faster, and keep other writers waiting."""


class RealJourneys(WizardError):
    """Demo data would mingle with the real thing."""


@dataclass(frozen=True, slots=True)
class Added:
    """What an addition came to; `present` counts events that were there already, or were told twice."""

    journeys: int
    stored: int
    present: int


def add(log: Log, visits: Iterable[list[Event]], on_progress: Callable[[int], None]) -> Added:
    """Store the events of `visits`, telling `on_progress` of more that are in. Raises RealJourneys, SQLAlchemyError."""
    _refuse_real(log)
    names, stored, present = 0, 0, 0
    for some in _batches(iter(visits)):
        events = [event for visit in some for event in visit]
        appended = log.append(events)
        names += len({event.context.journey_id for event in events})
        stored, present = stored + appended.stored, present + appended.duplicate
        on_progress(len(some))
    return Added(names, stored, present)


def remove(log: Log, on_progress: Callable[[int], None]) -> Erased:
    """Erase the demo journeys and nothing else, telling `on_progress` of more that are out. Raises SQLAlchemyError."""
    gone = Erased(0, 0)
    last = ""
    while names := _demo_journeys(log, last):
        erased = log.erase(names)
        gone = Erased(gone.journeys + erased.journeys, gone.events + erased.events)
        on_progress(len(names))
        last = names[-1]
    return gone


def count(log: Log) -> int:
    """How many demo journeys there are."""
    with log.database.reader.connect() as connection:
        return int(connection.execute(select(func.count()).where(_is_demo())).scalar_one())


def _refuse_real(log: Log) -> None:
    with log.database.reader.connect() as connection:
        real = connection.execute(select(journeys.c.journey_id).where(~_is_demo()).limit(1)).first()
    if real:
        raise RealJourneys(
            "WIZARD_DATABASE_URL: this log holds real journeys; allowed for demo data: one without, such as a new file"
        )


def _demo_journeys(log: Log, after: str) -> list[str]:
    name = journeys.c.journey_id
    found = select(name).where(_is_demo(), name > after).order_by(name).limit(VISITS_AT_ONCE)
    with log.database.reader.connect() as connection:
        return list(connection.execute(found).scalars())


def _is_demo() -> ColumnElement[bool]:
    return func.substr(journeys.c.journey_id, 1, len(DEMO_PREFIX)) == DEMO_PREFIX


def _batches(visits: Iterator[list[Event]]) -> Iterator[list[list[Event]]]:
    while some := list(islice(visits, VISITS_AT_ONCE)):
        yield some
