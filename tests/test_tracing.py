"""Traces, as a receiver gets them from the real server: what is in them, what is not, and what they cost."""

import logging
import os
import re
import signal
import socket
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from server import Server, fetch, serving, visit
from support import BROWSER, ENVIRON
from trace_receiver import Receiver, Value, receiving, values

from wizard import tracing
from wizard.metrics.counted_requests import NO_ROUTE as NO_ROUTE_COUNTED
from wizard.otlp_traces import NO_ROUTE
from wizard.tracing import fault, is_wanted

SERVER = int(Span.SPAN_KIND_SERVER)
PATH = {"who": "team", "team_size": "2_10", "hosting": "avoid"}
AT_THE_END = "600000"
"""An OTEL_BSP_SCHEDULE_DELAY that no test waits for, so that spans are sent when a process ends, or its queue fills."""

OF_REQUESTS = {"http.request.method", "http.response.status_code", "http.route", "error.type"}
OF_BATCHES = {"wizard.events", "wizard.waiting", "error.type"}
OF_PROCESSES = {
    "service.name",
    "service.version",
    "service.instance.id",
    "telemetry.sdk.language",
    "telemetry.sdk.name",
    "telemetry.sdk.version",
}
PARENT = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{PARENT}-00f067aa0ba902b7-01"
SENT = ("newsletter-of-ada", "ada@example.com", "ada.example", "203.0.113.77", "tracking-me", "AdaBrowser")
"""What visitors send in headers, queries and paths below."""


def environ(receiver: Receiver, **more: str) -> dict[str, str]:
    return {
        **ENVIRON,
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
        "OTEL_BSP_SCHEDULE_DELAY": AT_THE_END,
        "OTEL_TRACES_EXPORTER": "",
        **more,
    }


def all_kinds_of_requests(server: Server) -> None:
    visit([server.url], PATH)
    page = f"{server.url}/?utm_source=newsletter-of-ada&utm_campaign=ada%40example.com"
    fetch(
        page,
        Referer="https://ada.example/page",
        X_Forwarded_For="203.0.113.77",
        Traceparent=TRACEPARENT,
        Tracestate="vendor=tracking-me",
        Baggage="user=ada@example.com",
        User_Agent=f"{BROWSER} AdaBrowser/1",
    )
    fetch(f"{server.url}/go/cloud")
    fetch(f"{server.url}/nowhere/ada@example.com?x=tracking-me")
    fetch(f"{server.url}/growth?period=7d")
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        connection.sendall(
            b"TRACKING-ME /?x=ada@example.com HTTP/1.1\r\nHost: ada.example\r\nConnection: close\r\n\r\n"
        )
        while connection.recv(4096):
            pass


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Receiver, Path]]:
    """What was received from a server with two workers that has ended, and its folder."""
    folder = tmp_path_factory.mktemp("traced")
    with receiving() as receiver:
        with serving(folder, "--workers", "2", environ=environ(receiver)) as server:
            for _ in range(4):
                all_kinds_of_requests(server)
            server.wait_until_stored()
            assert server.stop() == 0
        yield receiver, folder


def of_requests(receiver: Receiver) -> list[Span]:
    return [span for span in receiver.spans() if span.kind == SERVER]


def test_each_request_has_a_span_with_its_route_method_and_status(traced: tuple[Receiver, Path]) -> None:
    found: Counter[tuple[str, tuple[tuple[str, Value], ...]]] = Counter(
        (span.name, tuple(sorted(values(span.attributes).items())))
        for span in of_requests(traced[0])
        if span.name != "GET /readyz"
    )

    def kind(name: str, method: str, status: int, **more: Value) -> tuple[str, tuple[tuple[str, Value], ...]]:
        has: dict[str, Value] = {"http.request.method": method, "http.response.status_code": status}
        return name, tuple(sorted((has | {f"http.{key}": value for key, value in more.items()}).items()))

    assert found == {
        kind("GET /", "GET", 200, route="/"): 4 * 5,
        kind("POST /", "POST", 303, route="/"): 4 * 3,
        kind("GET /go/<deployment>", "GET", 400, route="/go/<deployment>"): 4,
        kind("GET /growth", "GET", 401, route="/growth"): 4,
        kind("GET", "GET", 404): 4,
        kind("HTTP", "_OTHER", 405): 4,
    }
    for span in traced[0].spans():
        assert 0 < span.end_time_unix_nano - span.start_time_unix_nano < 60e9
        assert abs(span.end_time_unix_nano / 1e9 - time.time()) < 600


