"""The sign-in page of a link, its button, and signing out."""

import logging

from flask import Blueprint, Response, g, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from wizard.dashboard.access.forms import SignInForm, SignOutForm
from wizard.dashboard.access.guard import LINK
from wizard.dashboard.access.new_session import PROVIDER, enter
from wizard.dashboard.access.openid_views import sign_out_address
from wizard.dashboard.access.roles import needs
from wizard.dashboard.access.sign_in import HOUR_MS, IDLE_MS, LONGEST_MS
from wizard.dashboard.access.sign_ins import MAX_LINK_CHARACTERS, SignInRefused
from wizard.dashboard.pages import page
from wizard.dashboard.services import sign_ins
from wizard.web.areas import DASHBOARD

LOG = logging.getLogger("wizard.growth")
IDLE_HOURS = IDLE_MS // HOUR_MS
LONGEST_DAYS = LONGEST_MS // (24 * HOUR_MS)

blueprint = Blueprint("access", __name__)


@blueprint.get("/growth/sign-in")
def offer() -> Response:
    """The page of a link: one button. The link is not used yet, since mail scanners open links."""
    if "link" not in request.args:
        return page("dashboard/sign-in-first.html", 401)
    token = request.args["link"]
    try:
        offered = sign_ins().offered(token)
    except SignInRefused as refused:
        return _refused(refused)
    form = SignInForm(link=token)
    return page("dashboard/sign-in.html", form=form, email=offered.email, hours=IDLE_HOURS, days=LONGEST_DAYS)


@blueprint.post("/growth/sign-in")
def use() -> Response | AnyResponse:
    """Use the link, open its session, and redirect to the page that was asked for."""
    form = SignInForm(submitted=True)
    token = form.link.data or ""
    if not form.validate():
        LOG.warning("a sign-in was turned away", extra={"reason": "bad form"})
        again = url_for(".offer", link=token) if token and len(token) <= MAX_LINK_CHARACTERS else None
        return page("dashboard/bad-form.html", 400, again=again, is_secure=request.is_secure)
    try:
        used = sign_ins().use(token)
    except SignInRefused as refused:
        return _refused(refused)
    onward = enter(used.link_id)
    LOG.info("a link was used to sign in")
    return redirect(onward, 303)


@blueprint.post("/growth/sign-out")
@needs("viewer")
def leave() -> Response:
    """End this session."""
    if not SignOutForm(submitted=True).validate():
        return page("dashboard/bad-form.html", 400, again=DASHBOARD, is_secure=True)
    sign_ins().end(session[LINK])
    id_token = session.get(PROVIDER)
    session.clear()
    g.pop("colleague")
    address = None if id_token is None else sign_out_address(id_token)
    return page("dashboard/signed-out.html", sign_out_address=address)


def _refused(refused: SignInRefused) -> Response:
    """The same page for every reason, so that it tells nothing about existing links."""
    LOG.warning("a link was turned away", extra={"reason": str(refused)})
    return page("dashboard/bad-link.html", 401)
