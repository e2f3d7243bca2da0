"""What the journeys of an embed page say about it: what is usual there, and whether it seems broken. It does no I/O."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal, get_args

from wizard.analytics.rates import Rate
from wizard.events.log import DAY_MS

State = Literal["broken", "not_starting", "new", "fewer", "usual"]
"""What is said of a page, the most urgent first."""

STATES: tuple[State, ...] = get_args(State)

SLOT_MS = 30 * 60_000
DAY = DAY_MS // SLOT_MS
WEEK = 7 * DAY
WEEKS = 4
DAYS = 7 * WEEKS

LONGEST_SILENCE = 2 * DAY
"""Of a longer silence, its last two days are compared, so that a page with three journeys a week is never broken."""

LEAST_EXPECTED = 10
"""A page is broken if it is silent where at least so many journeys are usual: by chance once in 22,000 times (Poisson).

At 7, which is once in a thousand, a page with 100 journeys a day would seem broken for a while on one day in ten, since
each of its pauses is a chance.
"""

DEVIATIONS = 3
"""A page has fewer than usual if the two counts differ by more than so many standard deviations of their difference."""


@dataclass(slots=True)
class History:
    """The journeys of a page in the last 28 days and today. It is empty until something is added.

    `viewed` and `started` count them by slots: half hours back from now, from 0 for the one that ends now. `by_now`
    counts those of each day, by days back from today, up to the time of day that it is now, `of_day_ms`.
    """

    of_day_ms: int
    viewed: Counter[int] = field(default_factory=Counter)
    started: Counter[int] = field(default_factory=Counter)
    by_now: Counter[int] = field(default_factory=Counter)
    first_day: int = 0
    last_day: int = DAYS

    def add(self, day: int, slot: int, viewed: int, started: int) -> None:
        """Add the journeys of a half hour `slot`, as far as it lies in the day that is `day` days back.

        A negative slot is one that clocks, set back since, show a second time: it counts as the last.
        """
        slot = max(slot, 0)
        self.viewed[slot] += viewed
        if started:
            self.started[slot] += started
        if slot >= day * DAY:
            self.by_now[day] += viewed
        self.first_day, self.last_day = max(self.first_day, day), min(self.last_day, day)

    def viewed_in(self, first: int, until: int) -> int:
        """How many were viewed in the slots from `first` until before `until`."""
        return _total(self.viewed, first, until)

    def starts(self, first: int, until: int) -> Rate:
        """How many of those started."""
        return Rate(_total(self.started, first, until), _total(self.viewed, first, until))

    def usual(self) -> list[int]:
        """The journeys up to this time of day on the same weekday of each week before in which the page was there."""
        days = [7 * week for week in range(1, WEEKS + 1)]
        return [self.by_now[day] for day in days if self._is_present(day)]

    def silence(self) -> list[int]:
        """The journeys of each week before in the same half hours as those up to now that have none, at most two days.

        Only of the weeks in which the page was there all that time.
        """
        last = min(self.viewed)
        length = min(last, LONGEST_SILENCE)
        days = max(0, math.ceil((length * SLOT_MS - self.of_day_ms) / DAY_MS))
        found = []
        for week in range(1, WEEKS + 1):
            end = week * WEEK
            if end >= last and self._is_present(7 * week) and self._is_present(7 * week + days):
                found.append(self.viewed_in(end, end + length))
        return found

    def unanswered(self) -> tuple[int, float]:
        """How many journeys there were since the last that started, and the probability that none of them starts.

        Those of the last half hour are left out, since they may still start. The share that starts is that of the
        journeys until then, as low as its interval allows; without one, the probability is 1.
        """
        last_start = min(self.started, default=max(self.viewed) + 1)
        count = self.viewed_in(1, last_start)
        interval = self.starts(last_start, max(self.viewed) + 1).interval
        return count, (1 - interval[0]) ** count if interval else 1.0

    def state(self) -> State:
        """What is said of the page."""
        silence, usual = self.silence(), self.usual()
        if silence and min(silence) > 0 and median(silence) >= LEAST_EXPECTED:
            return "broken"
        if self.unanswered()[1] <= math.exp(-LEAST_EXPECTED):
            return "not_starting"
        if max(self.viewed) < WEEK:
            return "new"
        return "fewer" if usual and is_far_below(self.by_now[0], usual) else "usual"

    def _is_present(self, day: int) -> bool:
        """Whether the page was there all day: after the day on which it was first seen, until it was last seen.

        A page that was seen on the first of the days was there before.
        """
        return self.last_day <= day < self.first_day or day == self.first_day == DAYS


def is_far_below(today: int, usual: Sequence[int]) -> bool:
    """Whether today's count is at most half the median of `usual`, below each of them, and so beyond chance.

    Two Poisson counts are compared; the median of several deviates less than one, so that this rather says too little.
    """
    middle = median(usual)
    is_chance = middle - today <= DEVIATIONS * math.sqrt(middle + today)
    return today < min(usual) and 2 * today <= middle and not is_chance


def _total(counts: Counter[int], first: int, until: int) -> int:
    return sum(count for slot, count in counts.items() if first <= slot < until)
