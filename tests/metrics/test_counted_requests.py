"""What the middleware counts, of requests that end in every way."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from werkzeug.test import Client, run_wsgi_app

from wizard.metrics.counted_requests import CountedRequests

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@pytest.fixture
def counted(app: Flask) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []

    def count(route: str, method: str, status: str, seconds: float) -> None:
        assert 0 < seconds < 60
        found.append((route, method, status))

    @app.get("/fails")
    def fails() -> str:
        raise ZeroDivisionError

    app.wsgi_app = CountedRequests(app.wsgi_app, count)  # type: ignore[method-assign]
    return found


@pytest.mark.parametrize(
    ("method", "path", "wanted"),
    [
        ("GET", "/", ("/", "GET", "200")),
        ("HEAD", "/", ("/", "HEAD", "200")),
        ("POST", "/", ("/", "POST", "400")),
        ("PUT", "/", ("none", "PUT", "405")),
        ("OPTIONS", "/", ("/", "OPTIONS", "200")),
        ("GET", "/go/cloud", ("/go/<deployment>", "GET", "400")),
        ("GET", "/static/x.css", ("/static/<path:name>", "GET", "404")),
        ("GET", "/nowhere", ("none", "GET", "404")),
        ("GET", "/growth", ("/growth", "GET", "401")),
        ("GET", "/fails", ("/fails", "GET", "500")),
        ("GET", "/?journey=x", ("/", "GET", "400")),
    ],
)
def test_a_request_is_counted_once_by_its_rule(
    method: str, path: str, wanted: tuple[str, str, str], app: Flask, counted: list[tuple[str, str, str]]
) -> None:
    status = Client(app).open(path, method=method).status_code
    assert counted == [wanted]
    assert str(status) == wanted[2]


def test_a_request_that_ends_in_an_error_of_the_application_is_counted_as_500() -> None:
    found: list[tuple[str, str, str]] = []

    def fails(_environ: "WSGIEnvironment", _start: "StartResponse") -> Iterable[bytes]:
        raise ZeroDivisionError

    counted = CountedRequests(fails, lambda *call: found.append(call[:3]))
    with pytest.raises(ZeroDivisionError):
        run_wsgi_app(counted, {"REQUEST_METHOD": "GET"})
    assert found == [("none", "GET", "500")]
