"""Folders of texts, as they are kept in git: both ways, and nothing published since is lost unseen."""

import json
import re
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from drafting import ANNA, HINT, PIA, TITLE, publisher_on, shipped_export
from factories import NOV_1
from hypothesis import given, settings
from hypothesis import strategies as st
from published_versions import FILES, REQUIRED, changed
from published_versions import publish as publish_texts

from wizard.drafts.folder import FolderError, base_set, changes_in, write_folder
from wizard.drafts.model import REVIEWED
from wizard.drafts.publish import Publication
from wizard.drafts.review import review, text_of
from wizard.events.log import Log
from wizard.questionnaire.wording_files import WordingFile, read_folder
from wizard.questionnaire.wording_set import WordingSet, set_of_files


def texts(*changes: tuple[str, str, str], number: int = 0, base: WordingSet = FILES) -> WordingSet:
    """A version with these texts: locale, key and text."""
    files = base.files
    for locale, key, text in changes:
        files = changed(files, {locale: {key: text}})
    return WordingSet(number, f"{number}-00000000" if number else FILES.version, files, FILES.wordings)


def edit(path: Path, key: str, text: str) -> None:
    """Change a text in a file by hand."""
    name = key.rpartition(".")[2]
    before = path.read_text("utf-8")
    section = before.index(f"[{key.rpartition('.')[0]}]")
    after = before[section:]
    path.write_text(before[:section] + re.sub(rf"(?m)^{name} = .*$", f"{name} = {json.dumps(text)}", after, count=1))


def test_an_export_reads_as_what_was_published(tmp_path: Path) -> None:
    current = texts(("en", TITLE, 'For "whom"?\\ 👋'), ("ar", TITLE, "لمن؟"), number=3)
    assert write_folder(tmp_path / "new" / "folder", current, FILES) == ()
    found = read_folder(tmp_path / "new" / "folder", REQUIRED)
    for before, after in zip(current.files, found.files, strict=True):
        assert (after.texts, after.hashes, after.reviewed) == (before.texts, before.hashes, before.reviewed)
        assert after.problems == ()
    assert json.loads((tmp_path / "new" / "folder" / "version.json").read_text()) == {
        "number": 3,
        "version": "3-00000000",
    }


def test_an_export_keeps_the_comments_and_the_order(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES, FILES)
    for file in FILES.files:
        shipped, written = file.path.read_text("utf-8"), (tmp_path / file.path.name).read_text("utf-8")
        comments = [line.strip() for line in shipped.splitlines() if line.lstrip().startswith("#")]
        if file.locale == "en":
            assert [line for line in written.splitlines() if line.startswith("#")] == comments
        assert written.splitlines()[0] == shipped.splitlines()[0]
        assert tomllib.loads(written) == tomllib.loads(shipped)
    own = (
        (tmp_path / "en.toml").read_text("utf-8").replace(f"[{TITLE.rpartition('.')[0]}]", "# Ours.\n\n[questions.who]")
    )
    (tmp_path / "en.toml").write_text(own, "utf-8")
    write_folder(tmp_path, texts(("en", TITLE, "For whom?"), number=1), FILES)
    assert "# Ours.\n" in (tmp_path / "en.toml").read_text("utf-8")


def test_a_version_that_is_exported_again_is_the_same(tmp_path: Path) -> None:
    shutil.copytree(shipped_export(), tmp_path, dirs_exist_ok=True)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_folder(tmp_path, FILES, FILES)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_file_of_a_language_that_is_not_published_is_left_and_named(tmp_path: Path) -> None:
    (tmp_path / "it.toml").write_text("[site]\nname = 'x'\n")
    assert write_folder(tmp_path, FILES, FILES) == ("it.toml",)
    assert (tmp_path / "it.toml").read_text() == "[site]\nname = 'x'\n"


def test_a_folder_without_changes_has_none(tmp_path: Path) -> None:
    shutil.copytree(shipped_export(), tmp_path, dirs_exist_ok=True)
    found = changes_in(tmp_path, FILES, FILES, REQUIRED, ANNA)
    assert (found.texts, found.kept, found.missing) == ((), 0, ())


