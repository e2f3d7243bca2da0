"""Shows a text that was sent without a session, or with the form of an earlier one, to be sent again."""

from http import HTTPStatus

from flask import Response, request
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException

from wizard.dashboard.pages import page

KEPT = ("locale", "key", "seen", "version", "source", "query", "text")
"""The fields of a text's form that are sent again."""

FORM = "application/x-www-form-urlencoded"


def signed_out() -> Response | None:
    """The page for a text that was sent without a session; None if the request has none."""
    if request.method != "POST" or request.mimetype != FORM:
        return None
    try:
        has_text = "text" in request.form
    except HTTPException:  # too large, or not all of it came
        return None
    return unsaved_page(HTTPStatus.UNAUTHORIZED) if has_text else None


def unsaved_page(status: HTTPStatus) -> Response:
    """The page that shows the text that the current request has sent, with a form that sends it again.

    401 asks to sign in first, in another tab; 400 is for a form of another session.
    """
    fields = {name: request.form.get(name, "") for name in KEPT}
    return page(
        "studio/unsaved.html",
        status,
        fields=fields,
        path=request.path,
        csrf_token=generate_csrf(),
        is_signed_out=status == HTTPStatus.UNAUTHORIZED,
    )
