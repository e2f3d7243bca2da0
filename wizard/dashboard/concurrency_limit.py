"""Limits concurrent dashboard requests, so that they never take all of a worker's threads."""

import threading
from http import HTTPStatus

from flask import Flask, Response, g, request

from wizard.dashboard.access.guard import OPEN
from wizard.dashboard.journeys.exporting import AT_ONCE
from wizard.dashboard.pages import page
from wizard.web.areas import is_for_dashboard

PAGES_AT_ONCE = 4
MOST_THREADS = PAGES_AT_ONCE + AT_ONCE
"""The most threads of a process that the dashboard uses at once: a page of a large log takes seconds, exports more."""

FREE = OPEN | {"growth.access.leave", "growth.journeys.export"}
"""The endpoints that read nothing large, and the one that has a limit of its own."""

AGAIN_SECONDS = 5


def init_app(app: Flask) -> None:
    """Answer 503 while the maximum of dashboard pages is being made; waiting would take a thread, too."""
    room = threading.BoundedSemaphore(PAGES_AT_ONCE)

    def enter() -> Response | None:
        if not is_for_dashboard(request.path) or request.endpoint in FREE:
            return None
        if not room.acquire(blocking=False):
            return _busy()
        g.is_in_crowd = True
        return None

    def leave(_: BaseException | None) -> None:
        if g.pop("is_in_crowd", False):
            room.release()

    app.before_request(enter)
    app.teardown_request(leave)


def _busy() -> Response:
    title, text = "The dashboard is busy", "Too many pages are being loaded at once. Try again in a few seconds."
    shown = page("dashboard/problem.html", HTTPStatus.SERVICE_UNAVAILABLE, title=title, text=text, reference="")
    shown.headers["Retry-After"] = str(AGAIN_SECONDS)
    return shown