def test_what_was_changed_in_a_folder_merges_with_what_was_published_since(tmp_path: Path) -> None:
    shutil.copytree(shipped_export(), tmp_path, dirs_exist_ok=True)
    edit(tmp_path / "en.toml", HINT, "You, or us?")
    current = texts(("en", TITLE, "For whom?"), ("de", TITLE, "Für wen?"), number=1)
    found = changes_in(tmp_path, FILES, current, REQUIRED, ANNA)
    (text,) = found.texts
    assert (text.change.id, text.change.text, text.change.base_text, text.is_conflict) == (
        ("en", HINT),
        "You, or us?",
        text_of(FILES, "en", HINT),
        False,
    )
    assert found.kept == 2
    assert review(current, found.changes, REQUIRED).lines == ()


def test_a_text_that_was_changed_on_both_sides_is_a_conflict(tmp_path: Path) -> None:
    shutil.copytree(shipped_export(), tmp_path, dirs_exist_ok=True)
    edit(tmp_path / "en.toml", TITLE, "For which?")
    current = texts(("en", TITLE, "For whom?"), number=1)
    (text,) = changes_in(tmp_path, FILES, current, REQUIRED, ANNA).conflicts
    assert (text.published, text.change.text, text.change.base_text) == (
        "For whom?",
        "For which?",
        text_of(FILES, "en", TITLE),
    )
    assert review(current, [text.change], REQUIRED).conflicts
    same = texts(("en", TITLE, "For which?"), number=1)
    assert changes_in(tmp_path, FILES, same, REQUIRED, ANNA).texts == ()


def test_a_review_a_mark_and_a_form_that_was_taken_out_are_changes(tmp_path: Path) -> None:
    shutil.copytree(shipped_export(), tmp_path, dirs_exist_ok=True)
    path = tmp_path / "de.toml"
    german = path.read_text("utf-8").replace("reviewed = false", "reviewed = true")
    german = re.sub(rf'"{TITLE}" = "\w+"', f'"{TITLE}" = "00000000"', german)
    form = next(key for key in FILES.wording("de").texts if "#" in key)
    german = re.sub(
        rf"(\[{re.escape(form.partition('#')[0])}\]\ndefault = [^\n]*\n){form.partition('#')[2]} = .*\n", r"\1", german
    )
    path.write_text(german, "utf-8")
    found = changes_in(tmp_path, FILES, FILES, REQUIRED, ANNA)
    changes = {text.change.key: text for text in found.texts}
    assert changes.keys() == {REVIEWED, TITLE, form}
    assert (changes[REVIEWED].change.text, changes[form].change.text) == ("true", "")
    assert (changes[TITLE].is_confirmed, changes[TITLE].change.source_hash) == (True, "00000000")


def test_a_text_that_a_file_lacks_stays_and_is_named(tmp_path: Path) -> None:
    shutil.copytree(shipped_export(), tmp_path, dirs_exist_ok=True)
    path = tmp_path / "fr.toml"
    path.write_text(re.sub(r"(?m)^title = .*$", "", path.read_text("utf-8"), count=1), "utf-8")
    found = changes_in(tmp_path, FILES, FILES, REQUIRED, ANNA)
    assert found.texts == ()
    assert found.missing == ("fr.toml: site.title is missing; the published text stays",)


