"""The dashboard's overview against DuckDB on a Parquet export; its list of journeys against its own first page.

    PYTHONPATH=tests/support python bench/overview.py --events 1000000 [--folder artifacts/bench] [--rounds 3]
        [--clickhouse]

Uses the log of reports.py, and its copy with `--clickhouse`, which are made the first time. Fails where any figure
differs from DuckDB's.
"""

# A script that prints what it measured.
# ruff: noqa: INP001, T201

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from measure import best_of, cpu_seconds, machine, ratios, table
from overview_figures import difference
from overview_warehouse import OverviewWarehouse
from reports import DAYS, DUCKDB, SQLITE, ZONE, make, stores
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from wizard.analytics.overview import Overview, read_overview
from wizard.analytics.selection import Selection, read_selection
from wizard.analytics.stages import JOURNEYS
from wizard.dashboard.journeys.paging import FIRST, ON_A_PAGE, Cursor, Place, counted, in_order, read_page
from wizard.events.log import DAY_MS, day_of
from wizard.events.periods import Period, iso
from wizard.events.rows import within
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.storage.database import Database, open_database
from wizard.storage.schema import journeys

FAR = 10_000
"""Which page is compared with the first."""


def main() -> None:
    """Make the log and its export where they are not there, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("artifacts/bench"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--leaves", type=int, default=15, help="turns of each page of the list")
    parser.add_argument("--clickhouse", action="store_true")
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
    with stores(database, log, is_copied=given.clickhouse) as found:
        names = [*found, DUCKDB]
        cpu = [f"{name}, CPU s" for name in names]
        header = ("overview", "journeys", "late signups", *(f"{name}, s" for name in names), *ratios(names), *cpu)
        print(table(header, compare(found, parquet, last_ms, given.rounds)))
        rows = [row for store in found.items() for row in leaf(*store, last_ms, given.leaves)]
        print("\n" + table(("list of journeys", "of", "first page, ms", f"page {FAR:,}, ms", "ratio"), rows))


def compare(found: Mapping[str, Any], parquet: Path, last_ms: int, rounds: int) -> list[Sequence[str]]:
    """A row for each span: the times, their ratios, and the CPU. Exits where any figure differs."""
    warehouse = OverviewWarehouse(parquet, ZONE.key)
    rows: list[Sequence[str]] = []
    for name, selection in (
        ("half a year, and the half before", last_days(183, last_ms)),
        ("28 days, and the 28 before", last_days(28, last_ms)),
        ("today, and yesterday until the same time", today(last_ms)),
    ):
        cpu: dict[str, list[float]] = {store: [] for store in (*found, DUCKDB)}

        def timed(whose: str, ask: Callable[[], Any], cpu: dict[str, list[float]] = cpu) -> Any:
            began = cpu_seconds()
            found = ask()
            cpu[whose].append(cpu_seconds() - began)
            return found

        asked = {store: partial(ours, own, selection, last_ms) for store, own in found.items()}
        asked[DUCKDB] = partial(theirs, warehouse, selection, last_ms)
        best = best_of(rounds, {store: partial(timed, store, ask) for store, ask in asked.items()})
        for store in found:
            if problem := difference(best[store][1], best[DUCKDB][1], warehouse, ZONE, last_ms):
                sys.exit(f"{name}, {store}: {problem}")
        seconds = {store: each for store, (each, _) in best.items()}
        late = late_signups(found[SQLITE], selection)
        overview = best[SQLITE][1]
        count = overview.now.counts[JOURNEYS] + overview.before.counts[JOURNEYS]
        times = (*(f"{each:.2f}" for each in seconds.values()), *ratios(list(seconds), seconds))
        rows.append((name, f"{count:,}", f"{late:,}", *times, *(f"{min(each):.2f}" for each in cpu.values())))
        print(*rows[-1], file=sys.stderr)
    return rows


def late_signups(database: Database, selection: Selection) -> int:
    """How many signups of the period before came too late to be compared."""
    span, own = selection.span, journeys.c
    began = within(own.began_ms, span.before.since_ms, span.before.until_ms)
    with database.snapshot() as connection:
        found = select(func.count()).where(*began, own.converted_ms >= span.before_as_of_ms)
        return int(connection.execute(found).scalar_one())


def leaf(store: str, database: Any, last_ms: int, turns: int) -> list[tuple[str, ...]]:
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
            turns,
            {which: lambda s=selection, place=place: read_page(database, s, place) for which, place in places.items()},
        )
        first, far = (best[which][0] * 1000 for which in places)
        if not all(page.rows for _, page in best.values()):
            sys.exit(f"{name}: a page without journeys was measured")
        rows.append((name, store, f"{first:.1f}", f"{far:.1f}", f"{far / first:.2f}"))
    return rows


def far_on(database: Any, selection: Selection) -> Place:
    """Where the far page of a selection begins, or its last but one where there are not as many."""
    with database.snapshot() as connection:
        skipped = min(FAR - 1, connection.execute(counted(selection)).scalar_one() // ON_A_PAGE - 2) * ON_A_PAGE
        row = connection.execute(in_order(selection).offset(skipped).limit(1)).mappings().one()
    return Place(Cursor(row["began_ms"], row["journey_id"]))


def last_days(days: int, last_ms: int) -> Selection:
    """So many days, exactly, up to the log's last event."""
    until_ms = last_ms + 1
    given = {"since": iso(until_ms - days * DAY_MS), "until": iso(until_ms)}
    return read_selection(MultiDict(given), ZONE, until_ms).selection


def today(last_ms: int) -> Selection:
    """The day of the log's last event, as far as it is over then, and the day before until the same time."""
    return read_selection(MultiDict({"period": "today"}), ZONE, last_ms).selection


def theirs(warehouse: OverviewWarehouse, selection: Selection, last_ms: int) -> dict[str, Any]:
    """The figures as DuckDB finds them."""
    span = selection.span
    days = Period(day_of(span.period.since_ms or 0), day_of((span.period.until_ms or 0) - 1) + DAY_MS)
    return warehouse.overview(span.period, span.before, span.before_as_of_ms, days, last_ms)


def ours(database: Any, selection: Selection, last_ms: int) -> Overview:
    """The same, as the page reads them."""
    return read_overview(database, selection, ZONE, QUESTIONS, STRATEGY, now_ms=last_ms)


if __name__ == "__main__":
    main()
