"""Keeps colleagues from taking up all of a worker's threads: so many of their pages are made at once, and no more."""

import threading
from http import HTTPStatus

from flask import Flask, Response, g, request

from wizard.dashboard.access.guard import OPEN
from wizard.dashboard.journeys.exporting import AT_ONCE
from wizard.dashboard.pages import page
from wizard.web.areas import is_for_dashboard

PAGES_AT_ONCE = 4
MOST_THREADS = PAGES_AT_ONCE + AT_ONCE
"""How many of a process's threads the room may hold for long: a page over a large log takes seconds, exports longer."""

FREE = OPEN | {"growth.access.leave", "growth.journeys.export"}
"""The endpoints that read nothing large, and the one that has a limit of its own."""

AGAIN_SECONDS = 5


def init_app(app: Flask) -> None:
    """Refuse what is asked of the room while so many of its pages are being made; to wait would take a thread, too."""
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
    title, text = "Others are reading just now", "There is room for you in a moment. Try again then."
    shown = page("dashboard/problem.html", HTTPStatus.SERVICE_UNAVAILABLE, title=title, text=text, reference="")
    shown.headers["Retry-After"] = str(AGAIN_SECONDS)
    return shown
