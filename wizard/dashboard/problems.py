"""Error pages of the dashboard, each with what to do next."""

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
    400: ("Bad request", "The server can't read this request. Go to the overview and try again."),
    404: ("Page not found", "The address may be mistyped, or the journey may have been erased."),
    405: ("Method not allowed", "This address does not support that kind of request."),
    413: ("Request too large", "The request is larger than any that the dashboard sends."),
    429: ("Too many attempts", "There were too many attempts within a minute. Wait a minute, then try again."),
    500: ("Something went wrong", "The error has been logged on the server. Try again in a moment."),
    503: (
        "The log can't be read right now",
        "Visitors are served as usual, and their events are stored once the log is back. "
        "The server's own log says what the cause is.",
    ),
}
"""Status to heading and text; of the others, those under 500 are shown as 400, and the rest as 500."""

BUSY = ("The server is busy", "Too many requests are being sent at once. Nothing was changed. Try again in a moment.")
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
