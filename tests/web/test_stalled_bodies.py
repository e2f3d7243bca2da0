"""Clients that send a head and then nothing: the real server goes on answering everybody else."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from server import Server, fetch, serving, visit

from wizard.web.request_bodies import BODIES_AT_ONCE

FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
LENGTH = "Content-Length: 100\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
MANY = 30
SECONDS = 10


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


def stalling(server: Server, stack: ExitStack, line: str, *headers: str, sent: bytes = b"") -> socket.socket:
    """A connection that has sent a head, and `sent` of the body that it announces."""
    client = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), SECONDS))
    client.sendall("".join((f"{line} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n", *headers, "\r\n")).encode() + sent)
    return client


def answer(client: socket.socket) -> str:
    """All that it is sent until the server ends the connection."""
    return b"".join(iter(lambda: client.recv(65536), b"")).decode("latin-1")


@pytest.mark.parametrize("length", [LENGTH, CHUNKED])
def test_stalled_forms_leave_room_for_health_checks_and_visitors_who_only_read(length: str, server: Server) -> None:
    with ExitStack() as stack:
        reading = [
            stalling(server, stack, "POST /", FORM, length, "Expect: 100-continue\r\n") for _ in range(BODIES_AT_ONCE)
        ]
        for client in reading:
            assert b"100 Continue" in client.recv(100), "its body is waited for"
        for path in ("/growth/sign-in", "/"):
            stalled = [stalling(server, stack, f"POST {path}", FORM, length) for _ in range(MANY // 2)]
            for said in map(answer, stalled):
                assert said.startswith("HTTP/1.1 503")
                assert "retry-after: " in said.lower()
                assert "<h1>" in said
        for path in ("/healthz", "/readyz", "/", "/embed.js"):
            assert fetch(f"{server.url}{path}")[0] == 200
        body = b"journey=x".ljust(100, b"&")
        for client in reading:
            client.sendall(b"64\r\n" + body + b"\r\n0\r\n\r\n" if length == CHUNKED else body)
            assert client.recv(100).startswith(b"HTTP/1.1 400"), "it is read once it comes"
    assert visit([server.url], {"who": "hobby", "hosting": "avoid"}).main


@pytest.mark.parametrize("length", [LENGTH, CHUNKED])
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET /", 400),
        ("HEAD /", 400),
        ("GET /healthz", 400),
        ("GET /growth", 401),
        ("POST /growth/sign-out", 401),
        ("POST /api/conversions", 401),
        ("POST /nowhere", 404),
        ("PUT /", 405),
    ],
)
def test_a_body_that_nobody_wants_is_refused_at_once_and_the_connection_ended(
    line: str, status: int, length: str, server: Server
) -> None:
    with ExitStack() as stack:
        clients = [stalling(server, stack, line, FORM, length, sent=b"") for _ in range(MANY)]
        for client in clients:
            assert answer(client).startswith(f"HTTP/1.1 {status}")


def test_a_client_that_goes_away_gives_its_place_back(server: Server) -> None:
    for _ in range(3):
        with ExitStack() as stack:
            for _ in range(BODIES_AT_ONCE):
                client = stalling(server, stack, "POST /", FORM, LENGTH, "Expect: 100-continue\r\n")
                assert b"100 Continue" in client.recv(100)
        assert_free(server)


def assert_free(server: Server) -> None:
    """Wait until a form is read again."""
    for _ in range(100):
        if fetch(f"{server.url}/", {"journey": "x"})[0] == 400:
            return
    raise AssertionError("no form is read any more")


def test_what_follows_a_body_that_was_left_unread_is_no_request(server: Server) -> None:
    with ExitStack() as stack:
        hidden = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
        said = answer(stalling(server, stack, "GET /healthz", f"Content-Length: {len(hidden)}\r\n", sent=hidden * 2))
    assert said.count("HTTP/1.1") == 1
    assert "/hidden" not in server.log.read_text()


def test_a_form_that_is_cut_short_is_refused(server: Server) -> None:
    with ExitStack() as stack:
        client = stalling(server, stack, "POST /", FORM, LENGTH, sent=b"journey=x")
        client.shutdown(socket.SHUT_WR)
        said = answer(client)
    assert not said or said.startswith("HTTP/1.1 400")
    assert '"status": 500' not in server.log.read_text()
