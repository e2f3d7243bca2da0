"""Who is signed in for the current request."""

from flask import g


def colleague() -> str | None:
    """The e-mail address of the current request's session; None without a session."""
    email: str | None = g.get("colleague")
    return email


def session_reference() -> str:
    """The name of the current request's session in the server's log; "" without a session."""
    reference: str = g.get("session_reference", "")
    return reference
