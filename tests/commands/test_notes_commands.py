"""The commands that add and list notes."""

import json

import pytest
from cli_runner import failing, run

from wizard.analytics.notes import Note
from wizard.clock import system_ms
from wizard.dashboard.notes.store import Notes
from wizard.events.log import Log
from wizard.events.periods import iso


def stored(log: Log) -> list[Note]:
    return list(Notes(log.database, system_ms).all())


def test_a_note_that_is_added_is_listed_and_is_the_command_lines(log: Log) -> None:
    assert run("notes", "list") == "No notes yet. `wizard notes add` adds one.\n"
    assert run("notes", "add", "2026-11-01", "Release 4.2") == "Added the note to 2026-11-01.\n"
    run("notes", "add", "2026-11-09", "  Spring campaign  ")
    assert [(note.day, note.text, note.who) for note in stored(log)] == [
        ("2026-11-09", "Spring campaign", "command line"),
        ("2026-11-01", "Release 4.2", "command line"),
    ]
    assert run("notes", "list").splitlines() == [
        "date        note             who",
        "2026-11-09  Spring campaign  command line",
        "2026-11-01  Release 4.2      command line",
    ]


def test_the_list_as_json_has_all_fields(log: Log) -> None:
    run("notes", "add", "2026-11-01", "Release 4.2")
    [note] = stored(log)
    assert json.loads(run("notes", "list", "--json")) == [
        {
            "date": "2026-11-01",
            "note_id": note.note_id,
            "text": "Release 4.2",
            "who": "command line",
            "made": iso(note.made_ms),
            "changed_by": "",
            "changed": None,
        }
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("yesterday", "x"), "Give a date from 2000 to 2099, such as 2026-11-01."),
        (("2026-11-01", " "), "Write a line."),
        (("2026-11-01", "a\nb"), "The text must be one line, without control characters."),
        (("x", "y" * 201), "The text has 201 characters: at most 200 are allowed."),
    ],
)
def test_what_is_no_note_is_refused_in_one_line(
    words: tuple[str, str],
    told: str,
    log: Log,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = failing(monkeypatch, capsys, "notes", "add", *words)
    assert error.startswith("wizard: ")
    assert told in error
    assert stored(log) == []


def test_a_removed_note_is_not_listed(log: Log) -> None:
    run("notes", "add", "2026-11-01", "Release 4.2")
    [note] = stored(log)
    assert Notes(log.database, system_ms).remove(note.note_id, "one@example.com")
    assert run("notes", "list").startswith("No notes yet")
