"""Requires a session for every request under /growth, unknown addresses and methods included."""

import logging
from urllib.parse import quote

from flask import Response, g, request, session
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from wizard.dashboard import problems
from wizard.dashboard.access.cookie import is_unread
from wizard.dashboard.access.sign_ins import Refused, SignIn
from wizard.dashboard.pages import page
from wizard.dashboard.services import sign_ins
from wizard.storage.migrate import cause
from wizard.web.areas import DASHBOARD, is_for_dashboard

LOG = logging.getLogger("wizard.growth")
OPEN = frozenset({"growth.access.offer", "growth.access.use"})
"""The endpoints that need no session: the page of a link, and its button."""

LINK = "link"
ASKED = "asked"
"""What the session holds: the id of the link that opened it; or the page that was asked for without it."""

REFRESH = "X-Refresh"
"""The header of automatic refreshes, which do not extend a session."""

REFRESHED = frozenset({"growth.overview", "growth.journeys.every"})
"""The endpoints whose pages do that."""

FETCHED = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
"""What a browser says of a request that a script of ours makes, where it says anything."""

NO_SESSION = "no session"
MAX_ASKED_CHARACTERS = 1500  # a cookie has room for 4,096


def admit() -> Response | AnyResponse | HTTPException | None:
    """For `app.before_request`: None where the request may go on; else what it is answered with.

    Addresses that lead nowhere are answered here, too: the error handlers of a blueprint don't hear of them.
    """
    if not is_for_dashboard(request.path) or request.endpoint in OPEN:
        return None
    try:
        found = _session()
    except Refused as refused:
        return _turned_away(str(refused))
    except SQLAlchemyError as error:
        return problems.on_unreadable(error)
    g.colleague, g.session_reference = found.email, found.reference
    astray = request.routing_exception
    return problems.on_http_error(astray) if astray else None


def asked_for() -> str:
    """The dashboard page that was asked for before there was a session, or else the overview."""
    asked = str(session.get(ASKED, DASHBOARD))
    return asked if is_for_dashboard(asked.partition("?")[0]) else DASHBOARD


def _session() -> SignIn:
    """The sign-in whose session the request is part of. Raises Refused and SQLAlchemyError."""
    link_id = session.get(LINK)
    if link_id is None:
        raise Refused("bad cookie" if is_unread() else NO_SESSION)
    found = sign_ins().session(link_id)
    if _is_refresh():
        return found
    try:
        sign_ins().see(found)
    except SQLAlchemyError as error:
        LOG.warning("when a session was last in use can't be written down (%s)", cause(error))
    return found


def _is_refresh() -> bool:
    """Whether a page of ours brings itself up to date; everything else is somebody's, and keeps the session in use."""
    is_ours = request.method == "GET" and request.endpoint in REFRESHED and request.headers.get(REFRESH) == "1"
    return is_ours and all(request.headers.get(name, expected) == expected for name, expected in FETCHED.items())


def _turned_away(reason: str) -> Response:
    """The same page for everything that could be asked for.

    What a cookie holds stays in it: another server, with a clock or a key of its own, may take that session.
    """
    level = logging.INFO if reason == NO_SESSION else logging.WARNING
    LOG.log(level, "a request without a session was turned away", extra={"reason": reason})
    is_page = request.headers.get("Sec-Fetch-Dest", "document") == "document"
    asked = quote(request.path, safe="/:@!$&'()*+,;=~") + "?" + request.query_string.decode("latin-1")
    if request.method == "GET" and is_page and len(asked) <= MAX_ASKED_CHARACTERS and not is_unread():
        session[ASKED] = asked.removesuffix("?")
    return page("dashboard/sign-in-first.html", 401)
