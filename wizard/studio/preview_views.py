"""The frame that shows a page of the visitor's, with the texts of a draft or with the published ones."""

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import NotFound

from wizard.dashboard.access.roles import needs
from wizard.drafts.applied import apply
from wizard.drafts.model import UnknownDraft
from wizard.drafts.store import Drafts
from wizard.presentation import read_presentation
from wizard.questionnaire.wording import required_texts
from wizard.questionnaire.wording_set import WordingSet
from wizard.studio.publishing import read_number, texts_of_version
from wizard.visitor.preview import preview
from wizard.visitor.preview_pages import pages
from wizard.web import csp
from wizard.web.services import services

blueprint = Blueprint("preview", __name__)


@blueprint.get("/studio/preview")
@needs("editor")
def published() -> Response:
    """A page with the texts that are published."""
    return frame(services().wording_set())


@blueprint.get("/studio/drafts/<draft_id>/preview")
@needs("editor")
def of_draft(draft_id: str) -> Response:
    """A page with the texts of a draft over those that are published."""
    current = services()
    drafts = Drafts(current.log.database, current.clock)
    try:
        draft = drafts.get(draft_id)
    except UnknownDraft as error:
        raise NotFound from error
    required = required_texts(current.flow, current.strategy)
    return frame(apply(current.wording_set(), drafts.changes(draft.draft_id), required))


@blueprint.get("/studio/versions/<number>/preview")
@needs("editor")
def of_version(number: str) -> Response:
    """A page with the texts of a version; 0 is the installation's files."""
    known = read_number(number)
    texts = None if known is None else texts_of_version(known)
    if texts is None:
        raise NotFound
    return frame(texts)


def frame(texts: WordingSet) -> Response:
    """The page that the current request's address names, with `texts`, for a frame of the studio.

    `page` is its id (the first page by default), `locale` the language, `theme` light, dark or auto. Raises NotFound on
    an unknown page. Its one script is studio-preview.js; its forms can't be sent, and other sites can't frame it.
    """
    current = services()
    found = {page.id: page for page in pages(current.flow, current.strategy)}
    asked = request.args.get("page", "")
    if asked and asked not in found:
        raise NotFound
    page = found[asked] if asked else next(iter(found.values()))
    made = preview(page, texts, request.args.get("locale", ""), read_presentation(request.args).theme)
    for directive, sources in made.policy.items():
        for source in sources:
            csp.allow(directive, source)
    csp.allow("form-action", "'none'")
    csp.allow_own_frames()
    head = render_template("studio/_preview_head.html")
    return Response(made.html.replace("</head>", f"{head}</head>", 1))