def test_each_batch_that_was_stored_has_a_span_with_its_number_of_events(traced: tuple[Receiver, Path]) -> None:
    batches = [span for span in traced[0].spans() if span.kind != SERVER]
    assert {span.name for span in batches} == {"ingest batch"}
    with closing(sqlite3.connect(traced[1] / "var" / "wizard.db")) as log:
        counted = "SELECT sum(events) FROM ledger WHERE outcome IN ('stored', 'bot', 'rejected')"
        (received,) = log.execute(counted).fetchone()
    assert sum(int(values(span.attributes)["wizard.events"]) for span in batches) == received


def test_spans_come_from_each_process_and_name_the_service(traced: tuple[Receiver, Path]) -> None:
    resources = traced[0].resources()
    assert 2 <= len(resources) <= 3, "of the workers that were asked, and of the ingest"
    assert {each["service.name"] for each in resources} == {"deployment-wizard"}
    assert all(set(each) == OF_PROCESSES for each in resources)
    assert traced[0].paths == {"/v1/traces"}


def test_nothing_in_a_span_is_personal(traced: tuple[Receiver, Path]) -> None:
    receiver, folder = traced
    with closing(sqlite3.connect(folder / "var" / "wizard.db")) as log:
        journeys = [row[0] for row in log.execute("SELECT journey_id FROM journeys")]
        events = [row[0] for row in log.execute("SELECT event_id FROM events")]
    assert len(journeys) >= 8
    sent = [*SENT, *(word.upper() for word in SENT), *journeys, *events, BROWSER, "127.0.0.1", "journey", "utm_"]
    held = b"".join(receiver.bodies)
    assert [word for word in sent if word.encode() in held] == []
    assert [header for header in receiver.headers if any(word in header for word in (*SENT, *journeys))] == []
    for span in receiver.spans():
        wanted = OF_REQUESTS if span.kind == SERVER else OF_BATCHES
        assert set(values(span.attributes)) <= wanted
        assert "?" not in "".join([span.name, *map(str, values(span.attributes).values())])
        assert not span.events, "an exception's message may have values of rows in it"
        assert not span.links


def test_what_a_visitor_sends_as_context_is_not_taken(traced: tuple[Receiver, Path]) -> None:
    spans = traced[0].spans()
    assert {span.parent_span_id for span in spans} == {b""}
    assert {span.trace_state for span in spans} == {""}
    assert bytes.fromhex(PARENT) not in {span.trace_id for span in spans}
    assert len({span.trace_id for span in spans}) == len(spans), "no two requests of a visitor are joined"


def test_a_worker_that_is_started_anew_sends_what_it_has_and_the_next_one_goes_on(tmp_path: Path) -> None:
    with receiving() as receiver:
        with serving(tmp_path, environ=environ(receiver, OTEL_SERVICE_NAME="shop")) as server:
            visit([server.url], PATH)
            server.process.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + 30
            while not of_requests(receiver):
                assert time.monotonic() < deadline, server.log.read_text()[-3000:]
                time.sleep(0.02)
            visit([server.url], PATH)
            assert server.stop() == 0
        assert sum(span.name == "POST /" for span in receiver.spans()) == 2 * 3
        assert {each["service.name"] for each in receiver.resources()} == {"shop"}


@pytest.mark.parametrize("stuck", [True, False], ids=["does not answer", "refuses"])
def test_a_receiver_that_is_down_slows_no_visit_and_no_stop_and_is_told_once(tmp_path: Path, *, stuck: bool) -> None:
    with receiving(stuck=stuck, status=503) as receiver:
        small = {"OTEL_BSP_MAX_QUEUE_SIZE": "16", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "8"}
        with serving(tmp_path, environ=environ(receiver, OTEL_EXPORTER_OTLP_TIMEOUT="20", **small)) as server:
            began = time.monotonic()
            for _ in range(5):
                visit([server.url], PATH)
            assert time.monotonic() - began < 15
            server.wait_until_stored()
            began = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - began < 6
        lines = [line for line in server.log.read_text().splitlines() if '"traces: ' in line]
        assert len([line for line in lines if "Queue full" in line]) == 1, "what finds no room is dropped"
        assert len(lines) <= 2 * 4, "each process says each thing once"
        assert "Traceback" not in server.log.read_text()


def imported(folder: Path, more: dict[str, str]) -> set[str]:
    """The packages that all processes of a server import while it serves a visit."""
    with serving(folder, environ={**ENVIRON, **more, "PYTHONPROFILEIMPORTTIME": "1"}) as server:
        visit([server.url], PATH)
        server.wait_until_stored()
        server.stop()
        text = server.log.read_text()
    return set(re.findall(r"^import time:.*\| +(\w+)", text, re.MULTILINE))


