"""The session's cookie: first-party, for the growth room alone. On visitors' pages there is no session at all."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.exceptions import BadRequest

from wizard.forwarding import is_forwarded
from wizard.growth.access.sign_ins import IDLE_MS
from wizard.growth.room import ROOT, is_inside
from wizard.growth.services import services
from wizard.signing import signing_order

NAME = "wizard_growth"


class Sessions(SecureCookieSessionInterface):
    """Flask's own sessions, signed by SHA-256, and only where the growth room is."""

    salt = "wizard.session.1"
    digest_method = staticmethod(hashlib.sha256)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The request's session; None outside of the room, where Flask then neither reads nor sends a cookie."""
        return super().open_session(app, request) if is_inside(request.path) else None

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002  # Flask passes it
        """Whether browsers are to send it over TLS only: everywhere but on this machine itself."""
        return not _is_local()


def init_app(app: Flask, keys: Sequence[str]) -> None:
    """Let `app` keep sessions. `keys` as the setting has them: the first signs, all verify."""
    first, *others = (_derived(key) for key in keys)
    app.config.update(
        SECRET_KEY=first,
        SECRET_KEY_FALLBACKS=others,
        SESSION_COOKIE_NAME=NAME,
        SESSION_COOKIE_PATH=ROOT,
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
