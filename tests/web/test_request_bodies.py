"""A body is read when a view asks for it, whole, up to a limit, and so many at once."""

import threading
from io import BytesIO

import pytest
from flask import Flask
from support import Page, client_of, settings
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge, ServiceUnavailable

from wizard.app import create_app
from wizard.web.request_bodies import BUSY_SECONDS, Body, LimitedBodies, Slots

KEY = "a key of the signup service"
FORM = "application/x-www-form-urlencoded"
POSTED = (
    ("/", "Something broke on our side"),
    ("/growth/sign-in", "The server is busy"),
)


class Source:
    """What a server reads a body from; it says how often, and how much at most."""

    def __init__(self, content: bytes) -> None:
        self._content = BytesIO(content)
        self.asked: list[int] = []

    def read(self, size: int = -1, /) -> bytes:
        self.asked.append(size)
        return self._content.read(size)


def body(content: bytes, length: int | None, at_once: int = 1) -> Body:
    return Body(Source(content), length, 10, Slots(at_once))


@pytest.mark.parametrize("length", [9, None])
def test_it_is_read_once_and_then_as_often_as_anybody_likes(length: int | None) -> None:
    source = Source(b"ab\ncdefgh")
    made = Body(source, length, 10, Slots(1))
    states = [made.is_read]
    assert not source.asked
    assert (made.readline(), made.read(2), made.readlines(), made.read()) == (b"ab\n", b"cd", [b"efgh"], b"")
    assert [*states, made.is_read] == [False, True]
    assert len(source.asked) == 1
    assert list(body(b"a\nb", 3)) == [b"a\n", b"b"]


@pytest.mark.parametrize(("sent", "length"), [(0, 0), (10, 10), (0, None), (10, None)])
def test_a_body_up_to_the_limit_is_taken(sent: int, length: int | None) -> None:
    assert len(body(b"x" * sent, length).read()) == sent


@pytest.mark.parametrize(("sent", "length"), [(11, None), (5000, None), (0, 11)])
def test_a_longer_one_is_refused_with_one_byte_over_the_limit_read_at_most(sent: int, length: int | None) -> None:
    source = Source(b"x" * sent)
    with pytest.raises(RequestEntityTooLarge):
        Body(source, length, 10, Slots(1)).read()
    assert source.asked == ([11] if length is None else [])


def test_one_that_ends_before_its_length_is_refused() -> None:
    with pytest.raises(ClientDisconnected):
        body(b"xxx", 9).read()


def test_one_too_many_at_once_is_refused_and_a_place_is_given_back_whatever_happens() -> None:
    slots = Slots(1)

    class Broken(Source):
        def read(self, _: int = -1, /) -> bytes:
            with pytest.raises(ServiceUnavailable) as error:
                Body(Source(b"x"), 1, 10, slots).read()
            assert error.value.retry_after == BUSY_SECONDS
            raise OSError("connection reset")

    with pytest.raises(OSError, match="connection reset"):
        Body(Broken(b""), 1, 10, slots).read()
    assert Body(Source(b"x"), 1, 10, slots).read() == b"x"


def test_one_too_many_waits_for_another_to_end_where_there_is_room_to_wait() -> None:
    slots = Slots(1, waiting=1)
    assert slots.acquire()
    threading.Timer(0.02, slots.release).start()
    assert slots.acquire(), "it waits until the other ends"
    assert not slots.acquire(), "it waits no longer than that"


@pytest.mark.parametrize(
    ("environ", "read"),
    [
        ({"CONTENT_LENGTH": "3"}, b"xyz"),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, b"xyz1"),
        ({"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "3"}, b"xyz1"),
        ({"CONTENT_LENGTH": ""}, b""),
        ({}, b""),
        ({"CONTENT_LENGTH": "-1"}, b""),
        ({"CONTENT_LENGTH": "\u0663"}, b""),
    ],
)
def test_only_what_is_said_to_be_there_is_read(environ: dict[str, object], read: bytes) -> None:
    seen: list[bytes] = []

    def app(environ: dict[str, object], _: object) -> list[bytes]:
        made = environ["wsgi.input"]
        assert isinstance(made, Body)
        seen.append(made.read())
        return []

    LimitedBodies(app, 10)({**environ, "wsgi.input": BytesIO(b"xyz1")}, lambda *_: lambda _: None)
    assert seen == [read]


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An application of which as many bodies as there may be are being read."""
    monkeypatch.setattr(Body, "_received", _refuse)
    return create_app(settings(conversion_keys=KEY))


def _refuse(_: Body) -> bytes:
    raise ServiceUnavailable(retry_after=BUSY_SECONDS)


@pytest.mark.parametrize(("address", "heading"), POSTED)
def test_where_too_many_bodies_are_read_a_form_gets_a_page_that_says_when_to_send_it_again(
    address: str, heading: str, busy: Flask
) -> None:
    page = Page(client_of(busy).post(address, data={"journey": "x"}))
    assert (page.status, page.heading) == (503, heading)
    assert page.response.headers["Retry-After"] == str(BUSY_SECONDS)
    assert page.response.headers["Connection"] == "close"


def test_and_a_program_gets_a_problem(busy: Flask) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    response = client_of(busy).post("/api/conversions", json={"handoff": "x"}, headers=headers)
    assert (response.status_code, response.mimetype) == (503, "application/problem+json")
    assert int(response.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("address", "status", "headers"),
    [
        ("/api/conversions", 401, {}),
        ("/growth/sign-out", 401, {}),
        ("/", 403, {"Sec-Fetch-Site": "cross-site"}),
        ("/healthz", 405, {}),
        ("/nowhere", 404, {}),
    ],
)
def test_who_is_refused_for_another_reason_has_no_body_read(
    address: str, status: int, headers: dict[str, str], busy: Flask
) -> None:
    response = client_of(busy).post(address, data=b"x=1", content_type=FORM, headers=headers)
    assert response.status_code == status
    assert response.headers["Connection"] == "close"


def test_a_body_that_was_read_leaves_the_connection_open(app: Flask) -> None:
    assert "Connection" not in client_of(app).post("/", data={"journey": "x"}).headers


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [
        ("/studio/drafts/x/po", "multipart/form-data; boundary=x", 401),
        ("/", "multipart/form-data; boundary=x", 400),
        ("/studio/drafts/x/po", FORM, 401),
    ],
)
def test_a_file_is_taken_at_one_route_from_who_is_signed_in(path: str, kind: str, status: int, app: Flask) -> None:
    assert client_of(app).post(path, data=b"x" * 10, content_type=kind).status_code == status


@pytest.mark.parametrize(
    ("path", "allowed"), [("/studio/drafts/x/po", 512 * 1024), ("/studio/drafts/x/texts", 10), ("/po", 10)]
)
def test_only_that_route_has_more_room(path: str, allowed: int) -> None:
    seen: list[int] = []

    def app(environ: dict[str, object], _: object) -> list[bytes]:
        made = environ["wsgi.input"]
        assert isinstance(made, Body)
        seen.append(len(made.read()))
        return []

    def send(size: int) -> None:
        environ = {"PATH_INFO": path, "CONTENT_LENGTH": str(size), "wsgi.input": BytesIO(b"x" * size)}
        LimitedBodies(app, 10)(environ, lambda *_: lambda _: None)

    send(allowed)
    with pytest.raises(RequestEntityTooLarge):
        send(allowed + 1)
    assert seen == [allowed]
