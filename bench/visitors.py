"""Visitors who make whole visits: the first question, each answer, the result and a click, many at the same time.

Each has a connection and an address of its own, behind a proxy, and reads each page for a while. What the responses
imply is counted, so that the log can be compared with it.
"""

# For scripts.
# ruff: noqa: INP001, S311

import asyncio
import gzip
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from typing import cast
from urllib.parse import urlencode

from serving_load import ADDRESSES
from support import BROWSER, every_path

PATHS: Sequence[Mapping[str, str]] = list(every_path())
FIELD = re.compile(rb'name="(journey|step|csrf_token)"[^>]* value="([^"]*)"')
LINK = re.compile(rb'href="(/go/[^"]+)"')
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
LOCATION = re.compile(rb"\r\nlocation: *([^\r]+)", re.IGNORECASE)
HEAD_END = b"\r\n\r\n"
LATE_S = 30.0


class Unexpected(Exception):
    """A response that is not what it has to be."""


@dataclass(frozen=True)
class Response:
    """A response; `body` is decompressed."""

    status: int
    head: bytes
    body: bytes


@dataclass
class Found:
    """What visitors met: the waits in ms since these were last taken, what they did, and what went wrong."""

    waits_ms: list[float] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def take_waits(self) -> Sequence[float]:
        """The waits so far, sorted; the next begin anew."""
        waits, self.waits_ms = sorted(self.waits_ms), []
        return waits


class Connection(asyncio.Protocol):
    """A connection that stays open for one visit."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._response: asyncio.Future[Response] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the request that waits, if there is one."""
        if self._response and not self._response.done():
            self._response.set_exception(exc or ConnectionError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        """Complete the request that waits, once its response is whole."""
        self._received += data
        head, end, body = self._received.partition(HEAD_END)
        length = LENGTH.search(head)
        if not end or not self._response or (length and len(body) < int(length[1])):
            return
        if not length:
            self._response.set_exception(Unexpected(f"a response without length: {head[:200]!r}"))
            return
        self._received = b""
        with suppress(asyncio.InvalidStateError):  # it was too late
            self._response.set_result(Response(int(head[9:12]), head, body))

    async def send(self, request: bytes) -> Response:
        """The response to this request. Raises OSError and TimeoutError."""
        if not self._transport:
            raise ConnectionError("not connected")
        self._response = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await asyncio.wait_for(self._response, LATE_S)

    def close(self) -> None:
        """Close it."""
        if self._transport:
            self._transport.close()


class Visitors:
    """Visitors of the server on `port`, who read each page for `reading_s` on average."""

    def __init__(self, port: int, reading_s: float) -> None:
        self.found = Found()
        self.reading_s = reading_s
        self._port = port
        self._random = random.Random(1)
        self._tasks: set[asyncio.Task[None]] = set()

    async def at_once(self, visitors: int, seconds: float) -> float:
        """So many visitors at a time, one visit after the other, for so long. Returns the visits a second."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        before = self.found.done["visits"]

        async def visit_on() -> None:
            while loop.time() < began + seconds:
                await self._visit(loop.time())

        await asyncio.gather(*(visit_on() for _ in range(visitors)))
        return (self.found.done["visits"] - before) / (loop.time() - began)

    async def arriving(self, per_second: float, seconds: float) -> None:
        """Visits that begin at random, so many a second, whether or not those before have ended; until all have."""
        loop = asyncio.get_running_loop()
        due = began = loop.time()
        while (due := due + self._random.expovariate(per_second)) < began + seconds:
            await asyncio.sleep(due - loop.time())
            task = asyncio.create_task(self._visit(due))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await asyncio.gather(*self._tasks)

    async def _visit(self, due: float) -> None:
        self.found.done["visits begun"] += 1
        connection = None
        try:
            connecting = asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", self._port)
            _, connection = await asyncio.wait_for(connecting, LATE_S)
            await self._answer_all(connection, due)
            self.found.done["visits"] += 1
        except (OSError, Unexpected, TimeoutError, LookupError) as error:
            self.found.errors[f"{type(error).__name__}: {error}"[:300]] += 1
        finally:
            if connection:
                connection.close()

    async def _answer_all(self, connection: Connection, due: float) -> None:
        number = self._random.randrange(ADDRESSES)
        headers = (
            f"Host: wizard.example\r\nUser-Agent: {BROWSER}\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n"
            f"Accept-Language: en-GB,en;q=0.9\r\nX-Forwarded-Proto: https\r\n"
            f"X-Forwarded-For: {20 + number % 100}.{number // 100}.7.1\r\n"
        )
        path = self._random.choice(PATHS)
        page = await self._get(connection, "/", headers, due)
        while b'name="step"' in page:
            fields = {name.decode(): unescape(value.decode()) for name, value in FIELD.findall(page)}
            self.found.done["question_view"] += 1
            step = fields["step"]
            body = urlencode({**fields, step: path[step]})
            form = (
                f"POST / HTTP/1.1\r\n{headers}Sec-Fetch-Site: same-origin\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
            )
            due = await self._read()
            response = await self._send(connection, form, 303, due)
            self.found.done["question_answer"] += 1
            location = LOCATION.search(response.head)
            if not location:
                raise Unexpected("a redirect without Location")
            page = await self._get(connection, location[1].decode(), headers, None)
        self.found.done["result_view"] += 1
        link = unescape(self._random.choice(LINK.findall(page)).decode())
        due = await self._read()
        await self._send(connection, f"GET {link} HTTP/1.1\r\n{headers}\r\n", 303, due)
        self.found.done["cta_click"] += 1

    async def _read(self) -> float:
        """Read the page. Returns when that was to end, so that our own lateness counts as waiting."""
        loop = asyncio.get_running_loop()
        if not self.reading_s:
            return loop.time()
        due = loop.time() + self._random.expovariate(1 / self.reading_s)
        await asyncio.sleep(due - loop.time())
        return due

    async def _get(self, connection: Connection, address: str, headers: str, due: float | None) -> bytes:
        path = address.removeprefix("https://wizard.example").partition("#")[0]
        response = await self._send(connection, f"GET {path} HTTP/1.1\r\n{headers}\r\n", 200, due)
        return gzip.decompress(response.body) if b"encoding: gzip" in response.head.lower() else response.body

    async def _send(self, connection: Connection, request: str, status: int, due: float | None) -> Response:
        loop = asyncio.get_running_loop()
        began = due or loop.time()
        response = await connection.send(request.encode())
        self.found.waits_ms.append((loop.time() - began) * 1000)
        self.found.done["requests"] += 1
        if response.status != status:
            raise Unexpected(f"{response.status} for {request[:60]!r}: {response.body[:100]!r}")
        return response
