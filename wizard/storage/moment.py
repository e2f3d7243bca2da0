"""What a page is read from: connections whose figures are of one moment, and where they come from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where figures come from if a warehouse is set: the warehouse, or else the log. Times in ms since the epoch.

    `as_of_ms` is when the oldest change happened that the warehouse does not have yet; None if it has all. Read from
    the log, `gone_since_ms` is since when the warehouse can't be read; None while it is being filled, with `filled`
    journeys so far.
    """

    is_warehouse: bool
    as_of_ms: int | None = None
    gone_since_ms: int | None = None
    filled: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """Connections to read with: journeys, steps and events from `figures`, and all that only the log has from `log`.

    `standing` is None where no warehouse is set, so that both are the log.
    """

    figures: Connection
    log: Connection
    standing: Standing | None = None


class Source(Protocol):
    """What figures are read from: a log's `Database`, or `Readings` of a log and its warehouse."""

    def read(self, work: Callable[[Moment], T]) -> T:
        """What `work` comes to, all of it as of one moment. `work` may be called several times.

        Raises what `work` does, SQLAlchemyError and FiguresUnavailable.
        """
        ...

    def __hash__(self) -> int: ...
