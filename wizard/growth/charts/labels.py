"""Keeps labels from lying on each other, and chooses few enough dates."""

from collections.abc import Sequence
from datetime import date
from itertools import accumulate

from wizard.growth.charts.buckets import Bucket, unit_of

MOST_WIDE = 8
MOST_NARROW = {"day": 3, "week": 2, "month": 2}
DAY_STEPS = (1, 2, 3, 7, 14, 28)
MONTH_STEPS = (1, 2, 3, 6, 12, 24)


def apart(wanted: Sequence[float], distances: Sequence[float], lowest: float, highest: float) -> list[float]:
    """Places as near to those `wanted` as can be, each at least its distance from the next; the order is kept.

    `distances` are one fewer. All places lie from `lowest` to `highest`; where there is not that much room, they are
    nearer together. It is isotonic regression by pooling neighbours that are out of order (M. Ayer and others, "An
    empirical distribution function for sampling with incomplete information", 1955).
    """
    needed = sum(distances)
    scale = min(1.0, (highest - lowest) / needed) if needed else 1.0
    before = [0.0, *accumulate(distance * scale for distance in distances)]
    pools: list[tuple[float, int]] = []
    for place, offset in zip(wanted, before, strict=True):
        pools.append((place - offset, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, some), (other, more) = pools.pop(-2), pools.pop()
            pools.append(((one * some + other * more) / (some + more), some + more))
    level = [min(max(mean, lowest), highest - before[-1]) for mean, members in pools for _ in range(members)]
    return [mean + offset for mean, offset in zip(level, before, strict=True)]


def date_ticks(buckets: Sequence[Bucket], days: int) -> list[tuple[int, str, bool]]:
    """Which buckets are named below the axis: their places, their names, and whether there is room on a phone too."""
    unit = unit_of(days)
    places = _day_places(len(buckets)) if unit == "day" else _month_places(buckets)
    every = -(-len(places) // MOST_NARROW[unit])
    last = len(places) - 1
    return [(place, _name(buckets[place], unit), (last - number) % every == 0) for number, place in enumerate(places)]


def _day_places(count: int) -> list[int]:
    """Back from the last day, so that it is named."""
    step = next(step for step in DAY_STEPS if -(-count // step) <= MOST_WIDE)
    return list(range((count - 1) % step, count, step))


def _month_places(buckets: Sequence[Bucket]) -> list[int]:
    """Where a month begins, every so many months from January on."""
    for step in MONTH_STEPS:
        places = [place for place, bucket in enumerate(buckets) if _begins(bucket, step)]
        if len(places) <= MOST_WIDE:
            return places
    return places[:: -(-len(places) // MOST_WIDE)]


def _begins(bucket: Bucket, step: int) -> bool:
    begun = _month_begun_in(bucket)
    return begun is not None and (12 * begun.year + begun.month - 1) % step == 0


def _month_begun_in(bucket: Bucket) -> date | None:
    if bucket.first.day == 1:
        return bucket.first
    begun = bucket.last.replace(day=1)
    return begun if begun > bucket.first else None


def _name(bucket: Bucket, unit: str) -> str:
    if unit == "day":
        return f"{bucket.last.day} {bucket.last:%b}"
    begun = _month_begun_in(bucket) or bucket.first
    return f"{begun:%b %Y}"
