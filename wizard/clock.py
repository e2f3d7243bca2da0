"""The clock: one for the whole application, made in `create_app` and handed to each part."""

from collections.abc import Callable
from time import time_ns

Clock = Callable[[], int]
"""Gives milliseconds since the epoch, UTC."""


def system_ms() -> int:
    """What this machine's clock shows, in milliseconds since the epoch."""
    return time_ns() // 1_000_000
