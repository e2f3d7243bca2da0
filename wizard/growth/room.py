"""Where the growth room is: which addresses lie in it, and what is true of every answer from there."""

from flask import Response, g

from wizard.policy import refuse_frames

ROOT = "/growth"


def is_inside(path: str) -> bool:
    """Whether `path`, as a request has it, lies in the growth room."""
    return path == ROOT or path.startswith(f"{ROOT}/")


def keep_to_ourselves(response: Response) -> Response:
    """Have `response` never kept, never indexed, never shown in a frame, whoever it is for and whatever went wrong."""
    refuse_frames()
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["X-Robots-Tag"] = "noindex"
    response.vary.add("Cookie")
    return response


def colleague() -> str | None:
    """The e-mail address that the current request's session was opened for; None where it has no session."""
    email: str | None = g.get("colleague")
    return email


def session_reference() -> str:
    """What the server's log calls the current request's session; nothing where it has none."""
    reference: str = g.get("session_reference", "")
    return reference
