"""Texts are checked against the flow: marketing can edit them, and can't break the wizard."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from support import every_path, name_of

from wizard.files.bundled import bundled
from wizard.questionnaire.flow import Choice, Flow
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.rules import Rule, when
from wizard.questionnaire.strategy import STRATEGY, TEAM
from wizard.questionnaire.wording import COMPARED, PROBLEMS, comparison_texts, outcome_texts, required_texts
from wizard.questionnaire.wording_check import problems
from wizard.questionnaire.wording_files import WordingError, load, read_folder

REQUIRED = required_texts(QUESTIONS, STRATEGY)
ENGLISH = (bundled("wording") / "en.toml").read_text("utf-8")
WORDING = load(bundled("wording") / "en.toml", REQUIRED)


def written(folder: Path, text: str, name: str = "en.toml") -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder / name


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('given = "Your answer"\n', "", "question.given is missing"),
        ('given = "Your answer"', 'given = "Your answer"\ngo = "Go"', "question.go is unknown: nothing uses it"),
        ('given = "Your answer"', 'given = "  "', "question.given is empty"),
        ('given = "Your answer"', "given = 1", "question.given is 1; it must be a text in quotes"),
        (
            'given = "Your answer"',
            'given = "Go {there}"',
            "question.given uses {there}; it may use no {name} at all",
        ),
        (
            'given = "Your answer"',
            'given = "Go {\\u001bc\\u202e}"',
            "question.given uses {\\x1bc\\u202e}; it may use no {name} at all",
        ),
        (
            'given = "Your answer"',
            'given = "Your answer"\n"\\u001bc" = "Go"',
            "question.\\x1bc is unknown: nothing uses it",
        ),
        ('given = "Your answer"', 'given = "Go {"', "question.given has a stray brace"),
        (
            "{number} of {total}",
            "{number} of {totals}",
            "question.progress uses {totals}; it may use {number}, {total}",
        ),
        (
            "{number} of {total}",
            "{number!r} of {total}",
            "question.progress uses {number}; it may use {number}, {total}",
        ),
        ("{number} of {total}", "{number.real}", "question.progress uses {number.real}; it may use"),
        (
            "You like running things",
            "{team_size}",
            "reasons.likes_running_it.title uses {team_size}; it may use {hosting}, {who}",
        ),
    ],
)
def test_a_text_that_is_not_as_it_must_be_is_named(old: str, new: str, complaint: str, tmp_path: Path) -> None:
    assert old in ENGLISH
    with pytest.raises(WordingError) as error:
        load(written(tmp_path, ENGLISH.replace(old, new, 1)), REQUIRED)
    assert str(error.value).startswith("en.toml: ")
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


def test_every_text_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    text = ENGLISH.replace('given = "Your answer"\n', "").replace('back = "Back"', 'bakc = "Back"')
    with pytest.raises(WordingError) as error:
        load(written(tmp_path, text), REQUIRED)
    assert str(error.value) == (
        "en.toml: question.back is missing; question.bakc is unknown: nothing uses it; question.given is missing"
    )


def test_a_text_may_show_braces_of_its_own(tmp_path: Path) -> None:
    wording = load(written(tmp_path, ENGLISH.replace('"Your answer"', '"Go {{there}}"')), REQUIRED)
    assert wording.text("question.given") == "Go {there}"


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    assert load(written(tmp_path, "\ufeff" + ENGLISH), REQUIRED).texts == WORDING.texts


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("en.toml", "not toml", "en.toml: can't be read as TOML"),
        ("english.toml", ENGLISH, "english.toml: name a file of texts by its language"),
    ],
)
def test_a_file_that_can_not_be_used_is_named(name: str, text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(WordingError, match=re.escape(complaint)):
        load(written(tmp_path, text, name), REQUIRED)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (ENGLISH.encode("utf-16"), "en.toml: is UTF-16, or holds NUL bytes; allowed: UTF-8"),
        (b"\xfc", "en.toml: is not UTF-8 (at byte 1)"),
    ],
)
def test_a_file_that_is_not_text_is_named(content: bytes, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_bytes(content)
    with pytest.raises(WordingError) as error:
        load(tmp_path / "en.toml", REQUIRED)
    assert str(error.value) == complaint


def test_a_file_from_another_system_reads_the_same(tmp_path: Path) -> None:
    plain = load(written(tmp_path, ENGLISH, "en.toml"), REQUIRED)
    (tmp_path / "en.toml").write_bytes(b"\xef\xbb\xbf" + ENGLISH.replace("\n", "\r\n").encode())
    assert load(tmp_path / "en.toml", REQUIRED).texts == plain.texts


def test_english_is_the_default_among_several_locales_and_else_the_first(tmp_path: Path) -> None:
    written(tmp_path, ENGLISH, "de.toml")
    assert list(read_folder(tmp_path, REQUIRED).wordings) == ["de"]
    written(tmp_path, ENGLISH, "en.toml")
    written(tmp_path, ENGLISH, "pt-BR.toml")
    assert list(read_folder(tmp_path, REQUIRED).wordings) == ["en", "de", "pt-BR"]


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WordingError, match="no file of texts"):
        read_folder(tmp_path, REQUIRED)


def test_a_choice_that_is_added_to_the_flow_asks_for_its_texts() -> None:
    who, *others = QUESTIONS.steps
    rules = (Rule("hosting", when(who="club")), *who.rules)
    grown = Flow((replace(who, choices=(*who.choices, Choice("club")), rules=rules), *others))
    strategy = replace(STRATEGY, columns=(*STRATEGY.columns, Rule(TEAM, when(who="club"))))
    missing = [line for line in problems(WORDING.texts, required_texts(grown, strategy)) if "missing" in line]
    assert missing == [f"questions.who.choices.club.{name} is missing" for name in ("hint", "label", "named")]


@pytest.mark.parametrize("path", list(every_path()), ids=name_of)
def test_every_result_names_the_answers_that_it_comes_from(path: Mapping[str, str]) -> None:
    named = WORDING.named(path)
    told = [WORDING.text(key, **named) for key in outcome_texts(STRATEGY.outcome(path))]
    for step, words in named.items():
        assert any(words in text for text in told), f"{step} is not named"
    reasons = " ".join(
        text
        for key, text in zip(outcome_texts(STRATEGY.outcome(path)), told, strict=True)
        if key.startswith("reasons.")
    )
    assert any(words in reasons for words in named.values())
    assert "{" not in " ".join(told)


@pytest.mark.parametrize("path", list(every_path()), ids=name_of)
def test_a_summary_claims_no_wish_that_the_recommendation_does_not_meet(path: Mapping[str, str]) -> None:
    outcome = STRATEGY.outcome(path)
    named = WORDING.named(path)["hosting"]
    told = {key: WORDING.text(key, **WORDING.named(path)) for key in outcome_texts(outcome)}
    summary = told[f"summaries.{outcome.summary}"]
    assert "You want" in summary
    if outcome.recommendation.declined:
        assert named not in summary
        assert any(named in text for key, text in told.items() if key.startswith("declined."))
    if path["hosting"] == "unsure":
        assert f"you're {named}" in summary
        assert "want it" not in " ".join(told.values())


def test_nobody_is_called_by_the_name_of_a_persona_that_says_too_much() -> None:
    assert [key for key, text in WORDING.texts.items() if re.search("visionary|enthusiast", text, re.IGNORECASE)] == []


def test_the_comparison_has_each_cell_and_why_a_deployment_is_not_offered() -> None:
    keys = set(comparison_texts(STRATEGY))
    for deployment in ("cloud", "private_cloud", "on_premise"):
        assert {f"comparison.{deployment}.{row}" for row in COMPARED} < keys
    why = {"individual.private_cloud", "team.on_premise", "enterprise.on_premise"}
    assert {key.removeprefix("comparison.why_not.") for key in keys if "why_not" in key} == why
    assert keys < REQUIRED.keys()


def test_every_text_of_the_pages_is_used_by_a_template_or_by_the_code() -> None:
    templates = " ".join(file.read_text("utf-8") for file in bundled("templates").rglob("*.html"))
    package = bundled("wording").parent
    code = " ".join(file.read_text("utf-8") for file in package.glob("visitor/*.py"))
    outcomes = {key for path in every_path() for key in outcome_texts(STRATEGY.outcome(path))}
    for key in REQUIRED:
        if key.startswith(("site.", "question.", "result.")) or (key.count(".") == 1 and key not in outcomes):
            assert f'"{key}"' in templates + code, key
    for problem in PROBLEMS:
        assert f'"{problem}"' in code, problem
