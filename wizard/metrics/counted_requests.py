"""WSGI middleware that counts requests by the route, method and status."""

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NO_ROUTE = "none"
"""The label of requests for which there is no route, and of those that are refused before one is looked up."""

REQUEST = "werkzeug.request"
"""Where the environment has the request, with the rule that it matched."""


class CountedRequests:
    """Calls `count` with the route, the method and the status of each request to `app`, and the seconds it took."""

    def __init__(self, app: "WSGIApplication", count: Callable[[str, str, str, float], None]) -> None:
        self._app = app
        self._count = count

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Call the application."""
        status, rule = "500", None

        def start(line: str, *rest: Any) -> Callable[[bytes], object]:
            nonlocal status, rule
            status = line[:3]
            request = environ.get(REQUEST)  # Flask removes it once the response has begun
            rule = request.url_rule if request is not None else None
            return start_response(line, *rest)

        began = perf_counter()
        try:
            return self._app(environ, start)
        finally:
            seconds = perf_counter() - began
            self._count(rule.rule if rule is not None else NO_ROUTE, environ["REQUEST_METHOD"], status, seconds)
