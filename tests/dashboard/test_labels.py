"""What things are called on the dashboard, and how its figures are written."""

from zoneinfo import ZoneInfo

import pytest

from wizard.analytics.rates import Rate
from wizard.analytics.stages import METRICS
from wizard.dashboard.labels import METRIC_NAMES, Names, duration, interval, moment, percent
from wizard.files.bundled import bundled
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY, Deployment
from wizard.questionnaire.wording import Wording, required_texts
from wizard.questionnaire.wording_files import load

NAMES = Names(load(bundled("wording") / "en.toml", required_texts(QUESTIONS, STRATEGY)))


def test_questions_answers_and_deployments_are_called_what_the_pages_call_them() -> None:
    texts = NAMES.wording.texts
    for step in QUESTIONS.steps:
        assert NAMES.question(step.name) == texts[f"questions.{step.name}.title"]
        for choice in step.choices:
            assert NAMES.answer(step.name, choice.id) == texts[f"questions.{step.name}.choices.{choice.id}.label"]
    for deployment in Deployment:
        assert NAMES.deployment(deployment) == texts[f"deployments.{deployment}.name"]


def test_what_an_earlier_questionnaire_had_is_called_by_its_id() -> None:
    assert NAMES.question("head_count") == "Head count"
    assert NAMES.answer("head_count", "2_10") == "2_10"
    assert NAMES.answer("who", "a_robot") == "a_robot"
    assert NAMES.deployment("on_the_moon") == "on_the_moon"


def test_names_need_no_text_at_all() -> None:
    bare = Names(Wording("xx", {}))
    assert (bare.step("team_size"), bare.question("who"), bare.deployment("cloud")) == ("Team size", "Who", "cloud")


@pytest.mark.parametrize(
    ("dimension", "value", "name"),
    [
        ("source", "", "Untagged"),
        ("source", "unknown", "unknown"),
        ("campaign", "<b>Spring</b>", "<b>Spring</b>"),
        ("page", "https://example.com/pricing", "https://example.com/pricing"),
        ("device", "mobile", "Mobile"),
        ("device", "unknown", "Unknown"),
        ("persona", "", "No result"),
        ("persona", "enthusiast", "Enthusiast"),
        ("language", "pt-BR", "pt-BR"),
    ],
)
def test_a_value_is_called_what_the_visitor_brought_or_not_known(dimension: str, value: str, name: str) -> None:
    assert NAMES.value(dimension, value) == name


def test_all_that_is_counted_has_a_name() -> None:
    assert set(METRICS) <= set(METRIC_NAMES)


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (None, "–"),
        (0, "0 ms"),
        (999, "999 ms"),
        (999.4, "999 ms"),
        (999.5, "1.0 s"),
        (1000, "1.0 s"),
        (59_949, "59.9 s"),
        (59_950, "1 min"),
        (60_000, "1 min"),
        (60_499, "1 min"),
        (60_500, "1 min"),
        (61_000, "1 min 1 s"),
        (125_000, "2 min 5 s"),
        (3_599_499, "59 min 59 s"),
        (3_599_500, "1 h"),
        (10_920_000, "3 h 2 min"),
        (86_399_600, "1 d"),
        (187_200_000, "2 d 4 h"),
        (400 * 86_400_000, "400 d"),
        (1234 * 86_400_000, "1,234 d"),
    ],
)
def test_a_time_is_told_in_its_two_largest_units(ms: float | None, text: str) -> None:
    assert duration(ms) == text


@pytest.mark.parametrize(
    ("rate", "share", "ends"),
    [
        (Rate(0, 0), "–", ""),
        (Rate(0, 20), "0.0%", "0.0 to 16.1"),
        (Rate(81, 263), "30.8%", "25.5 to 36.6"),
        (Rate(20, 20), "100.0%", "83.9 to 100.0"),
    ],
)
def test_a_rate_is_told_in_percent_with_its_interval(rate: Rate, share: str, ends: str) -> None:
    assert (percent(rate), interval(rate)) == (share, ends)


def test_a_moment_is_told_as_clocks_show_it() -> None:
    assert moment(1_793_491_200_123, ZoneInfo("Asia/Kathmandu")).isoformat() == "2026-11-01T05:45:00.123000+05:45"
