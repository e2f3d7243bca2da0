"""A TCP proxy in front of a server, which resets its connections when a test says so."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

HOST = "127.0.0.1"
AT_ONCE = 65_536
RESET = struct.pack("ii", 1, 0)


class ResettingProxy:
    """Forwards connections to `port`."""

    def __init__(self, port: int) -> None:
        self.resets = 0
        self._target = port
        self._limit: int | None = None
        self._passed = 0
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self._start(self._accept)

    def reset_after(self, limit: int | None) -> None:
        """Reset the connection on which that many bytes have passed, in all, from now on; with None, none."""
        self._passed, self._limit = 0, limit

    def close(self) -> None:
        """Accept no more connections, and end those that are open."""
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for each in self._open:
            each.close()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):  # until it is closed
            while True:
                client, _ = self._listener.accept()
                self._open.append(client)
                try:
                    server = socket.create_connection((HOST, self._target))
                except OSError:
                    client.close()
                    continue
                self._open.append(server)
                self._start(self._forward, client, server, "request")
                self._start(self._forward, server, client, "response")

    def _forward(self, source: socket.socket, target: socket.socket, what: str) -> None:
        with suppress(OSError):
            while data := source.recv(AT_ONCE):
                if what == "request" and self._is_due(len(data)):
                    target.sendall(data[: len(data) // 2])
                    _reset(source, target)
                    return
                target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _is_due(self, passing: int) -> bool:
        self._passed += passing
        is_due = self._limit is not None and self._passed > self._limit
        self.resets += is_due
        return is_due


def _reset(*connections: socket.socket) -> None:
    for each in connections:
        with suppress(OSError):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            each.shutdown(socket.SHUT_RD)  # wakes the thread of the other direction, or nothing is closed
            each.close()


@contextmanager
def resetting_proxy(port: int) -> Iterator[ResettingProxy]:
    """A proxy in front of a port of this machine."""
    proxy = ResettingProxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
