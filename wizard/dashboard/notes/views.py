"""The page of all notes, and the forms that add, change and remove one."""

import re
from http import HTTPStatus
from urllib.parse import parse_qsl

from flask import Blueprint, Response, redirect
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from wizard.analytics.notes import Note
from wizard.analytics.selection import read_selection
from wizard.dashboard import problems
from wizard.dashboard.access.roles import needs
from wizard.dashboard.labels import moment
from wizard.dashboard.notes.content import Content, NoteError, Problems, read_content
from wizard.dashboard.notes.forms import NoteForm, RemoveForm
from wizard.dashboard.notes.rows import row_of
from wizard.dashboard.notes.store import Notes
from wizard.dashboard.pages import MAX_LOCATION_CHARACTERS, page
from wizard.dashboard.session import colleague
from wizard.web.areas import DASHBOARD
from wizard.web.services import services

PAGE = f"{DASHBOARD}/notes"
MOST_LISTED = 500
NOTE_ID = re.compile(r"[0-9a-f]{16}")
GONE = ("Note not found", "Somebody may have removed it. The page of all notes has those that are there.")

blueprint = Blueprint("notes", __name__)


@blueprint.get("/growth/notes")
@needs("viewer")
def every() -> Response:
    """All notes, the latest day first, and the form for a new one."""
    return _page(_empty_form())


@blueprint.post("/growth/notes")
@needs("viewer")
def add() -> Response | AnyResponse:
    """Add a note, and return to the overview that the form was on if it shows that day, else to the page of notes."""
    form = NoteForm(submitted=True)
    if not form.validate():
        return _bad_form()
    try:
        content = _content(form)
    except NoteError as error:
        return _page(form, problems_of=error)
    made = _notes().add(content, colleague() or "")
    view = form.view.data or ""
    return redirect(f"{DASHBOARD}?{view}" if _shows(view, content) else f"{PAGE}#note-{made.note_id}", 303)


@blueprint.post("/growth/notes/<note_id>")
@needs("viewer")
def change(note_id: str) -> Response | AnyResponse:
    """Change the date and the line of a note."""
    form = NoteForm(submitted=True)
    if not form.validate():
        return _bad_form()
    if not NOTE_ID.fullmatch(note_id) or _notes().one(note_id) is None:
        return problems.problem(HTTPStatus.NOT_FOUND, GONE)
    try:
        content = _content(form)
    except NoteError as error:
        return _page(_empty_form(), changed=(note_id, form, error))
    if not _notes().change(note_id, content, colleague() or ""):
        return problems.problem(HTTPStatus.NOT_FOUND, GONE)
    return redirect(f"{PAGE}#note-{note_id}", 303)


@blueprint.post("/growth/notes/<note_id>/remove")
@needs("viewer")
def remove(note_id: str) -> Response | AnyResponse:
    """Remove a note."""
    if not RemoveForm(submitted=True).validate():
        return _bad_form()
    if not NOTE_ID.fullmatch(note_id) or not _notes().remove(note_id, colleague() or ""):
        return problems.problem(HTTPStatus.NOT_FOUND, GONE)
    return redirect(PAGE, 303)


def _page(
    form: NoteForm, *, problems_of: NoteError | None = None, changed: tuple[str, NoteForm, NoteError] | None = None
) -> Response:
    """The page. `problems_of` are those of the `form` for a new note; `changed` are a note's id, form and problems."""
    found, zone = _notes().all(most=MOST_LISTED + 1), services().settings.time_zone
    changed_id, changed_form, error = changed or ("", None, None)
    rows = [
        row_of(note, zone, changed_form or _form_of(note), error)
        if note.note_id == changed_id
        else row_of(note, zone, _form_of(note), None)
        for note in found[:MOST_LISTED]
    ]
    return page(
        "dashboard/notes.html",
        HTTPStatus.BAD_REQUEST if problems_of or error else HTTPStatus.OK,
        note_form=form,
        note_problems=problems_of.problems if problems_of else Problems(),
        rows=rows,
        most=MOST_LISTED if len(found) > MOST_LISTED else None,
        zone=str(zone),
    )


def _bad_form() -> Response:
    return page("dashboard/bad-form.html", HTTPStatus.BAD_REQUEST, again=PAGE, is_secure=True)


def _content(form: NoteForm) -> Content:
    return read_content(form.day.data or "", form.text.data or "")


def _empty_form() -> NoteForm:
    current = services()
    return NoteForm(day=moment(current.clock(), current.settings.time_zone).date().isoformat())


def _form_of(note: Note) -> NoteForm:
    return NoteForm(day=note.day, text=note.text)


def _shows(view: str, content: Content) -> bool:
    """Whether the overview with the query `view` shows the day of a note."""
    if not view or len(view) > MAX_LOCATION_CHARACTERS or not view.isascii() or not view.isprintable():
        return False
    current = services()
    given = MultiDict(parse_qsl(view, keep_blank_values=True))
    span = read_selection(given, current.settings.time_zone, current.clock()).selection.span
    return span.first.isoformat() <= content.day <= span.last.isoformat()


def _notes() -> Notes:
    current = services()
    return Notes(current.log.database, current.clock)
