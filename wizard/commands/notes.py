"""The commands `wizard notes add` and `wizard notes list`."""

from dataclasses import asdict

import click

from wizard.clock import system_ms
from wizard.commands.terminal import echo_json
from wizard.config import read_settings
from wizard.dashboard.notes.content import read_content
from wizard.dashboard.notes.store import Notes
from wizard.events.open_log import opened_log
from wizard.events.periods import iso
from wizard.storage.audit_log import COMMAND_LINE
from wizard.text_table import text_table

HEADINGS = ("date", "note", "who")


@click.group()
def notes() -> None:
    """Add and list the notes of the growth dashboard."""


@notes.command()
@click.argument("day", metavar="DATE")
@click.argument("text")
def add(day: str, text: str) -> None:
    """Add a note to the day DATE, such as 2026-11-01: one line of at most 200 characters."""
    content = read_content(day, text)
    with opened_log(read_settings(), writes=True) as log:
        Notes(log.database, system_ms).add(content, COMMAND_LINE)
    click.echo(f"Added the note to {content.day}.")


@notes.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all fields.")
def list_(as_json: bool) -> None:
    """List all notes, the latest day first."""
    with opened_log(read_settings()) as log:
        found = Notes(log.database, system_ms).all()
    if as_json:
        echo_json([{"date": each.day, **_record(asdict(each))} for each in found])
    elif found:
        click.echo(text_table([HEADINGS, *((each.day, each.text, each.who) for each in found)]))
    else:
        click.echo("No notes yet. `wizard notes add` adds one.")


def _record(fields: dict[str, str | int | None]) -> dict[str, str | None]:
    """The fields of a note that was not removed, with times in ISO 8601."""
    names = ("note_id", "text", "who", "made_ms", "changed_by", "changed_ms")
    return {name.removesuffix("_ms"): iso(value) if isinstance(value := fields[name], int) else value for name in names}
