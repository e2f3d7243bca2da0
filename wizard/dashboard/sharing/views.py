"""Makes, lists and revokes links to views, and shows a view to anyone who has its link."""

import logging
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Response, redirect, request, session
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from wizard.dashboard.access.guard import forbidden, is_refresh
from wizard.dashboard.access.roles import may, needs
from wizard.dashboard.labels import Names, moment
from wizard.dashboard.overview.page_values import read_links, read_view
from wizard.dashboard.overview.view_links import Asked, parameters
from wizard.dashboard.pages import live_page, page
from wizard.dashboard.services import dashboard_origin, shared_views
from wizard.dashboard.session import colleague, session_reference
from wizard.dashboard.sharing.described import filters_in_words, fixed_dates, listed, period_in_words, query_of
from wizard.dashboard.sharing.forms import FIXED, RevokeForm, ShareForm
from wizard.dashboard.sharing.read_only import ReadOnlyLinks
from wizard.dashboard.sharing.shared_views import USUAL_DAYS, SharedView, SharedViewRefused
from wizard.storage.migrate import cause
from wizard.web.areas import DASHBOARD, SHARED
from wizard.web.csp import allow
from wizard.web.services import services

LOG = logging.getLogger("wizard.growth")
MADE = "made"
"""The key of the session that holds the id of a link which is to be shown, once."""

blueprint = Blueprint("sharing", __name__)


@blueprint.get("/growth/shared")
@needs("viewer")
def every() -> Response:
    """All links, the newest first; one that was just made is shown with its address."""
    current = services()
    names, zone, now_ms = Names(current.wording()), current.settings.time_zone, current.clock()
    made = str(session.pop(MADE, ""))
    found = shared_views().all()
    address = f"{dashboard_origin()}{SHARED}/{shared_views().token(made)}" if made else ""
    if address:
        allow("script-src", "'self'")
    return page(
        "dashboard/shared-list.html",
        rows=[listed(view, names, zone, now_ms) for view in found],
        may_revoke=_may_revoke,
        made=made,
        address=address,
        zone=zone.key,
        form=RevokeForm(),
    )


@blueprint.post("/growth/shared")
@needs("viewer")
def make() -> Response | AnyResponse:
    """Make a link to a view, and redirect to the list, which shows it."""
    form = ShareForm(submitted=True)
    if not form.validate():
        return _bad_form()
    current = services()
    given = MultiDict(parse_qsl(form.query.data or ""))
    links, unread = read_links(given, current.settings.time_zone, current.clock())
    if unread:
        return _bad_form()
    selection = fixed_dates(links.selection) if form.dates.data == FIXED else links.selection
    query = urlencode(parameters(selection, links.asked))
    session[MADE] = shared_views().add(query, colleague() or "", int(form.days.data or USUAL_DAYS))
    LOG.info("a view was shared", extra={"link": session[MADE], "days": form.days.data, "session": session_reference()})
    return redirect(SHARED, HTTPStatus.SEE_OTHER)


@blueprint.post("/growth/revoke-shared")
@needs("viewer")
def revoke() -> Response | AnyResponse:
    """Revoke a link and return to the list. A link that somebody else made is for admins to revoke."""
    form = RevokeForm(submitted=True)
    if not form.validate():
        return _bad_form()
    link_id = form.link.data or ""
    found = shared_views().find(link_id)
    if found is not None and not _may_revoke(found.email):
        return forbidden("admin")
    if shared_views().revoke(link_id, colleague() or ""):
        LOG.info("a shared view was revoked", extra={"link": link_id, "session": session_reference()})
    return redirect(SHARED, HTTPStatus.SEE_OTHER)


def _may_revoke(maker: str) -> bool:
    """Whether the current colleague may revoke a link that `maker` made."""
    return maker == colleague() or may("admin")


@blueprint.get("/growth/shared/<token>")
def show(token: str) -> Response:
    """The view of a link. What else is in the address is ignored: the query is the stored one."""
    current = services()
    zone = current.settings.time_zone
    try:
        shared = shared_views().open(token)
        links = _links_of(shared)
    except SharedViewRefused as refused:
        return _refused(refused)
    if request.method == "GET" and not is_refresh():
        _record_opening(shared)
    return live_page(
        "dashboard/shared.html",
        view=replace(read_view(links), refused=None, query=""),
        filters=filters_in_words(links.selection, Names(current.wording()), zone),
        period=period_in_words(links.selection, zone),
        until=moment(shared.expires_ms, zone),
    )


def _links_of(shared: SharedView) -> ReadOnlyLinks:
    """The selection of a link. Raises SharedViewRefused if part of it can't be read: left out, it would show more."""
    current = services()
    links, unread = read_links(query_of(shared), current.settings.time_zone, current.clock())
    if unread:
        raise SharedViewRefused("unreadable", shared.expires_ms)
    # Sites that aren't allowed are the operator's business, and no figures of the view.
    asked = replace(links.asked, show=Asked().show) if links.asked.show == "embeds" else links.asked
    return ReadOnlyLinks(links.selection, asked)


def _record_opening(shared: SharedView) -> None:
    try:
        shared_views().record_opening(shared.link_id)
    except SQLAlchemyError as error:
        LOG.warning("the opening of a shared view can't be stored (%s)", cause(error))


def _refused(refused: SharedViewRefused) -> Response:
    """The page of a link that shows nothing: 410 if it is one of ours that has ended, else 404."""
    LOG.warning("a shared link was turned away", extra={"reason": refused.reason})
    is_ours = refused.expires_ms is not None
    until = moment(refused.expires_ms, services().settings.time_zone) if refused.expires_ms is not None else None
    status = HTTPStatus.GONE if is_ours else HTTPStatus.NOT_FOUND
    return page("dashboard/shared-refused.html", status, reason=refused.reason, until=until)


def _bad_form() -> Response:
    return page("dashboard/bad-form.html", HTTPStatus.BAD_REQUEST, again=DASHBOARD, is_secure=True)
