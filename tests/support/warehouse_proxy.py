"""A TCP proxy in front of a server, which resets its connections when a test says so."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

HOST = "127.0.0.1"
AT_ONCE = 65_536
RESET = struct.pack("ii", 1, 0)


class ResettingProxy:
    """Forwards connections to `port`. Each is reset once `limit` bytes of requests have passed, unless it is None."""

    def __init__(self, port: int) -> None:
        self.limit: int | None = None
        self.resets = 0
        self._target = port
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self._passed = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def reset_after(self, limit: int | None) -> None:
        """Reset connections once so many bytes have passed from now on."""
        self._passed, self.limit = 0, limit

    def close(self) -> None:
        """Accept no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # until it is closed
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection((HOST, self._target))
                except OSError:
                    client.close()
                    continue
                for source, target, counts in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._forward, args=(source, target, counts), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        with suppress(OSError):
            while data := source.recv(AT_ONCE):
                if counts:
                    self._passed += len(data)
                    if self.limit is not None and self._passed > self.limit:
                        self.resets += 1
                        target.sendall(data[: len(data) // 2])
                        break
                target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                if self.limit is not None:
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                each.shutdown(socket.SHUT_RDWR) if self.limit is None else each.close()


@contextmanager
def resetting_proxy(port: int) -> Iterator[ResettingProxy]:
    """A proxy in front of a port of this machine."""
    proxy = ResettingProxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
