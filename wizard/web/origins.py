"""The origin that the current request was sent to."""

import logging
from collections.abc import Sequence
from functools import lru_cache

from flask import request

from wizard.host_names import MAX_CHARACTERS, is_host_and_port
from wizard.setting_parsers import embed_origins
from wizard.web.rare_warning import RareWarning
from wizard.web.request_values import header

UNUSABLE_HOST = RareWarning(logging.getLogger("wizard"))
REMEMBERED = 256
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def asked_origin() -> str:
    """The origin that the current request was sent to; the server's own where its Host is missing or invalid.

    Flask's `request.host_url` would decode the name, and `request.host` is empty for names with an underscore.
    """
    sent, host = header("Host"), asked_host()
    if sent and not host:
        UNUSABLE_HOST.log(
            "Host: %s is no host name, so links lead to %s; let the proxy pass on the visitor's Host, "
            "or set WIZARD_PUBLIC_URL",
            ascii(sent[:MAX_CHARACTERS]),
            _server(),
        )
    return f"{request.scheme}://{host or _server()}"


def asked_address() -> str:
    """The origin that the current request was sent to, and the path that the application is mounted below."""
    return asked_origin() + request.root_path


def asked_host() -> str:
    """The host that the current request was sent to, with its port unless that is the default; "" where invalid."""
    return host_for(header("Host"), request.scheme)


def host_for(sent: str, scheme: str) -> str:
    """The host in a `Host` header for an origin of this scheme, with its port unless that is the default."""
    return _host(sent, scheme) if len(sent) <= MAX_CHARACTERS + len(":65535") else ""


@lru_cache(REMEMBERED)
def _host(sent: str, scheme: str) -> str:
    host = sent.lower().removesuffix(DEFAULT_PORTS.get(scheme, ""))
    return host if is_host_and_port(host) else ""


def _server() -> str:
    """The host and port that this server listens on."""
    name, port = request.server or ("", None)
    host = f"[{name}]" if ":" in name else name.lower()
    address = f"{host}:{port}" if port else host
    return address.removesuffix(DEFAULT_PORTS.get(request.scheme, "")) if is_host_and_port(address) else "localhost"


def embed_origins_line(current: Sequence[str], site: str) -> str:
    """The setting that allows `site`, an origin, besides the `current` ones; "" if the setting can't have it."""
    try:
        allowed = embed_origins(",".join((*current, site)))
    except ValueError:
        return ""
    return f"WIZARD_EMBED_ORIGINS={','.join(allowed)}"
