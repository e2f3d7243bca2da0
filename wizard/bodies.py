"""Gives a body that came in chunks the length that it turned out to have."""

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class MeasuredBodies:
    """WSGI middleware. Without a length, Werkzeug would cut a body at the limit and parse what is left of it.

    Reads up to one byte more than `max_bytes`, so that a body that is too long is refused as any other is.
    """

    def __init__(self, app: "WSGIApplication", max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer as the application does."""
        if environ.pop("HTTP_TRANSFER_ENCODING", None):
            body = environ["wsgi.input"].read(self.max_bytes + 1)
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return self.app(environ, start_response)
