"""Why a number moved, in sentences."""

import pytest
from markupsafe import Markup

from wizard.analytics.breakdown import Group, Ranking
from wizard.analytics.stages import Counts
from wizard.dashboard.labels import Names
from wizard.dashboard.overview.view_changes import by_what, parts, why, why_of_table
from wizard.files.bundled import bundled
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import load_all, required_texts

NAMES = Names(next(iter(load_all(bundled("wording"), required_texts(QUESTIONS, STRATEGY)).values())))
THAN = "the 28 days before"


def counts(started: int, finished: int) -> Counts:
    return Counts(journeys=2 * started, started=started, finished=finished)


def group(value: str, now: tuple[int, int], before: tuple[int, int]) -> Group:
    return Group(value, counts(*now), counts(*before))


def ranking(*groups: Group, dimension: str = "source") -> Ranking:
    now = Counts.sum(each.now for each in groups)
    before = Counts.sum(each.before for each in groups)
    return Ranking(dimension, groups, Group("", now, before))


FELL = ranking(
    group("newsletter", (600, 420), (1000, 800)),
    group("search", (2000, 1600), (2000, 1610)),
    group("", (3000, 2400), (3000, 2422)),
)


def said(metric: str = "finished", **rankings: Ranking) -> str:
    return str(why(rankings, metric, THAN, NAMES).sentence)


def test_the_sentence_names_the_group_that_moved_and_by_what() -> None:
    assert said(source=FELL) == (
        "Finished fell by 412 (−8.5%) against the 28 days before: −380 of it through <bdi>newsletter</bdi>, "
        "due to fewer visitors (−300) and a lower rate (−80)."
    )


def test_the_dimension_that_explains_most_is_the_one_that_is_told() -> None:
    devices = ranking(
        group("mobile", (2800, 2210), (3000, 2416)), group("desktop", (2800, 2210), (3000, 2416)), dimension="device"
    )
    found = why({"device": devices, "source": FELL}, "finished", THAN, NAMES)
    assert found.dimension == "source"
    assert "newsletter" in found.sentence


def test_a_change_that_is_alike_everywhere_is_said_to_be() -> None:
    alike = ranking(group("one", (800, 640), (1000, 800)), group("two", (1600, 1280), (2000, 1600)))
    assert said(source=alike) == (
        "Finished fell by 480 (−20%) against the 28 days before. The change is similar everywhere: "
        "no source, campaign, page, referrer, language or device stands out."
    )
    assert str(why_of_table(alike, "finished", NAMES)) == "No row stands out."


def test_a_change_that_may_be_chance_is_none_to_speak_of() -> None:
    still = ranking(group("one", (1000, 810), (1000, 800)), group("two", (500, 400), (500, 402)))
    assert said(source=still) == "Finished: within normal variation (1,210, and 1,202 in the 28 days before)."


def test_groups_that_moved_against_each_other_are_told_though_the_whole_stood_still() -> None:
    swapped = ranking(group("one", (1500, 1200), (1000, 800)), group("two", (1000, 800), (1500, 1205)))
    assert said(source=swapped) == (
        "Finished: within normal variation (2,000, and 2,005 in the 28 days before), but some groups changed: "
        "−405 through <bdi>two</bdi>, due to fewer visitors (−401) and a lower rate (−4); "
        "+400 through <bdi>one</bdi>, due to more visitors."
    )


def test_few_visitors_explain_nothing() -> None:
    few = ranking(group("one", (90, 80), (110, 90)))
    assert said(source=few) == "Finished: 80, and 90 in the 28 days before. Too few visitors to compare."
    assert str(why_of_table(few, "finished", NAMES)) == "Too few visitors for a comparison."


def test_few_visitors_before_are_not_taken_for_few_now() -> None:
    first = ranking(group("one", (1000, 800), (0, 0)))
    assert said(source=first) == "Finished: 800, and 0 in the 28 days before. There were too few to compare with."


def test_a_collapse_is_told_though_few_visitors_are_left() -> None:
    gone = ranking(group("one", (10, 8), (1000, 800)), group("two", (50, 40), (500, 400)))
    assert said(source=gone) == (
        "Finished fell by 1,152 (−96%) against the 28 days before. The change is similar everywhere: "
        "no source, campaign, page, referrer, language or device stands out."
    )


@pytest.mark.parametrize(
    ("now", "before", "metric", "text"),
    [
        ((600, 420), (1000, 800), "finished", "due to fewer visitors (−300) and a lower rate (−80)"),
        ((1000, 800), (600, 420), "finished", "due to more visitors (+300) and a higher rate (+80)"),
        ((1000, 500), (500, 450), "finished", "due to more visitors (+350), despite a lower rate (−300)"),
        ((500, 400), (1000, 500), "finished", "due to fewer visitors (−325), despite a higher rate (+225)"),
        ((500, 400), (1000, 800), "finished", "due to fewer visitors"),
        ((1000, 400), (1000, 800), "finished", "due to a lower rate"),
        ((500, 400), (0, 0), "finished", "which is new"),
        ((0, 0), (500, 400), "finished", "which is gone"),
        ((500, 400), (1000, 800), "journeys", ""),
        ((500, 400), (500, 400), "finished", ""),
    ],
)
def test_what_moved_a_group_is_told_the_main_thing_first(
    now: tuple[int, int], before: tuple[int, int], metric: str, text: str
) -> None:
    one = group("one", now, before)
    assert by_what(one, metric) == text
    total, visitors, rate = parts(one, metric)
    assert total == visitors + rate == one.now[metric] - one.before[metric]


@pytest.mark.parametrize(
    ("dimension", "value", "text"),
    [
        ("source", "", "untagged"),
        ("campaign", "launch", "through the campaign <bdi>launch</bdi>"),
        ("page", "https://example.com/a", "on <bdi>https://example.com/a</bdi>"),
        ("referrer", "", "without a referrer"),
        ("language", "de", "in the language <bdi>de</bdi>"),
        ("device", "mobile", "with the device <bdi>Mobile</bdi>"),
        ("device", "unknown", "on an unknown device"),
        ("source", "<b>{0}</b>", "through <bdi>&lt;b&gt;{0}&lt;/b&gt;</bdi>"),
    ],
)
def test_a_group_is_named_as_what_it_is_and_never_as_markup(dimension: str, value: str, text: str) -> None:
    fell = ranking(
        group(value, (600, 420), (1000, 800)), group("other", (5000, 4000), (5000, 4032)), dimension=dimension
    )
    sentence = why_of_table(fell, "finished", NAMES)
    assert isinstance(sentence, Markup)
    assert f"of it {text}, due to" in said(source=fell)
    assert text in sentence
