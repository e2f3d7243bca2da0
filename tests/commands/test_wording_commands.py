"""`wizard wording`: published texts for those who keep them in files."""

import json
import shutil
from pathlib import Path

import pytest
from cli_runner import failing, run
from click.testing import CliRunner
from drafting import ANNA, HINT, TITLE, drafts_on, new, saved, shipped_export
from factories import NOV_1
from published_versions import FILES, publish

from wizard.cli import wizard
from wizard.events.log import Log
from wizard.storage.audit_log import COMMAND_LINE

WHO = ("--who", "pia@example.com")


@pytest.fixture
def folder(log: Log, tmp_path: Path) -> Path:
    """The folder of an export of version 0."""
    assert log.database.is_sqlite
    return Path(shutil.copytree(shipped_export(), tmp_path / "texts"))


def test_an_export_says_what_it_has_written(log: Log, tmp_path: Path) -> None:
    publish(log.database, {"en": {TITLE: "For whom?"}})
    folder = tmp_path / "texts"
    assert run("wording", "export", str(folder)) == f"Wrote {folder}: version 1, 7 languages.\n"
    assert "For whom?" in (folder / "en.toml").read_text("utf-8")
    (folder / "it.toml").write_text("")
    assert errors("wording", "export", str(folder)) == (
        "it.toml: version 1 does not have this language; the file was left\n"
    )


def change(folder: Path, before: str, after: str, locale: str = "en") -> None:
    path = folder / f"{locale}.toml"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


def errors(*words: str, code: int = 0) -> str:
    """What a command printed on standard error."""
    result = CliRunner().invoke(wizard, words)
    assert result.exit_code == code, result.output
    return result.stderr


def title() -> str:
    return FILES.wording("en").texts[TITLE]


def test_texts_are_edited_in_a_folder_and_published(folder: Path) -> None:
    assert run("wording", "import", str(folder), "--publish") == "The files have no changes.\n"
    change(folder, title(), "For whom?")
    made = run("wording", "import", str(folder), "--publish", "--note", "Shorter", *WHO)
    assert made == "Published version 1: 1 text changed.\n"
    assert json.loads((folder / "version.json").read_text())["number"] == 1
    change(folder, "For whom?", "For which?")
    assert run("wording", "import", str(folder), "--publish", *WHO).startswith("Published version 2: 1 text")
    lines = run("wording", "history").splitlines()
    assert lines[0].split() == ["version", "time", "who", "texts", "what", "note"]
    assert lines[2].split()[0].startswith("1-")
    assert lines[2].split()[2:] == ["pia@example.com", "1", "import", "Shorter"]


def test_an_import_over_a_newer_version_merges_and_says_so(log: Log, folder: Path) -> None:
    publish(log.database, {"de": {TITLE: "Für wen?"}})
    change(folder, title(), "For whom?")
    result = CliRunner().invoke(wizard, ["wording", "import", str(folder), "--publish", *WHO])
    assert result.stderr == (
        "Version 1 is newer than version 0, which the files were made from: kept 1 text that they do not change.\n"
    )
    assert result.stdout.splitlines() == [
        "Published version 2: 1 text changed.",
        f"Run `wizard wording export {folder}` before you change more: the files lack later texts.",
    ]
    run("wording", "export", str(folder))
    assert "Für wen?" in (folder / "de.toml").read_text("utf-8")


def test_an_import_over_a_newer_version_counts_only_texts_that_it_keeps(log: Log, folder: Path) -> None:
    publish(log.database, {"en": {TITLE: "For whom?"}})
    change(folder, title(), "For whom?")
    result = CliRunner().invoke(wizard, ["wording", "import", str(folder), "--draft", "Git", *WHO])
    assert result.stderr == "Version 1 is newer than version 0, which the files were made from.\n"


def test_an_import_never_overwrites_what_was_published_since(log: Log, folder: Path) -> None:
    publish(log.database, {"en": {TITLE: "Published"}})
    change(folder, title(), "For whom?")
    told = errors("wording", "import", str(folder), "--publish", code=1)
    assert f"en {TITLE}: published since as 'Published'; the file has 'For whom?'" in told
    assert "1-" in run("wording", "history")
    assert "2-" not in run("wording", "history")
    told = errors("wording", "import", str(folder), "--draft", "Git", *WHO)
    assert f"en {TITLE}: published since as 'Published'; the file has 'For whom?'" in told
    [draft] = json.loads(run("wording", "drafts", "--json"))
    assert (draft["title"], draft["texts"], draft["made_by"]) == ("Git", 1, "pia@example.com")


