"""How many of a period's signups have usually come in by now, from how long signups took before."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, text

from wizard.analytics.daily import Day
from wizard.analytics.date_range import Span
from wizard.analytics.selection import Selection
from wizard.analytics.stages import JOURNEYS
from wizard.events.log import DAY_MS
from wizard.events.periods import EPOCH, midnight_ms
from wizard.storage.schema import SIGNED_UP, journeys

COMPLETE_MS = 30 * DAY_MS
"""From this age on, a journey's signup is taken to have come in, if there is to be one."""

READ_MS = 180 * DAY_MS
"""How long a time journeys are read from: the one that ended COMPLETE_MS ago."""

LEAST_SIGNUPS = 50
"""With fewer signups than this, nothing is said: in one case of twenty a share would be wrong by over 14 points."""

MOST_SIGNUPS = 10_000
"""The newest of so many are read: more would not change a share by a point, and each costs time."""

MATURE = 0.95
"""From this share on, the signups of a day are as good as complete."""


class Lags:
    """The times from the beginning of journeys to their signups, in ms, each at least 0 and below COMPLETE_MS."""

    def __init__(self, lags_ms: Iterable[int]) -> None:
        self._ms = sorted(lags_ms)
        self._sums = [0, *accumulate(self._ms)]

    @property
    def signups(self) -> int:
        """How many signups there are."""
        return len(self._ms)

    @property
    def are_enough(self) -> bool:
        """Whether there are enough to say a share."""
        return self.signups >= LEAST_SIGNUPS

    def share_between(self, youngest_ms: int, oldest_ms: int) -> float:
        """The share of signups that have come in when journeys are so old: the mean over all ages between the two.

        `oldest_ms` must be above `youngest_ms`, and there must be a signup.
        """
        # A signup at the lag L has come in at all ages, if L is below them, or else at (oldest - L) of them.
        everywhere, somewhere = bisect_right(self._ms, youngest_ms), bisect_left(self._ms, oldest_ms)
        ages = (somewhere - everywhere) * oldest_ms - (self._sums[somewhere] - self._sums[everywhere])
        return (everywhere + ages / (oldest_ms - youngest_ms)) / self.signups


@dataclass(frozen=True, slots=True)
class DayShare:
    """How much of a day's signups has usually come in by now, from 0 to 1.

    None where there are too few signups to know it, and where the day is yet to come.
    """

    date: str
    share: float | None
    has_begun: bool = True

    @property
    def is_immature(self) -> bool:
        """Whether more than a few signups are usually still to come."""
        return self.share is not None and self.share < MATURE


@dataclass(frozen=True, slots=True)
class Completeness:
    """The share of each day of a span, and of the whole span (None where it isn't known).

    `is_known` is false if shares of recent days would be needed, and there are too few signups to know them.
    """

    days: tuple[DayShare, ...]
    share: float | None
    is_known: bool

    @property
    def is_mature(self) -> bool:
        """Whether few signups of the span are still to come."""
        return self.is_known and (self.share is None or self.share >= MATURE)

    @property
    def immature(self) -> frozenset[str]:
        """The dates of the days of which more than a few signups are usually still to come."""
        return frozenset(day.date for day in self.days if day.is_immature)


def read_lags(connection: Connection, now_ms: int) -> Lags:
    """How long signups took in the log, of journeys that aren't suspect. Raises SQLAlchemyError.

    Of those that began in the READ_MS until COMPLETE_MS ago, and signed up within COMPLETE_MS: all that they could do
    in that time is in the log.
    """
    own, until_ms = journeys.c, now_ms - COMPLETE_MS
    lag_ms = own.converted_ms - own.began_ms
    began = own.began_ms >= until_ms - READ_MS, own.began_ms < until_ms
    found = select(lag_ms).where(text(SIGNED_UP), own.suspect == "", *began, lag_ms < COMPLETE_MS)
    return Lags(connection.execute(found.order_by(own.began_ms.desc()).limit(MOST_SIGNUPS)).scalars())


def read_completeness(
    connection: Connection, selection: Selection, days: Sequence[Day], zone: ZoneInfo, now_ms: int
) -> Completeness:
    """How complete the signups of `days`, which are those of the selection's span, are at `now_ms`.

    With a window all are: journeys count once they are older than that. Raises SQLAlchemyError.
    """
    if selection.window_days is not None:
        return Completeness(tuple(DayShare(day.date, 1.0) for day in days), 1.0, is_known=True)
    return completeness_of(read_lags(connection, now_ms), days, selection.span, zone, now_ms)


def completeness_of(lags: Lags, days: Sequence[Day], span: Span, zone: ZoneInfo, now_ms: int) -> Completeness:
    """The same, from how long signups took.

    The span's share is the mean of its days', weighed by the journeys that clicked, or if there is none, by all.
    """
    long_ago = str((EPOCH + timedelta(milliseconds=now_ms - COMPLETE_MS - 2 * DAY_MS)).date())
    shares = []
    for day in days:
        if day.date < long_ago:  # in any time zone
            shares.append(DayShare(day.date, 1.0))
            continue
        since_ms, until_ms = _ends(date.fromisoformat(day.date), span, zone, now_ms)
        has_begun = since_ms < until_ms
        share = _share(lags, now_ms - until_ms, now_ms - since_ms) if has_begun else None
        shares.append(DayShare(day.date, share, has_begun))
    is_known = not any(each.has_begun and each.share is None for each in shares)
    return Completeness(tuple(shares), _mean(shares, days) if is_known else None, is_known)


def _ends(day: date, span: Span, zone: ZoneInfo, now_ms: int) -> tuple[int, int]:
    """From when until when the journeys of a day began that are in the span, in ms; without the future."""
    since_ms, until_ms = midnight_ms(day, zone), midnight_ms(day + timedelta(days=1), zone)
    return max(since_ms, span.period.since_ms or 0), min(until_ms, span.period.until_ms or until_ms, now_ms)


def _share(lags: Lags, youngest_ms: int, oldest_ms: int) -> float | None:
    if youngest_ms >= COMPLETE_MS:
        return 1.0
    return lags.share_between(youngest_ms, oldest_ms) if lags.are_enough else None


def _mean(shares: Sequence[DayShare], days: Sequence[Day]) -> float | None:
    """The mean share of the days that have one, weighed by their journeys; None where there are none."""
    known = [(each.share, day.counts) for each, day in zip(shares, days, strict=True) if each.share is not None]
    for key in ("clicked", JOURNEYS):
        if total := sum(counts[key] for _, counts in known):
            return sum(share * counts[key] for share, counts in known) / total
    return None
