"""Version 0 is the installation's files, and a published version is completed from them."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from published_versions import FILES, REQUIRED, changed

from wizard.questionnaire.wording import is_named
from wizard.questionnaire.wording_check import problems, unknown
from wizard.questionnaire.wording_files import WordingFile
from wizard.questionnaire.wording_set import completed, set_of_completed

ENGLISH = FILES.files[0]
GERMAN = next(file for file in FILES.files if file.locale == "de")
TITLE = "questions.who.title"
TEXT = st.sampled_from(["", " ", "{", "}}", "{who}", "{who.dative}", "{who.x}", "{nobody}", "{}", "Text", "{who!r}"])
NAMED = [key for key in REQUIRED if is_named(key)]
KEY = st.sampled_from([*NAMED, *(f"{key}#{form}" for key in NAMED for form in ("dative", "x", "?"))])


def without(file: WordingFile, *keys: str) -> WordingFile:
    return replace(file, texts={key: text for key, text in file.texts.items() if key not in keys})


def test_version_0_is_the_files() -> None:
    assert FILES.number == 0
    assert FILES.reference == ""
    assert next(iter(FILES.wordings)) == "en"
    assert {wording.version for wording in FILES.wordings.values()} == {FILES.version}
    assert FILES.left_out == ()


@pytest.mark.parametrize("file", FILES.files, ids=lambda file: file.locale)
def test_a_file_that_is_whole_stays_as_it_is(file: WordingFile) -> None:
    found = completed(file, FILES, REQUIRED)
    assert found.keys == ()
    assert (found.file.texts, found.file.hashes, found.file.reviewed) == (file.texts, file.hashes, file.reviewed)
    assert found.file.problems == ()


def test_a_text_that_is_missing_is_taken_from_the_installation() -> None:
    found = completed(without(GERMAN, TITLE), FILES, REQUIRED)
    assert found.keys == (TITLE,)
    assert found.file.texts == GERMAN.texts
    assert list(found.file.texts) == list(completed(GERMAN, FILES, REQUIRED).file.texts), "in the same order"


@pytest.mark.parametrize("text", ["Für {nobody}", "{", "", "{who:>5}"])
def test_a_text_that_can_no_longer_be_used_is_taken_from_the_installation(text: str) -> None:
    (_, german, *_) = changed((ENGLISH, GERMAN), {"de": {TITLE: text}})
    found = completed(german, FILES, REQUIRED)
    assert found.keys == (TITLE,)
    assert found.file.texts[TITLE] == GERMAN.texts[TITLE]


def test_other_published_texts_stay() -> None:
    (german,) = changed((GERMAN,), {"de": {"site.name": "Wegweiser"}})
    found = completed(without(german, TITLE), FILES, REQUIRED)
    assert found.file.texts["site.name"] == "Wegweiser"


def test_a_text_that_nothing_uses_is_left_out() -> None:
    (german,) = changed((GERMAN,), {"de": {"questions.gone.title": "Weg"}})
    found = completed(replace(german, hashes={**GERMAN.hashes, "questions.gone.title": "12345678"}), FILES, REQUIRED)
    assert found.file.texts == GERMAN.texts
    assert found.file.hashes == GERMAN.hashes
    assert found.keys == ()


def test_the_hash_of_a_text_comes_with_it() -> None:
    other = replace(without(GERMAN, TITLE), hashes={**GERMAN.hashes, TITLE: "00000000", "site.name": "11111111"})
    found = completed(other, FILES, REQUIRED).file
    assert found.hashes[TITLE] == GERMAN.hashes[TITLE]
    assert found.hashes["site.name"] == "11111111"


def test_the_answers_to_a_question_keep_one_kind_of_forms() -> None:
    """Of the published answers, one has a form that another lacks."""
    keys = [key for key in GERMAN.texts if key.startswith("questions.who.choices.") and ".named" in key]
    bases = sorted({key.partition("#")[0] for key in keys})
    texts = {key: text for key, text in GERMAN.texts.items() if key not in keys}
    texts |= dict.fromkeys(bases, "jemand") | {f"{bases[1]}#other": "jemandem", f"{bases[2]}#third": "x"}
    found = completed(replace(GERMAN, texts=texts), FILES, REQUIRED)
    assert found.file.problems == ()
    assert {key: found.file.texts[key] for key in keys} == {key: GERMAN.texts[key] for key in keys}
    assert not [key for key in found.file.texts if key.endswith(("#other", "#third"))]


@given(
    st.dictionaries(KEY | st.sampled_from([*ENGLISH.texts, *GERMAN.texts, "gone.key"]), TEXT),
    st.sets(KEY | st.sampled_from(list(GERMAN.texts)), max_size=40),
)
def test_whatever_was_published_a_language_of_the_installation_can_be_shown(
    texts: dict[str, str], missing: set[str]
) -> None:
    kept = {key: text for key, text in GERMAN.texts.items() if key not in missing}
    found = completed(replace(GERMAN, texts=kept | texts), FILES, REQUIRED)
    assert found.file.problems == ()
    assert problems(found.file.texts, REQUIRED) == []
    assert unknown(found.file.texts, REQUIRED) == []


def test_a_language_that_is_not_whole_even_so_is_left_out() -> None:
    italian = WordingFile(Path("it.toml"), {TITLE: "Per chi?"})
    languages = [completed(file, FILES, REQUIRED) for file in (italian, ENGLISH)]
    made = set_of_completed(3, "3-abcdef01", languages, FILES)
    assert list(made.wordings) == ["en"]
    assert made.left_out == ("it",)
    assert made.file("it") is not None
    assert made.wording("it").locale == "en"


def test_a_version_whose_languages_are_all_unusable_has_the_installations_texts() -> None:
    italian = WordingFile(Path("it.toml"), {TITLE: "Per chi?"})
    made = set_of_completed(3, "3-abcdef01", [completed(italian, FILES, REQUIRED)], FILES)
    assert list(made.wordings) == list(FILES.wordings)
    assert made.wording().version == "3-abcdef01"
    assert made.reference == "3-abcdef01"


def test_what_was_completed_is_named_by_language_and_key() -> None:
    languages = [completed(without(file, TITLE), FILES, REQUIRED) for file in (GERMAN, ENGLISH)]
    made = set_of_completed(1, "1-abcdef01", languages, FILES)
    assert made.completed == (("en", TITLE), ("de", TITLE))
