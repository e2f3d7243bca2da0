"""How much is taken from one client address by the minute: posts, API calls, links that fail. Beyond it, 429.

An address is never kept, here or in Redis, but only a keyed hash of it, for a minute. Where a visitor's address is
unknown, answers are not limited, and sign-ins and API calls are limited together.
"""

import logging
import math
import time
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

from wizard.config import Settings
from wizard.web.areas import is_for_api, is_for_dashboard
from wizard.web.client_address import client_address, is_untrusted, keyed_hash, network
from wizard.web.forwarding import is_doubted
from wizard.web.problem_json import http_problem

REASON = "rate-limited"
WINDOW_SECONDS = 60
FAILURES = 10
"""How many links that let nobody in may be tried in that time."""

REDIS_SECONDS = 1  # a visitor waits no longer for it than this
HOST, SITE = 64, 48
"""Prefixes of the IPv6 networks that are counted: what one household has, and the most that one customer is given."""

HOSTS_PER_SITE = 4
"""How many times as much a /48 may send as a /64: phone networks put many customers into one."""

UNKNOWN = "unknown"


def init_app(
    app: Flask, settings: Settings, key: str, reject: Callable[[str], None], guessable: Collection[str] = ()
) -> None:
    """Refuse what comes from one address beyond `WIZARD_RATE_LIMIT`, in all workers that share a Redis.

    `key` is what addresses are hashed with. `reject` is called with a reason for each request that is refused. At the
    `guessable` endpoints, links can be tried out.
    Where Redis can't be reached, each worker counts for itself, and the log says so.
    """
    per_minute, store = settings.rate_limit, settings.rate_limit_store
    window = f"per {WINDOW_SECONDS} second"
    limiter = Limiter(
        lambda: _counted_as(HOST, key, guessable),
        application_limits=[
            ApplicationLimit(f"{per_minute} {window}", exempt_when=lambda: not _is_counted()),
            ApplicationLimit(
                f"{HOSTS_PER_SITE * per_minute} {window}",
                key_function=lambda: _counted_as(SITE, key, guessable),
                exempt_when=lambda: not (_is_counted() and isinstance(client_address(), IPv6Address)),
            ),
        ],
        storage_uri=store,
        storage_options=_options(store),
        in_memory_fallback_enabled=True,
        swallow_errors=True,  # of two requests that find Redis gone at once, the second would fail
        request_identifier=lambda: "wizard",  # addresses that lead nowhere are counted, too
    )
    limiter.request_filter(lambda: _is_free(guessable))
    logging.getLogger("flask-limiter").addFilter(_is_worth_saying)
    limiter.init_app(app)

    def on_exceeded(_: RateLimitExceeded) -> AnyResponse:
        if not is_for_dashboard(request.path):  # what comes there would have been no event
            reject(REASON)
        error = TooManyRequests(retry_after=_seconds_left(limiter))
        return http_problem(error) if is_for_api() else _page(error)

    app.register_error_handler(RateLimitExceeded, on_exceeded)


def limit_failures(app: Flask, endpoints: Collection[str], key: str) -> None:
    """Once so many requests for `endpoints` from one address have ended with 401, refuse all others, good ones too.

    Of IPv6, one address is a whole /48: no more people sign in from there than from one address of IPv4.
    """
    [limiter] = app.extensions["limiter"]
    limit = limiter.shared_limit(
        f"{FAILURES} per {WINDOW_SECONDS} second",
        scope="sign-in",
        key_func=lambda: _counted_as(SITE, key, endpoints),
        deduct_when=_is_unauthorised,
    )
    for endpoint in endpoints:
        app.view_functions[endpoint] = limit(app.view_functions[endpoint])


def _is_unauthorised(response: Response) -> bool:
    return response.status_code == HTTPStatus.UNAUTHORIZED


def _page(error: TooManyRequests) -> AnyResponse:
    """What the application says to any error of this kind."""
    return current_app.make_response(current_app.handle_http_exception(error))


def _options(store: str) -> dict[str, Any]:
    """Redis's own client would wait for minutes, and try again and again, while a visitor looks on."""
    if store.startswith("memory:"):
        return {}
    patience = {"socket_connect_timeout": REDIS_SECONDS, "socket_timeout": REDIS_SECONDS}
    return {**patience, "retry": Retry(NoBackoff(), 0), "wrap_exceptions": True}


def _is_free(guessable: Collection[str]) -> bool:
    """Whether no limit holds for the current request: a page that is read, or what comes from this machine itself.

    Of sign-ins, none is free: a proxy that forwards no address makes everybody this machine.
    """
    if request.endpoint in guessable:
        return False
    if is_for_api():
        return client_address() is None and not is_untrusted() and not is_doubted()
    return not _is_counted() or client_address() is None


def _is_counted() -> bool:
    """Whether the current request is one of those of which each address has so many a minute."""
    return request.method == "POST" or is_for_api()


def _counted_as(ipv6_prefix: int, key: str, guessable: Collection[str]) -> str:
    """What the current request is counted as one with: its address or network, or all whose address is unknown."""
    address = client_address()
    if address is None or (is_doubted() and _may_guess(guessable)):
        return keyed_hash(UNKNOWN, key, "wizard.limits.1")
    return keyed_hash(network(address, 32, ipv6_prefix), key, "wizard.limits.1")


def _may_guess(guessable: Collection[str]) -> bool:
    """Whether the current request can try out links or keys."""
    return is_for_api() or request.endpoint in guessable


def _seconds_left(limiter: Limiter) -> int:
    """How long until the current address may send again."""
    try:
        limit = limiter.current_limit
        left = math.ceil(limit.reset_at - time.time()) if limit else WINDOW_SECONDS
        return min(max(1, left), WINDOW_SECONDS)
    except StorageError:
        return WINDOW_SECONDS


def _is_worth_saying(record: logging.LogRecord) -> bool:
    """Flask-Limiter logs every request that it refuses; the access log has them already."""
    return not str(record.msg).startswith("ratelimit ")
