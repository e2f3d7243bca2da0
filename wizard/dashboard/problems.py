"""A page for everything that can go wrong in the growth room, which says how to go on."""

import logging
from collections.abc import Mapping
from http import HTTPStatus

from flask import Response
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from wizard.dashboard.pages import page
from wizard.storage.migrate import cause
from wizard.web.logs import request_id

LOG = logging.getLogger("wizard.growth")
UNREADABLE_SECONDS = 10

PAGES: Mapping[int, tuple[str, str]] = {
    400: ("That request can't be read", "Something in it is not as our pages send it. Go on from the overview."),
    404: ("There's no such page", "The address may be mistyped, or what it led to may have been erased since."),
    405: ("That doesn't work here", "This address is there, but not for what was asked of it."),
    413: ("That was too much", "What was sent is longer than anything our pages send."),
    429: ("A short pause, please", "There were too many attempts in a minute. Wait for one, then try once more."),
    500: ("Something broke on our side", "It has been written to the server's log. Try again in a moment."),
    503: (
        "The log can't be read just now",
        "Nothing is lost: visitors are served as ever, and what they do waits until the log is back. "
        "Whoever runs the server finds the cause in its log.",
    ),
}
"""Status to heading and text; of the others, those under 500 are shown as 400, and the rest as 500."""

BUSY = ("Busy just now", "More is being sent than the server reads at once. Nothing was done: try again in a moment.")
"""The heading and text of a 503 that has nothing to do with the log."""


def on_http_error(error: HTTPException) -> Response | HTTPException:
    """The page for `error`; a redirect stays one."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status < HTTPStatus.BAD_REQUEST:
        return error
    shown = problem(status, BUSY if status == HTTPStatus.SERVICE_UNAVAILABLE else None)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            shown.headers[name] = value
    return shown


def on_unreadable(error: SQLAlchemyError) -> Response:
    """The page where the log's database can't be used; what the matter is goes to the server's log."""
    LOG.error("the log can't be read (%s)", cause(error))
    shown = problem(HTTPStatus.SERVICE_UNAVAILABLE)
    shown.headers["Retry-After"] = str(UNREADABLE_SECONDS)
    return shown


def problem(status: int, told: tuple[str, str] | None = None) -> Response:
    """The page for `status`, with another heading and text than usual where they are `told`."""
    is_ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    title, text = told or PAGES.get(status) or PAGES[500 if is_ours else 400]
    return page("dashboard/problem.html", status, title=title, text=text, reference=request_id() if is_ours else "")
