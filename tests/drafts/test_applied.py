"""The texts with a draft's changes: exact in the files, and renderable in any state."""

from dataclasses import replace

import pytest
from drafting import HINT, TITLE, change, published
from hypothesis import given
from hypothesis import strategies as st
from published_versions import FILES, REQUIRED

from wizard.drafts.applied import apply, problems
from wizard.drafts.model import REVIEWED, STALE, Change
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.wording import Wording
from wizard.questionnaire.wording_set import WordingSet
from wizard.translations.status import source_hash, stale_keys

NAMED = "questions.who.choices.team.named"
FILLED = next(key for key in REQUIRED if key.startswith("summaries.") and "{who}" in FILES.wording("en").texts[key])


def text(texts: WordingSet, key: str, locale: str = "en") -> str | None:
    return published(locale, key, texts)


def test_a_change_is_in_its_language_only() -> None:
    applied = apply(FILES, [change(TITLE, "For whom?")], REQUIRED)
    assert (applied.number, applied.version) == (0, "draft")
    assert text(applied, TITLE) == applied.wording("en").texts[TITLE] == "For whom?"
    assert text(applied, TITLE, "de") == published("de", TITLE)
    assert applied.file("de") is FILES.file("de")
    assert list(applied.wordings) == list(FILES.wordings)
    assert applied.wording("de").version == "draft"


def test_a_change_that_was_taken_out_is_not_applied() -> None:
    applied = apply(FILES, [replace(change(TITLE, "For whom?"), is_changed=False)], REQUIRED)
    assert applied.files == FILES.files


@pytest.mark.parametrize(
    ("source", "is_stale"),
    [(None, False), (source_hash("For whom?"), False), (source_hash(str(published("en", TITLE))), True), (STALE, True)],
)
def test_a_translation_fits_the_english_that_it_was_made_from(source: str | None, *, is_stale: bool) -> None:
    changes = [change(TITLE, "For whom?"), change(TITLE, "Für wen?", "de", source)]
    applied = apply(FILES, changes, REQUIRED)
    german, english = applied.file("de"), applied.source
    assert german
    assert english
    assert (TITLE in stale_keys(german, english.texts)) == is_stale
    assert TITLE in stale_keys(next(file for file in applied.files if file.locale == "fr"), english.texts)


def test_a_language_is_marked_as_reviewed() -> None:
    applied = apply(FILES, [Change("de", REVIEWED, "true", "false")], REQUIRED)
    german = applied.file("de")
    assert german
    assert german.reviewed
    assert REVIEWED not in german.texts


def test_an_empty_form_is_taken_out() -> None:
    key = next(key for key in FILES.wording("de").texts if key.endswith("#dative"))
    applied = apply(FILES, [change(key, "", "de")], REQUIRED)
    assert text(applied, key, "de") is None


@pytest.mark.parametrize(
    ("key", "typed", "shown", "problem"),
    [
        (TITLE, "", FILES.wording("en").texts[TITLE], "is empty"),
        (TITLE, "Is {it} this?", "Is {it} this?", "uses {it}; it may use no {name} at all"),
        (TITLE, "Is } this {", "Is } this {", "has a stray brace"),
        (TITLE, "a" * 200, "a" * 200, "has 200 characters"),
        (TITLE, "\u202eabc", "\u202eabc", "has U+202E"),
        ("questions.own.title", "New", "New", "is unknown"),
    ],
)
def test_what_is_wrong_is_said_and_can_still_be_rendered(key: str, typed: str, shown: str, problem: str) -> None:
    applied = apply(FILES, [change(key, typed)], REQUIRED)
    assert applied.wording("en").text(key) == shown
    found = problems(applied.files, REQUIRED)
    assert found["en", key][0].startswith(problem)
    assert list(found) == [("en", key)]
    assert applied.completed == ((("en", key),) if not typed else ())


def test_choices_that_read_the_same_are_a_problem() -> None:
    one, other = (f"questions.who.choices.{choice.id}.label" for choice in QUESTIONS.steps[0].choices[:2])
    applied = apply(FILES, [change(other, str(published("de", one)), "de")], REQUIRED)
    assert problems(applied.files, REQUIRED) == {("de", other): (f"reads the same as {one}",)}


def test_a_new_language_is_shown_with_the_english_texts_that_it_lacks() -> None:
    applied = apply(FILES, [Change("it", TITLE, "Per chi?", None)], REQUIRED)
    assert [file.locale for file in applied.files].index("it") > 0
    assert applied.wording("it").texts[TITLE] == "Per chi?"
    assert applied.wording("it").texts[HINT] == published("en", HINT)
    assert ("it", HINT) in applied.completed
    assert problems(applied.files, REQUIRED)["it", HINT] == ("is missing",)
    assert set(applied.file("it").texts) == {TITLE}  # type: ignore[union-attr]


TYPED = st.text(st.sampled_from("a {}#\n.é") | st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["{who}", "{who.dative}", "{{who}}", "{0}", "{who!r:>9}", "}{", "{team_size}"]
)


@given(st.dictionaries(st.sampled_from([TITLE, FILLED, NAMED, f"{NAMED}#dative", "site.name"]), TYPED))
def test_whatever_is_typed_can_be_rendered(typed: dict[str, str]) -> None:
    changes = [change(key, text, locale) for key, text in typed.items() for locale in ("en", "de")]
    applied = apply(FILES, changes, REQUIRED)
    for wording in (applied.wording("en"), applied.wording("de")):
        rendered_whole(wording)


def rendered_whole(wording: Wording) -> None:
    answers = {step.name: step.choices[0].id for step in QUESTIONS.steps}
    values = dict(wording.named(answers))
    for key, names in REQUIRED.items():
        wording.text(key, **(dict.fromkeys(names, "x") | values))
