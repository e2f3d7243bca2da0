"""Limits requests from one client address in a minute: posts, API calls, failed links. Beyond that, 429.

Addresses are never kept, here or in Redis: only keyed hashes of them, for a minute. Where a visitor's address is
unknown, answers are not limited, and sign-ins and API calls are limited together.
"""

import logging
import math
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from ipaddress import IPv6Address
from types import MappingProxyType
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request
from limits.errors import StorageError
from limits.storage import Storage, storage_from_string
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response as AnyResponse

from wizard.errors import WizardError
from wizard.web.areas import is_for_api, is_for_dashboard
from wizard.web.client_address import client_address, is_untrusted, keyed_hash, network
from wizard.web.forwarding import is_doubted
from wizard.web.problem_json import http_problem
from wizard.web.services import services
from wizard.web.window_counts import FIXED_WINDOW, FixedWindows

LOG = logging.getLogger("wizard.rate_limit")
EXTENSION = "wizard.rate_limit"
"""The key of `Flask.extensions` that holds the `Counts`."""

REASON = "rate-limited"
WINDOW_SECONDS = 60
FAILURES = 10
"""How many links of a kind (of sign-ins, of shared views) that fail may be tried in a window."""

REDIS_SECONDS = 1
"""How long a request waits for Redis."""

LONGEST_PAUSE_SECONDS = 32
"""How long at most until Redis is tried again where it can't be reached. The first pause is a second, each doubles."""

HOST, SITE = 64, 48
"""The IPv6 prefixes that are counted: a household's network, and the largest that one customer is given."""

HOSTS_PER_SITE = 4
"""How many times the limit of a /64 a /48 has: phone networks put many customers into one."""

UNKNOWN = "unknown"

T = TypeVar("T")


class OverLimit(WizardError):
    """An address is over its limit. Its window ends at `ends`, in seconds since the epoch."""

    def __init__(self, ends: float) -> None:
        super().__init__("over the rate limit")
        self.ends = ends


class Counts:
    """Counts in `store` or, while that can't be reached, in this process's memory. The log says when that changes."""

    def __init__(self, store: Storage) -> None:
        self.store = store
        self.memory = store if isinstance(store, FixedWindows) else FixedWindows()
        self._pause = 0  # in seconds; 0 where the store was reached the last time
        self._next_try = 0.0

    def add(self, key: str, limit: float) -> None:
        """Count `key` once more. Raises OverLimit where it was counted `limit` times before in its window."""
        if self._call(lambda store: store.incr(key, WINDOW_SECONDS)) > limit:
            raise self._over(key)

    def check(self, key: str, limit: int) -> None:
        """Raises OverLimit where `key` was counted `limit` times in its window."""
        if self._call(lambda store: store.get(key)) >= limit:
            raise self._over(key)

    def _over(self, key: str) -> OverLimit:
        return OverLimit(self._call(lambda store: store.get_expiry(key)))

    def _call(self, call: Callable[[Storage], T]) -> T:
        """The result of `call` with the store, or with the memory."""
        if self.store is self.memory or time.monotonic() < self._next_try:
            return call(self.memory)
        pause = self._pause
        if pause:  # only this request tries it, and waits
            self._next_try = time.monotonic() + pause
        try:
            result = call(self.store)
        except (StorageError, OSError):
            known, self._pause = self._pause, min(2 * pause or 1, LONGEST_PAUSE_SECONDS)
            self._next_try = time.monotonic() + self._pause
            if not known:
                LOG.warning("Rate limit storage unreachable - falling back to in-memory storage")
            return call(self.memory)
        if pause:
            self._pause, self._next_try = 0, 0.0
            LOG.info("Rate limit storage recovered")
        return result


@dataclass(frozen=True, slots=True)
class Guessable:
    """An endpoint where links can be tried out: what its failures are counted as, and the status that they have."""

    kind: str
    failure: HTTPStatus


