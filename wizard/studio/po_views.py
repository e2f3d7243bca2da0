"""PO files of a draft: out for translators, and back in."""

from http import HTTPStatus

from flask import Blueprint, Response, request
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from wizard.dashboard import problems
from wizard.dashboard.access.roles import needs
from wizard.dashboard.pages import page
from wizard.dashboard.session import colleague
from wizard.drafts.model import DraftError
from wizard.drafts.po import PoFiles
from wizard.errors import WizardError
from wizard.languages import english_name
from wizard.questionnaire.wording_files import SOURCE
from wizard.studio.draft_address import Address, path_of
from wizard.studio.draft_problems import sentence
from wizard.studio.draft_texts import open_draft, required, texts_of
from wizard.studio.forms import ButtonForm
from wizard.web.services import services

TOO_LARGE = (
    "The file is too large",
    "Nothing was changed. A PO file of all texts of a language has about 100 KB; 512 KB are read.",
)

blueprint = Blueprint("po", __name__)


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(_: RequestEntityTooLarge) -> Response:
    """The page for a file that is larger than the server reads."""
    return problems.problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE)


@blueprint.get("/studio/drafts/<draft_id>/<locale>.po")
@needs("editor")
def export(draft_id: str, locale: str) -> Response:
    """The texts of a language with the draft's changes, as a PO file."""
    texts = texts_of(open_draft(draft_id))
    if locale not in texts.locales or locale == SOURCE:
        raise NotFound
    response = Response(_files().export(draft_id, locale, colleague() or ""), mimetype="text/x-gettext-translation")
    response.headers["Content-Disposition"] = f'attachment; filename="{locale}.po"'
    return response


@blueprint.post("/studio/drafts/<draft_id>/po")
@needs("editor")
def import_(draft_id: str) -> Response:
    """Save the texts of a PO file in the draft, and say what was done."""
    if not ButtonForm(submitted=True).validate():
        return page("dashboard/bad-form.html", HTTPStatus.BAD_REQUEST, again=path_of(draft_id), is_secure=True)
    draft = open_draft(draft_id)
    file = request.files.get("file")
    raw, name = (file.read(), (file.filename or "")[:100]) if file else (b"", "")
    try:
        done = _files().import_(draft_id, raw, name or "no file", colleague() or "")
    except DraftError:
        raise
    except WizardError as error:
        problem = sentence(error, name)
        return page(
            "studio/imported.html", HTTPStatus.BAD_REQUEST, draft=draft, path=path_of(draft_id), problem=problem
        )
    links = {key: _href(draft_id, done.locale, key=key, filter="all") for key in done.conflicts}
    return page(
        "studio/imported.html",
        draft=draft,
        path=path_of(draft_id),
        problem="",
        done=done,
        language=english_name(done.locale),
        version=services().wording_set().reference,
        changed=_href(draft_id, done.locale, filter="changed"),
        links=links,
        csrf_token=generate_csrf(),
    )


def _href(draft_id: str, locale: str, **more: str) -> str:
    return f"{path_of(draft_id)}?{Address('', locale=locale).but(**more).query()}"


def _files() -> PoFiles:
    current = services()
    return PoFiles(current.log.database, current.published, required(), current.clock)
