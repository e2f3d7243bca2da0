"""Runs an HTTP server of the standard library in a thread."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@contextmanager
def serving_in_thread(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[int]:
    """Serve by `handler` during the block, on a free port of this machine, which it yields."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
