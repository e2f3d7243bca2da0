"""A Flask application with less overhead per request."""

from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from flask import Flask, Request, Response
from werkzeug.datastructures import Headers, ImmutableMultiDict

from wizard.web.request_bodies import FORM, Body

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

CHECKED = {"Location", "Content-Location"}


class FormRequest(Request):
    """A request that reads a form from a `Body`, which is whole and within its bound, without Werkzeug's parser."""

    def _load_form_data(self) -> None:
        body = self.environ["wsgi.input"]
        if "form" in vars(self) or not isinstance(body, Body) or self.environ.get("CONTENT_TYPE") != FORM:
            super()._load_form_data()
            return
        try:
            items = parse_qsl(body.read().decode(), keep_blank_values=True, errors="werkzeug.url_quote")
        except ValueError:  # as Werkzeug does, which also defines that way to handle errors
            items = []
        vars(self).update(stream=BytesIO(), form=ImmutableMultiDict(items), files=ImmutableMultiDict())


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


class LeanFlask(Flask):
    """An application without coroutines: Flask would check each view and hook, some twenty, at each request."""

    request_class = FormRequest
    response_class = FinishedResponse

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself."""
        return func