def test_without_the_variables_nothing_of_opentelemetry_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    off = imported(tmp_path, {})
    assert "wizard" in off
    assert off & {"opentelemetry", "google", "requests"} == set()
    with receiving() as receiver:
        assert "opentelemetry" in imported(tmp_path, environ(receiver)), "so this test would notice"


def test_where_the_extra_is_absent_one_line_says_so_and_visitors_are_served(tmp_path: Path) -> None:
    absent = tmp_path / "absent" / "opentelemetry"
    absent.mkdir(parents=True)
    (absent / "__init__.py").write_text("raise ModuleNotFoundError(name='opentelemetry')")
    more = {"PYTHONPATH": str(absent.parent), "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    with serving(tmp_path, "--workers", "2", environ={**ENVIRON, **more}) as server:
        visit([server.url], PATH)
        server.stop()
        lines = [line for line in server.log.read_text().splitlines() if "OpenTelemetry" in line or "traces" in line]
    [line] = lines
    assert "OTEL_EXPORTER_OTLP_ENDPOINT: set, but OpenTelemetry is not installed, so no traces are sent." in line


ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}


@pytest.mark.parametrize(
    ("given", "wanted", "said"),
    [
        ({}, False, ""),
        ({"OTEL_SERVICE_NAME": "wizard", "OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False, ""),
        (ENDPOINT, True, ""),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True, ""),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True, ""),
        ({**ENDPOINT, "OTEL_TRACES_EXPORTER": "none"}, False, ""),
        ({**ENDPOINT, "OTEL_SDK_DISABLED": "True"}, False, ""),
        ({**ENDPOINT, "OTEL_SDK_DISABLED": "false"}, True, ""),
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, True, "OTEL_TRACES_EXPORTER: given 'zipkin', so no traces are sent; "),
        ({**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, True, ""),
        ({**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, True, "OTEL_EXPORTER_OTLP_PROTOCOL: given 'grpc', "),
        (
            {
                **ENDPOINT,
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
                "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            },
            True,
            "",
        ),
    ],
)
def test_opentelemetrys_variables_say_whether_there_are_traces(
    given: dict[str, str], said: str, *, wanted: bool
) -> None:
    assert is_wanted(given) is wanted
    assert fault(given).startswith(said)
    assert bool(fault(given)) is bool(said)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Of the spans of this process, which are sent when they are stopped."""
    logger = logging.getLogger("opentelemetry")
    before = (logger.handlers, logger.propagate, logger.level)
    with receiving() as found:
        for name, value in environ(found).items():
            monkeypatch.setenv(name, value)
        tracing.start()
        yield found
        tracing.stop()
    logger.handlers, logger.propagate, logger.level = before


def test_a_span_of_an_error_has_its_type_and_not_its_message(receiver: Receiver) -> None:
    def deliver() -> None:
        with tracing.span("outer", changes=2), tracing.span("inner"):
            raise ConnectionResetError("of ada@example.com")

    with pytest.raises(ConnectionResetError):
        deliver()
    tracing.stop()
    inner, outer = sorted(receiver.spans(), key=lambda span: span.name)
    assert values(outer.attributes) == {"wizard.changes": 2, "error.type": "ConnectionResetError"}
    assert values(inner.attributes) == {"error.type": "ConnectionResetError"}
    assert inner.parent_span_id == outer.span_id
    assert {span.status.code for span in (inner, outer)} == {Status.STATUS_CODE_ERROR}
    assert b"ada" not in b"".join(receiver.bodies)


def test_a_request_that_fails_is_marked_as_an_error(receiver: Receiver) -> None:
    record = tracing.request_recorder()
    assert record
    record("/go/<deployment>", "GET", "500", 0.25)
    tracing.stop()
    [span] = receiver.spans()
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert values(span.attributes)["error.type"] == "500"
    assert span.end_time_unix_nano - span.start_time_unix_nano == 250_000_000


def test_once_stopped_nothing_is_recorded(receiver: Receiver) -> None:
    tracing.stop()
    with tracing.span("anything", events=1):
        pass
    assert tracing.request_recorder() is None
    assert receiver.spans() == []


def test_variables_that_can_not_be_used_stop_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "-1")
    tracing.start()
    assert tracing.request_recorder() is None
    assert "no traces are sent by this process: ValueError" in caplog.text


def test_metrics_and_traces_have_one_name_for_requests_without_a_route() -> None:
    assert NO_ROUTE == NO_ROUTE_COUNTED


def test_the_lock_of_the_extra_has_opentelemetry_and_that_of_production_has_not() -> None:
    root = Path(__file__).parents[1]
    assert "opentelemetry" not in (root / "requirements.txt").read_text()
    assert "\nopentelemetry-sdk==" in (root / "requirements-traces.txt").read_text()
