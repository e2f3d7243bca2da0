"""Limits requests from one client address in a minute: posts, API calls, failed sign-in links. Beyond that, 429.

Addresses are never kept, here or in Redis: only keyed hashes of them, for a minute. Where a visitor's address is
unknown, answers are not limited, and sign-ins and API calls are limited together.
"""

import logging
import math
from collections.abc import Callable, Collection
from http import HTTPStatus
from ipaddress import IPv6Address
from typing import Any

from flask import Flask, Response, current_app, request
from flask_limiter import ApplicationLimit, Limiter, RateLimitExceeded
from limits.errors import StorageError
from redis.backoff import NoBackoff
from redis.retry import Retry
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response as AnyResponse

from wizard.errors import WizardError
from wizard.web.areas import is_for_api, is_for_dashboard
from wizard.web.client_address import client_address, is_untrusted, keyed_hash, network
from wizard.web.forwarding import is_doubted
from wizard.web.problem_json import http_problem
from wizard.web.services import services
from wizard.web.window_counts import FIXED_WINDOW, FixedWindows

REASON = "rate-limited"
WINDOW_SECONDS = 60
FAILURES = 10
"""How many sign-in links that fail may be tried in a window."""

REDIS_SECONDS = 1
"""How long a request waits for Redis."""

HOST, SITE = 64, 48
"""The IPv6 prefixes that are counted: a household's network, and the largest that one customer is given."""

HOSTS_PER_SITE = 4
"""How many times the limit of a /64 a /48 has: phone networks put many customers into one."""

UNKNOWN = "unknown"
IS_LIMITED = "wizard.is_limited"
"""The key in the WSGI environment that is true where Flask-Limiter counts the request."""


class OverLimit(WizardError):
    """An address is over its limit. Its window ends at `ends`, in seconds since the epoch."""

    def __init__(self, ends: float) -> None:
        super().__init__("over the rate limit")
        self.ends = ends


def init_app(app: Flask, guessable: Collection[str] = ()) -> None:
    """Refuse requests from one address beyond `WIZARD_RATE_LIMIT`, counted in Redis where that is set.

    At the `guessable` endpoints, which must be registered before, sign-in links can be tried out: those have a limit
    of their own. Where Redis can't be reached, each worker counts for itself, and the log says so.
    """
    settings, key = services(app).settings, services(app).keys[0]
    store = settings.rate_limit_store
    window = f"per {WINDOW_SECONDS} second"
    limiter = Limiter(
        lambda: _counted_as(HOST, key, guessable),
        application_limits=[
            ApplicationLimit(f"{settings.rate_limit} {window}", exempt_when=lambda: not _is_counted()),
            ApplicationLimit(
                f"{HOSTS_PER_SITE * settings.rate_limit} {window}",
                key_function=lambda: _counted_as(SITE, key, guessable),
                exempt_when=lambda: not (_is_counted() and isinstance(client_address(), IPv6Address)),
            ),
        ],
        storage_uri=f"{FIXED_WINDOW}://" if is_in_memory(store) else store,
        storage_options=_options(store),
        in_memory_fallback_enabled=True,
        swallow_errors=True,  # of two requests that find Redis gone at once, the second would fail
        request_identifier=lambda: "wizard",  # unknown addresses are counted, too
    )
    limiter.request_filter(lambda: _is_free(guessable))
    logging.getLogger("flask-limiter").addFilter(_is_not_in_access_log)
    limiter.init_app(app)
    _shorten(app, limiter, settings.rate_limit, key, guessable)
    # Once so many sign-ins from one address have ended with 401, all others are refused, good ones included. Of IPv6,
    # that is a whole /48: no more people sign in from there than from one address of IPv4.
    limit_failures: Callable[[Any], Any] = limiter.shared_limit(
        f"{FAILURES} {window}",
        scope="sign-in",
        key_func=lambda: _counted_as(SITE, key, guessable),
        deduct_when=_is_unauthorised,
    )
    for endpoint in guessable:
        app.view_functions[endpoint] = limit_failures(app.view_functions[endpoint])

    def on_exceeded(exceeded: RateLimitExceeded | OverLimit) -> AnyResponse:
        if not is_for_dashboard(request.path):  # those would have been no event
            services().recorder.count("rejected", REASON)
        error = TooManyRequests(retry_after=_seconds_left(limiter, exceeded))
        return http_problem(error) if is_for_api() else _page(error)

    app.register_error_handler(RateLimitExceeded, on_exceeded)
    app.register_error_handler(OverLimit, on_exceeded)


def _shorten(app: Flask, limiter: Limiter, per_minute: int, key: str, guessable: Collection[str]) -> None:
    """Call the hooks that Flask-Limiter has just added to `app` only where they are needed: they are slow.

    Without Redis, that is at the `guessable` endpoints. Other requests are counted by `_count`.
    """
    check: Any = app.before_request_funcs[None].pop()
    finish: Any = app.after_request_funcs[None].pop()
    release: Any = app.teardown_request_funcs[None].pop()
    windows = limiter.storage if isinstance(limiter.storage, FixedWindows) else None

    def count() -> None:
        if _is_free(guessable):
            return
        if windows and request.endpoint not in guessable:
            _count(windows, per_minute, key, guessable)
        else:
            request.environ[IS_LIMITED] = True
            check()

    app.before_request(count)
    app.after_request(lambda response: finish(response) if request.environ.get(IS_LIMITED) else response)
    app.teardown_request(lambda error: release(error) if request.environ.get(IS_LIMITED) else None)


def _count(windows: FixedWindows, per_minute: int, key: str, guessable: Collection[str]) -> None:
    """Count the current request for its address, and for its site if that is IPv6. Raises OverLimit."""
    limits = [(HOST, per_minute)]
    if isinstance(client_address(), IPv6Address):
        limits.append((SITE, HOSTS_PER_SITE * per_minute))
    for prefix, limit in limits:
        counted = f"{prefix}/{_counted_as(prefix, key, guessable)}"
        if windows.incr(counted, WINDOW_SECONDS) > limit:
            raise OverLimit(windows.get_expiry(counted))


def _is_unauthorised(response: Response) -> bool:
    return response.status_code == HTTPStatus.UNAUTHORIZED


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


def _seconds_left(limiter: Limiter, exceeded: RateLimitExceeded | OverLimit) -> int:
    """For Retry-After: how long until the current address may send again."""
    if isinstance(exceeded, OverLimit):
        return _until(exceeded.ends)
    try:
        limit = limiter.current_limit
        return _until(limit.reset_at) if limit else WINDOW_SECONDS
    except StorageError:
        return WINDOW_SECONDS


def _until(ends: float) -> int:
    """The seconds from now until `ends`, at least one, and at most a window's."""
    return min(max(1, math.ceil(ends - services().clock() / 1000)), WINDOW_SECONDS)


def _is_not_in_access_log(record: logging.LogRecord) -> bool:
    """Drops Flask-Limiter's line for each refused request, which the access log has already."""
    return not str(record.msg).startswith("ratelimit ")
