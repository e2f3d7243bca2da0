"""Parsers of the settings of an OpenID provider: each turns a variable's text into a value, or raises ValueError."""

import re
from urllib.parse import urlsplit

from wizard.host_names import is_host
from wizard.setting_parsers import web_address

ROLE_NAMES = ("viewer", "editor", "publisher", "admin")
"""The roles of people, from the least to the most; `wizard/dashboard/access/roles.py` says what they may do."""

MAX_CHARACTERS = 500
LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


def is_safe(address: str) -> bool:
    """Whether a web address has TLS, or is on this machine itself."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def printable(text: str) -> str:
    """A text of one line, or none."""
    if len(text) > MAX_CHARACTERS or not text.isprintable():
        raise ValueError
    return text


def issuer(text: str) -> str | None:
    """The address of an OpenID provider, unchanged: it is compared with what the provider says. Or None.

    With TLS, but for a provider on this machine (OpenID Connect Discovery 1.0, section 3).
    """
    if not text:
        return None
    if "?" in text or "#" in text or not is_safe(web_address(text)):
        raise ValueError
    return text


def domains(text: str) -> tuple[str, ...]:
    """Domains of e-mail addresses in lower case, separated by commas or line ends; or none."""
    found = tuple(part.strip().lower().removeprefix("@") for part in re.split(r"[,\n]", text) if part.strip())
    if not all(is_host(each) and "." in each for each in found):
        raise ValueError
    return found


def claim_roles(text: str) -> tuple[tuple[str, str], ...]:
    """Pairs of a claim's value and its role, separated by commas or, if there are any, by line ends alone; or none.

    Of a pair, the last equals sign counts: the names of some directories have them, and commas.
    """
    parts = text.split("\n") if "\n" in text else text.split(",")
    pairs = [part.strip().rpartition("=") for part in parts if part.strip()]
    found = tuple((value.strip(), role.strip()) for value, _, role in pairs)
    if any(not value or role not in ROLE_NAMES for value, role in found) or len(dict(found)) < len(found):
        raise ValueError
    return found