def init_app(app: Flask, guessable: Mapping[str, Guessable] = MappingProxyType({})) -> None:
    """Refuse requests from one address beyond `WIZARD_RATE_LIMIT`, counted in Redis where that is set.

    At the `guessable` endpoints, which must be registered before, links can be tried out: each kind of them has a limit
    of its own. Where Redis can't be reached, each worker counts for itself, and the log says so.
    """
    settings, key = services(app).settings, services(app).keys[0]
    store = settings.rate_limit_store
    uri = f"{FIXED_WINDOW}://" if is_in_memory(store) else store
    counts = app.extensions[EXTENSION] = Counts(storage_from_string(uri, **_options(store)))  # type: ignore[arg-type]  # it has no asyncio

    def count() -> None:
        """Count the current request for its address, and for its site if that is IPv6."""
        if not _is_counted() or _is_free(guessable):
            return
        counts.add(f"{HOST}/{_counted_as(HOST, key, guessable)}", settings.rate_limit)
        if isinstance(client_address(), IPv6Address):
            counts.add(f"{SITE}/{_counted_as(SITE, key, guessable)}", HOSTS_PER_SITE * settings.rate_limit)

    def limit_failures(view: Callable[..., Any], tried: Guessable) -> Callable[..., Response]:
        """Refuse all links of a kind from an address, good ones included, once so many from there have failed.

        Of IPv6, that is a whole /48: no more people sign in from there than from one address of IPv4.
        """

        @wraps(view)
        def limited(**values: Any) -> Response:
            counted = f"{tried.kind}/{_counted_as(SITE, key, guessable)}"
            counts.check(counted, FAILURES)
            response = current_app.make_response(view(**values))
            if response.status_code == tried.failure:
                counts.add(counted, math.inf)
            return response

        return limited

    app.before_request(count)
    for endpoint, tried in guessable.items():
        app.view_functions[endpoint] = limit_failures(app.view_functions[endpoint], tried)
    app.register_error_handler(OverLimit, _refuse)


def _refuse(over: OverLimit) -> AnyResponse:
    """The response to a request over its limit."""
    if not is_for_dashboard(request.path):  # those would have been no event
        services().recorder.count("rejected", REASON)
    error = TooManyRequests(retry_after=_until(over.ends))
    return http_problem(error) if is_for_api() else _page(error)


def _page(error: TooManyRequests) -> AnyResponse:
    """The error page of the part that the request was for."""
    return current_app.make_response(current_app.handle_http_exception(error))


def is_in_memory(store: str) -> bool:
    """Whether each worker counts for itself."""
    return store.startswith("memory:")


def _options(store: str) -> dict[str, Any]:
    """Options of the store at this address. By default, the client of Redis would retry for minutes."""
    if is_in_memory(store):
        return {}
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    timeouts = {"socket_connect_timeout": REDIS_SECONDS, "socket_timeout": REDIS_SECONDS}
    return {**timeouts, "retry": Retry(NoBackoff(), 0), "wrap_exceptions": True}


def _is_free(guessable: Collection[str]) -> bool:
    """Whether the current request has no limit: it only reads a page, or comes from this machine itself.

    Sign-ins always have one: behind a proxy that forwards no address, everybody seems to be this machine.
    """
    if request.endpoint in guessable:
        return False
    if is_for_api():
        return client_address() is None and not is_untrusted() and not is_doubted()
    return not _is_counted() or client_address() is None


def _is_counted() -> bool:
    """Whether the current request counts towards `WIZARD_RATE_LIMIT`."""
    return request.method == "POST" or is_for_api()


def _counted_as(ipv6_prefix: int, key: str, guessable: Collection[str]) -> str:
    """The key that the current request is counted by: a hash of its network, the same for all unknown addresses."""
    address = client_address()
    if address is None or (is_doubted() and _may_guess(guessable)):
        return keyed_hash(UNKNOWN, key, "wizard.limits.1")
    return keyed_hash(network(address, 32, ipv6_prefix), key, "wizard.limits.1")


def _may_guess(guessable: Collection[str]) -> bool:
    """Whether the current request can be an attempt to guess a link or a key."""
    return is_for_api() or request.endpoint in guessable


def _until(ends: float) -> int:
    """The seconds from now until `ends`, at least one, and at most a window's."""
    return min(max(1, math.ceil(ends - services().clock() / 1000)), WINDOW_SECONDS)
