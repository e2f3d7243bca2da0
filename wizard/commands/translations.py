"""The commands `wizard translations export`, `import` and `mark`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from wizard.clock import system_ms
from wizard.config import read_settings
from wizard.errors import WizardError
from wizard.files.text import read_text
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import FORM, required_texts
from wizard.questionnaire.wording_files import LOCALE, SOURCE, WordingFile, WordingFolder, read_file, read_folder
from wizard.translations import po_import, toml_file
from wizard.translations.po_export import po_file
from wizard.translations.status import source_hashes, stale_keys

REQUIRED = required_texts(QUESTIONS, STRATEGY)


@click.group()
def translations() -> None:
    """Exchange the texts of a language with translators, as PO files, and mark what was translated."""


@translations.command()
@click.argument("locale")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The PO file to write.")
def export(locale: str, output: Path) -> None:
    """Write the texts of LOCALE, such as de or pt-BR, as a PO file; stale texts are fuzzy, missing ones empty."""
    folder, source = _folder()
    file = _file(folder, source, locale)
    english = toml_file.outline(read_text(source.path))
    now = datetime.fromtimestamp(system_ms() // 1000, UTC)
    content = po_file(file, source.texts, REQUIRED, english, now)
    toml_file.write(output, content.decode())
    click.echo(f"Wrote {output}: {_in_numbers(file, source)}.")


@translations.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--locale", help="The language, where the file's header does not say it.")
def import_(file: Path, locale: str | None) -> None:
    """Read a PO file into the folder of texts; what a text may not have is named, and then nothing is written."""
    folder, source = _folder()
    po = po_import.read_po_file(file)
    found = locale or po_import.locale_of(po, tuple(each.locale for each in folder.files))
    before = _file(folder, source, found)
    result = po_import.imported(po.catalog, before, source.texts, REQUIRED)
    for line in result.ignored:
        click.echo(f"{file}: ignored {line}", err=True)
    text = toml_file.written(
        read_text(source.path),
        result.texts,
        reviewed=before.reviewed,
        hashes=result.hashes,
        head=toml_file.head_of(before.path),
    )
    toml_file.write(before.path, text)
    click.echo(f"Wrote {before.path}: {_in_numbers(read_file(before.path, REQUIRED), source)}.")


@translations.command()
@click.argument("locale")
@click.argument("keys", nargs=-1, metavar="[KEY]...")
def mark(locale: str, keys: tuple[str, ...]) -> None:
    """Record that the texts of LOCALE, or only those with these KEYs, agree with the English of today."""
    folder, source = _folder()
    file = _file(folder, source, locale)
    if not file.path.is_file():
        raise WizardError(f"{file.path}: there is no such file")
    if unknown := [key for key in keys if key not in file.texts or key not in source.texts]:
        raise WizardError(f"{file.path.name}: has no text {', '.join(unknown)}")
    marked = source_hashes(source.texts, keys or file.texts)
    known = {**file.hashes, **marked}
    hashes = {key: known[key] for key in source.texts if key in known and key in file.texts}
    toml_file.write(file.path, toml_file.with_hashes(read_text(file.path), hashes))
    click.echo(f"Marked {len(marked)} texts of {file.path.name} as translated from the English of today.")


def _in_numbers(file: WordingFile, source: WordingFile) -> str:
    """How many texts there are in English, and how many of them are missing or stale in `file`."""
    keys = [key for key in source.texts if FORM not in key]
    missing = sum(key not in file.texts for key in keys)
    return f"{len(keys)} texts, {missing} missing, {len(stale_keys(file, source.texts))} stale"


def _folder() -> tuple[WordingFolder, WordingFile]:
    """The folder of texts, and its English file."""
    settings = read_settings()
    folder = read_folder(settings.wording_dir, REQUIRED)
    if folder.source is None:
        raise WizardError(f"{settings.wording_dir}: has no {SOURCE}.toml to translate from")
    return folder, folder.source


def _file(folder: WordingFolder, source: WordingFile, locale: str) -> WordingFile:
    """The file of a locale, or an empty one. Raises WizardError where it can't be read."""
    po_import.refuse_source(locale)
    if not LOCALE.fullmatch(locale):
        raise WizardError(f"{locale}: not a language, such as de or pt-BR")
    found = next((file for file in folder.files if file.locale.lower() == locale.lower()), None)
    if found is None:
        return WordingFile(source.path.with_name(f"{locale}.toml"))
    if found.problems and not found.texts:
        raise WizardError(f"{found.path.name}: {found.problems[0]}")
    return found
