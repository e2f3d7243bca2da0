"""The studio's first page, with drafts, versions and languages, and the forms that begin and end drafts."""

from contextlib import suppress
from http import HTTPStatus

from flask import Blueprint, Response, redirect
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as AnyResponse

from wizard.dashboard.access.roles import needs
from wizard.dashboard.pages import page
from wizard.dashboard.session import colleague
from wizard.drafts.model import TITLE_CHARACTERS, TextRefused
from wizard.studio.draft_address import path_of
from wizard.studio.draft_texts import drafts
from wizard.studio.forms import ButtonForm, TitleForm
from wizard.studio.overview import overview
from wizard.web.areas import STUDIO

BAD_TITLE = f"Give the draft a title: one line of up to {TITLE_CHARACTERS} characters."

blueprint = Blueprint("overview", __name__)


@blueprint.get("/studio")
@needs("editor")
def show() -> Response:
    """What is published, the open drafts, and what waits for whom."""
    return _page()


@blueprint.post("/studio/drafts")
@needs("editor")
def begin() -> Response | AnyResponse:
    """Begin a draft, and open its editor."""
    form = TitleForm(submitted=True)
    if not form.validate():
        return _bad_form()
    title = form.title.data or ""
    try:
        made = drafts().begin(title, colleague() or "")
    except TextRefused:
        return _page(title, BAD_TITLE, HTTPStatus.BAD_REQUEST)
    return redirect(path_of(made.draft_id), 303)


@blueprint.post("/studio/drafts/<draft_id>/rename")
@needs("editor")
def rename(draft_id: str) -> Response | AnyResponse:
    """Give a draft another title; one that can't be used changes nothing."""
    form = TitleForm(submitted=True)
    if not form.validate():
        return _bad_form()
    with suppress(TextRefused):
        drafts().rename(draft_id, form.title.data or "", colleague() or "")
    return redirect(path_of(draft_id), 303)


@blueprint.post("/studio/drafts/<draft_id>/discard")
@needs("editor")
def discard(draft_id: str) -> Response | AnyResponse:
    """Discard a draft, which can be reopened."""
    if not ButtonForm(submitted=True).validate():
        return _bad_form()
    drafts().discard(draft_id, colleague() or "")
    return redirect(STUDIO, 303)


@blueprint.post("/studio/drafts/<draft_id>/reopen")
@needs("editor")
def reopen(draft_id: str) -> Response | AnyResponse:
    """Open a discarded draft again."""
    if not ButtonForm(submitted=True).validate():
        return _bad_form()
    drafts().reopen(draft_id, colleague() or "")
    return redirect(path_of(draft_id), 303)


def _page(title: str = "", problem: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    return page(
        "studio/overview.html",
        status,
        view=overview(),
        title_given=title,
        title_problem=problem,
        csrf_token=generate_csrf(),
    )


def _bad_form() -> Response:
    return page("dashboard/bad-form.html", HTTPStatus.BAD_REQUEST, again=STUDIO, is_secure=True)
