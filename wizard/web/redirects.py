"""Makes Werkzeug's own redirects relative, since it takes their host from the request."""

from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.routing import RequestRedirect
from werkzeug.utils import redirect


def init_app(app: Flask) -> None:
    """Remove the host from the redirects of the URL map of `app` (RFC 9110, 10.2.2)."""
    app.after_request(_without_host)


def _without_host(response: Response) -> Response:
    found = request.routing_exception
    if not isinstance(found, RequestRedirect) or response.status_code != found.code:
        return response
    parts = urlsplit(found.new_url)
    # With two slashes at the beginning, the rest would be a host.
    path = "/" + parts.path.lstrip("/\\")
    relative = redirect(f"{path}?{parts.query}" if parts.query else path, found.code, Response)
    response.headers["Location"] = relative.headers["Location"]
    response.set_data(relative.get_data())
    return response
