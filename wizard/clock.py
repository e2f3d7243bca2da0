"""The clock: one for the whole application, given to `create_app`."""

from collections.abc import Callable
from time import time_ns

Clock = Callable[[], int]
"""Returns the milliseconds since the epoch, UTC."""


def system_ms() -> int:
    """The milliseconds since the epoch by this machine's clock."""
    return time_ns() // 1_000_000
