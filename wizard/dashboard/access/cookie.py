"""The dashboard's session cookie: first-party, with the path /growth. Visitors' pages have no session."""

import hashlib
import hmac
import time
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import BadRequest

from wizard.dashboard.access.sign_ins import IDLE_MS
from wizard.dashboard.services import services
from wizard.signing import signing_order
from wizard.web.areas import DASHBOARD, is_for_dashboard
from wizard.web.forwarding import is_forwarded

NAME = "wizard_growth"
"""The cookie's name where there is no TLS: on this machine itself."""

SECURE_NAME = f"__Secure-{NAME}"
"""Its name everywhere else: browsers take it from a secure origin alone, so that no other page can plant one."""

CLOCKS_SECONDS = 600
"""How much the clocks of two servers may differ."""

EARLIER_SALT = "wizard.session.1"
"""What cookies were signed with when they had `NAME` everywhere. No version that knows `SECURE_NAME` signs with it, so
that they are over 12 hours after the last server that did is gone."""


class Sessions(SecureCookieSessionInterface):
    """Flask's own sessions, signed by SHA-256, and only under /growth."""

    salt = "wizard.session.2"
    digest_method = staticmethod(hashlib.sha256)

    def get_cookie_name(self, app: Flask) -> str:  # noqa: ARG002  # Flask passes it
        """The name that the current request's cookie should have."""
        return NAME if _is_local() else SECURE_NAME

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002  # Flask passes it
        """Whether browsers are to send it over TLS only: everywhere but on this machine itself."""
        return not _is_local()

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The request's session; None outside of the dashboard, where Flask then neither reads nor sends a cookie.

        One that was made before its name and its salt were changed is taken as well, under its new name from then on.
        """
        serializer = self.get_signing_serializer(app)
        if serializer is None or not is_for_dashboard(request.path):
            return None
        value = request.cookies.get(self.get_cookie_name(app))
        if value is not None and (content := _content(app, serializer, value)) is not None:
            return self.session_class(content)
        if value is None or self.get_cookie_name(app) == NAME:
            earlier = URLSafeTimedSerializer(
                serializer.secret_keys,
                salt=EARLIER_SALT,
                serializer=self.serializer,
                signer_kwargs=serializer.signer_kwargs,
            )
            return self.session_class(_content(app, earlier, request.cookies.get(NAME, "")) or {})
        return self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie, and take back the one of an earlier version that it replaces."""
        super().save_session(app, session, response)
        is_sent = any(text.startswith(f"{SECURE_NAME}=") for text in response.headers.getlist("Set-Cookie"))
        if is_sent and NAME in request.cookies:
            response.delete_cookie(NAME, path=DASHBOARD, secure=True, httponly=True, samesite="Lax")


def _content(app: Flask, serializer: URLSafeTimedSerializer, value: str) -> dict[str, Any] | None:
    """What a cookie's value holds; None where it is not ours, or is too old.

    One that was made by a clock that is ahead is as good: itsdangerous would refuse it.
    """
    try:
        content, made = serializer.loads(value, return_timestamp=True)
    except (BadData, ArithmeticError, ValueError):
        return None
    age_seconds = time.time() - made.timestamp()
    return dict(content) if age_seconds <= app.permanent_session_lifetime.total_seconds() + CLOCKS_SECONDS else None


def is_unread() -> bool:
    """Whether the current request brings a cookie of the session's that holds nothing for us.

    Another server may be able to read it: one that has a newer key.
    """
    return not session and (NAME in request.cookies or SECURE_NAME in request.cookies)


def init_app(app: Flask, keys: Sequence[str]) -> None:
    """Let `app` keep sessions. `keys` as the setting has them: the first signs, all verify."""
    first, *others = (_derived(key) for key in keys)
    app.config.update(
        SECRET_KEY=first,
        SECRET_KEY_FALLBACKS=others,
        SESSION_COOKIE_PATH=DASHBOARD,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(milliseconds=IDLE_MS),
        WTF_CSRF_SECRET_KEY=signing_order([first, *others]),
        WTF_CSRF_TIME_LIMIT=None,  # a form is good for as long as its session: a page may stay open all day
    )
    app.session_interface = Sessions()


def _derived(key: str) -> str:
    """A key for this alone, so that nothing else that `key` has signed can pass for a session."""
    return hmac.new(key.encode(), b"wizard.growth.session.1", hashlib.sha256).hexdigest()


def _is_local() -> bool:
    """Whether the current request came without TLS to this machine by one of its own names for itself.

    That name alone does not say so: some proxies ask us for 127.0.0.1, whatever they were asked for.
    """
    is_public = (services().settings.public_url or "").startswith("https:")
    if is_public or is_forwarded():
        return False
    try:
        host = urlsplit(f"//{request.host}").hostname or ""
        return request.scheme == "http" and (host == "localhost" or ip_address(host).is_loopback)
    except (BadRequest, ValueError):
        return False
