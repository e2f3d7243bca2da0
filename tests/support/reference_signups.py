"""A reference implementation of the figures of signups: computed from raw events, signup by signup.

It is written from docs/reports.md, and shares no code with the queries under test.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from reference_overview import ReferenceJourney

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
BUCKETS_H = (1, 6, 24, 48, 96, 168, 336, 720)

Figures = tuple[tuple[int, ...], int | None, int | None, int, int]
"""Counts of the buckets, median, 90th percentile, signups without a click, signups before the click."""


def signed_up_ms(journey: ReferenceJourney) -> int | None:
    """When the journey first signed up."""
    return min((int(event["ts_ms"]) for event in journey.of("conversion")), default=None)


def reference_signups(journeys: Iterable[ReferenceJourney]) -> dict[str, Figures]:
    """The figures of each deployment, and those of all under an empty text, of journeys that started and signed up."""
    times: dict[str, list[int | None]] = defaultdict(list)
    for journey in journeys:
        signed_up = signed_up_ms(journey)
        if signed_up is None or not journey.flags["started"]:
            continue
        clicked_ms = min((int(event["ts_ms"]) for event in journey.of("cta_click")), default=None)
        for name in ("", journey.of("conversion")[-1]["deployment"]):
            times[name].append(None if clicked_ms is None else signed_up - clicked_ms)
    return {name: _figures(found) for name, found in times.items()}


def _figures(times: Sequence[int | None]) -> Figures:
    timed = sorted(time for time in times if time is not None and time >= 0)
    ends = (*(hours * HOUR_MS for hours in BUCKETS_H), 10**15)
    counts = [0] * len(ends)
    for time in timed:
        counts[next(number for number, end in enumerate(ends) if time < end)] += 1
    at = [timed[ceil(len(timed) * percent / 100) - 1] if timed else None for percent in (50, 90)]
    return tuple(counts), at[0], at[1], times.count(None), len(times) - times.count(None) - len(timed)


def reference_lags(journeys: Iterable[ReferenceJourney], now_ms: int) -> list[int]:
    """The times from beginning to signup of journeys that are 30 to 210 days old and not suspect, up to 30 days."""
    found = []
    for journey in journeys:
        age_ms, signed_up = now_ms - journey.began_ms, signed_up_ms(journey)
        if signed_up is None or journey.suspect or not 30 * DAY_MS < age_ms <= 210 * DAY_MS:
            continue
        if signed_up - journey.began_ms < 30 * DAY_MS:
            found.append(signed_up - journey.began_ms)
    return found


def reference_share(lags: Sequence[int], day: str, zone: ZoneInfo, now_ms: int) -> float:
    """The mean share of signups that have come in of journeys that began in the minutes of a day until now."""
    midnight = datetime.fromisoformat(day).replace(tzinfo=zone)
    begins, ends = (round(at.timestamp() * 1000) for at in (midnight, midnight + timedelta(days=1)))
    shares, ordered = [], sorted(lags)
    for minute_ms in range(begins, min(ends, now_ms), 60_000):
        age_ms = now_ms - (minute_ms + 30_000)
        shares.append(1.0 if age_ms >= 30 * DAY_MS else bisect_right(ordered, age_ms) / len(lags))
    return sum(shares) / len(shares)
