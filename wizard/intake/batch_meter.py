"""Counts the batches of events that are stored in the log, for metrics."""

from typing import Protocol


class BatchMeter(Protocol):
    """What counts batches."""

    def count_batch(self, events: int, seconds: float) -> None:
        """Count a batch that was stored."""

    def count_failure(self) -> None:
        """Count a round that failed."""


class NoMeter:
    """Counts nothing."""

    def count_batch(self, events: int, seconds: float) -> None:
        """Do nothing."""

    def count_failure(self) -> None:
        """Do nothing."""


NO_METER = NoMeter()
