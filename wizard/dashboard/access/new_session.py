"""Puts a session that was started into the browser's cookie."""

from flask import session

from wizard.dashboard.access.guard import LINK, asked_for
from wizard.dashboard.services import sign_ins

PROVIDER = "provider"
"""The key of sessions that a provider opened: its ID token, for signing out there; "" if that is too long."""

MAX_ID_TOKEN_CHARACTERS = 1800
"""A cookie has room for 4,096 characters, of which the encoding takes a quarter."""


def enter(session_id: str, id_token: str | None = None) -> str:
    """Begin the session, and end the one that the browser had before. Returns the address to go on to.

    `id_token` is that of a provider; None of a link. Raises SQLAlchemyError.
    """
    onward, before = asked_for(), session.get(LINK)
    session.clear()  # nothing of an earlier session may get into this one
    session[LINK] = session_id
    if id_token is not None:
        session[PROVIDER] = id_token if len(id_token) <= MAX_ID_TOKEN_CHARACTERS else ""
    session.permanent = True
    if before:
        sign_ins().end(before)
    return onward
