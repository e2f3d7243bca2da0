"""Finds releases in the log: when a version of the questionnaire or of the wording was first seen.

The texts of all languages have one version together, so a new one is one release, whichever language is seen first.

Versions are those of journeys that are not suspect, demo visits included, as in the figures. Each version is looked up
in an index from one to the next, so that it takes as long for ten million events as for a thousand.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    case,
    func,
    literal,
    select,
    true,
    union_all,
)

from wizard.events.log import DAY_MS
from wizard.events.periods import Period
from wizard.events.rows import within
from wizard.storage.by_store import by_store
from wizard.storage.schema import journeys

ABSENT_MS = DAY_MS
"""A version that returns is a release again if it was not seen for so long, while another one was."""

MOST_DAYS = 120
"""Returns are looked for in periods of up to so many days; in longer ones, only first times are."""

VERSION = ("flow_version", "locale", "wording_version")
Kind = Literal["version", "wording"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What was released, by the key of its dimension: the questionnaire, or the wording."""


@dataclass(frozen=True, slots=True)
class Release:
    """A version that journeys have from `at_ms` on, and the one before it. `returns` says that it was used earlier."""

    kind: Kind
    version: str
    before: str
    at_ms: int
    returns: bool = False


class Run(NamedTuple):
    """A time during which a version was seen at least once in each ABSENT_MS: its first journey and its last.

    `absent_since_ms` is when it had been seen before; None for its first run.
    """

    version: str
    first_ms: int
    last_ms: int
    absent_since_ms: int | None = None

    @property
    def returns(self) -> bool:
        """Whether the version had been used earlier."""
        return self.absent_since_ms is not None


class _Seen(NamedTuple):
    """A time at which a journey with these versions began."""

    flow_version: str
    locale: str
    wording_version: str
    at_ms: int


def read_releases(connection: Connection, period: Period) -> tuple[Release, ...]:
    """The releases of `period`, in the order of time.

    What was seen within a day of the log's first journey is no release: nothing tells how long it had been used.
    """
    since_ms, until_ms = period.since_ms or 0, period.until_ms or 0
    first = by_store(connection, rows=first_seen, columns=_first_grouped)
    firsts = [_Seen(*row) for row in connection.execute(first)]
    if len(firsts) <= 1:
        return ()
    can_return = until_ms - since_ms <= MOST_DAYS * DAY_MS
    in_period = by_store(connection, rows=lambda: seen_in(period), columns=lambda: _seen_grouped(period))
    seen = [*firsts, *(_Seen(*row) for row in connection.execute(in_period))] if can_return else firsts
    since_ms = max(since_ms, min(each.at_ms for each in firsts) + ABSENT_MS)
    found = []
    for kind in KINDS:
        times: dict[str, list[int]] = defaultdict(list)
        for each in seen:
            times[each.flow_version if kind == "version" else each.wording_version].append(each.at_ms)
        runs = [run for version, own in times.items() for run in _runs(version, own if can_return else [min(own)])]
        found += [
            Release(kind, run.version, before, run.first_ms, run.returns)
            for run in runs
            if since_ms <= run.first_ms < until_ms and (before := _before(run, runs)) is not None
        ]
    return tuple(sorted(found, key=lambda each: (each.at_ms, each.kind, each.version)))


def _runs(version: str, times: Iterable[int]) -> list[Run]:
    """The runs of a version, in order, from times at which it was seen."""
    first, *later = sorted(times)
    runs = [Run(version, first, first)]
    for at_ms in later:
        if at_ms - runs[-1].last_ms > ABSENT_MS:
            runs.append(Run(version, at_ms, at_ms, runs[-1].last_ms))
        else:
            runs[-1] = runs[-1]._replace(last_ms=at_ms)
    return runs


def _before(run: Run, runs: Iterable[Run]) -> str | None:
    """The version that was seen last before `run`, and since its own version was; None if there was no other."""
    others = [
        (min(other.last_ms, run.first_ms), other.first_ms, other.version)
        for other in runs
        if other.version != run.version and other.first_ms < run.first_ms and other.last_ms > (run.absent_since_ms or 0)
    ]
    return max(others)[2] if others else None


def first_seen() -> Select[Any]:
    """Each version of questionnaire, language and wording, with the time of its first journey."""
    version = _versions()
    names = [version.c[name] for name in VERSION]
    first = _time(func.min, version, true()).label("at_ms")
    return select(*names, first).where(version.c[VERSION[-1]].is_not(None))


