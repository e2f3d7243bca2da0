"""Checks of the texts: which version is published, whether it is whole, and whether the server serves it."""

from sqlalchemy.exc import SQLAlchemyError

from wizard.config import Settings
from wizard.doctor.finding import Finding, ok, one_line, problem, warning
from wizard.doctor.installation import Installation
from wizard.doctor.site import Site
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import required_texts
from wizard.questionnaire.wording_files import WordingError, read_folder
from wizard.questionnaire.wording_set import WordingSet, set_of_files
from wizard.storage.database import Database
from wizard.wording_versions.published import PublishedWording
from wizard.wording_versions.store import Version, read_versions

SOON_MS = 10_000
"""How long after a publish a server may still serve the version before."""

NAMED = 3
"""How many texts a finding names."""


def wording(found: Installation) -> Finding:
    """Whether the published version of the texts is whole, and what the installation's files are beside it."""
    name = "wording"
    try:
        files = _files(found.settings)
    except WordingError as error:
        return problem(name, f"The files of texts can't be used ({one_line(error)}).", "Run: wizard check")
    try:
        with found.database() as database:
            newest, current = _newest(database), _current(database, files)
    except SQLAlchemyError:
        return warning(name, "The published texts can't be read.", "Correct what `log` and `schema` found.")
    return _of_files(name, files) if newest is None else _of_version(name, newest, current, files)


def served_wording(site: Site) -> Finding:
    """Whether the server serves the newest published version of the texts."""
    name = "served-wording"
    served = str(site.get("/readyz").json.get("wording_version", ""))
    if site.settings is None or not served:
        return ok(name, f"The server serves version {served or 'unknown'} of the texts.")
    found = Installation(site.settings, {}, site.clock)
    try:
        with found.database() as database:
            newest = _newest(database)
        wanted = newest.version if newest else _files(site.settings).version
    except (SQLAlchemyError, WordingError):
        return warning(name, "The published texts can't be read.", "Correct what `log` and `wording` found.")
    if served == wanted or (newest and site.clock() - newest.at_ms < SOON_MS):
        return ok(name, f"The server serves version {served} of the texts.")
    return warning(
        name,
        f"The server serves version {served} of the texts, and the newest is {wanted}.",
        "Restart it if its files have changed; else its log says whether it can read its database.",
    )


def _files(settings: Settings) -> WordingSet:
    return set_of_files(read_folder(settings.wording_dir, required_texts(QUESTIONS, STRATEGY)))


def _newest(database: Database) -> Version | None:
    with database.reader.connect() as connection:
        return next(iter(read_versions(connection, most=1)), None)


def _current(database: Database, files: WordingSet) -> WordingSet:
    published = PublishedWording(database, files, required_texts(QUESTIONS, STRATEGY))
    published.require()
    return published.current


def _of_files(name: str, files: WordingSet) -> Finding:
    if files.left_out:
        return warning(name, f"Files of texts can't be used: {', '.join(files.left_out)}.", "Run: wizard check")
    return ok(name, f"Nothing is published; the texts are those of the installation's files ({files.version}).")


def _of_version(name: str, newest: Version, current: WordingSet, files: WordingSet) -> Finding:
    said = f"version {newest.number} of the texts"
    if current.left_out:
        return warning(
            name,
            f"Of {said}, languages can't be shown, since texts are missing: {', '.join(current.left_out)}.",
            "Write the missing texts in a draft, and publish it.",
        )
    if current.completed:
        first = ", ".join(f"{locale} {key}" for locale, key in current.completed[:NAMED])
        return warning(
            name,
            f"Texts of the installation's files are shown in {said}: {len(current.completed)}, such as {first}.",
            "This version of the questionnaire needs them: read them in the studio, and publish a draft.",
        )
    if newest.files_version != files.version:
        return warning(
            name,
            f"The installation's files ({files.version}) have changed since {said} was published over "
            f"{newest.files_version}; visitors see the published texts.",
            "Import the files (wizard wording import), or replace them by those of wizard wording export.",
        )
    return ok(name, f"Visitors see {said} ({newest.version}), published by {newest.who}.")
