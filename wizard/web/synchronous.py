"""A Flask application with less to do for each request."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Flask, Response
from werkzeug.datastructures import Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

CHECKED = {"Location", "Content-Location"}


class FinishedResponse(Response):
    """A response that is sent with its headers as they are, where nothing is left to be set."""

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:
        """The headers to send; Werkzeug's checked copy of them where they have an address, or lack the length."""
        names = {name for name, _ in self.headers}
        if self.status_code < HTTPStatus.OK or self.status_code in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            return super().get_wsgi_headers(environ)
        if "Content-Length" not in names or not names.isdisjoint(CHECKED):
            return super().get_wsgi_headers(environ)
        return self.headers


class SynchronousFlask(Flask):
    """An application without coroutines: Flask would check each view and hook, some twenty, at each request."""

    response_class = FinishedResponse

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself."""
        return func
