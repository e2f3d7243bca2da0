"""Normalises `Accept-Encoding` (RFC 9110, 12.5.3) for Flask-Compress, and compresses what that does not.

Flask-Compress reads `gzip; q=0` as an unknown coding, `br;q=0` as an accepted one, and `*` always as Brotli.
"""

import gzip
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import brotli
from flask import Flask, Response, request
from flask_compress import Compress

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CODINGS: Mapping[str, Callable[[bytes], bytes]] = {"br": brotli.compress, "gzip": gzip.compress}
"""The codings that can be sent, the smallest results first."""

ALIASES = {"x-gzip": "gzip"}  # RFC 9110, 8.4.1.3
IDENTITY = "identity"
QVALUE = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")
NEGOTIATED = "wizard.negotiated"
"""The key in the WSGI environment of the parsed header."""

REMEMBERED = 256
REMEMBERED_CHARACTERS = 500
"""The longest header whose parsed form is kept; browsers send some 20 characters."""

BROTLI_LEVEL = 7
SUCCESSES = range(200, 300)
"""What Flask-Compress compresses."""


def qvalues(header: str) -> dict[str, float]:
    """The weight of each coding in a header: 0 where it is malformed, and the least of several."""
    found: dict[str, float] = {}
    for item in header.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        if name:
            coding = ALIASES.get(name, name)
            found[coding] = min(_weight(parameters), found.get(coding, 1.0))
    return found


def _weight(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value) if QVALUE.fullmatch(value := value.strip()) else 0.0
    return 1.0


def usable(header: str) -> list[tuple[str, float]]:
    """Those of `CODINGS` that this header accepts, with their weights, the best first; none below identity's."""
    asked = qvalues(header)
    least = asked.get(IDENTITY, 0.0)
    weights = [(coding, asked.get(coding, asked.get("*", 0.0))) for coding in CODINGS]
    return sorted(((coding, weight) for coding, weight in weights if weight and weight >= least), key=lambda it: -it[1])


def refuses_identity(header: str) -> bool:
    """Whether this header refuses uncompressed responses."""
    asked = qvalues(header)
    return asked.get(IDENTITY, asked.get("*", 1.0)) == 0


@dataclass(frozen=True, slots=True)
class Negotiated:
    """An `Accept-Encoding`: normalised, our codings that it prefers, and whether it refuses uncompressed content."""

    header: str
    best: frozenset[str]
    refuses_identity: bool


def negotiated(header: str) -> Negotiated:
    """The parsed `header`."""
    return _negotiated(header) if len(header) <= REMEMBERED_CHARACTERS else _parsed(header)


def _parsed(header: str) -> Negotiated:
    codings = usable(header)
    return Negotiated(
        ", ".join(f"{coding};q={weight:g}" for coding, weight in codings),
        frozenset(coding for coding, weight in codings if weight == codings[0][1]),
        refuses_identity(header),
    )


_negotiated = lru_cache(REMEMBERED)(_parsed)


class AcceptedEncodings:
    """WSGI middleware that reduces `Accept-Encoding` to the usable codings, in a form that Flask-Compress reads."""

    def __init__(self, app: "WSGIApplication") -> None:
        self.app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Call the application."""
        found = negotiated(environ.pop("HTTP_ACCEPT_ENCODING", ""))
        if found.header:
            environ["HTTP_ACCEPT_ENCODING"] = found.header
        environ[NEGOTIATED] = found
        return self.app(environ, start_response)


def likes_best(coding: str) -> bool:
    """Whether the current request accepts this coding, and prefers none of our others."""
    found: Negotiated | None = request.environ.get(NEGOTIATED)
    return found is not None and coding in found.best


def init_app(app: Flask) -> None:
    """Compress the responses of `app` by Flask-Compress, and the rest for clients that refuse uncompressed content.

    Clients that accept none of our codings either get uncompressed responses (RFC 9110, 12.4.1).
    """
    app.config.update(COMPRESS_ALGORITHM=list(CODINGS), COMPRESS_BR_LEVEL=BROTLI_LEVEL, COMPRESS_REGISTER=False)
    compress = Compress(app)

    def compressed(response: Response) -> Response:
        if response.status_code in SUCCESSES and not is_compressed(response):
            response = compress.after_request(response)
        else:
            _vary(response)
        return _compress_the_rest(response)

    app.after_request(compressed)


def is_compressed(response: Response) -> bool:
    """Whether the response is compressed already."""
    return any(name == "Content-Encoding" for name, _ in response.headers)


def _vary(response: Response) -> None:
    varies = response.headers.get("Vary")
    response.headers["Vary"] = f"{varies}, Accept-Encoding" if varies else "Accept-Encoding"


def _compress_the_rest(response: Response) -> Response:
    found: Negotiated | None = request.environ.get(NEGOTIATED)
    if found is None or not found.refuses_identity or is_compressed(response):
        return response
    coding = request.accept_encodings.best_match(CODINGS)
    if not coding or response.is_streamed or not response.get_data():
        return response
    response.set_data(CODINGS[coding](response.get_data()))
    response.headers["Content-Encoding"] = coding
    etag, is_weak = response.get_etag()
    if etag:
        response.set_etag(f"{etag}:{coding}", weak=bool(is_weak))
    return response
