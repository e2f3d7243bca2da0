"""Headers and parameters of the current request as plain values.

Werkzeug's `request.headers` and `request.args` raise and catch an exception for each name that is not there, and most
of those that are looked for are not.
"""

from collections.abc import Mapping
from functools import lru_cache

from flask import request

REMEMBERED = 128
PARAMETERS = "wizard.parameters"
"""The key of the WSGI environment under which the parameters are cached."""


def parameters() -> Mapping[str, str]:
    """The parameters in the current request's address; of several of one name, the first."""
    environ = request.environ
    if PARAMETERS not in environ:
        environ[PARAMETERS] = request.args.to_dict() if environ.get("QUERY_STRING") else {}
    found: Mapping[str, str] = environ[PARAMETERS]
    return found


def header(name: str, default: str = "") -> str:
    """The value of the header `name`, any but Content-Type and Content-Length; `default` where there is none."""
    value: str = request.environ.get(environ_key(name), default)
    return value


@lru_cache(REMEMBERED)
def environ_key(name: str) -> str:
    """The key of the WSGI environment for the header `name`."""
    return f"HTTP_{name.upper().replace('-', '_')}"


class RequestHeaders:
    """The headers of the current request, for functions that take them as a mapping."""

    def get(self, key: str, default: str, /) -> str:
        """The header's value."""
        return header(key, default)
