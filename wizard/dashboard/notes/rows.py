"""The rows of the page of all notes."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from wizard.analytics.notes import Note
from wizard.dashboard.labels import moment
from wizard.dashboard.notes.content import NoteError, Problems
from wizard.dashboard.notes.forms import NoteForm
from wizard.dashboard.phrases import days_in_words


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did something to a note, and when: 12 Nov 2026, 09:30."""

    who: str
    at: str


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note with the form that changes it. `problems` are of what was sent with that form."""

    note_id: str
    day: str
    text: str
    written: Deed
    changed: Deed | None
    form: NoteForm
    problems: Problems


def row_of(note: Note, zone: ZoneInfo, form: NoteForm, error: NoteError | None) -> NoteRow:
    """The row of `note`, whose `form` has `error`."""
    day = date.fromisoformat(note.day)
    return NoteRow(
        note_id=note.note_id,
        day=days_in_words(day, day),
        text=note.text,
        written=Deed(note.who, _at(note.made_ms, zone)),
        changed=None if note.changed_ms is None else Deed(note.changed_by, _at(note.changed_ms, zone)),
        form=form,
        problems=error.problems if error else Problems(),
    )


def _at(ms: int, zone: ZoneInfo) -> str:
    at = moment(ms, zone)
    return f"{days_in_words(at.date(), at.date())}, {at:%H:%M}"
