"""Counts requests, and batches of events that are stored, in one process."""

import logging
import os
from collections.abc import Callable
from http import HTTPMethod
from pathlib import Path

from prometheus_client import Counter, Histogram, values

from wizard.config import Settings
from wizard.intake.batch_meter import NO_METER, NoMeter
from wizard.metrics.slots import VARIABLE, take_slot

LOG = logging.getLogger("wizard.metrics")
REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
BATCH_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
METHODS = frozenset(method.value for method in HTTPMethod)
OTHER = "other"
MOST_SERIES, MOST_ROUTES = 1000, 150
"""How many combinations of labels a process counts apart, so that the files of its slot suffice."""


class Meter:
    """The counters of this process. Its methods may be called by several threads."""

    def __init__(self) -> None:
        self._requests = Counter(
            "wizard_http_requests",
            "Requests that were answered.",
            ["route", "method", "status"],
            registry=None,
        )
        self._durations = Histogram(
            "wizard_http_request_duration_seconds",
            "Time from the arrival of a request in a thread of a worker until its response began.",
            ["route", "method"],
            buckets=REQUEST_SECONDS,
            registry=None,
        )
        self._batches = Histogram(
            "wizard_ingest_batch_duration_seconds",
            "Time to store one batch of events in the log.",
            buckets=BATCH_SECONDS,
            registry=None,
        )
        self._events = Counter("wizard_ingest_events", "Events that were brought into the log.", registry=None)
        self._failures = Counter(
            "wizard_ingest_failures", "Attempts to store waiting events that failed.", registry=None
        )
        self._known: dict[tuple[str, str, str], tuple[Callable[[], None], Callable[[float], None]]] = {}
        self._routes: set[tuple[str, str]] = set()

    def count_request(self, route: str, method: str, status: str, seconds: float) -> None:
        """Count a request that was answered with `status`. `route` is the rule of an endpoint, and not a path."""
        count, observe = self._known.get((route, method, status)) or self._labelled(route, method, status)
        count()
        observe(seconds)

    def count_batch(self, events: int, seconds: float) -> None:
        """Count a batch of events that was stored."""
        self._batches.observe(seconds)
        self._events.inc(events)

    def count_failure(self) -> None:
        """Count an attempt that failed."""
        self._failures.inc()

    def _labelled(self, route: str, method: str, status: str) -> tuple[Callable[[], None], Callable[[float], None]]:
        """What counts a request of these labels, looked up once for each combination of known values."""
        known_method = method if method in METHODS else OTHER
        key = (route, known_method, status)
        is_new_route = key[:2] not in self._routes
        if len(self._known) >= MOST_SERIES or (is_new_route and len(self._routes) >= MOST_ROUTES):
            key = (OTHER, OTHER, OTHER)
        if key not in self._known:
            self._routes.add(key[:2])
            self._known[key] = (self._requests.labels(*key).inc, self._durations.labels(*key[:2]).observe)
        return self._known[key]


def open_meter(settings: Settings) -> Meter | NoMeter:
    """The meter of this process, which is part of a server; one that does nothing where counters can't be kept."""
    folder = os.environ.get(VARIABLE)
    if settings.metrics_address is None or not folder:
        return NO_METER
    try:
        slot = take_slot(Path(folder))
        # The class is chosen before the first counter is made, and calls this for the name of its files.
        values.ValueClass = values.MultiProcessValue(lambda: slot)  # type: ignore[no-untyped-call]
        return Meter()
    except OSError as error:
        LOG.error("%s: this process is missing in the metrics (%s)", folder, error.strerror)  # noqa: TRY400
        return NO_METER
