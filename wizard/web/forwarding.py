"""Applies the forwarding headers of trusted proxies, and detects proxies that are not trusted.

Behind one of those, visitors' addresses are unknown: client_address() is None; the log and /readyz say so.
docs/deploy.md, "Forwarding headers", describes how they are detected.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_network
from typing import TYPE_CHECKING, Literal

from flask import request
from werkzeug.http import parse_list_header
from werkzeug.middleware.proxy_fix import ProxyFix

from wizard.web.client_address import ADDRESS, UNTRUSTED, parse_address, remote
from wizard.web.rare_warning import RareWarning

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOG = logging.getLogger("wizard")
FORWARDED_FOR = "X-Forwarded-For"
TRUSTED = (FORWARDED_FOR, "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix")
FORWARDING_HEADERS = (
    *TRUSTED,
    "Forwarded",  # RFC 7239
    "Via",  # RFC 9110, 7.6.3
    "X-Real-IP",
    "X-Forwarded-Port",
    "X-Forwarded-Server",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "X-Envoy-External-Address",
    "True-Client-IP",
    "CF-Connecting-IP",
    "CloudFront-Viewer-Address",
    "Fastly-Client-IP",
    "Fly-Client-IP",
    "X-Azure-ClientIP",
)
"""The headers that proxies, load balancers and CDNs add to requests."""

KEYS = {name: "HTTP_" + name.upper().replace("-", "_") for name in FORWARDING_HEADERS}
"""The key of each in the WSGI environment."""

ALL_KEYS = frozenset(KEYS.values())

PRIVATE_NETWORKS = tuple(
    ip_network(text)
    for text in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",  # RFC 6598, which clouds use for their load balancers
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)
DOUBTED = "wizard.doubted_forwarding"
"""The key in the WSGI environment that is true for DOUBT_SECONDS after a request from an untrusted proxy."""

DOUBT_SECONDS = 600

State = Literal["ok", "untrusted"]


class Forwarding:
    """WSGI middleware that applies the forwarding headers of `trusted` proxies."""

    def __init__(self, app: "WSGIApplication", trusted: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._app = ProxyFix(app, x_for=trusted, x_proto=trusted, x_host=trusted) if trusted else app
        self._trusted = trusted
        self.monotonic = monotonic
        self._seen = -float("inf")
        self.warning = RareWarning(LOG, monotonic)

    @property
    def state(self) -> State:
        """Whether an untrusted proxy was detected within DOUBT_SECONDS."""
        return "untrusted" if self.monotonic() - self._seen < DOUBT_SECONDS else "ok"

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Call the application, with the visitor's address in the environment where it is known."""
        if not ALL_KEYS.isdisjoint(environ):
            self._check(environ)
        elif self.state == "untrusted":
            environ[DOUBTED] = self._is_by_proxy(environ)
        return self._app(environ, start_response)

    def _check(self, environ: "WSGIEnvironment") -> None:
        """Check the forwarding headers of this request."""
        for name in TRUSTED:
            _drop_quotes(environ, KEYS[name])
        if self._is_by_proxy(environ):
            fault = self._fault(environ)
            if fault:
                self._note(fault)
            environ[UNTRUSTED] = bool(fault)
            environ[DOUBTED] = self.state == "untrusted"

    def _is_by_proxy(self, environ: "WSGIEnvironment") -> bool:
        """Whether the peer is a proxy, or may be one."""
        return bool(self._trusted) or _is_private(environ.get("REMOTE_ADDR", ""))

    def _fault(self, environ: "WSGIEnvironment") -> str:
        """The reason not to trust the forwarding of this request; "" where it is trusted, or was not forwarded."""
        forwarded = _listed(environ.get(KEYS[FORWARDED_FOR], ""))
        if forwarded and 0 < self._trusted <= len(forwarded):
            return self._fault_of(forwarded, environ)
        seen = next((name for name, key in KEYS.items() if key in environ), "")
        if not seen:
            return ""
        if not self._trusted:
            return f"{seen} came; behind one proxy, set it to 1"
        if not forwarded:
            return f"{seen} came without {FORWARDED_FOR}; let the proxy set that to the visitor's address"
        return f"{FORWARDED_FOR} had fewer values ({len(forwarded)}); set it to the number of proxies that add one"

    def _fault_of(self, forwarded: Sequence[str], environ: "WSGIEnvironment") -> str:
        """The reason why the forwarded address can't be the visitor's; "" where it can. It is then stored."""
        address = parse_address(forwarded[-self._trusted])
        if address is None:
            return f"{FORWARDED_FOR} named no address; let the proxy set it to the visitor's address"
        if address.is_loopback and len(forwarded) > self._trusted:
            return f"{FORWARDED_FOR} named a proxy instead of the visitor; set it to the number of proxies that add one"
        environ[ADDRESS] = remote(address)
        return ""

    def _note(self, fault: str) -> None:
        self._seen = self.monotonic()
        self.warning.log(
            "WIZARD_TRUSTED_PROXIES: %d, but %s. Until then visitors' addresses are unknown: "
            "sign-ins and API calls are limited as if all came from one address, and answers are not limited",
            self._trusted,
            fault,
        )


def _listed(header: str) -> Sequence[str]:
    """The values of a header; most have one."""
    return parse_list_header(header) if "," in header else [header.strip()] if header.strip() else []


def is_forwarded() -> bool:
    """Whether the current request has a forwarding header."""
    return any(name in request.headers for name in FORWARDING_HEADERS)


def is_doubted() -> bool:
    """Whether the current request's address may be forged: an untrusted proxy was detected within DOUBT_SECONDS."""
    return bool(request.environ.get(DOUBTED))


def _drop_quotes(environ: "WSGIEnvironment", key: str) -> None:
    """Remove quotes from a header's list: after an open one, sent by a visitor, a proxy's value would be part of it."""
    if '"' in environ.get(key, ""):
        environ[key] = environ[key].replace('"', "")


def _is_private(peer: str) -> bool:
    """Whether `peer` is this machine or in a private network, as proxies are."""
    address = parse_address(peer)
    return not peer or (address is not None and any(address in network for network in PRIVATE_NETWORKS))
