"""The dashboard's overview, asked of DuckDB over a Parquet export of the raw events.

It folds the events of each journey and of each of its steps once, keeps that in memory, and asks all else of it: faster
than asking the events anew for each figure. It knows nothing of the log's own folded tables.
"""

# For scripts; its queries are put together from its own texts.
# ruff: noqa: INP001, S608

from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb
import overview_queries as queries

from wizard.analytics.completeness import COMPLETE_MS, READ_MS
from wizard.events.periods import Period, iso


class OverviewWarehouse:
    """A Parquet file of events, in a DuckDB that uses all of this machine's cores."""

    def __init__(self, parquet: Path, zone: str) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute(f"CREATE VIEW events AS SELECT * FROM read_parquet('{parquet}')")
        self._zone = zone

    def overview(self, period: Period, before: Period, as_of_ms: int, days: Period, now_ms: int) -> dict[str, Any]:
        """Every figure of `period` and of the one `before`, which is counted as of `as_of_ms`.

        Events are counted over whole `days`, UTC; visits under way are those at `now_ms`.
        """
        since, until, first = (iso(ms or 0) for ms in (period.since_ms, period.until_ms, before.since_ms))
        as_of = iso(as_of_ms)
        self._rows(queries.TOLD.format(first=first, until=until, suspect=queries.SUSPECT_OF))
        self._rows(queries.NOW.format(since=since))
        self._rows(queries.EARLIER.format(before_until=iso(before.until_ms or 0), as_of=as_of))
        self._rows(queries.STEP.format(since=since))
        whole = {"since": iso(days.since_ms or 0), "until": iso(days.until_ms or 0)}
        figures = [_figures(*self._rows(queries.FIGURES.format(period=name))) for name in ("now", "earlier")]
        return {
            "now": figures[0],
            "before": figures[1],
            **self._steps(),
            "steps before": _by_step(self._rows(queries.STEPS_BEFORE.format(as_of=as_of))),
            "changed": {tuple(change): count for *change, count in self._rows(queries.CHANGED)},
            "edges": {tuple(edge): count for *edge, count in self._rows(queries.EDGES)},
            "outcomes": _outcomes(self._rows(queries.OUTCOMES)),
            "declined": dict(self._rows(queries.DECLINED)),
            **self._trend(is_a_day=(period.until_ms or 0) - (period.since_ms or 0) <= 25 * 3_600_000),
            "rankings": (rankings := self._rankings()),
            "options": self._options(rankings),
            "lags": tuple(
                sorted(ms for (ms,) in self._rows(queries.LAGS.format(period=p))) for p in ("now", "earlier")
            ),
            "signups": [ms for (ms,) in self._rows(queries.SIGNUPS.format(**_signups_read(now_ms)))],
            "quick": self._quick(figures[0][-1], figures[1][-1]),
            "suspect": dict(self._rows(queries.SUSPECT.format(since=since))),
            "versions": {tuple(version): at_ms for *version, at_ms in self._rows(queries.VERSIONS)},
            "under way": {tuple(at): count for *at, count in self._rows(queries.UNDER_WAY.format(now=iso(now_ms)))},
            "present": dict(self._rows(queries.PRESENT.format(**whole))),
        }

    def groups(self, step: str) -> dict[tuple[str, str], list[tuple[int, int]]]:
        """Who dropped off at a step of all visitors, now and before, by dimension and value; after `overview`."""
        found: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(lambda: [(0, 0), (0, 0)])
        for is_now, name, value, (left, reached) in self._sets(queries.GROUPS.format(step=step)):
            found[name, value][1 - is_now] = (int(left), int(reached))
        return dict(found)

    def _steps(self) -> dict[str, Any]:
        steps, answers = [], defaultdict(dict)
        for step, answer, *counts in self._rows(queries.STEPS):
            if answer is None:
                steps.append((step, *counts))
            else:
                answers[step][answer] = int(counts[0])
        return {"steps": _by_step(steps), "answers": dict(answers)}

    def _trend(self, *, is_a_day: bool) -> dict[str, Any]:
        """The days of both periods, and the hours of those that are a day."""
        found: dict[str, Any] = {}
        for what, query in (("days", queries.DAYS), ("hours", queries.HOURS)):
            for suffix, period in (("", "now"), (" before", "earlier")):
                rows = self._rows(query.format(zone=self._zone, period=period)) if what == "days" or is_a_day else []
                found[what + suffix] = {at: tuple(map(int, counts)) for at, *counts in rows}
        return found

    def _rankings(self) -> dict[str, Any]:
        found: dict[str, Any] = {name: defaultdict(lambda: [(0,) * 6, (0,) * 6]) for name in queries.RANKED}
        for is_now, name, value, counts in self._sets(queries.RANKINGS):
            found[name][value][1 - is_now] = tuple(map(int, counts))
        return {name: {value: tuple(both) for value, both in groups.items()} for name, groups in found.items()}

    def _sets(self, query: str) -> Any:
        """The rows of grouping sets: of which period, dimension and value each is, and its counts."""
        width = len(queries.RANKED)
        for is_now, *row in self._rows(query):
            place = row[width : 2 * width].index(0)
            yield is_now, queries.RANKED[place], row[place], row[2 * width :]

    def _options(self, rankings: dict[str, Any]) -> dict[str, Any]:
        """The values of each dimension now: without filters, those of the rankings are known."""
        found = {
            name: {value: now[0] for value, (now, _) in rankings[name].items() if now[0]} for name in queries.RANKED
        }
        return found | {
            name: dict(self._rows(f"SELECT {name}, count(*) FROM now GROUP BY {name}")) for name in queries.OTHERS
        }

    def _quick(self, median_ms: int | None, before_ms: int | None) -> tuple[int, ...]:
        """How many took at most the time between both medians, now and before."""
        if median_ms is None or before_ms is None:
            return ()
        limit_ms = (median_ms + before_ms) // 2
        return tuple(self._rows(queries.QUICK.format(period=p, limit_ms=limit_ms))[0][0] for p in ("now", "earlier"))

    def _rows(self, query: str) -> list[Any]:
        return self._connection.execute(query).fetchall()


def _signups_read(now_ms: int) -> dict[str, str]:
    """When the journeys began of which it is read how long signups took."""
    until_ms = now_ms - COMPLETE_MS
    return {"since": iso(until_ms - READ_MS), "until": iso(until_ms)}


def _by_step(rows: Any) -> dict[str, tuple[Any, ...]]:
    return {step: (*map(int, counts), *(times or (None, None))) for step, *counts, times in rows}


def _figures(row: Any) -> tuple[Any, ...]:
    *counts, value, median_ms = row
    return (*(int(count or 0) for count in counts), round(value, 2), median_ms)


def _outcomes(rows: list[Any]) -> dict[tuple[str, str], tuple[int, ...]]:
    """By persona and recommended: finished, followed, alternative, left, converted."""
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 5)
    for persona, recommended, position, count, converted in rows:
        counts = found[persona, recommended]
        counts[0] += count
        counts[{"recommended": 1, "alternative": 2}.get(position, 3)] += count
        counts[4] += converted
    return {key: tuple(map(int, counts)) for key, counts in found.items()}
