"""The session of the current request: whose it is."""

from flask import g


def colleague() -> str | None:
    """The e-mail address that the current request's session was opened for; None where it has no session."""
    email: str | None = g.get("colleague")
    return email


def session_reference() -> str:
    """What the server's log calls the current request's session; nothing where it has none."""
    reference: str = g.get("session_reference", "")
    return reference
