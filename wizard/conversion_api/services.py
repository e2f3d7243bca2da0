"""What the conversion API works with, made once by `create_app`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from flask import current_app

from wizard.clock import Clock
from wizard.events.handoff import Handoffs
from wizard.events.log import Appended
from wizard.events.model import Event
from wizard.events.projection import JourneyRow

EXTENSION = "wizard.conversions"


class ConversionLog(Protocol):
    """What the API needs of the log; both raise SQLAlchemyError where the database can't be used."""

    def journey(self, journey_id: str) -> JourneyRow | None:
        """The folded row of one journey, if it is there."""

    def append(self, asked: Iterable[Event], implied: Iterable[Event] = ()) -> Appended:
        """Store what is not there yet; on return it is committed."""


@dataclass(frozen=True)
class Conversions:
    """The log, the keys that the signup service may show, and the handoffs that it sends back.

    `reject` counts a refused request in the ledger under a reason. `is_spooling` says whether events wait to be
    written to the log, in any worker's spool.
    """

    log: ConversionLog
    keys: Sequence[str]
    handoffs: Handoffs
    reject: Callable[[str], None]
    is_spooling: Callable[[], bool]
    clock: Clock


def conversions() -> Conversions:
    """What the current application's API works with."""
    found: Conversions = current_app.extensions[EXTENSION]
    return found
