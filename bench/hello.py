"""The floors of serve.py: the least that the server and Flask can answer with."""

# Loaded by the server by its name.
# ruff: noqa: INP001

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TEXT = "Hello, World!"

flask = Flask(__name__)


@flask.get("/")
@flask.get("/readyz")
def hello() -> str:
    """The text."""
    return TEXT


def wsgi(_: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """The same, without Flask."""
    body = TEXT.encode()
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
