"""The dashboard's overview against DuckDB on a Parquet export; its list of journeys against its own first page.

    python bench/overview.py --events 1000000 [--folder artifacts/bench] [--rounds 3]

Uses the log of reports.py, which is made the first time. Fails where any figure differs from DuckDB's.
"""

# A script that prints what it measured.
# ruff: noqa: INP001, T201

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import duckdb
from measure import best_of, machine, table
from overview_warehouse import OverviewWarehouse
from reports import DAYS, ZONE, make
from werkzeug.datastructures import MultiDict

from wizard.analytics.conditions import THEN
from wizard.analytics.overview import Overview, read_overview
from wizard.analytics.selection import Selection, read_selection
from wizard.analytics.stages import TREND, Counts
from wizard.dashboard.journeys.paging import FIRST, ON_A_PAGE, Cursor, Place, counted, in_order, read_page
from wizard.events.log import DAY_MS, day_of
from wizard.events.periods import Period, iso
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.storage.database import Database, open_database

FAR = 10_000
LEAVES = 15
"""Which page is compared with the first, and in how many turns."""


def main() -> None:
    """Make the log and its export where they are not there, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("artifacts/bench"))
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    folder = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    log, parquet = folder / f"{given.events}.db", folder / f"{given.events}.parquet"
    environ = {**os.environ, "WIZARD_DATABASE_URL": f"sqlite:///{log}", "WIZARD_TIME_ZONE": ZONE.key}
    make(log, parquet, given.events, environ)
    database = open_database(environ["WIZARD_DATABASE_URL"])
    with database.snapshot() as connection:
        events, last_ms = connection.exec_driver_sql("SELECT count(*), max(ts_ms) FROM events").one()
    print(f"{events:,} events; {machine()}, DuckDB {duckdb.__version__}\n")
    header = ("overview", "journeys", "wizard, s", "DuckDB, s", "ratio")
    print(table(header, compare(database, parquet, last_ms, given.rounds)))
    print("\n" + table(("list of journeys", "first page, ms", f"page {FAR:,}, ms", "ratio"), leaf(database, last_ms)))


def compare(database: Database, parquet: Path, last_ms: int, rounds: int) -> list[tuple[str, ...]]:
    """A row for each span: both times, and their ratio. Exits where any figure differs."""
    warehouse = OverviewWarehouse(parquet, ZONE.key)
    rows = []
    for name, days in (("half a year, and the half before", 183), ("28 days, and the 28 before", 28)):
        selection = last_days(days, last_ms)
        best = best_of(
            rounds, {"ours": lambda s=selection: ours(database, s), "theirs": lambda s=selection: theirs(warehouse, s)}
        )
        (our_seconds, found), (their_seconds, expected) = best["ours"], best["theirs"]
        for figure, value in expected.items():
            if found[figure] != value:
                sys.exit(f"{name}: {figure} differs:\n{found[figure]}\n{value}")
        seconds = (f"{our_seconds:.2f}", f"{their_seconds:.2f}", f"{our_seconds / their_seconds:.2f}")
        rows.append((name, f"{found['now'][0] + found['before'][0]:,}", *seconds))
        print(*rows[-1], file=sys.stderr)
    return rows


def leaf(database: Database, last_ms: int) -> list[tuple[str, ...]]:
    """A row for each selection: how long its first page takes, its count included, and a page far on."""
    every = last_days(DAYS + 1, last_ms)
    rows = []
    for name, selection in (
        ("all of a year", every),
        ("the finished", every.also(("outcome", "finished"))),
        ("who left at a question", every.also(("did", "hosting.left"))),
    ):
        places = {"first": FIRST, "far": far_on(database, every)}
        best = best_of(
            LEAVES,
            {which: lambda s=selection, place=place: read_page(database, s, place) for which, place in places.items()},
        )
        first, far = (best[which][0] * 1000 for which in places)
        if not all(page.rows for _, page in best.values()):
            sys.exit(f"{name}: a page without journeys was measured")
        rows.append((name, f"{first:.1f}", f"{far:.1f}", f"{far / first:.2f}"))
    return rows


def far_on(database: Database, selection: Selection) -> Place:
    """Where the far page of a selection begins, or its last but one where there are not as many."""
    with database.reader.connect() as connection:
        skipped = min(FAR - 1, connection.execute(counted(selection)).scalar_one() // ON_A_PAGE - 2) * ON_A_PAGE
        row = connection.execute(in_order(selection).offset(skipped).limit(1)).mappings().one()
    return Place(Cursor(row["began_ms"], row["journey_id"]))


def last_days(days: int, last_ms: int) -> Selection:
    """So many days, exactly, up to the log's last event."""
    until_ms = last_ms + 1
    given = {"since": iso(until_ms - days * DAY_MS), "until": iso(until_ms)}
    return read_selection(MultiDict(given), ZONE, until_ms).selection


def theirs(warehouse: OverviewWarehouse, selection: Selection) -> dict[str, Any]:
    """The figures as DuckDB finds them."""
    period = selection.span.period
    days = Period(day_of(period.since_ms or 0), day_of((period.until_ms or 0) - 1) + DAY_MS)
    return warehouse.overview(period, selection.span.before, days)


def ours(database: Database, selection: Selection) -> dict[str, Any]:
    """The same, as the page reads them."""
    found = read_overview(database, selection, ZONE, QUESTIONS, STRATEGY)
    steps = {step.step: (step.reached, step.answered, *step.wanderings, *step.times) for step in found.now.steps}
    return {
        "now": figures(found, "now"),
        "before": figures(found, "before"),
        "steps": steps,
        "answers": {step: dict(given) for step, given in found.answers.items()},
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
        "days": {day.date: tuple(day.counts[stage] for stage in TREND) for day in found.days if day.counts["viewed"]},
        "rankings": {
            name: {group.value: (_in_order(group.now), _in_order(group.before)) for group in ranking.groups}
            for name, ranking in found.rankings.items()
        },
        "options": {name: dict(values) for name, values in found.options.items()},
        "present": {day: account.present for day, account in found.ledger.days.items() if account.present},
    }


def figures(found: Overview, which: str) -> tuple[Any, ...]:
    """A period's totals, in the order in which the warehouse has them."""
    group = getattr(found, which)
    median_ms = found.median_ms if which == "now" else found.median_before_ms
    names = ("journeys", "started", "finished", "clicked", "converted", "handoff", "viewed")
    late = ("finished", "clicked", "converted")
    counts = (*(group.counts[name] for name in names), *(group.unstarted[name] for name in late))
    return *counts, round(group.value, 2), median_ms


def _in_order(counts: Counts) -> tuple[int, ...]:
    return tuple(counts[name] for name in ("journeys", "started", "finished", "clicked", "converted", "handoff"))


if __name__ == "__main__":
    main()
