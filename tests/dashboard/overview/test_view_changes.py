"""Which rows of a table changed, in sentences."""

import pytest
from markupsafe import Markup

from wizard.analytics.breakdown import Group, Ranking
from wizard.analytics.stages import Counts
from wizard.dashboard.labels import Names
from wizard.dashboard.overview.view_changes import by_what, parts, standing_out, why_of_table
from wizard.files.bundled import bundled
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import required_texts
from wizard.questionnaire.wording_files import read_folder

NAMES = Names(next(iter(read_folder(bundled("wording"), required_texts(QUESTIONS, STRATEGY)).wordings.values())))


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


def said(ranking: Ranking, metric: str = "finished") -> str:
    return str(why_of_table(ranking, metric, NAMES))


def test_the_sentence_names_the_group_that_moved_and_by_what() -> None:
    assert said(FELL) == (
        "−380 of it through <bdi>newsletter</bdi>, due to fewer visitors (−300) and a lower rate (−80)."
    )


def test_a_change_that_is_alike_everywhere_is_said_to_be() -> None:
    alike = ranking(group("one", (800, 640), (1000, 800)), group("two", (1600, 1280), (2000, 1600)))
    assert said(alike) == "No row stands out."


def test_a_change_that_may_be_chance_is_none_to_speak_of() -> None:
    still = ranking(group("one", (1000, 810), (1000, 800)), group("two", (500, 400), (500, 402)))
    assert said(still) == "No row stands out."


def test_groups_that_moved_against_each_other_are_told_though_the_whole_stood_still() -> None:
    swapped = ranking(group("one", (1500, 1200), (1000, 800)), group("two", (1000, 800), (1500, 1205)))
    assert said(swapped) == (
        "−405 through <bdi>two</bdi>, due to fewer visitors (−401) and a lower rate (−4); "
        "+400 through <bdi>one</bdi>, due to more visitors."
    )


def test_a_row_must_stand_out_further_among_more_rows() -> None:
    moved = group("moved", (1000, 800), (1000, 655))
    few = [group(f"row {number}", (1000, 800), (1000, 800)) for number in range(5)]
    many = [group(f"row {number}", (1000, 800), (1000, 800)) for number in range(500)]
    assert standing_out(ranking(moved, *few), "finished") == [moved]
    assert standing_out(ranking(moved, *many), "finished") == []


def test_few_visitors_explain_nothing() -> None:
    assert said(ranking(group("one", (90, 80), (110, 90)))) == "Too few visitors for a comparison."


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
    assert f"of it {text}, due to" in sentence
