"""How the overview puts spans and changes."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from wizard.analytics.changes import FEW
from wizard.analytics.date_range import read_span
from wizard.dashboard.overview.view_words import (
    Change,
    change_of,
    change_of_time,
    is_noise,
    signed,
    signed_percent,
    whole_percent,
)
from wizard.dashboard.phrases import before_in_words, length_in_words, span_in_words

BERLIN = ZoneInfo("Europe/Berlin")
NOW_MS = int(datetime(2026, 11, 22, 14, 12, tzinfo=UTC).timestamp() * 1000)
THAN = "the 28 days before"


@pytest.mark.parametrize(
    ("given", "span", "before"),
    [
        (
            {},
            "26 Oct – 22 Nov 2026",
            "the 28 days before (28 Sep – 25 Oct 2026), until this time of day (15:12)",
        ),
        ({"period": "today"}, "22 Nov 2026", "the day before (21 Nov 2026), until this time of day (15:12)"),
        (
            {"since": "2026-01-01", "until": "2026-01-31"},
            "1 Jan – 31 Jan 2026",
            "the 31 days before (1 Dec – 31 Dec 2025)",
        ),
        (
            {"since": "2025-12-31", "until": "2026-01-01"},
            "31 Dec 2025 – 1 Jan 2026",
            "the 2 days before (29 Dec – 30 Dec 2025)",
        ),
        (
            {"since": "2026-03-29T00:30:00Z", "until": "2026-03-29T02:30:00Z"},
            "29 Mar 2026, 01:30 – 29 Mar 2026, 04:30",
            "the same time before (28 Mar 2026, 23:30 – 29 Mar 2026, 01:30)",
        ),
    ],
    ids=["28 days", "today", "a month", "over new year", "over the change to summer time"],
)
def test_a_span_and_what_it_is_compared_with_are_said_in_local_dates(
    given: dict[str, str], span: str, before: str
) -> None:
    read = read_span(given, BERLIN, NOW_MS)
    assert span_in_words(read, BERLIN) == span
    assert before_in_words(read, BERLIN) == before
    assert before.startswith(length_in_words(read))


def test_a_change_has_its_sign_and_no_more_digits_than_it_is_worth() -> None:
    assert [signed(count) for count in (1234, -56, 0)] == ["+1,234", "−56", "0"]
    shares = (0.0421, -0.35, 12.5, 0.0, -0.0001, 0.0996)
    assert [signed_percent(share) for share in shares] == ["+4.2%", "−35%", "+1,250%", "0%", "0%", "+10%"]


@pytest.mark.parametrize(
    ("now", "before", "noise"), [(100, 100, True), (127, 100, True), (130, 100, False), (0, 3, True), (0, 4, False)]
)
def test_two_counts_differ_by_chance_within_two_deviations_of_their_sum(now: int, before: int, noise: bool) -> None:
    assert is_noise(now, before) is noise


@pytest.mark.parametrize(
    ("now", "before", "tone", "text", "is_good"),
    [
        (500, 400, "up", "+100 (+25%)", True),
        (400, 500, "down", "−100 (−20%)", False),
        (405, 400, "flat", "+5 (+1.2%)", None),
        (400, 0, "up", "+400", True),
    ],
)
def test_a_change_is_judged_only_when_it_is_more_than_chance(
    now: int, before: int, tone: str, text: str, is_good: bool | None
) -> None:
    change = change_of(now, before, (1000, 1000), THAN)
    assert (change.tone, change.text, change.is_good) == (tone, text, is_good)
    assert text in change.words
    assert THAN in change.words


@pytest.mark.parametrize("visitors", [(FEW - 1, FEW + 10), (1000, FEW - 1), (0, 0)])
def test_with_few_visitors_nothing_is_compared(visitors: tuple[int, int]) -> None:
    for change in (change_of(90, 10, visitors, THAN), change_of_time(9000, 1000, visitors, THAN)):
        assert change.tone == "few"
        assert change.text.startswith("few")
        assert change.is_good is None
        assert "%" not in change.text


def test_where_hardly_anybody_is_left_of_many_that_is_told() -> None:
    assert change_of(24, 800, (30, 1000), THAN) == Change(
        "down", "−776 (−97%)", f"776 fewer than in {THAN}, −776 (−97%)", is_good=False
    )


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0%"), (-0.001, "0%"), (-0.1, "−10%"), (1.14, "114%"), (20, "2,000%")]
)
def test_a_share_of_a_change_has_a_sign_only_where_it_is_something(share: float, text: str) -> None:
    assert whole_percent(share) == text


@pytest.mark.parametrize(
    ("now_ms", "before_ms", "tone", "text", "is_good"),
    [
        (15_000, 20_000, "down", "−5.0 s (−25%)", True),
        (20_000, 15_000, "up", "+5.0 s (+33%)", False),
        (20_100, 20_000, "flat", "+0.1 s (+0.5%)", None),
        (17_700, 17_192, "flat", "+0.5 s (+3.0%)", None),
        (900, 600, "up", "+300 ms (+50%)", False),
        (125_000, 65_000, "up", "+1 min (+92%)", False),
        (20_000, 20_000, "flat", "0", None),
    ],
)
def test_of_a_time_a_fall_is_good(now_ms: int, before_ms: int, tone: str, text: str, is_good: bool | None) -> None:
    change = change_of_time(now_ms, before_ms, (1000, 1000), THAN)
    assert (change.tone, change.text, change.is_good) == (tone, text, is_good)


def test_a_time_that_was_not_there_before_is_not_compared() -> None:
    assert change_of_time(20_000, None, (1000, 1000), THAN).tone == "few"
