"""The draft editor: its page, and the forms that save a text, take a change out, and mark what is current or reviewed.

With the header `X-Part`, which its script sends, a save answers with the parts of the page that it changes.
"""

from dataclasses import replace
from http import HTTPStatus

from flask import Blueprint, Response, redirect, render_template, request
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound, RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from wizard.dashboard import problems
from wizard.dashboard.access.roles import needs
from wizard.dashboard.pages import live_page, page
from wizard.dashboard.session import colleague
from wizard.drafts.model import REVIEWED, Conflict, NewText, TextRefused
from wizard.studio.draft_address import Address, parameters_of, path_of, read_address
from wizard.studio.draft_texts import DraftTexts, drafts, open_draft, texts_of
from wizard.studio.editor import DRAFT, EditorPage
from wizard.studio.editor_values import Shown
from wizard.studio.forms import LanguageForm, TextForm
from wizard.studio.preview_pages import all_pages
from wizard.studio.text_states import TextState
from wizard.studio.unsaved import unsaved_page
from wizard.web.csp import allow
from wizard.web.services import services

PART = "X-Part"
SAVED = "saved"
"""The parameter of the editor's address after a save: no link keeps it."""

TOO_LARGE = (
    "The text is too long to save",
    "Nothing was changed. Go back in your browser: your text is still in the form.",
)

MAX_DIGITS = 9

blueprint = Blueprint("editor", __name__)


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(_: RequestEntityTooLarge) -> Response:
    """The page for a form that is larger than the server reads."""
    return problems.problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE)


@blueprint.get("/studio/drafts/<draft_id>")
@needs("editor")
def edit(draft_id: str) -> Response:
    """The editor of a draft."""
    texts = texts_of(open_draft(draft_id))
    address = _address(texts, request.args)
    return _page(texts, address, Shown("Saved" if request.args.get(SAVED) else ""))


@blueprint.post("/studio/drafts/<draft_id>/texts")
@needs("editor")
def save(draft_id: str) -> Response | AnyResponse:
    """Save a text."""
    form = TextForm(submitted=True)
    if not form.validate():
        return unsaved_page(HTTPStatus.BAD_REQUEST)
    texts = texts_of(drafts().get(draft_id))  # where it is closed, the text is kept among its edits
    state = _state(texts, form)
    if form.choice.data == "theirs":
        return _back(draft_id, str(form.query.data or ""))
    return _saved(texts, form, _new(state, form, normal(form.text.data or "")))


@blueprint.post("/studio/drafts/<draft_id>/undo")
@needs("editor")
def undo(draft_id: str) -> Response | AnyResponse:
    """Take a change out of the draft."""
    form = TextForm(submitted=True)
    if not form.validate():
        return unsaved_page(HTTPStatus.BAD_REQUEST)
    texts = texts_of(open_draft(draft_id))
    return _saved(texts, form, _new(_state(texts, form), form, None))


@blueprint.post("/studio/drafts/<draft_id>/current")
@needs("editor")
def current(draft_id: str) -> Response | AnyResponse:
    """Say that a text stands as it is: a translation for the English of today, or over what was published since."""
    form = TextForm(submitted=True)
    if not form.validate():
        return unsaved_page(HTTPStatus.BAD_REQUEST)
    texts = texts_of(open_draft(draft_id))
    state = _state(texts, form)
    sent = normal(form.text.data or "") or state.text
    new = replace(_new(state, form, sent), base_text=state.published, is_confirmed=True)
    return _saved(texts, form, new)


@blueprint.post("/studio/drafts/<draft_id>/reviewed")
@needs("editor")
def reviewed(draft_id: str) -> Response | AnyResponse:
    """Say that a native speaker has reviewed a language."""
    form = LanguageForm(submitted=True)
    if not form.validate():
        return page("dashboard/bad-form.html", HTTPStatus.BAD_REQUEST, again=path_of(draft_id), is_secure=True)
    texts = texts_of(open_draft(draft_id))
    if form.locale.data not in texts.locales:
        raise NotFound
    change = texts.changes.get((form.locale.data, REVIEWED))
    new = NewText(form.locale.data, REVIEWED, "true", change.revision if change else 0, "false")
    drafts().save(draft_id, new, colleague() or "")
    return _back(draft_id, form.query.data or "")


def normal(text: str) -> str:
    """A text as it is stored: browsers send line ends as CR LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _locale(form: TextForm) -> str:
    return str(form.locale.data or "")


def _seen(form: TextForm) -> int:
    """The revision that the form was made of; an unreadable one is that of an unchanged text."""
    given = str(form.seen.data or "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= MAX_DIGITS else 0


def _new(state: TextState, form: TextForm, text: str | None) -> NewText:
    """What a form saves: a text, or None to take its change out."""
    locale, key = _locale(form), state.key
    source = str(form.source.data or "") or None
    if form.version.data == DRAFT and state.change:
        return NewText(locale, key, text, _seen(form), state.change.base_text, source)
    file = services().published.get(str(form.version.data or "")).file(locale)
    return NewText(locale, key, text, _seen(form), file.texts.get(key) if file else None, source)


def _state(texts: DraftTexts, form: TextForm) -> TextState:
    """The text that a form is for. Raises NotFound."""
    if _locale(form) not in texts.locales:
        raise NotFound
    found = texts.states(_locale(form)).get(str(form.key.data or ""))
    if found is None:
        raise NotFound
    return found


def _saved(texts: DraftTexts, form: TextForm, new: NewText) -> Response | AnyResponse:
    """Save a text, and answer: back to where the form was, or the form again where it is in conflict or refused."""
    draft_id = texts.draft.draft_id
    try:
        result = drafts().save(draft_id, new, colleague() or "")
    except TextRefused as error:
        shown = Shown(text=new.text, seen=new.seen, problems=(str(error),))
        return _again(texts, form, shown, HTTPStatus.UNPROCESSABLE_ENTITY)
    if isinstance(result, Conflict):
        mine = new.text if new.text is not None else new.base_text or ""
        shown = Shown(text=mine, seen=result.revision, theirs=result.theirs, who=result.who)
        return _again(texts_of(texts.draft), form, shown, HTTPStatus.CONFLICT)
    if request.headers.get(PART):
        return _again(texts_of(texts.draft), form, Shown(), HTTPStatus.OK)
    return _back(draft_id, str(form.query.data or ""))


def _back(draft_id: str, query: str) -> AnyResponse:
    """Back to the editor, where the form was."""
    kept = _address(texts_of(open_draft(draft_id)), parameters_of(query)).query()
    return redirect(f"{path_of(draft_id)}?{kept}{'&' if kept else ''}{SAVED}=1", 303)


def _again(texts: DraftTexts, form: TextForm, shown: Shown, status: HTTPStatus) -> Response:
    """The editor where the form was, or the parts of it that its script asked for, with what was sent."""
    address = _address(texts, parameters_of(str(form.query.data or "")))
    address = address.but(locale=_locale(form), key=str(form.key.data))
    if request.headers.get(PART):
        view = EditorPage(texts, address).view(shown)
        return Response(render_template("studio/_saved.html", view=view, csrf_token=generate_csrf()), status)
    return _page(texts, address, shown, status)


def _address(texts: DraftTexts, given: MultiDict[str, str]) -> Address:
    return read_address(given, all_pages(texts.applied), texts.locales)


def _page(texts: DraftTexts, address: Address, shown: Shown, status: HTTPStatus = HTTPStatus.OK) -> Response:
    allow("frame-src", "'self'")
    response = live_page("studio/editor.html", view=EditorPage(texts, address).view(shown), csrf_token=generate_csrf())
    response.status_code = status
    return response
