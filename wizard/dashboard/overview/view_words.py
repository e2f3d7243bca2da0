"""Changes in words, and which of them are within normal variation."""

import math
from dataclasses import dataclass
from typing import Literal

from wizard.analytics.changes import FEW
from wizard.dashboard.labels import SECOND_MS, TENTHS_UNTIL_MS, duration

Z_TOTAL = 1.96
Z_ROW = 3.0
"""How far the few visitors now must be from the many before, so that it is a collapse and not a small number."""

SLOWER = 0.05
"""A median time is not judged by its spread, which the log does not have; less of a change than this is none."""

MINUS = "\N{MINUS SIGN}"
Tone = Literal["up", "down", "flat", "few"]


def signed(count: int) -> str:
    """A change: +1,234, \N{MINUS SIGN}56, or 0."""
    return f"{count:+,}".replace("-", MINUS) if count else "0"


def signed_percent(share: float) -> str:
    """A relative change, to a tenth below ten percent: +4.2%, \N{MINUS SIGN}35%."""
    percent = 100 * share
    digits = 1 if abs(percent) < 9.95 else 0  # noqa: PLR2004  # what would be rounded to 10.0
    text = f"{percent:+,.{digits}f}".replace("-", MINUS)
    return "0%" if text.strip(f"+{MINUS}0.") == "" else f"{text}%"


def whole_percent(share: float) -> str:
    """A share of a change, which may be against it, in whole percent; nothing is neither more nor less."""
    percent = round(100 * share)
    return f"{percent:,}%".replace("-", MINUS)


def is_noise(now: int, before: int, z: float = Z_TOTAL) -> bool:
    """Whether two counts differ no more than chance has counts differ.

    Each is taken as a Poisson count, whose variance is the count itself: the difference of two of them has the
    variance of their sum, and lies within `z` deviations.
    """
    return abs(now - before) <= z * math.sqrt(now + before)


@dataclass(frozen=True, slots=True)
class Change:
    """The change of a figure: `text` is visible, `words` are for screen readers. `is_good` is None for neither."""

    tone: Tone
    text: str
    words: str
    is_good: bool | None = None


def change_of(now: int, before: int, visitors: tuple[int, int], than: str) -> Change:
    """The change of a count of `visitors` (now and before) since the period that is called `than`."""
    if are_few(*visitors):
        return few(visitors, than)
    by = now - before
    text = f"{signed(by)} ({signed_percent(by / before)})" if before else signed(by)
    if is_noise(now, before):
        return Change("flat", text, f"{text}, within normal variation of {than}")
    more = "more" if by > 0 else "fewer"
    return Change("up" if by > 0 else "down", text, f"{abs(by):,} {more} than in {than}, {text}", by > 0)


def change_of_time(now_ms: int | None, before_ms: int | None, finished: tuple[int, int], than: str) -> Change:
    """The same of a median time: a fall is good."""
    if min(finished) < FEW or now_ms is None or not before_ms:
        return few(finished, than)
    by = now_ms - before_ms
    text = f"{_signed_time(by, max(now_ms, before_ms))} ({signed_percent(by / before_ms)})" if by else "0"
    if abs(by) < SLOWER * before_ms:
        return Change("flat", text, f"{text}, within normal variation of {than}")
    slower = "slower" if by > 0 else "quicker"
    return Change("up" if by > 0 else "down", text, f"{slower} than in {than}, {text}", by < 0)


def are_few(now: int, before: int) -> bool:
    """Whether so many visitors, now and before, are too few to compare.

    Where hardly anybody is left of many, that is no small number to be careful with: it is the news.
    """
    return before < FEW or (now < FEW and is_noise(now, before, Z_ROW))


def few(visitors: tuple[int, int], than: str) -> Change:
    """That there are too few visitors for a comparison, now or before."""
    if visitors[0] < FEW:
        return Change("few", "few visitors", f"few visitors: not compared with {than}")
    return Change("few", "few before", f"too few visitors in {than} to compare with")


def _signed_time(by_ms: int, longest_ms: int) -> str:
    """A change of a time, in the unit in which the longer of the two is read: +0.5 s rather than +508 ms."""
    is_in_tenths = SECOND_MS <= longest_ms < TENTHS_UNTIL_MS
    size = f"{abs(by_ms) / SECOND_MS:.1f} s" if is_in_tenths else duration(abs(by_ms))
    return f"{'+' if by_ms > 0 else MINUS}{size}"
