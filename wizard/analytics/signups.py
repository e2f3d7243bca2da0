"""From click to signup: how long signups take after the first click, per deployment and in all."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select, text

from wizard.analytics.scope import marked, unindexed
from wizard.analytics.selection import Selection
from wizard.analytics.step_figures import rank_of
from wizard.events.log import DAY_MS
from wizard.storage.schema import SIGNED_UP, journeys

HOUR_MS = 3_600_000
BOUNDS_MS = (HOUR_MS, 6 * HOUR_MS, *(days * DAY_MS for days in (1, 2, 4, 7, 14, 30)))
"""Where the buckets of the histogram meet. A time that is a bound lies in the bucket that begins there."""


@dataclass(frozen=True, slots=True)
class ClickToSignup:
    """The signups at one deployment, or at all, by the time from the journey's first click to its first signup.

    `histogram` has a count for each bucket: below the first of BOUNDS_MS, between each two, and from the last on. These
    signups are `timed`; `median_ms` and `p90_ms` are theirs (nearest rank), None where there is none. Of the others,
    the log has no click of `without_click`, and a click after the signup of `before_click`.
    """

    histogram: tuple[int, ...]
    median_ms: int | None
    p90_ms: int | None
    without_click: int
    before_click: int

    @property
    def timed(self) -> int:
        """How many have a time."""
        return sum(self.histogram)

    @property
    def signups(self) -> int:
        """How many there are in all."""
        return self.timed + self.without_click + self.before_click


@dataclass(frozen=True, slots=True)
class Signups:
    """The signups of journeys that started: all of them, and by deployment, that with the most first.

    `prefilled` are signups of journeys that did not start, which are in none of these.
    """

    total: ClickToSignup
    by_deployment: Mapping[str, ClickToSignup]
    prefilled: int


def read_signups(connection: Connection, selection: Selection) -> Signups:
    """The signups of a selection's journeys that came in time to count. Raises SQLAlchemyError.

    They are found in an index of journeys with a signup, which are few.
    """
    times: defaultdict[str, list[int | None]] = defaultdict(list)
    prefilled = 0
    for deployment, clicked_ms, converted_ms, started in connection.execute(_of(selection)):
        if started:
            times[deployment].append(None if clicked_ms is None else converted_ms - clicked_ms)
        else:
            prefilled += 1
    found = {deployment: click_to_signup(each) for deployment, each in times.items()}
    order = sorted(found, key=lambda deployment: (-found[deployment].signups, deployment))
    total = click_to_signup(time for each in times.values() for time in each)
    return Signups(total, {deployment: found[deployment] for deployment in order}, prefilled)


def click_to_signup(times_ms: Iterable[int | None]) -> ClickToSignup:
    """The figures of signups with these times from click to signup; None is no click, below 0 is before the click."""
    every = list(times_ms)
    known = sorted(time for time in every if time is not None)
    timed = [time for time in known if time >= 0]
    buckets = Counter(bisect_right(BOUNDS_MS, time) for time in timed)
    return ClickToSignup(
        histogram=tuple(buckets[number] for number in range(len(BOUNDS_MS) + 1)),
        median_ms=_percentile(timed, 50),
        p90_ms=_percentile(timed, 90),
        without_click=len(every) - len(known),
        before_click=len(known) - len(timed),
    )


def _percentile(ordered: Sequence[int], percent: int) -> int | None:
    return ordered[rank_of(percent, len(ordered)) - 1] if ordered else None


def _of(selection: Selection) -> Select[Any]:
    own = journeys.c
    rest = unindexed([*selection.narrowing(), *selection.age.reached("converted")])
    return select(own.converted_deployment, own.clicked_ms, own.converted_ms, own.started).where(
        text(SIGNED_UP), *marked(journeys, selection.scope), *rest
    )