def no_files(folder: Path) -> None:
    for path in folder.glob("*.toml"):
        path.unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "version.json").unlink(), "there is no such file; `wizard wording export` writes it"),
        (lambda folder: (folder / "version.json").write_text("{}"), "version.json: can't be read"),
        (lambda folder: (folder / "version.json").write_text("["), "version.json: can't be read"),
        (lambda folder: (folder / "version.json").write_text('{"number": 7, "version": ""}'), "there is no version 7"),
        (
            lambda folder: (folder / "version.json").write_text('{"number": 1, "version": "1-00000000"}'),
            "this log has another version of it",
        ),
        (
            lambda folder: (folder / "version.json").write_text('{"number": 0, "version": "00000000"}'),
            "the installation's files have changed",
        ),
        (lambda folder: (folder / "de.toml").write_text("["), "de.toml: can't be read as TOML"),
        (no_files, "no file of texts, such as en.toml"),
    ],
)
def test_a_folder_that_can_not_be_used_is_refused(
    log: Log, tmp_path: Path, spoil: Callable[[Path], object], message: str
) -> None:
    publish_texts(log.database, {"en": {TITLE: "For whom?"}})
    folder = tmp_path / "texts"
    shutil.copytree(shipped_export(), folder)
    spoil(folder)
    with pytest.raises(FolderError, match=message), log.database.snapshot() as connection:
        changes_in(folder, base_set(connection, folder, FILES, REQUIRED), FILES, REQUIRED, ANNA)


def test_the_version_that_a_folder_replaces_can_be_named(log: Log, tmp_path: Path) -> None:
    publish_texts(log.database, {"en": {TITLE: "For whom?"}})
    with log.database.snapshot() as connection:
        assert base_set(connection, tmp_path, FILES, REQUIRED, 0) is FILES
        base = base_set(connection, tmp_path, FILES, REQUIRED, 1)
    assert text_of(base, "en", TITLE) == "For whom?"


def test_changes_of_a_folder_are_published_as_an_import(log: Log, tmp_path: Path) -> None:
    publisher = publisher_on(log.database, NOV_1)
    shutil.copytree(shipped_export(), tmp_path, dirs_exist_ok=True)
    edit(tmp_path / "en.toml", TITLE, "For whom?")
    found = changes_in(tmp_path, FILES, publisher.current(), REQUIRED, ANNA)
    assert publisher.publish_changes(found.changes, Publication("From git", PIA, 0)) == 1
    assert text_of(publisher.current(), "en", TITLE) == "For whom?"


KEYS = (TITLE, HINT, "site.name", "questions.who.missing")
LOCALES = ("en", "de")
SIDE = st.dictionaries(st.tuples(st.sampled_from(LOCALES), st.sampled_from(KEYS)), st.sampled_from(["one", "two"]))


@settings(max_examples=settings().max_examples // 2)
@given(ours=SIDE, theirs=SIDE)
def test_of_two_sides_nothing_is_ever_lost(
    tmp_path_factory: pytest.TempPathFactory, ours: dict[tuple[str, str], str], theirs: dict[tuple[str, str], str]
) -> None:
    base = small(FILES)
    folder = tmp_path_factory.mktemp("texts")
    write_folder(folder, texts(*((*text_id, text) for text_id, text in ours.items()), base=base), FILES)
    current = texts(*((*text_id, text) for text_id, text in theirs.items()), number=1, base=base)
    found = changes_in(folder, base, current, REQUIRED, ANNA)
    conflicts = {each.change.id for each in found.conflicts}
    changes = {each.change.id: each.change.text for each in found.texts if not each.is_conflict}
    assert conflicts == {text_id for text_id in ours.keys() & theirs.keys() if ours[text_id] != theirs[text_id]}
    merged = {**theirs, **changes}
    assert {text_id: text for text_id, text in merged.items() if text_id not in conflicts} == {
        text_id: text for text_id, text in {**theirs, **ours}.items() if text_id not in conflicts
    }


def small(whole: WordingSet) -> WordingSet:
    """Files with a few texts, which are quick to write."""

    def only(file: WordingFile) -> WordingFile:
        return WordingFile(file.path, {key: file.texts[key] for key in KEYS})

    files = tuple(only(file) for file in whole.files if file.locale in LOCALES)
    return WordingSet(0, whole.version, files, whole.wordings)


def test_the_shipped_files_are_version_zero() -> None:
    assert set_of_files(read_folder(FILES.files[0].path.parent, REQUIRED)).version == FILES.version