def test_a_refused_publish_is_told_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder, title(), "For {whom}?")
    told = failing(monkeypatch, capsys, "wording", "import", str(folder), "--publish")
    assert told == (f"wizard: nothing was published: en {TITLE} uses {{whom}}; it may use no {{name}} at all")
    assert failing(monkeypatch, capsys, "wording", "rollback", "3", "--note", "x") == (
        "wizard: nothing was published: there is no version 3"
    )
    assert "there is no such draft" in failing(monkeypatch, capsys, "wording", "publish", "none", "--note", "x")
    (folder / "version.json").unlink()
    assert "Name with --from" in failing(monkeypatch, capsys, "wording", "import", str(folder), "--draft", "x")
    assert "--who: given" in failing(monkeypatch, capsys, "wording", "rollback", "0", "--note", "x", "--who", "a\x07")


def test_a_draft_is_imported_published_and_rolled_back(folder: Path) -> None:
    change(folder, title(), "For whom?")
    made = run("wording", "import", str(folder), "--draft", "Git", *WHO)
    assert made.startswith("Saved 1 text in the draft 'Git' (")
    assert run("wording", "import", str(folder), "--draft", "Git", *WHO) == made  # again
    assert "Git" in run("wording", "drafts")
    stale = len(FILES.wordings) - 1
    assert run("wording", "publish", "Git", "--note", "Shorter") == (
        f"Published version 1: 1 text changed; {stale} translations went stale.\n"
    )
    assert run("wording", "drafts").startswith("No open drafts.")
    assert run("wording", "rollback", "0", "--note", "Too short") == (
        "Published version 2, with the texts of version 0.\n"
    )
    rollback, published = json.loads(run("wording", "history", "--json"))
    assert (rollback["kind"], rollback["restored_number"], rollback["note"]) == ("rollback", 0, "Too short")
    assert rollback["who"].endswith(COMMAND_LINE) or rollback["who"].endswith(f"({COMMAND_LINE})")
    assert (published["draft_title"], published["texts"], published["version"][:2]) == ("Git", 1, "1-")


def test_an_import_overwrites_nothing_in_an_open_draft(log: Log, folder: Path) -> None:
    drafts = drafts_on(log.database, NOV_1)
    draft = drafts.begin("Git", ANNA).draft_id
    saved(drafts, draft, new(TITLE, "Anna's"))
    change(folder, title(), "For whom?")
    told = errors("wording", "import", str(folder), "--draft", "Git", *WHO)
    assert f"en {TITLE}: the draft has another text, by {ANNA}, which stays" in told
    assert [each.text for each in drafts.changes(draft)] == ["Anna's"]
    assert [each.text for each in drafts.kept(draft)] == ["For whom?"]


def test_files_that_changed_since_the_last_version_are_told(
    log: Log, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("wording", "history").startswith("Nothing was published yet")
    publish(log.database, {"en": {TITLE: "For whom?"}})
    assert not errors("wording", "history")
    change(folder, FILES.wording("en").texts[HINT], "Another hint")
    monkeypatch.setenv("WIZARD_WORDING_DIR", str(folder))
    assert "have changed since version 1 was published" in errors("wording", "history")


@pytest.mark.parametrize("words", [(), ("--draft", "x", "--publish")])
def test_an_import_is_into_a_draft_or_a_version(folder: Path, words: tuple[str, ...]) -> None:
    assert "name --draft TITLE or --publish" in errors("wording", "import", str(folder), *words, code=2)


def test_a_text_that_is_missing_in_a_file_is_told(folder: Path) -> None:
    change(folder, f'name = "{FILES.wording("fr").texts["site.name"]}"\n', "", "fr")
    assert errors("wording", "import", str(folder), "--publish") == (
        "fr.toml: site.name is missing; the published text stays\n"
    )
