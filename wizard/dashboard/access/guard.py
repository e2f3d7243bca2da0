"""Requires a session, with the role that the view needs, for every request under /growth and /studio.

Unknown addresses and methods are included.
"""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import quote

from flask import Response, current_app, g, redirect, request, session
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from wizard.dashboard import problems
from wizard.dashboard.access.cookie import is_unread
from wizard.dashboard.access.roles import Role, known_role, may, needed_role
from wizard.dashboard.access.sign_in import SignIn
from wizard.dashboard.access.sign_ins import SignInRefused
from wizard.dashboard.pages import page
from wizard.dashboard.services import people, sign_ins
from wizard.storage.migrate import cause
from wizard.web.areas import DASHBOARD, is_for_dashboard
from wizard.web.mounting import path_outside
from wizard.web.rate_limit import Guessable

LOG = logging.getLogger("wizard.growth")
SIGN_IN = frozenset({"growth.access.offer", "growth.access.use"})
OPENID_CALLBACK = "growth.openid.finish"
BY_PROVIDER = frozenset({"growth.openid.begin", OPENID_CALLBACK})
SHARED_VIEW = "growth.sharing.show"
OPEN = SIGN_IN | BY_PROVIDER | {SHARED_VIEW, "growth.openid.ended"}
"""The endpoints that need no session: the page of a sign-in link, its button, the way to the OpenID provider and back,
the page after signing out there, and a shared view."""

GUESSABLE: Mapping[str, Guessable] = {
    **dict.fromkeys(sorted(SIGN_IN), Guessable("sign-in", HTTPStatus.UNAUTHORIZED)),
    OPENID_CALLBACK: Guessable("provider", HTTPStatus.UNAUTHORIZED),
    SHARED_VIEW: Guessable("shared-view", HTTPStatus.NOT_FOUND),
}
"""The endpoints where links can be tried out, and what a response to a wrong one has as its status."""

LINK, ASKED = "link", "asked"
"""The keys of the session: the id of its sign-in link; before there is one, the page that was asked for."""

REFRESH = "X-Refresh"
"""The header of automatic refreshes, which do not extend a session."""

REFRESHED = frozenset({"growth.overview", "growth.journeys.every", SHARED_VIEW})
"""The endpoints whose pages refresh automatically."""

FETCHED = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
"""The headers that browsers send with a script's request, if they send any of these."""

SIGNED_OUT = "wizard.signed_out"
"""The extension that maps endpoints to what makes their own page for a form that came without a session, or None."""

NO_SESSION = "no session"
MAX_ASKED_CHARACTERS = 1500  # a cookie has room for 4,096


def admit() -> Response | AnyResponse | HTTPException | None:
    """For `app.before_request`: None where the request's session may do this, or none is needed; else the response.

    The errors of unknown addresses are answered here, too: Flask calls no blueprint's error handlers for them.
    """
    if not is_for_dashboard(request.path) or request.endpoint in OPEN:
        return None
    if outside := path_outside():  # where browsers don't send the cookie
        return redirect(DASHBOARD, 303) if outside == "/" else problems.problem(404)
    try:
        found = _session()
    except SignInRefused as refused:
        return _sign_in_first(str(refused))
    except SQLAlchemyError as error:
        return problems.on_unreadable(error)
    g.colleague, g.session_reference, g.role = found.email, found.reference, known_role(found.role)
    unknown_route = request.routing_exception
    return problems.on_http_error(unknown_route) if unknown_route else _forbidden()


def forbidden(needed: Role) -> Response:
    """The page (403) for a session without the role that is `needed`: who can give it. Raises SQLAlchemyError."""
    LOG.warning("a request was refused", extra={"reason": f"role {needed} needed", "session": g.session_reference})
    return page("dashboard/forbidden.html", 403, needed=needed, own=g.role, admins=people().admins())


def _forbidden() -> Response | None:
    """The response where the view needs a role that the session lacks, or declares none; else None."""
    needed = needed_role(current_app.view_functions.get(request.endpoint or ""))
    if needed is None:
        LOG.error("the view %s declares no role, so nobody may use it", request.endpoint)
        return problems.problem(HTTPStatus.FORBIDDEN)
    if may(needed):
        return None
    try:
        return forbidden(needed)
    except SQLAlchemyError as error:
        return problems.on_unreadable(error)


def asked_for() -> str:
    """The dashboard page that was asked for before there was a session, or else the overview."""
    asked = str(session.get(ASKED, DASHBOARD))
    return asked if is_for_dashboard(asked.partition("?")[0]) else DASHBOARD


def _session() -> SignIn:
    """The sign-in whose session the request is part of. Raises SignInRefused and SQLAlchemyError."""
    link_id = session.get(LINK)
    if link_id is None:
        raise SignInRefused("bad cookie" if is_unread() else NO_SESSION)
    found = sign_ins().session(link_id)
    if is_refresh():
        return found
    try:
        sign_ins().record_use(found)
    except SQLAlchemyError as error:
        LOG.warning("the last use of a session can't be stored (%s)", cause(error))
    return found


def is_refresh() -> bool:
    """Whether the request is a page's automatic refresh, and not somebody's own."""
    is_ours = request.method == "GET" and request.endpoint in REFRESHED and request.headers.get(REFRESH) == "1"
    return is_ours and all(request.headers.get(name, expected) == expected for name, expected in FETCHED.items())


def _sign_in_first(reason: str) -> Response:
    """The page that asks to sign in, the same for all addresses; a form whose text would be lost has its own.

    An unusable cookie is kept: another server, with another clock or key, may accept its session.
    """
    level = logging.INFO if reason == NO_SESSION else logging.WARNING
    LOG.log(level, "a request without a session was turned away", extra={"reason": reason})
    is_page = request.headers.get("Sec-Fetch-Dest", "document") == "document"
    asked = quote(request.path, safe="/:@!$&'()*+,;=~") + "?" + request.query_string.decode("latin-1")
    if request.method == "GET" and is_page and len(asked) <= MAX_ASKED_CHARACTERS and not is_unread():
        session[ASKED] = asked.removesuffix("?")
    own: Mapping[str, Callable[[], Response | None]] = current_app.extensions.get(SIGNED_OUT, {})
    keep = own.get(request.endpoint or "")
    return (keep and keep()) or page("dashboard/sign-in-first.html", 401)
