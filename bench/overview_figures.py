"""The overview's figures in the form in which DuckDB has them, and whether they are the same."""

# For scripts.
# ruff: noqa: INP001

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from overview_warehouse import OverviewWarehouse

from wizard.analytics.causes import Cause, Row, cause_of_rate
from wizard.analytics.changes import FEW, STEP, Tested, count_change, lag_change, most_notable, rate_change
from wizard.analytics.completeness import Lags, completeness_of
from wizard.analytics.conditions import THEN
from wizard.analytics.headline import TIME
from wizard.analytics.overview import Overview
from wizard.analytics.rates import Rate
from wizard.analytics.report import Figures
from wizard.analytics.stages import TREND, Counts
from wizard.events.log import DAY_MS

Found = Mapping[str, Any]
OF_STARTED = {"finished": 2, "clicked": 3}
"""Where the figures of a period have these, as counts of starters."""


def difference(found: Overview, expected: Found, warehouse: OverviewWarehouse, zone: ZoneInfo, now_ms: int) -> str:
    """What differs between both, or an empty text. The headline is computed anew from DuckDB's figures."""
    own = figures(found)
    releases = {(each.kind, each.locale, each.version, each.at_ms) for each in found.releases if not each.returns}
    own["releases"], theirs = releases, {**expected, "releases": _releases(found, expected["versions"])}
    theirs["under way"] = _under_way(expected["under way"])
    lags, span = Lags(expected["signups"]), found.selection.span
    own["completeness"], theirs["completeness"] = (
        found.completeness,
        completeness_of(lags, found.days, span, zone, now_ms),
    )
    changes = _changes(found, expected)
    own["tested"], theirs["tested"] = ({each.key: each for each in some} for some in (found.headline.tested, changes))
    change = most_notable(changes)
    own["change"], theirs["change"] = found.headline.change, change
    if change and change.step:
        own["cause"] = _cause(found.headline.cause)
        theirs["cause"] = _cause(cause_of_rate(change, _rows(warehouse.groups(change.step))))
    for name, value in theirs.items():
        if name not in ("lags", "quick", "versions", "signups") and own[name] != value:
            return f"{name} differs:\n{own[name]}\n{value}"
    return ""


def figures(found: Overview) -> dict[str, Any]:
    """All that is compared as it is."""
    under_way = found.under_way
    return {
        "now": _totals(found.now, found.median_ms),
        "before": _totals(found.before, found.median_before_ms),
        "steps": _steps(found.now),
        "steps before": _steps(found.before),
        "answers": {step: dict(given) for step, given in found.answers.items()},
        "changed": {
            (step, each.first, each.current): each.journeys for step, own in found.changed.items() for each in own
        },
        "edges": {(edge.source, edge.target, edge.recommended): edge.journeys for edge in found.edges if edge.journeys},
        "outcomes": {
            (each.persona, each.recommended): (
                each.finished,
                *(each.actions[name] for name in THEN),
                each.counts["converted"],
            )
            for each in found.outcomes.results
            if each.finished
        },
        "declined": dict(found.outcomes.declined),
        **{
            name: {day.date: counts for day in days if any(counts := _trend(day.counts))} for name, days in _days(found)
        },
        **{
            name: {hour.since_ms: counts for hour in hours if any(counts := _trend(hour.counts))}
            for name, hours in (("hours", found.hours), ("hours before", found.hours_before))
        },
        "rankings": {
            name: {group.value: (_in_order(group.now), _in_order(group.before)) for group in ranking.groups}
            for name, ranking in found.rankings.items()
        },
        "options": {name: dict(values) for name, values in found.options.items()},
        "suspect": dict(found.suspect),
        "under way": (under_way.visits, dict(under_way.pages), dict(under_way.embeds)),
        "present": {day: account.present for day, account in found.ledger.days.items() if account.present},
    }


def _days(found: Overview) -> tuple[tuple[str, Any], ...]:
    return ("days", found.days), ("days before", found.days_before)


