"""The session cookie of the dashboard and the studio: first-party. Visitors' pages have no session."""

import hashlib
import hmac
from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import BadRequest

from wizard.dashboard.access.sign_in import IDLE_MS
from wizard.signing import SIGNING, ClockSigner, signing_order
from wizard.web.areas import is_for_dashboard
from wizard.web.forwarding import is_forwarded
from wizard.web.services import services

NAME = "wizard_session"
"""The cookie's name where there is no TLS: on this machine itself."""

SECURE_NAME = f"__Host-{NAME}"
"""Its name everywhere else: browsers take it from this host alone, by TLS, so that no other page can plant one."""

PATH = "/"
"""Its path: that of `__Host-` cookies must be this. Visitors' pages get it from a colleague, and don't read it."""

EARLIER_NAME = "wizard_growth"
EARLIER_SECURE_NAME = f"__Secure-{EARLIER_NAME}"
"""The names of the version before, when it was sent to /growth alone."""

CLOCKS_SECONDS = 600
"""How much the clocks of two servers may differ."""


class Sessions(SecureCookieSessionInterface):
    """Flask's own sessions, signed by SHA-256, and only under /growth and /studio."""

    salt = "wizard.session.3"

    def get_cookie_name(self, app: Flask) -> str:  # noqa: ARG002  # Flask passes it
        """The name that the current request's cookie should have."""
        return NAME if _is_local() else SECURE_NAME

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002  # Flask passes it
        """Whether browsers send the cookie over TLS only: everywhere but on this machine itself."""
        return not _is_local()

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer:
        """What signs and verifies cookies, by the clock of `app`."""
        return URLSafeTimedSerializer(
            [*app.config["SECRET_KEY_FALLBACKS"], app.config["SECRET_KEY"]],
            salt=self.salt,
            serializer=self.serializer,
            signer=ClockSigner,
            signer_kwargs={**SIGNING, "clock": services(app).clock},
        )

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The request's session; None outside of the dashboard, where Flask then neither reads nor sends a cookie.

        A cookie of the version before is accepted, too; the response has one with the new name. The old one stays for
        servers of that version, until it expires.
        """
        if not is_for_dashboard(request.path):
            return None
        name = self.get_cookie_name(app)
        content = self.content(app, request.cookies.get(name))
        if content is None and name not in request.cookies:
            content = EarlierSessions().content(app, request.cookies.get(_earlier_name()))
        return self.session_class(content)

    def content(self, app: Flask, value: str | None) -> dict[str, Any] | None:
        """What a cookie's `value` holds; None where there is none, it is not signed with our keys, or is too old.

        A time in the future is accepted, since clocks differ: itsdangerous's `max_age` would refuse it.
        """
        try:
            content, made = self.get_signing_serializer(app).loads(value or "", return_timestamp=True)
        except (BadData, ArithmeticError, ValueError):
            return None
        age_seconds = services(app).clock() / 1000 - made.timestamp()
        is_too_old = age_seconds > app.permanent_session_lifetime.total_seconds() + CLOCKS_SECONDS
        return None if is_too_old else dict(content)


class EarlierSessions(Sessions):
    """Sessions as the version before signed them, under a name that other hosts of the same site can plant.

    No version that knows `SECURE_NAME` signs with this salt, so they end 12 hours after the last such server is gone.
    """

    salt = "wizard.session.2"


def is_unread() -> bool:
    """Whether the current request has a session cookie that can't be used here.

    Another server, with a newer key, may be able to read it.
    """
    names = (NAME, SECURE_NAME, EARLIER_NAME, EARLIER_SECURE_NAME)
    return not session and any(name in request.cookies for name in names)


def init_app(app: Flask) -> None:
    """Let `app` keep sessions in cookies."""
    first, *others = (_derived(key) for key in services(app).keys)
    app.config.update(
        SECRET_KEY=first,
        SECRET_KEY_FALLBACKS=others,
        SESSION_COOKIE_PATH=PATH,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(milliseconds=IDLE_MS),
        WTF_CSRF_SECRET_KEY=signing_order([first, *others]),
        WTF_CSRF_TIME_LIMIT=None,  # a form is good for as long as its session: a page may stay open all day
    )
    app.session_interface = Sessions()


def _derived(key: str) -> str:
    """A key for sessions alone, so that nothing else that `key` has signed is accepted as a session."""
    return hmac.new(key.encode(), b"wizard.growth.session.1", hashlib.sha256).hexdigest()


def _earlier_name() -> str:
    """The name that the current request's cookie had in the version before."""
    return EARLIER_NAME if _is_local() else EARLIER_SECURE_NAME


def _is_local() -> bool:
    """Whether the current request was sent to this machine without TLS, under a loopback name, and by no proxy.

    The name alone is no proof: some proxies send `Host: 127.0.0.1`, whatever they were asked for.
    """
    settings = services().settings
    is_public = (settings.dashboard_url or settings.public_url or "").startswith("https:")
    if is_public or is_forwarded():
        return False
    try:
        host = urlsplit(f"//{request.host}").hostname or ""
        return request.scheme == "http" and (host == "localhost" or ip_address(host).is_loopback)
    except (BadRequest, ValueError):
        return False
