"""Days that end at midnight somewhere: how far that place's clocks are from UTC, at any time of a period."""

from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from wizard.events.log import DAY_MS
from wizard.events.periods import EPOCH

LOOK_EVERY_MS = DAY_MS // 4


class Stretch(NamedTuple):
    """Until before `until_ms` (None: from then on), clocks are `offset_ms` ahead of UTC."""

    until_ms: int | None
    offset_ms: int


def stretches(zone: ZoneInfo, first_ms: int, last_ms: int) -> list[Stretch]:
    """The offsets of `zone` from `first_ms` to `last_ms`, both included, in order; at least one.

    A zone's rules can only be asked for one moment at a time: it is asked four times a day, and the second in which
    clocks were changed is then searched for.
    """
    found = []
    for at_ms in range(first_ms, last_ms, LOOK_EVERY_MS):
        next_ms = min(at_ms + LOOK_EVERY_MS, last_ms)
        if offset_ms(zone, at_ms) != offset_ms(zone, next_ms):
            found.append(Stretch(_change(zone, at_ms, next_ms), offset_ms(zone, at_ms)))
    return [*found, Stretch(None, offset_ms(zone, last_ms))]


def offset_ms(zone: ZoneInfo, at_ms: int) -> int:
    """How far the clocks of `zone` are ahead of UTC at `at_ms`."""
    at = EPOCH + timedelta(milliseconds=at_ms)
    return round((at.astimezone(zone).utcoffset() or timedelta()).total_seconds() * 1000)


def _change(zone: ZoneInfo, before_ms: int, after_ms: int) -> int:
    """The first millisecond at which the offset is no longer that of `before_ms`."""
    old = offset_ms(zone, before_ms)
    while after_ms - before_ms > 1:
        middle_ms = (before_ms + after_ms) // 2
        if offset_ms(zone, middle_ms) == old:
            before_ms = middle_ms
        else:
            after_ms = middle_ms
    return after_ms


def date_of(local_ms: int) -> str:
    """The date of a local time in milliseconds, such as 2026-01-31."""
    return (EPOCH + timedelta(milliseconds=local_ms)).date().isoformat()
