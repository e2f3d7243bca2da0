"""The client address of the current request, and the networks that requests are counted by.

Addresses are never stored or logged. Only keyed hashes of networks are counted, and kept for a minute.
"""

import hmac
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from flask import request

UNTRUSTED = "wizard.untrusted_forwarding"
"""The key in the WSGI environment that is true where a proxy that is not trusted has forwarded the request."""

ADDRESS = "wizard.client_address"
"""The key of the WSGI environment that holds the visitor's address, once it was asked for."""

TRANSLATED = IPv6Network("64:ff9b::/96")  # RFC 6052: IPv4 clients of servers that have IPv6 only
HASH_CHARACTERS = 32

Address = IPv4Address | IPv6Address


def client_address() -> Address | None:
    """The client address of the current request, as the trusted proxies forward it.

    None where it is unknown: for requests from this machine, over a Unix socket, with a forwarded value that is no
    address, or from a proxy that `WIZARD_TRUSTED_PROXIES` does not trust.
    """
    environ = request.environ
    if ADDRESS not in environ:
        environ[ADDRESS] = None if is_untrusted() else remote(parse_address(environ.get("REMOTE_ADDR") or ""))
    found: Address | None = environ[ADDRESS]
    return found


def remote(address: Address | None) -> Address | None:
    """`address`, unless it is this machine's own."""
    return None if address is None or address.is_loopback else address


def is_untrusted() -> bool:
    """Whether a proxy that is not trusted has forwarded the current request."""
    return bool(request.environ.get(UNTRUSTED))


def parse_address(text: str) -> Address | None:
    """The IP address in `text`, with or without brackets and port; None where there is none.

    IPv4 addresses mapped or translated into IPv6 are returned as IPv4.
    """
    for candidate in (text, text.strip("[]"), text.rpartition(":")[0].strip("[]")):
        try:
            return _as_ipv4(ip_address(candidate))
        except ValueError:
            continue
    return None


def _as_ipv4(address: Address) -> Address:
    if isinstance(address, IPv4Address):
        return address
    if address in TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address


def network(address: Address, ipv4_prefix: int, ipv6_prefix: int) -> str:
    """The network of `address` with this prefix, such as `192.0.2.0/24`."""
    if isinstance(address, IPv4Address):
        spare = 32 - ipv4_prefix
        return f"{IPv4Address(int(address) >> spare << spare)}/{ipv4_prefix}"
    return str(IPv6Network((int(address), ipv6_prefix), strict=False))


def keyed_hash(text: str, key: str, purpose: str) -> str:
    """A hash of `text` that can't be reversed without `key`. Each `purpose`, such as `wizard.limits.1`, has its own.

    With the key it can be reversed: there are few enough IPv4 addresses to try them all.
    """
    message = f"{purpose}\0{text}".encode()
    return hmac.digest(key.encode(), message, "sha256").hex()[:HASH_CHARACTERS]
