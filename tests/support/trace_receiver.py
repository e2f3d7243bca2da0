"""A receiver of OTLP over HTTP: what a collector would be sent, decoded."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

Value = str | int | bool | float


@dataclass
class Receiver:
    """What has arrived: the bytes of each request, and its path. `is_stuck` makes it accept requests and not answer."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    headers: list[str] = field(default_factory=list)
    status: int = 200
    is_stuck: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """For OTEL_EXPORTER_OTLP_ENDPOINT."""
        return f"http://127.0.0.1:{self.port}"

    def requests(self) -> list[ExportTraceServiceRequest]:
        """Each request, decoded."""
        return [ExportTraceServiceRequest.FromString(body) for body in self.bodies]

    def spans(self) -> list[Span]:
        """All spans."""
        return [
            span
            for request in self.requests()
            for of_resource in request.resource_spans
            for of_scope in of_resource.scope_spans
            for span in of_scope.spans
        ]

    def resources(self) -> list[dict[str, Value]]:
        """The attributes of each process that has sent spans."""
        found = [values(each.resource.attributes) for request in self.requests() for each in request.resource_spans]
        return [each for number, each in enumerate(found) if each not in found[:number]]


def values(attributes: object) -> dict[str, Value]:
    """The attributes of a span or a resource."""
    found: dict[str, Value] = {}
    for pair in attributes:  # type: ignore[attr-defined]  # a repeated field
        kind = pair.value.WhichOneof("value")
        found[pair.key] = getattr(pair.value, kind)
    return found


@contextmanager
def receiving(*, stuck: bool = False, status: int = 200) -> Iterator[Receiver]:
    """Receive spans on a port of loopback during the block."""
    receiver = Receiver(status=status)
    if stuck:
        receiver.is_stuck.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if receiver.is_stuck.is_set():
                receiver.released.wait(60)
                return
            receiver.headers.append(str(self.headers))
            receiver.paths.add(self.path)
            receiver.bodies.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(receiver.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.released.set()
            server.shutdown()
            thread.join()
