"""Makes the redirects of the URL map relative: Werkzeug writes them with the host that the request says it is for."""

from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.routing import RequestRedirect
from werkzeug.utils import redirect


def init_app(app: Flask) -> None:
    """Have `app` lead to the right address of the same host, whichever that is (RFC 9110, 10.2.2)."""
    app.after_request(_without_host)


def _without_host(response: Response) -> Response:
    found = request.routing_exception
    if not isinstance(found, RequestRedirect) or response.status_code != found.code:
        return response
    parts = urlsplit(found.new_url)
    # One slash at the beginning, or the rest would be read as a host.
    path = "/" + parts.path.lstrip("/\\")
    relative = redirect(f"{path}?{parts.query}" if parts.query else path, found.code, Response)
    response.headers["Location"] = relative.headers["Location"]
    response.set_data(relative.get_data())
    return response