def _first_grouped() -> Select[Any]:
    """The same as `first_seen`, for a column store."""
    return _of_versions(func.min(journeys.c.began_ms))


def _seen_grouped(period: Period) -> CompoundSelect[Any]:
    """The same as `seen_in`, for a column store: the first and the last time of each day, and the last one before."""
    began_ms = journeys.c.began_ms
    in_period = within(began_ms, period.since_ms, period.until_ms)
    day = func.intDiv(began_ms, ABSENT_MS)
    ends = (_of_versions(end(began_ms)).where(*in_period).group_by(day) for end in (func.min, func.max))
    return union_all(_of_versions(func.max(began_ms)).where(began_ms < (period.since_ms or 0)), *ends)


def _of_versions(at_ms: ColumnElement[int]) -> Select[Any]:
    names = [journeys.c[name] for name in VERSION]
    return select(*names, at_ms.label("at_ms")).where(journeys.c.suspect == "").group_by(*names)


def _versions() -> CTE:
    """Each version of questionnaire, language and wording, looked up from one value to the next. Some are NULL."""
    flow_version = _values("flow_version", (), None)
    locale = _values("locale", ("flow_version",), flow_version)
    return _values("wording_version", ("flow_version", "locale"), locale)


def _values(name: str, known: Sequence[str], outer: CTE | None) -> CTE:
    """The values that `name` has together with each row of `outer`, whose columns are `known`; after the last, NULL."""
    if outer is None:
        first = select(_next_value(name, {}))
    else:
        own = {each: outer.c[each] for each in known}
        first = select(*own.values(), _next_value(name, own)).where(own[known[-1]].is_not(None))
    value = first.cte(f"every_{name}", recursive=True)
    own = {each: value.c[each] for each in known}
    following = _next_value(name, own, after=value.c[name])
    return value.union_all(select(*own.values(), following).where(value.c[name].is_not(None)))


def _next_value(
    name: str, known: Mapping[str, ColumnElement[str]], *, after: ColumnElement[str] | None = None
) -> ColumnElement[str]:
    """The first value of `name`, in the order of the alphabet, that comes `after` another."""
    beyond = [] if after is None else [journeys.c[name] > after]
    alike = [journeys.c[each] == value for each, value in known.items()]
    found = select(func.min(journeys.c[name])).where(journeys.c.suspect == "", *alike, *beyond)
    return found.scalar_subquery().label(name)


def seen_in(period: Period) -> Select[Any]:
    """Times of `period` at which journeys of each version began: enough of them to tell when it was absent for a day.

    They begin with the last time before the period. From each time at which a version is seen, the last one within a
    day is looked up, and from that the next.
    """
    since_ms, until_ms = period.since_ms or 0, period.until_ms or 0
    version = _versions()
    last_before = _time(func.max, version, journeys.c.began_ms < since_ms)
    next_after = _time(func.min, version, journeys.c.began_ms >= since_ms)
    names = [version.c[name] for name in VERSION]
    seen = select(*names, func.coalesce(last_before, next_after).label("at_ms"), literal(1).label("is_first"))
    walk = seen.where(version.c[VERSION[-1]].is_not(None)).cte("walk", recursive=True)
    of = walk.c
    within_a_day = and_(journeys.c.began_ms >= of.at_ms, journeys.c.began_ms <= of.at_ms + ABSENT_MS)
    last = _time(func.max, walk, within_a_day)
    following = _time(func.min, walk, journeys.c.began_ms > of.at_ms)
    next_at = case((of.is_first == 1, last), else_=following)
    walk = walk.union_all(select(*(of[name] for name in VERSION), next_at, 1 - of.is_first).where(of.at_ms < until_ms))
    of = walk.c
    return select(*(of[name] for name in VERSION), of.at_ms).where(of.at_ms < until_ms)


def _time(end: Any, of: CTE, at: ColumnElement[bool]) -> ColumnElement[int]:
    """The first or the last time at which a journey of the version in `of` began, of those `at` which it may have."""
    alike = [journeys.c[name] == of.c[name] for name in VERSION]
    found = select(end(journeys.c.began_ms)).where(journeys.c.suspect == "", *alike, at)
    one: ColumnElement[int] = found.scalar_subquery()
    return one
