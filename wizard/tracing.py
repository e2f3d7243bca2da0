"""Traces by OpenTelemetry, where OpenTelemetry's own variables ask for them.

Without those variables, nothing of OpenTelemetry is imported, and nothing here does anything. No span holds anything
that a visitor sends, or that says who a visitor is: only fixed names, routes, methods, statuses and counts.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.otlp_traces import OtlpTraces

LOG = logging.getLogger("wizard.tracing")
EXPORTER, DISABLED = "OTEL_TRACES_EXPORTER", "OTEL_SDK_DISABLED"
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
PROTOCOL = "http/protobuf"
NEEDED = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http.trace_exporter")
FLUSH_SECONDS = 1.0
"""How long a process that ends waits until its last spans are sent."""

OTHERS_SECONDS = 4.0
"""How long a worker that ends waits for its other threads before: they may still record spans."""

RecordRequest = Callable[[str, str, str, float], None]

_NOTHING = nullcontext()
_traces: "OtlpTraces | None" = None


def is_wanted(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether OpenTelemetry's variables ask for traces. As in its specification, an empty variable counts as unset."""
    if environ.get(DISABLED, "").strip().lower() == "true":
        return False
    exporter = environ.get(EXPORTER, "").strip()
    return exporter != "none" if exporter else any(environ.get(name, "").strip() for name in ENDPOINTS)


def fault(environ: Mapping[str, str] = os.environ) -> str:
    """Why there are no traces although they are wanted, and what to do, in one line; "" if nothing is wrong."""
    if not is_wanted(environ):
        return ""
    exporter = environ.get(EXPORTER, "").strip() or "otlp"
    if exporter != "otlp":
        return f"{EXPORTER}: given {exporter!r}, so no traces are sent; allowed: otlp or none"
    for name in PROTOCOLS:
        protocol = environ.get(name, "").strip()
        if protocol and protocol != PROTOCOL:
            return f"{name}: given {protocol!r}, so no traces are sent; allowed: {PROTOCOL}"
        if protocol:
            break
    if not all(_is_installed(name) for name in NEEDED):
        asked = next(name for name in (EXPORTER, *ENDPOINTS) if environ.get(name, "").strip())
        return (
            f"{asked}: set, but OpenTelemetry is not installed, so no traces are sent. "
            "Install the extra `traces` (requirements-traces.txt), or unset it"
        )
    return ""


def start() -> None:
    """Start to send the spans of this process, where that is wanted and possible. Each process calls it itself."""
    global _traces  # noqa: PLW0603  # one for each process, as OpenTelemetry has it
    if _traces is not None or not is_wanted() or fault():
        return
    from wizard.otlp_traces import OtlpTraces

    try:
        _traces = OtlpTraces()
    except Exception as error:  # noqa: BLE001  # whatever the variables hold: visitors are served all the same
        LOG.error("no traces are sent by this process: %s: %s", type(error).__name__, error)  # noqa: TRY400


def stop() -> None:
    """Send what waits, for at most a second, and send nothing more."""
    global _traces
    traces, _traces = _traces, None
    if traces is not None:
        traces.stop(FLUSH_SECONDS)


def stop_with_main_thread() -> None:
    """Call `stop` once the main thread has ended, which is how a server ends its workers."""
    if _traces is not None:
        threading.Thread(target=_stop_after_others, name="traces").start()


def span(name: str, **counts: int) -> AbstractContextManager[None]:
    """A span during the block, with numbers as attributes, such as `wizard.events`; of an error it has the type only.

    `name` is a fixed text of the code.
    """
    return _NOTHING if _traces is None else _traces.span(name, counts)


def request_recorder() -> RecordRequest | None:
    """What records a request that has been answered; None where there are no traces.

    It takes the route, which is a rule and not a path, the method, the status, and how many seconds it took.
    """
    return None if _traces is None else _traces.record_request


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # what it is in
        return False


def _stop_after_others() -> None:
    threading.main_thread().join()
    deadline = time.monotonic() + OTHERS_SECONDS
    for thread in threading.enumerate():
        if not thread.daemon and thread not in {threading.main_thread(), threading.current_thread()}:
            thread.join(max(deadline - time.monotonic(), 0))
    stop()
