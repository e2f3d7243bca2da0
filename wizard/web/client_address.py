"""The visitor's address of the current request, and the networks that addresses are counted by.

Addresses are never stored or logged. What is counted is a keyed hash of a network, which is kept for a minute.
"""

import hashlib
import hmac
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from flask import request

UNTRUSTED = "wizard.untrusted_forwarding"
"""The key of the WSGI environment that is true where a proxy forwards an address that is not trusted."""

TRANSLATED = IPv6Network("64:ff9b::/96")  # RFC 6052: IPv4 clients of servers that have IPv6 only
HASH_CHARACTERS = 32

Address = IPv4Address | IPv6Address


def client_address() -> Address | None:
    """The visitor's address of the current request, as the trusted proxies forward it.

    None where it is unknown: from this machine itself, over a Unix socket, where the forwarded value is no address,
    and where a proxy forwards an address that `WIZARD_TRUSTED_PROXIES` does not trust.
    """
    address = None if is_untrusted() else parse_address(request.remote_addr or "")
    return None if address is None or address.is_loopback else address


def is_untrusted() -> bool:
    """Whether a proxy has forwarded the current request, and its headers are not trusted to name the visitor."""
    return bool(request.environ.get(UNTRUSTED))


def parse_address(text: str) -> Address | None:
    """The IP address in `text`, which may have brackets and a port; None where there is none.

    An IPv4 address that is mapped or translated into IPv6 is returned as IPv4.
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
    """The network that `address` is in, with a prefix of so many bits, such as `192.0.2.0/24`."""
    if isinstance(address, IPv4Address):
        return str(IPv4Network((int(address), ipv4_prefix), strict=False))
    return str(IPv6Network((int(address), ipv6_prefix), strict=False))


def keyed_hash(text: str, key: str, purpose: str) -> str:
    """A hash of `text` that can't be reversed without `key`; other purposes, such as `wizard.limits.1`, give others.

    With the key it can be: there are few enough IPv4 addresses to try them all.
    """
    message = f"{purpose}\0{text}".encode()
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()[:HASH_CHARACTERS]
