"""Marks journeys that begin in a burst from one network. docs/growth.md says how the thresholds were chosen."""

from dataclasses import replace

from wizard.visitor.journey import Checked, Journey
from wizard.web.client_address import client_address, keyed_hash, network
from wizard.web.window_counts import SlidingWindow

SECONDS = 60
IPV4_PREFIX, IPV6_PREFIX = 24, 48
"""The prefixes of a network: the smallest that providers assign, so that a script has one address within it."""


class NewJourneys:
    """Counts new journeys by network, in this process's memory, as keyed hashes that are kept for a minute.

    Beyond `per_minute` of them, further ones are a burst; 0 counts nothing. `key` is what networks are hashed with.
    """

    def __init__(self, per_minute: int, key: str) -> None:
        self._window = SlidingWindow(per_minute, SECONDS) if per_minute else None
        self._key = key

    def counted(self, journey: Journey, *, is_ahead: bool) -> Journey:
        """The new `journey` of the current request, marked where it is part of a burst.

        A prefetched one (`is_ahead`) is counted later: browsers let shared servers prefetch.
        """
        if journey.burst == "burst":
            return journey
        burst: Checked = "unchecked" if is_ahead else "burst" if self._is_one_too_many() else ""
        return replace(journey, burst=burst) if burst != journey.burst else journey

    def _is_one_too_many(self) -> bool:
        address = client_address()
        if self._window is None or address is None:
            return False
        counted = keyed_hash(network(address, IPV4_PREFIX, IPV6_PREFIX), self._key, "wizard.new-journeys.1")
        return not self._window.hit(counted)
