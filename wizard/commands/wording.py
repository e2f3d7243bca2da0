"""The commands `wizard wording …`: published texts and drafts, for those who keep texts in files."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from wizard.commands.options import several
from wizard.commands.published_texts import MANY, folder_argument, opened_texts, who_of, who_option
from wizard.commands.terminal import echo_json
from wizard.commands.wording_import import import_command
from wizard.drafts.folder import write_folder
from wizard.drafts.history import PublishedVersion, files_changed_since, history
from wizard.drafts.model import Draft
from wizard.drafts.publish import Publication
from wizard.events.periods import iso
from wizard.text_table import text_table

HISTORY_HEADINGS = ("version", "time", "who", "texts", "what", "note")
DRAFT_HEADINGS = ("id", "title", "texts", "begun by", "changed", "changed by")


@click.group(commands=[import_command])
def wording() -> None:
    """Export, import, publish and roll back the published texts; docs/wording.md says how they are versioned."""


@wording.command("export")
@folder_argument
def export_command(directory: Path) -> None:
    """Write the published texts into the folder DIR, as files, with the version that they are."""
    with opened_texts() as texts:
        others = write_folder(directory, texts.current, texts.published.files)
    languages = several(sum(bool(file.texts) for file in texts.current.files), "language")
    click.echo(f"Wrote {directory}: version {texts.current.number}, {languages}.")
    for name in others:
        click.echo(f"{name}: version {texts.current.number} does not have this language; the file was left", err=True)


@wording.command("history")
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all fields.")
def history_command(as_json: bool) -> None:
    """List the published versions, newest first."""
    with opened_texts() as texts, texts.database.snapshot() as connection:
        found = history(connection)
        changed = files_changed_since(connection, texts.published.files)
    if as_json:
        echo_json([_record(each) for each in found])
    elif found:
        click.echo(text_table([HISTORY_HEADINGS, *map(_cells, found)]))
    else:
        click.echo("Nothing was published yet: visitors see the installation's files (version 0).")
    if changed:
        click.echo(
            f"The installation's files have changed since version {changed.number} was published: they are version "
            f"{texts.published.files.version}, and were {changed.files_version}. Visitors see the published texts.",
            err=True,
        )


@wording.command("drafts")
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all fields.")
def drafts_command(as_json: bool) -> None:
    """List the open drafts, the one that was changed last first."""
    with opened_texts() as texts:
        found, counts = texts.drafts.all(), texts.drafts.counts()
    if as_json:
        echo_json([_draft_record(each, counts.get(each.draft_id, 0)) for each in found])
    elif found:
        click.echo(text_table([DRAFT_HEADINGS, *(_draft_cells(each, counts.get(each.draft_id, 0)) for each in found)]))
    else:
        click.echo("No open drafts. `wizard wording import DIR --draft TITLE` begins one, and so does the studio.")


@wording.command("publish")
@click.argument("draft", metavar="DRAFT")
@click.option("--note", required=True, help="Why, for the history.")
@who_option
def publish_command(draft: str, note: str, who: str | None) -> None:
    """Publish the open draft DRAFT, an id or a title of `wizard wording drafts`."""
    with opened_texts(writes=True) as texts:
        found = texts.drafts.find(draft)
        review = texts.publisher.review(found.draft_id)
        publication = Publication(note, who_of(who), review.number, review.fingerprint)
        number = texts.publisher.publish(found.draft_id, publication)
    stale = several(len(review.goes_stale), "translation")
    click.echo(f"Published version {number}: {several(len(review.texts), 'text')} changed; {stale} went stale.")


@wording.command("rollback")
@click.argument("number", metavar="VERSION", type=click.IntRange(0, MANY))
@click.option("--note", required=True, help="Why, for the history.")
@who_option
def rollback_command(number: int, note: str, who: str | None) -> None:
    """Publish the texts of VERSION again, as a new version; 0 is the installation's files."""
    with opened_texts(writes=True) as texts:
        publication = Publication(note, who_of(who), texts.current.number)
        made = texts.publisher.roll_back(number, publication)
    click.echo(f"Published version {made}, with the texts of version {number}.")


def _record(entry: PublishedVersion) -> dict[str, object]:
    """All fields, with the time as a text."""
    fields = asdict(entry.version)
    at = iso(fields.pop("at_ms"))
    more = {"texts": entry.texts, "draft_title": entry.draft_title, "files_changed": entry.files_changed}
    return {"version": entry.version.version, "at": at, **fields, **more}


def _cells(entry: PublishedVersion) -> Sequence[str]:
    version = entry.version
    what = f"rollback to {version.restored_number}" if version.kind == "rollback" else version.kind
    return (
        version.version,
        f"{iso(version.at_ms)[:19]}Z",
        version.who,
        f"{entry.texts:,}",
        f"{what} ({entry.draft_title})" if entry.draft_title else what,
        version.note or "-",
    )


def _draft_record(draft: Draft, texts: int) -> dict[str, object]:
    fields = asdict(draft)
    made, changed = (iso(fields.pop(name)) for name in ("made_ms", "changed_ms"))
    return {**fields, "made": made, "changed": changed, "texts": texts}


def _draft_cells(draft: Draft, texts: int) -> Sequence[str]:
    changed = f"{iso(draft.changed_ms)[:16]}Z"
    return (draft.draft_id, draft.title, f"{texts:,}", draft.made_by, changed, draft.changed_by)
