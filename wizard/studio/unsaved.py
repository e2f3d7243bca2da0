"""Shows a text that was sent without a session, or with the form of an earlier one, to be sent again."""

from http import HTTPStatus

from flask import Response, request
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException

from wizard.dashboard.pages import page
from wizard.dashboard.services import dashboard_origin
from wizard.web.areas import STUDIO
from wizard.web.origins import asked_origin

KEPT = ("locale", "key", "seen", "version", "source", "query", "text")
"""The fields of a text's form that are sent again."""

FORM = "application/x-www-form-urlencoded"


def signed_out() -> Response | None:
    """The page for a text that was sent without a session; None if the request has none, or is of another site."""
    if request.method != "POST" or request.mimetype != FORM or not is_from_own_page():
        return None
    try:
        has_text = "text" in request.form
    except HTTPException:  # too large, or not all of it came
        return None
    return unsaved_page(HTTPStatus.UNAUTHORIZED) if has_text else None


def is_from_own_page() -> bool:
    """Whether the current request was sent by a page of ours, as far as its headers say.

    The texts of others are not shown as somebody's own, to be saved.
    """
    site, sender = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    return site == "same-origin" if site else sender in (None, dashboard_origin(), asked_origin())


def unsaved_page(status: HTTPStatus) -> Response:
    """The page that shows the text that the current request has sent, with a form that sends it again.

    401 asks to sign in first, in another tab. Its form has no token: making one would begin a session, in place of one
    that the request has not brought along. So it is answered by 400, which is for a form of another session.
    """
    is_signed_out = status == HTTPStatus.UNAUTHORIZED
    if not is_from_own_page():
        return page("dashboard/bad-form.html", HTTPStatus.BAD_REQUEST, again=STUDIO, is_secure=True)
    fields = {name: request.form.get(name, "") for name in KEPT}
    return page(
        "studio/unsaved.html",
        status,
        fields=fields,
        path=request.path,
        csrf_token="" if is_signed_out else generate_csrf(),
        is_signed_out=is_signed_out,
    )
