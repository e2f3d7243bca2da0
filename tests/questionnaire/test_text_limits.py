"""Texts have a limit of characters, and no characters that can't be seen or that turn the direction of others."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from wizard.cli import wizard
from wizard.files.bundled import bundled
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.text_limits import LIMITS, limit_of, limit_problems, text_problems
from wizard.questionnaire.wording import required_texts
from wizard.questionnaire.wording_files import read_folder

REQUIRED = required_texts(QUESTIONS, STRATEGY)
TITLE = "questions.who.title"


def test_each_pattern_is_of_some_text_and_each_text_has_a_limit_of_its_own() -> None:
    limits = {key: limit_of(key) for key in REQUIRED}
    assert limits[TITLE] == 70
    assert limits["questions.hosting.choices.own_cloud.label"] == 60
    assert limit_of("questions.who.choices.job.named#dative") == limits["questions.who.choices.job.named"] == 80
    assert limit_of("comparison.why_not.team.on_premise") == 200
    assert limit_of("comparison.cloud.takes") == 100
    assert set(limits.values()) >= set(LIMITS.values())


def test_the_texts_of_today_have_room() -> None:
    for file in read_folder(bundled("wording"), REQUIRED).files:
        assert limit_problems(file.texts) == []
        tight = {key: text for key, text in file.texts.items() if len(text) > 0.95 * limit_of(key)}
        assert tight == {}, file.locale


def test_a_text_at_its_limit_fits_and_one_above_it_doesnt() -> None:
    assert text_problems(TITLE, "é" * 70) == ()
    assert text_problems(TITLE, "é" * 71) == ("has 71 characters; allowed: up to 70",)
    assert text_problems(TITLE, "x" * 100_000) == ("has 100,000 characters; allowed: up to 70",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a\u202eb", "has U+202E (right-to-left override), which turns the direction of the text; take it out"),
        ("\u2066a\u2066", "has U+2066 (left-to-right isolate), which turns the direction of the text; take it out"),
        ("a\u200bb", "has U+200B (zero width space), a character that can't be seen; take it out"),
        ("\ufeffa", "has U+FEFF (zero width no-break space), a character that can't be seen; take it out"),
        ("a\u200cb", "has U+200C (zero width non-joiner), which can't be seen here; take it out"),
        ("a\u3164", "has U+3164 (hangul filler), which can't be seen; take it out"),
        ("a\U000e0041", "has U+E0041 (tag latin capital letter a), a character that can't be seen; take it out"),
        ("a\x00", "has U+0000, a control character; take it out"),
        ("a\x1b[31m", "has U+001B, a control character; take it out"),
        ("a\tb", "has U+0009, a control character; take it out"),
        ("a\nb", "has U+000A, a control character; take it out"),
        ("a\u2028b", "has U+2028 (line separator), a line break; take it out"),
        ("a\ue000", "has U+E000, a character for private use; take it out"),
        ("a\ufdd0", "has U+FDD0, a code point without a character; take it out"),
        ("a\ud800", "has U+D800, half of a character; take it out"),
        ("a" + "\u0301" * 40, "has more than 4 combining characters in a row; take some out"),
    ],
)
def test_characters_that_are_refused_are_named(text: str, problem: str) -> None:
    assert text_problems(TITLE, text) == (problem,)


@pytest.mark.parametrize(
    "text",
    [
        "Do\xadnau\xaddampf\xadschiff",
        "می\u200cخواهم",
        "क्\u200dष",
        "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} \N{HEAVY BLACK HEART}\ufe0f\u200d\N{FIRE}",
        "نشر PostHog\u200f!",
        "Viê\u0323\u0301t",
        "誰のためのPostHogですか？",
        "<script>alert(1)</script> & {{braces}}",
    ],
)
def test_characters_that_languages_need_are_allowed(text: str) -> None:
    assert text_problems(TITLE, text) == ()


def test_only_the_text_of_the_email_has_line_breaks() -> None:
    assert text_problems("result.share_body", "a\nb\n") == ()
    assert text_problems("result.share_body", "a\r\nb") == ("has U+000D, a control character; take it out",)


def test_a_text_above_its_limit_is_a_problem_of_the_check_but_leaves_no_language_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    english = (bundled("wording") / "en.toml").read_text("utf-8")
    long = "Who do you want PostHog for, and for how many others, and since when, and why?"
    (tmp_path / "en.toml").write_text(english.replace("Who do you want PostHog for?", long), "utf-8")
    monkeypatch.setenv("WIZARD_WORDING_DIR", str(tmp_path))
    result = CliRunner().invoke(wizard, ["check"])
    assert result.exit_code == 1
    assert f"en.toml: questions.who.title has {len(long)} characters; allowed: up to 70" in result.stderr
    assert list(read_folder(tmp_path, REQUIRED).wordings) == ["en"]