def _totals(group: Figures, median_ms: int | None) -> tuple[Any, ...]:
    """A period's totals, in the order in which the warehouse has them."""
    names = ("journeys", "started", "finished", "clicked", "converted", "handoff", "viewed")
    late = ("finished", "clicked", "converted")
    counts = (*(group.counts[name] for name in names), *(group.unstarted[name] for name in late))
    return *counts, round(group.value, 2), median_ms


def _steps(group: Figures) -> dict[str, tuple[Any, ...]]:
    return {step.step: (step.reached, step.answered, *step.wanderings, *step.times) for step in group.steps}


def _trend(counts: Counts) -> tuple[int, ...]:
    return tuple(counts[stage] for stage in TREND)


def _in_order(counts: Counts) -> tuple[int, ...]:
    return tuple(counts[name] for name in ("journeys", "started", "finished", "clicked", "converted", "handoff"))


def _releases(found: Overview, versions: Mapping[tuple[str, str, str], int]) -> set[tuple[str, str, str, int]]:
    """The first times in the period of versions that have an earlier one; the log has none that return."""
    period, began_ms = found.selection.span.period, min(versions.values())
    since_ms, until_ms = max(period.since_ms or 0, began_ms + DAY_MS), period.until_ms or 0
    firsts: dict[tuple[str, str, str], int] = {}
    for (version, locale, wording), at_ms in versions.items():
        for key in (("version", "", version), ("wording", locale, wording)):
            firsts[key] = min(at_ms, firsts.get(key, at_ms))
    return {
        (*key, at_ms)
        for key, at_ms in firsts.items()
        if since_ms <= at_ms < until_ms and any(k[:2] == key[:2] and ms < at_ms for k, ms in firsts.items())
    }


def _changes(found: Overview, expected: Found) -> list[Tested]:
    """What the headline looks at, from DuckDB's figures."""
    now, before = expected["now"], expected["before"]
    if before[1] < FEW:
        return []
    dates = [[day.date for day in days] for _, days in _days(found)]
    starts = [
        [expected[name].get(date, (0, 0))[1] for date in own]
        for name, own in zip(("days", "days before"), dates, strict=True)
    ]
    longest = max(map(len, starts))
    changes = [count_change("started", *(each + [0] * (longest - len(each)) for each in starts))]
    if now[1] < FEW:
        return changes
    changes += [rate_change(key, *(Rate(own[at], own[1]) for own in (now, before))) for key, at in OF_STARTED.items()]
    changes.append(rate_change("converted", *(Rate(own[4], max(own[4], own[5])) for own in (now, before))))
    changes.append(lag_change(*expected["lags"]))
    if expected["quick"]:
        pairs = zip(expected["quick"], (now[2], before[2]), strict=True)
        quicker = rate_change(TIME, *(Rate(min(quick, of), of) for quick, of in pairs))
        changes.append(replace(quicker, now=now[-1], before=before[-1], z=-quicker.z))
    earlier = expected["steps before"]
    return changes + [
        rate_change(STEP + step, *(Rate(own[0] - own[1], own[0]) for own in (counts, earlier[step])))
        for step, counts in expected["steps"].items()
        if step in earlier
    ]


def _under_way(visits: Mapping[tuple[str, str], int]) -> tuple[int, dict[str, int], dict[str, int]]:
    """How many there are; by page; by embed page."""
    pages, embeds = Counter[str](), Counter[str]()
    for (page, embed), count in visits.items():
        pages[page] += count
        embeds[embed] += count
    return pages.total(), dict(pages), dict(embeds)


def _rows(groups: Mapping[tuple[str, str], list[tuple[int, int]]]) -> list[Row]:
    rows = []
    for name in dict.fromkeys(name for name, _ in groups):
        own = {value: [Rate(*each) for each in both] for (of, value), both in groups.items() if of == name}
        every = [
            Rate(sum(each[at].count for each in own.values()), sum(each[at].of for each in own.values()))
            for at in (0, 1)
        ]
        rows += [Row(name, value, *both, *every) for value, both in sorted(own.items())]
    return rows


def _cause(cause: Cause | None) -> tuple[Any, ...]:
    return (cause.row.dimension, cause.row.value, cause.row.now, cause.row.before) if cause else ()
