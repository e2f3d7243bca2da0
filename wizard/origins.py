"""Where the current request came in."""

from flask import request


def asked_origin() -> str:
    """The origin that the current request was sent to, as browsers write it: `request.host_url` would decode a name."""
    return f"{request.scheme}://{request.host.lower()}"
