"""How far a place's clocks are from UTC."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from wizard.analytics.local_days import Stretch, date_of, offset_ms, stretches

HOUR_MS = 3_600_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "first", "last", "expected"),
    [
        ("UTC", "2025-01-01", "2026-01-01", [(None, 0)]),
        (
            "Europe/Berlin",
            "2025-01-01",
            "2026-01-01",
            [
                ("2025-03-30T01:00", 1),
                ("2025-10-26T01:00", 2),
                (None, 1),
            ],
        ),
        (
            "Australia/Lord_Howe",
            "2025-01-01",
            "2025-12-31",
            [("2025-04-05T15:00", 11), ("2025-10-04T15:30", 10.5), (None, 11)],
        ),
        # It went to the other side of the date line.
        ("Pacific/Apia", "2011-12-01", "2012-01-31", [("2011-12-30T10:00", -10), (None, 14)]),
        ("Asia/Kathmandu", "2025-01-01", "2025-01-01", [(None, 5.75)]),
    ],
)
def test_a_period_falls_into_stretches_between_changes_of_the_clocks(
    zone: str, first: str, last: str, expected: list[tuple[str | None, float]]
) -> None:
    assert stretches(ZoneInfo(zone), ms(first), ms(last)) == [
        Stretch(ms(until) if until else None, round(hours * HOUR_MS)) for until, hours in expected
    ]


def test_a_change_is_found_wherever_a_period_begins_or_ends() -> None:
    zone, change_ms = ZoneInfo("Europe/Berlin"), ms("2025-03-30T01:00")
    for before in (1, 999, HOUR_MS, 5 * HOUR_MS, 100 * HOUR_MS):
        for after in (0, 1, HOUR_MS, 7 * HOUR_MS):
            found = stretches(zone, change_ms - before, change_ms + after)
            assert found == [Stretch(change_ms, HOUR_MS), Stretch(None, 2 * HOUR_MS)]
        assert stretches(zone, change_ms - before, change_ms - 1) == [Stretch(None, HOUR_MS)]


def test_an_offset_holds_until_the_millisecond_of_its_change() -> None:
    zone, change_ms = ZoneInfo("Europe/Berlin"), ms("2025-10-26T01:00")
    assert [offset_ms(zone, change_ms + step) for step in (-1, 0)] == [2 * HOUR_MS, HOUR_MS]


def test_a_local_midnight_has_its_date() -> None:
    assert date_of(ms("2024-02-29")) == "2024-02-29"
