"""Sends spans by OTLP over HTTP, with OpenTelemetry's SDK. Imported where traces are on, and nowhere else.

The endpoint, headers, sampler, queue and batches are set by OpenTelemetry's variables, which the SDK reads itself.
"""

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPMethod

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from wizard import __version__

LOG = logging.getLogger("wizard.tracing")
OURS = {SERVICE_NAME: "deployment-wizard", SERVICE_VERSION: __version__}
METHODS = frozenset(method.value for method in HTTPMethod)
OTHER_METHOD = "_OTHER"
"""What OpenTelemetry's conventions have for a method that is none of HTTP's."""

NO_ROUTE = "none"
"""The route of requests for which there is none."""

SERVER_ERROR = "5"
LINE_SECONDS = 3600.0
NS = 1_000_000_000

ROOT = Context()
"""Requests have no parent: what a visitor sends as `traceparent` is not read."""


class OtlpTraces:
    """The spans of this process. They wait in a queue of limited length, and are dropped where that is full."""

    def __init__(self) -> None:
        """Raises where OpenTelemetry's variables can't be used."""
        _log_rarely()
        # Merged last, so that OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES replace ours.
        resource = Resource.create(OURS).merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("wizard", __version__)

    def record_request(self, route: str, method: str, status: str, seconds: float) -> None:
        """Record a request that was answered just now; see `wizard.tracing.request_recorder`."""
        ended_ns = time.time_ns()
        method = method if method in METHODS else OTHER_METHOD
        attributes: dict[str, str | int] = {"http.request.method": method, "http.response.status_code": int(status)}
        name = "HTTP" if method == OTHER_METHOD else method
        if route != NO_ROUTE:
            attributes["http.route"] = route
            name = f"{name} {route}"
        is_error = status.startswith(SERVER_ERROR)
        if is_error:
            attributes["error.type"] = status
        began_ns = ended_ns - int(seconds * NS)
        span = self._tracer.start_span(name, ROOT, SpanKind.SERVER, attributes, start_time=began_ns)
        if is_error:
            span.set_status(StatusCode.ERROR)
        span.end(ended_ns)

    @contextmanager
    def span(self, name: str, counts: Mapping[str, int]) -> Iterator[None]:
        """See `wizard.tracing.span`."""
        attributes = {f"wizard.{count}": value for count, value in counts.items()}
        # An error's message may have values of rows in it.
        with self._tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as current:
            try:
                yield
            except Exception as error:
                current.set_attribute("error.type", type(error).__qualname__)
                current.set_status(Status(StatusCode.ERROR))
                raise

    def stop(self, seconds: float) -> None:
        """Send what waits, for at most so many seconds; what is left then is dropped."""
        ending = threading.Thread(target=self._provider.shutdown, name="traces-end", daemon=True)
        ending.start()
        ending.join(seconds)


class RareLines(logging.Handler):
    """Logs what OpenTelemetry's loggers say as lines of ours, at most hourly for each thing that they say."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, int], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Log the record, if this line of code has logged nothing within the hour."""
        place, now = (record.pathname, record.lineno), time.monotonic()
        if now - self._said.get(place, float("-inf")) >= LINE_SECONDS:
            self._said[place] = now
            LOG.warning("traces: %s", record.getMessage())


def _log_rarely() -> None:
    logger = logging.getLogger("opentelemetry")
    logger.handlers, logger.propagate = [RareLines()], False
    logger.setLevel(logging.WARNING)
