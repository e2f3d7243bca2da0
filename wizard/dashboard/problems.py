"""Error pages of the dashboard, each with what to do next."""

import logging
from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from wizard.dashboard.pages import page
from wizard.dashboard.standing import time_of
from wizard.storage.migrate import cause
from wizard.storage.readings import FiguresUnavailable
from wizard.web.areas import is_for_shared_view
from wizard.web.logs import request_id
from wizard.web.services import services

LOG = logging.getLogger("wizard.growth")
UNREADABLE_SECONDS = 10

PAGES: Mapping[int, tuple[str, str]] = {
    400: ("Bad request", "The server can't read this request. Go to the overview and try again."),
    403: ("Not allowed", "Nobody may use this address: the server does not say which role it needs. Tell who runs it."),
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
"""Heading and text by status. Others have those of 400 if they are below 500, else those of 500."""

BUSY = ("The server is busy", "Too many requests are being sent at once. Nothing was changed. Try again in a moment.")
"""The heading and text of a 503 that is not about the log."""


UNAVAILABLE = (
    "The figures are not available right now",
    "The warehouse has been out of reach since {}, and the log is too large to be read in its place. "
    "Visitors are served as usual, their events are stored in the log, and the warehouse gets them once it is back.",
)
"""The heading and text of the 503 for a warehouse that can't be read."""


def on_http_error(error: HTTPException) -> Response | HTTPException:
    """The page for `error`; redirects are returned unchanged."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status < HTTPStatus.BAD_REQUEST:
        return error
    shown = problem(status, BUSY if status == HTTPStatus.SERVICE_UNAVAILABLE else None)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            shown.headers[name] = value
    return shown


def on_unreadable(error: SQLAlchemyError) -> Response:
    """The page where the log's database can't be used; the cause is logged."""
    LOG.error("the log can't be read (%s)", cause(error))
    shown = problem(HTTPStatus.SERVICE_UNAVAILABLE)
    shown.headers["Retry-After"] = str(UNREADABLE_SECONDS)
    return shown


def on_unavailable(error: FiguresUnavailable) -> Response:
    """The page where the warehouse can't be read, and the log is too large to be read in its place."""
    made = services()
    since = time_of(error.since_ms, made.clock(), made.settings.time_zone)
    text = UNAVAILABLE[1].format(since)
    shown = problem(HTTPStatus.SERVICE_UNAVAILABLE, (UNAVAILABLE[0], text))
    shown.headers["Retry-After"] = str(UNREADABLE_SECONDS)
    return shown


def problem(status: int, texts: tuple[str, str] | None = None) -> Response:
    """The page for `status`; `texts` replace its heading and text."""
    is_server_error = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    title, text = texts or PAGES.get(status) or PAGES[500 if is_server_error else 400]
    return page(_template(), status, title=title, text=text, reference=request_id() if is_server_error else "")


def busy(title: str, text: str, retry_seconds: int) -> Response:
    """The page (503) for a request over a limit of concurrent ones."""
    shown = page(_template(), HTTPStatus.SERVICE_UNAVAILABLE, title=title, text=text, reference="")
    shown.headers["Retry-After"] = str(retry_seconds)
    return shown


def _template() -> str:
    """The template of error pages: that for a shared view has no links."""
    return "dashboard/shared-problem.html" if is_for_shared_view(request.path) else "dashboard/problem.html"
