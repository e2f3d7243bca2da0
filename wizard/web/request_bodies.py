"""Limits request bodies: to routes that take one, to a size, and to a number that is read at once."""

import math
import re
import threading
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Protocol

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, ClientDisconnected, RequestEntityTooLarge, ServiceUnavailable

from wizard.web.areas import is_for_api

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BODIES_AT_ONCE = 8
"""How many bodies a process reads at once. The server calls us before a body has arrived and has no timeout for it, so
each stalled one holds a thread. `wizard serve` has this many threads besides those for visitors."""

BODIES_WAITING = 8
WAIT_SECONDS = 0.2
"""How many more may wait for a slot, and for how long. A body that has arrived is read in microseconds, but under load
the thread then waits for the GIL while it holds its slot. Without waiting, answers were refused at 1,000 a second."""

BUSY_SECONDS = 2
FORM = "application/x-www-form-urlencoded"
FORM_WITH_FILE = "multipart/form-data"
UPLOAD = re.compile(r"(?:.*)/studio/drafts/[^/]+/po")
"""The path of the one form that has a file: texts as translators send them."""

MAX_UPLOAD_BYTES = 512 * 1024
METHODS_WITH_BODY = frozenset({"POST"})
"""The methods that may have a body."""


class Readable(Protocol):
    """The part of `wsgi.input` (PEP 3333) that is used here."""

    def read(self, size: int = ..., /) -> bytes:
        """At most `size` bytes."""


class Slots:
    """`at_once` slots; `waiting` callers more may wait for one."""

    def __init__(self, at_once: int, waiting: int = 0) -> None:
        self._free = threading.BoundedSemaphore(at_once)
        self._waiting = threading.BoundedSemaphore(waiting) if waiting else None

    def acquire(self) -> bool:
        """Take a slot, to be given back by `release`; False where none becomes free."""
        if self._free.acquire(blocking=False):
            return True
        if self._waiting is None or not self._waiting.acquire(blocking=False):
            return False
        try:
            return self._free.acquire(timeout=WAIT_SECONDS)
        finally:
            self._waiting.release()

    def release(self) -> None:
        """Give a slot back."""
        self._free.release()


class Body:
    """A `wsgi.input` that reads the whole body, up to `max_bytes`, at the first read.

    Reading raises RequestEntityTooLarge (413), ClientDisconnected (400) where it ends before its `length`, and
    ServiceUnavailable (503) while all `slots` are in use.
    """

    def __init__(self, source: Readable, length: int | None, max_bytes: int, slots: Slots) -> None:
        self._source = source
        self._length = length
        self._max_bytes = max_bytes
        self._slots = slots
        self._content: BytesIO | None = None

    @property
    def is_read(self) -> bool:
        """Whether the body has been read."""
        return self._content is not None

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; all of them by default."""
        return self._whole().read(size)

    def readline(self, size: int = -1) -> bytes:
        """A line."""
        return self._whole().readline(size)

    def readlines(self, hint: int = -1) -> list[bytes]:
        """The lines."""
        return self._whole().readlines(hint)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._whole())

    def _whole(self) -> BytesIO:
        if self._content is None:
            self._content = BytesIO(self._received())
        return self._content

    def _received(self) -> bytes:
        if self._length is not None and self._length > self._max_bytes:
            raise RequestEntityTooLarge
        if not self._slots.acquire():
            raise ServiceUnavailable(retry_after=BUSY_SECONDS)
        try:
            # A chunked body has no length: one byte more than allowed shows that it is too long.
            content = self._source.read(self._max_bytes + 1 if self._length is None else self._length)
        finally:
            self._slots.release()
        if len(content) > self._max_bytes:
            raise RequestEntityTooLarge
        if self._length is not None and len(content) < self._length:
            raise ClientDisconnected
        return content


class LimitedBodies:
    """WSGI middleware that replaces `wsgi.input` with a `Body`; `BODIES_AT_ONCE` of them can be read concurrently."""

    def __init__(self, app: "WSGIApplication", max_bytes: int) -> None:
        self.app = app
        self._max_bytes = max_bytes
        self._slots = Slots(BODIES_AT_ONCE, BODIES_WAITING)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Call the application."""
        is_chunked = environ.get("HTTP_TRANSFER_ENCODING")
        given = environ.get("CONTENT_LENGTH") or "0"
        length = None if is_chunked else int(given) if given.isascii() and given.isdecimal() else 0
        max_bytes = MAX_UPLOAD_BYTES if UPLOAD.fullmatch(environ.get("PATH_INFO", "")) else self._max_bytes
        environ["wsgi.input"] = Body(environ["wsgi.input"], length, max_bytes, self._slots)
        environ["wsgi.input_terminated"] = True
        return self.app(environ, start_response)


def init_app(app: Flask) -> None:
    """Refuse bodies, unread, that the route does not take, or that are not forms. The API checks its own."""
    app.before_request(_refuse_unexpected)
    app.after_request(_close_on_unread)


def _refuse_unexpected() -> None:
    """Raise BadRequest (400) for an unexpected body (RFC 9110, 9.3.1) or one that is not a form; 413 for a long one.

    Requests without a route have their own errors, which read no body either.
    """
    if request.routing_exception or not _has_body():
        return
    if request.method not in METHODS_WITH_BODY:
        raise BadRequest
    if is_for_api():
        return
    is_upload = UPLOAD.fullmatch(request.path) is not None
    if is_upload:
        request.max_content_length = MAX_UPLOAD_BYTES
    if (request.content_length or 0) > (request.max_content_length or math.inf):
        raise RequestEntityTooLarge
    if request.mimetype != (FORM_WITH_FILE if is_upload else FORM):
        raise BadRequest


def _close_on_unread(response: Response) -> Response:
    """Close the connection after an unread body, which would be read as the next request."""
    if _has_body() and not _is_read() and request.environ.get("SERVER_PROTOCOL", "").startswith("HTTP/1"):
        response.headers["Connection"] = "close"
    return response


def _has_body() -> bool:
    """Whether the current request comes with a body."""
    environ = request.environ
    return "HTTP_TRANSFER_ENCODING" in environ or bool((environ.get("CONTENT_LENGTH") or "0").strip("0"))


def _is_read() -> bool:
    body = request.environ["wsgi.input"]
    return isinstance(body, Body) and body.is_read
