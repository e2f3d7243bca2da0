"""Percent-encodes non-ASCII bytes in queries, as browsers do: Werkzeug fails on those that are not UTF-8."""

from collections.abc import Iterable
from string import printable
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class EncodedQueries:
    """WSGI middleware that encodes queries. granian refuses such requests; other servers do not."""

    def __init__(self, app: "WSGIApplication") -> None:
        self.app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Call the application."""
        query = environ.get("QUERY_STRING", "")
        if not query.isascii():
            environ["QUERY_STRING"] = quote(query.encode("latin-1"), safe=printable)
        return self.app(environ, start_response)
