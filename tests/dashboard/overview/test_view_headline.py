"""The headline in words, and which changes are coloured."""

import pytest

from wizard.analytics.causes import Cause, Row
from wizard.analytics.changes import Tested as Change
from wizard.analytics.headline import Headline
from wizard.analytics.rates import Rate
from wizard.dashboard.labels import Names
from wizard.dashboard.overview.view_headline import headline_of, judged
from wizard.files.bundled import bundled
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import required_texts
from wizard.questionnaire.wording_files import read_folder

NAMES = Names(next(iter(read_folder(bundled("wording"), required_texts(QUESTIONS, STRATEGY)).wordings.values())))
THAN = "the 28 days before"
DAY_MS = 86_400_000
EVERY = Rate(620, 2000), Rate(480, 2000)


def step(p_value: float = 1e-9, z: float = 6.0) -> Change:
    return Change("step:hosting", 620, 480, 2000, 2000, p_value, z)


def started(now: int, before: int, z: float, p_value: float = 1e-9) -> Change:
    return Change("started", now, before, now, before, p_value, z)


def rate(key: str, now: int, before: int, z: float) -> Change:
    return Change(key, now, before, 1000, 1000, 1e-9, z)


def cause(dimension: str, value: str, now: Rate, before: Rate, *, is_most: bool = True) -> Cause:
    return Cause(Row(dimension, value, now, before, *EVERY), 1e-9, is_most)


def headline(change: Change | None, of: Cause | None = None, *others: Change) -> Headline:
    tested = (*((change,) if change else ()), *others)
    return Headline((2000, 2000), tested, change, of)


def said(found: Headline, *, is_mature: bool = True) -> tuple[str, str]:
    view = headline_of(found, NAMES, THAN, is_mature=is_mature)
    return str(view.text), view.tone


PHONES = cause("device", "mobile", Rate(287, 700), Rate(175, 700))


def test_a_step_is_named_with_its_question_and_the_group_that_changed() -> None:
    assert said(headline(step(), PHONES)) == (
        f"More visitors dropped off at “{NAMES.question('hosting')}”: 31% now, 24% before (+7 points). "
        "Mostly with the device <bdi>Mobile</bdi>: 41%, was 25%.",
        "bad",
    )


@pytest.mark.parametrize(
    ("change", "text", "tone"),
    [
        (started(2400, 2000, 4), "More visitors started: 2,400 now, 2,000 before (+20%).", "good"),
        (started(1600, 2000, -4), "Fewer visitors started: 1,600 now, 2,000 before (−20%).", "bad"),
        (
            rate("finished", 805, 842, -4),
            "Fewer starters finished: 80.5% now, 84.2% before (−3.7 points).",
            "bad",
        ),
        (
            rate("clicked", 450, 390, 4),
            "More starters clicked a recommendation: 45% now, 39% before (+6 points).",
            "good",
        ),
        (
            rate("converted", 120, 180, -4),
            "Fewer of those who clicked signed up: 12% now, 18% before (−6 points).",
            "bad",
        ),
        (step(z=-6), f"Fewer visitors dropped off at “{NAMES.question('hosting')}”:", "good"),
    ],
)
def test_a_change_is_told_in_numbers_and_so_is_that_no_row_stands_out(change: Change, text: str, tone: str) -> None:
    sentence, found = said(headline(change))
    assert sentence.startswith(text)
    assert sentence.endswith(" No source, campaign, page, referrer, language or device stands out.")
    assert found == tone


def test_times_are_told_as_medians_and_are_no_bad_news() -> None:
    lag = Change("lag", 74 * 3_600_000, 29 * 3_600_000, 180, 180, 1e-9, 6)
    assert said(headline(lag)) == (
        "Signups are coming in later: half within 3 d 2 h of the click, before within 1 d 5 h. "
        "The number of signups can't be judged yet.",
        "neutral",
    )
    time = Change("time", 12_000, 19_000, 1000, 1000, 1e-9, -6)
    assert said(headline(time)) == (
        "Visitors took less time to a result: half of them at most 12.0 s, before 19.0 s.",
        "neutral",
    )


def test_a_source_that_brings_nobody_is_told_in_visitors() -> None:
    gone = cause("source", "newsletter", Rate(0, 1600), Rate(380, 2000))
    sentence, _ = said(headline(started(1600, 2000, -4), gone))
    assert sentence.endswith("(−20%). Mostly through <bdi>newsletter</bdi>: 0, was 380.")


def test_a_group_that_is_less_than_half_of_the_change_is_not_called_most_of_it() -> None:
    some = cause("device", "tablet", Rate(50, 100), Rate(20, 100), is_most=False)
    assert "Especially with the device <bdi>Tablet</bdi>: 50%, was 20%." in said(headline(step(), some))[0]


def test_values_are_never_markup() -> None:
    hostile = cause("source", "<b>{0}</b>", Rate(287, 700), Rate(175, 700))
    assert "through <bdi>&lt;b&gt;{0}&lt;/b&gt;</bdi>: 41%" in said(headline(step(), hostile))[0]


def test_chance_is_called_chance_and_few_are_called_few() -> None:
    assert said(headline(None, None, step(0.3))) == (
        "Within normal variation of the 28 days before: nothing changed beyond chance.",
        "neutral",
    )
    assert said(Headline((80, 900))) == (
        "Too few visitors to compare: 80 started, and 900 in the 28 days before.",
        "neutral",
    )
    assert said(Headline((800, 0)))[0].startswith("There were too few visitors to compare with: 800 started")


def test_signups_of_a_period_that_is_not_over_are_no_bad_news() -> None:
    fewer = rate("converted", 120, 180, -4)
    assert said(headline(fewer), is_mature=False)[1] == "neutral"
    assert judged(headline(fewer), "converted", rose=False, is_mature=False) is None
    assert judged(headline(fewer), "converted", rose=False, is_mature=True) is False


@pytest.mark.parametrize(
    ("key", "rose", "is_good"),
    [
        ("started", False, False),
        ("started", True, None),
        ("finished", False, False),
        ("clicked", False, False),
        ("clicked", True, True),
        ("converted", False, None),
        ("time", True, None),
    ],
)
def test_a_figure_is_coloured_only_for_what_is_beyond_chance(key: str, *, rose: bool, is_good: bool | None) -> None:
    found = headline(started(1600, 2000, -5), None, rate("clicked", 450, 390, 4), step(0.4))
    assert judged(found, key, rose=rose, is_mature=True) is is_good


def test_while_signups_are_late_their_number_is_not_judged() -> None:
    late = Change("lag", 3 * DAY_MS, DAY_MS, 180, 180, 1e-9, 6)
    found = headline(rate("converted", 120, 180, -4), None, late)
    assert judged(found, "converted", rose=False, is_mature=True) is None


def test_where_nothing_is_beyond_chance_nothing_is_coloured() -> None:
    found = headline(None, None, started(1900, 2000, -1.6, 0.1), step(0.2))
    for key in ("started", "finished", "clicked", "converted", "time"):
        assert judged(found, key, rose=True, is_mature=True) is None
        assert judged(found, key, rose=False, is_mature=True) is None
