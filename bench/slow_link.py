"""A slow link in front of servers: round trips, the set-up of connections, slow start, and a shared bandwidth.

It works on bytes and so knows nothing of browsers: a frame in a process of its own, a second connection and a preloaded
script all pay what they would on a phone. What it leaves out: names (DNS), lost packets, the bytes of TLS, and HTTP/2.
"""

# For scripts.
# ruff: noqa: INP001

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import Self

SEGMENT_BYTES = 1448
SEGMENT_HEADERS_BYTES = 52
FIRST_WINDOW = 10 * SEGMENT_BYTES  # RFC 6928
READ_BYTES = 65536


@dataclass(frozen=True)
class Speed:
    """What Lighthouse and Chromium's developer tools mean by "Slow 4G", before they adapt it to simpler models.

    Setting up a connection takes one round trip for TCP, and one for TLS 1.3.
    """

    round_trip_ms: float = 150
    down_kbps: float = 1600
    up_kbps: float = 750
    set_up_round_trips: int = 2

    @property
    def first_byte_ms(self) -> float:
        """The soonest that a new connection can bring anything."""
        return self.round_trip_ms * (self.set_up_round_trips + 1)


class Lane:
    """One direction of the link: whatever is sent waits for what is ahead of it, of any connection."""

    def __init__(self, kbps: float, delay_s: float) -> None:
        self._bytes_s, self._delay_s = kbps * 1000 / 8, delay_s
        self._free_at = 0.0

    def send(self, sent_bytes: int) -> float:
        """When it arrives, as the loop counts time."""
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now) + sent_bytes / self._bytes_s
        return self._free_at + self._delay_s


class SlowLink:
    """The link, in a thread of its own; with it as a context, `to` opens a way to a server."""

    def __init__(self, speed: Speed) -> None:
        self.speed = speed
        self.round_trip_s = speed.round_trip_ms / 1000
        self.down = Lane(speed.down_kbps, self.round_trip_s / 2)
        self.up = Lane(speed.up_kbps, self.round_trip_s / 2)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        """Begin to carry."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Carry no more."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def to(self, port: int) -> "Way":
        """A way to the server on `port` of this machine."""
        way = Way(self, port)
        asyncio.run_coroutine_threadsafe(way.listen(), self._loop).result()
        return way


class Way:
    """A port that leads over the link to a server."""

    def __init__(self, link: SlowLink, server_port: int) -> None:
        self._link, self.server_port = link, server_port
        self.port = 0
        self.received_bytes = 0

    @property
    def origin(self) -> str:
        """The server, over the link."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def other_site(self) -> str:
        """The same, under a name that makes it another site for a browser."""
        return f"http://localhost:{self.port}"

    async def listen(self) -> None:
        """Take connections from now on, at `port`."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = int(server.sockets[0].getsockname()[1])

    async def _connected(self, browser: asyncio.StreamReader, to_browser: asyncio.StreamWriter) -> None:
        opened_at = asyncio.get_running_loop().time() + self._link.speed.set_up_round_trips * self._link.round_trip_s
        server, to_server = await asyncio.open_connection("127.0.0.1", self.server_port)
        # A browser that goes away takes its connections with it.
        with suppress(ConnectionError):
            await asyncio.gather(self._carry_up(browser, to_server, opened_at), self._carry_down(server, to_browser))
        to_server.close()
        to_browser.close()

    async def _carry_up(self, browser: asyncio.StreamReader, to_server: asyncio.StreamWriter, opened_at: float) -> None:
        while data := await browser.read(READ_BYTES):
            await _until(opened_at)
            await _until(self._link.up.send(len(data) + SEGMENT_HEADERS_BYTES))
            to_server.write(data)
        to_server.write_eof()

    async def _carry_down(self, server: asyncio.StreamReader, to_browser: asyncio.StreamWriter) -> None:
        """Send no more at once than the window of the connection, which grows by what has been acknowledged."""
        loop = asyncio.get_running_loop()
        window_bytes, flying_bytes, arrives = FIRST_WINDOW, 0, 0.0
        flying: deque[tuple[float, int]] = deque()
        while data := await server.read(SEGMENT_BYTES):
            while flying_bytes + len(data) > window_bytes:
                acknowledged_at, size_bytes = flying.popleft()
                await _until(acknowledged_at)
                flying_bytes -= size_bytes
                window_bytes += size_bytes
            arrives = self._link.down.send(len(data) + SEGMENT_HEADERS_BYTES)
            flying.append((arrives + self._link.round_trip_s / 2, len(data)))
            flying_bytes += len(data)
            loop.call_at(arrives, self._hand_over, to_browser, data)
        await _until(arrives)
        to_browser.close()

    def _hand_over(self, to_browser: asyncio.StreamWriter, data: bytes) -> None:
        self.received_bytes += len(data)
        to_browser.write(data)


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - asyncio.get_running_loop().time()))
