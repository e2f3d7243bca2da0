"""What of `Accept-Encoding` counts (RFC 9110, 12.5.3): written anew, so that whatever compresses need not read qvalues.

Flask-Compress takes `gzip; q=0` for an unknown coding, `br;q=0` for one that may be sent, and `*` always for Brotli.
"""

import gzip
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import brotli
from flask import Flask, Response, request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CODINGS: Mapping[str, Callable[[bytes], bytes]] = {"br": brotli.compress, "gzip": gzip.compress}
"""What we can send, the smallest first."""

ALIASES = {"x-gzip": "gzip"}  # RFC 9110, 8.4.1.3
IDENTITY = "identity"
QVALUE = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")
IDENTITY_REFUSED = "wizard.identity_refused"
"""The name in the WSGI environment of whether what is not compressed is refused."""


def qvalues(header: str) -> dict[str, float]:
    """Each coding in a header to its weight, 0 where that can't be read; of several for one coding, the least."""
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
    """Our codings that may be sent for this header, with their weights, the best first; none that identity beats."""
    asked = qvalues(header)
    least = asked.get(IDENTITY, 0.0)
    weights = [(coding, asked.get(coding, asked.get("*", 0.0))) for coding in CODINGS]
    return sorted(((coding, weight) for coding, weight in weights if weight and weight >= least), key=lambda it: -it[1])


def refuses_identity(header: str) -> bool:
    """Whether this header refuses what is not compressed."""
    asked = qvalues(header)
    return asked.get(IDENTITY, asked.get("*", 1.0)) == 0


class AcceptedEncodings:
    """WSGI middleware: leaves in `Accept-Encoding` what may be sent, in a form that everybody reads alike."""

    def __init__(self, app: "WSGIApplication") -> None:
        self.app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer as the application does."""
        header = environ.pop("HTTP_ACCEPT_ENCODING", "")
        if codings := usable(header):
            environ["HTTP_ACCEPT_ENCODING"] = ", ".join(f"{coding};q={weight:g}" for coding, weight in codings)
        environ[IDENTITY_REFUSED] = refuses_identity(header)
        return self.app(environ, start_response)


def init_app(app: Flask) -> None:
    """Compress whatever `app` would send as it is to who refuses that: to be added before Flask-Compress.

    Who accepts no coding of ours either is sent it as it is (RFC 9110, 12.4.1): to be refused helps nobody.
    """
    app.after_request(_compress_the_rest)


def _compress_the_rest(response: Response) -> Response:
    coding = request.accept_encodings.best_match(CODINGS)
    if not coding or not request.environ.get(IDENTITY_REFUSED) or "Content-Encoding" in response.headers:
        return response
    if response.is_streamed or not response.get_data():
        return response
    response.set_data(CODINGS[coding](response.get_data()))
    response.headers["Content-Encoding"] = coding
    etag, is_weak = response.get_etag()
    if etag:
        response.set_etag(f"{etag}:{coding}", weak=bool(is_weak))
    return response
