"""Checks host names: those that browsers send are accepted, which are more than DNS allows (RFC 1123)."""

import re
from encodings.idna import nameprep
from ipaddress import AddressValueError, IPv6Address

MAX_CHARACTERS = 255
LABEL = r"[a-z0-9_-]{1,63}"
NAME = re.compile(rf"{LABEL}(\.{LABEL})*\.?")
NAME_AND_PORT = re.compile(r"(?P<name>[^:\[\]]+|\[[^\[\]]+\])(:(?P<port>[0-9]{1,5}))?")
MAX_PORT = 65535
DOTS = re.compile("[.\u3002\uff0e\uff61]")
DISTINCT = re.compile("([\u00df\u03c2\u200c\u200d])")
"""Characters that RFC 3490 writes as others or leaves out, and browsers keep (UTS 46, 7, "IDNA2008 deviations")."""


def is_host(text: str) -> bool:
    """Whether `text` is a host name or an IP address (IPv6 in brackets), in lower case.

    Underscores, which containers' names have, and a dot at the end are accepted.
    """
    if text.startswith("[") and text.endswith("]"):
        try:
            return bool(IPv6Address(text[1:-1]))
        except AddressValueError:
            return False
    return len(text) <= MAX_CHARACTERS and bool(NAME.fullmatch(text))


def is_host_and_port(text: str) -> bool:
    """Whether `text` is a host, with or without a port."""
    parts = NAME_AND_PORT.fullmatch(text)
    return parts is not None and is_host(parts["name"]) and 0 < int(parts["port"] or 80) <= MAX_PORT


def ascii_host(host: str) -> str:
    """A host name as browsers send it: `xn--mnchen-3ya.de` for `München.de`. Raises ValueError."""
    return ".".join(_ascii_label(label) for label in DOTS.split(host))


def _ascii_label(label: str) -> str:
    pieces = DISTINCT.split(label)
    prepared = "".join(piece if DISTINCT.match(piece) else nameprep(piece) for piece in pieces)
    return prepared if prepared.isascii() else f"xn--{prepared.encode('punycode').decode()}"
