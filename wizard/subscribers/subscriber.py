"""What a subscriber is: a name, the size of its batches, and a function that delivers changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from wizard.errors import WizardError


class Unavailable(WizardError):
    """A subscriber can't take changes now; the message says why. All of them are tried again later."""


@dataclass(frozen=True, slots=True)
class Change:
    """A journey that changed. `version` grows with each of its changes.

    With `is_gone`, it was erased since its last delivery. It may be in the log again, as simulated visits may.
    """

    journey_id: str
    version: int
    is_gone: bool


class Subscriber(Protocol):
    """Gets changes delivered."""

    @property
    def name(self) -> str:
        """What the subscriber is called in the log, in commands and in metrics, such as "warehouse"."""

    @property
    def batch_size(self) -> int:
        """The most changes that are delivered at once."""

    @property
    def pause_seconds(self) -> float:
        """The shortest time between two deliveries, unless a whole batch waits."""

    def deliver(self, log: Connection, changes: Sequence[Change]) -> None:
        """Deliver these changes, at most one of each journey, by id. On return they are stored where they belong.

        `log` is the snapshot in which they were read, so that journeys have the state of these versions there. Those
        that are gone are to be removed first. The same change may be delivered again, also after a later one of its
        journey.
        Raises Unavailable where nothing can be delivered now. Any other error means that a change is refused: halves
        of the batch are tried then, down to the one change. Messages are logged, so they
        must not hold what is in the log.
        """
