"""What `wizard doctor` says of the texts: what is published, whether it is whole, and whether it is served."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from factories import NOV_1, address, sqlite_log
from proxied_site import NOW_S, URL, Proxied, reply
from published_versions import FILES, WHO, changed, publish
from sqlalchemy import text

from wizard.config import read_settings
from wizard.doctor.finding import Finding
from wizard.doctor.installation import Installation
from wizard.doctor.site import Site
from wizard.doctor.wording import served_wording, wording
from wizard.events.log import Log
from wizard.files.bundled import bundled
from wizard.questionnaire.wording_files import WordingFile
from wizard.storage.studio_tables import wording_versions
from wizard.wording_versions import published
from wizard.wording_versions.store import NewVersion, add_version

TITLE = "questions.who.title"
VERSION = b'{"wording_version": "%s"}'


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return sqlite_log(tmp_path)


def found(log: Log, **more: str) -> Finding:
    environ = {"WIZARD_DATABASE_URL": address(log), **more}
    return wording(Installation(read_settings(environ), environ))


def german(folder: Path, **replaced: str) -> str:
    """A folder with the shipped German and English texts, with these words replaced in German."""
    for locale in ("en", "de"):
        content = (bundled("wording") / f"{locale}.toml").read_text("utf-8")
        for before, after in replaced.items() if locale == "de" else ():
            assert before in content
            content = content.replace(before, after)
        (folder / f"{locale}.toml").write_text(content, "utf-8")
    return str(folder)


def test_before_anything_is_published_the_files_are_named(log: Log) -> None:
    assert found(log) == Finding(
        "wording", "ok", f"Nothing is published; the texts are those of the installation's files ({FILES.version})."
    )


def test_the_published_version_is_named_with_who_published_it(log: Log) -> None:
    publish(log.database, {"en": {TITLE: "Who?"}})
    finding = found(log)
    assert finding.result == "ok"
    assert finding.found.startswith("Visitors see version 1 of the texts (1-")
    assert finding.found.endswith(f"published by {WHO}.")


def test_files_that_were_changed_since_are_found(log: Log, tmp_path: Path) -> None:
    publish(log.database, {"en": {TITLE: "Who?"}})
    finding = found(log, WIZARD_WORDING_DIR=german(tmp_path))
    assert (finding.result, "have changed since version 1" in finding.found) == ("warning", True)


def test_files_that_can_not_be_used_are_found(log: Log, tmp_path: Path) -> None:
    folder = german(tmp_path, title="titel")
    assert found(log, WIZARD_WORDING_DIR=folder).found == "Files of texts can't be used: de."
    (tmp_path / "en.toml").write_text("x", "utf-8")
    assert found(log, WIZARD_WORDING_DIR=folder).result == "problem"


def test_a_version_that_is_completed_from_the_files_is_found(log: Log) -> None:
    published_with(log, changed(FILES.files, {"en": {TITLE: "{nobody}"}}))
    finding = found(log)
    assert (finding.result, "1, such as en questions.who.title" in finding.found) == ("warning", True)


def published_with(log: Log, files: Iterable[WordingFile]) -> None:
    new = NewVersion("import", "", WHO, NOV_1, 0, FILES.version)
    with log.database.writer.begin() as connection:
        add_version(connection, files, new, [])


def test_a_language_that_can_not_be_shown_is_found(log: Log) -> None:
    italian = replace(FILES.files[0], path=Path("it.toml"), texts={TITLE: "Per chi?"})
    published_with(log, [*FILES.files, italian])
    assert found(log).found == "Of version 1 of the texts, languages can't be shown, since texts are missing: it."


def test_texts_that_can_not_be_read_are_said_to_be_so(log: Log) -> None:
    with log.database.writer.begin() as connection:
        connection.execute(text(f"DROP TABLE {wording_versions.name}"))
    assert found(log) == Finding(
        "wording", "warning", "The published texts can't be read.", "Correct what `log` and `schema` found."
    )


def served(log: Log, version: str, now_ms: int = NOW_S * 1000) -> Finding:
    settings = read_settings({"WIZARD_DATABASE_URL": address(log)})
    proxied = Proxied(others={f"{URL}/readyz": reply(200, VERSION % version.encode())})
    return served_wording(Site(URL, settings, proxied.fetch, lambda: now_ms))


def newest(log: Log) -> str:
    known = published.PublishedWording(log.database, FILES, {})
    known.refresh()
    return known.current.version


def test_a_server_that_serves_the_newest_version_is_right(log: Log) -> None:
    assert served(log, FILES.version).result == "ok"
    publish(log.database, {"en": {TITLE: "Who?"}})
    assert served(log, newest(log)) == Finding(
        "served-wording", "ok", f"The server serves version {newest(log)} of the texts."
    )


def test_one_that_is_behind_is_found_but_not_in_the_first_seconds(log: Log) -> None:
    publish(log.database, {"en": {TITLE: "Who?"}}, at_ms=NOW_S * 1000)
    assert served(log, FILES.version, NOW_S * 1000 + 5000).result == "ok"
    finding = served(log, FILES.version, NOW_S * 1000 + 15_000)
    assert (finding.result, f"the newest is {newest(log)}" in finding.found) == ("warning", True)
    assert finding.advice


def test_from_another_machine_only_what_is_served_is_said() -> None:
    proxied = Proxied(others={f"{URL}/readyz": reply(200, VERSION % b"3-abcdef01")})
    finding = served_wording(Site(URL, None, proxied.fetch))
    assert finding == Finding("served-wording", "ok", "The server serves version 3-abcdef01 of the texts.")
