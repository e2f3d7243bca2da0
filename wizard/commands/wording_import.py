"""The command `wizard wording import`: what was changed in files, into a draft or as a version."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from wizard.commands.options import several
from wizard.commands.published_texts import MANY, PublishedTexts, folder_argument, opened_texts, who_of, who_option
from wizard.drafts.folder import MARKER, FolderChanges, base_set, changes_in, write_marker
from wizard.drafts.model import Conflict, Draft, NewText, UnknownDraft
from wizard.drafts.publish import Publication
from wizard.errors import WizardError
from wizard.questionnaire.wording_set import WordingSet
from wizard.storage.audit_log import AuditEntry, record

MEANWHILE = -1
"""A revision that is never that of a text: the text of the file is kept beside that of the draft."""


class ImportRefused(WizardError):
    """Files can't be imported as asked. The message says why, and what to do."""


@dataclass(frozen=True)
class Asked:
    """The options of the command. `number` is the version that the files were made from, if it is given."""

    title: str | None
    note: str
    number: int | None
    who: str | None
    is_published: bool


@click.command("import")
@folder_argument
@click.option("--draft", "title", help="Save the changes in the open draft of this title, or a new one.")
@click.option("--publish", "is_published", is_flag=True, help="Publish the changes as a version.")
@click.option("--note", default="", help="Why, for the history.")
@click.option(
    "--from",
    "number",
    type=click.IntRange(0, MANY),
    help=f"The version that the files were made from. Default: what {MARKER} says.",
)
@who_option
def import_command(directory: Path, **given: Any) -> None:
    """Take what was changed in the folder DIR since its export, into a draft or as a version.

    Texts that were published since stay; where the folder has another text, it is named, and nothing is published.
    """
    asked = Asked(**given)
    if bool(asked.title) == asked.is_published:
        raise click.UsageError("name --draft TITLE or --publish")
    who = who_of(asked.who)
    with opened_texts(writes=True) as texts:
        with texts.database.snapshot() as connection:
            base = base_set(connection, directory, texts.published.files, texts.required, asked.number)
        found = changes_in(directory, base, texts.current, texts.required, who)
        for line in found.missing:
            click.echo(line, err=True)
        if base.number != texts.current.number:
            newer = f"Version {texts.current.number} is newer than version {base.number}"
            kept = f": kept {several(found.kept, 'text')} that they do not change" if found.kept else ""
            click.echo(f"{newer}, which the files were made from{kept}.", err=True)
        if not found.texts:
            click.echo("The files have no changes.")
        elif asked.title:
            _into_draft(texts, found, asked.title, who)
        else:
            _as_version(texts, found, directory, Publication(asked.note, who, texts.current.number))


def _into_draft(texts: PublishedTexts, found: FolderChanges, title: str, who: str) -> None:
    draft = _draft(texts, title, who)
    known = {change.id: change for change in texts.drafts.changes(draft.draft_id, with_unchanged=True)}
    new = []
    for each in found.texts:
        change, before = each.change, known.get(each.change.id)
        is_other = before is not None and before.is_changed and before.text != change.text
        seen = MEANWHILE if is_other else before.revision if before else 0
        new.append(
            NewText(
                change.locale, change.key, change.text, seen, change.base_text, change.source_hash, each.is_confirmed
            )
        )
    results = texts.drafts.save_all(draft.draft_id, new, who)
    texts.database.write(lambda log: record(log, texts.clock(), AuditEntry(who, "texts imported", draft.subject)))
    _tell_conflicts(found)
    for text, result in zip(new, results, strict=True):
        if isinstance(result, Conflict):
            click.echo(
                f"{text.locale} {text.key}: the draft has another text, by {result.who}, which stays; "
                "that of the file is kept beside it",
                err=True,
            )
    saved = sum(not isinstance(result, Conflict) for result in results)
    click.echo(f"Saved {several(saved, 'text')} in the draft {draft.title!r} ({draft.draft_id}).")


def _draft(texts: PublishedTexts, title: str, who: str) -> Draft:
    try:
        return texts.drafts.find(title)
    except UnknownDraft:
        return texts.drafts.begin(title, who)


def _as_version(texts: PublishedTexts, found: FolderChanges, directory: Path, publication: Publication) -> None:
    if found.conflicts:
        _tell_conflicts(found)
        raise ImportRefused(
            "nothing was published: texts that were changed both in the files and in a version since: "
            f"{len(found.conflicts)}; import with --draft to choose, or export into another folder and compare"
        )
    number = texts.publisher.publish_changes(found.changes, publication)
    click.echo(f"Published version {number}: {several(len(found.texts), 'text')} changed.")
    if _is_whole(directory, texts, texts.publisher.current()):
        write_marker(directory, texts.publisher.current())
    else:
        click.echo(f"Run `wizard wording export {directory}` before you change more: the files lack later texts.")


def _is_whole(directory: Path, texts: PublishedTexts, current: WordingSet) -> bool:
    """Whether the files of a folder have the texts of the newest version."""
    found = changes_in(directory, current, current, texts.required, "")
    return not found.texts and not found.missing


def _tell_conflicts(found: FolderChanges) -> None:
    for each in found.conflicts:
        change = each.change
        click.echo(
            f"{change.locale} {change.key}: published since as {each.published!r}; the file has {change.text!r}",
            err=True,
        )
