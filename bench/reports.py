"""Reports against DuckDB on a Parquet export of the same log: the same figures, in turns, in one run.

    PYTHONPATH=tests/support python bench/reports.py --events 1000000 [--folder artifacts/bench] [--rounds 3]
        [--by utm_source day] [--clickhouse]

The log is made through `wizard demo-data` the first time, and kept; so is its copy on a ClickHouse of its own, with
`--clickhouse`. Fails where any figure differs.
"""

# A script that starts our own command and prints what it measured.
# ruff: noqa: INP001, S603, T201

import argparse
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from clickhouse_copy import copied
from measure import best_of, machine, peak_mb, ratios, table
from warehouse import Warehouse

from wizard.analytics.report import Figures, read_funnel, read_report, read_visitors
from wizard.analytics.scope import Scope
from wizard.events.dimensions import SPLITS
from wizard.questionnaire.questions import QUESTIONS
from wizard.storage.database import Database, open_database

SQLITE, CLICKHOUSE, DUCKDB = "SQLite", "ClickHouse", "DuckDB"
EVENTS_IN_JOURNEY = 5.82
DAYS = 365
ZONE = ZoneInfo("Europe/Berlin")
STEPS = tuple(step.name for step in QUESTIONS.steps)
OPEN = Scope()


def main() -> None:
    """Make the log and its export where they are not there, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("artifacts/bench"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--by", nargs="*", choices=SPLITS, default=SPLITS)
    parser.add_argument("--clickhouse", action="store_true")
    given = parser.parse_args()
    folder = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    log, parquet = folder / f"{given.events}.db", folder / f"{given.events}.parquet"
    environ = {**os.environ, "WIZARD_DATABASE_URL": f"sqlite:///{log}", "WIZARD_TIME_ZONE": ZONE.key}
    make(log, parquet, given.events, environ)
    database = open_database(environ["WIZARD_DATABASE_URL"])
    with database.snapshot() as connection:
        began, last = connection.exec_driver_sql("SELECT count(*), max(ts_ms) FROM events").one()
    print(f"{began:,} events until {last}; {machine()}, DuckDB {duckdb.__version__}\n")
    with stores(database, log, is_copied=given.clickhouse) as found:
        header = ("", *(f"{name}, s" for name in (*found, DUCKDB)), *ratios([*found, DUCKDB]))
        print(table(header, compare(found, Warehouse(parquet, ZONE.key), given.rounds, given.by)))
    peaks = [(by, peak_mb(["report", *(["--by", by] if by else [])], environ)) for by in ("", "utm_campaign", "day")]
    print("\n" + table(("peak memory", "MB"), [(f"report {by and f'--by {by}'}", f"{mb:.0f}") for by, mb in peaks]))


@contextmanager
def stores(database: Database, log: Path, *, is_copied: bool) -> Iterator[Mapping[str, Any]]:
    """What the figures are read from, by name: the log and, where it `is_copied`, its copy, which is described."""
    if not is_copied:
        yield {SQLITE: database}
        return
    with copied(database, log.with_suffix(".clickhouse")) as copy:
        print(copy.description(log), "\n")
        yield {CLICKHOUSE: copy.readings, SQLITE: database}


def make(log: Path, parquet: Path, events: int, environ: dict[str, str]) -> None:
    """A log of about so many events, and its export."""
    wizard = [sys.executable, "-m", "wizard"]
    if not log.exists():
        journeys = str(math.ceil(events / EVENTS_IN_JOURNEY))
        subprocess.run([*wizard, "demo-data", "--journeys", journeys, "--days", str(DAYS)], env=environ, check=True)
    if not parquet.exists():
        subprocess.run([*wizard, "export", "--format", "parquet", "-o", str(parquet)], env=environ, check=True)


def compare(found: Mapping[str, Any], duckdb_: Warehouse, rounds: int, splits: Sequence[str]) -> list[Sequence[str]]:
    """A row for each report: the times, and their ratios. Exits where any figure differs."""
    asked: dict[str, tuple[Callable[[Any], Any], Callable[[], Any]]] = {
        "the funnel": (funnel, duckdb_.funnel),
        "report": (partial(whole, by=None), partial(duckdb_.report, None)),
    }
    for by in splits:
        asked[f"report --by {by}"] = (partial(whole, by=by), partial(duckdb_.report, by))
    rows: list[Sequence[str]] = []
    for name, (ours, theirs) in asked.items():
        turns = {store: partial(ours, own) for store, own in found.items()}
        best = best_of(rounds, {**turns, DUCKDB: theirs})
        for store, (_, figures) in best.items():
            if figures != best[DUCKDB][1]:
                sys.exit(f"{name}: the figures of {store} differ from DuckDB's:\n{figures}\n{best[DUCKDB][1]}")
        seconds = {store: each for store, (each, _) in best.items()}
        rows.append((name, *(f"{each:.2f}" for each in seconds.values()), *ratios(list(seconds), seconds)))
        print(*rows[-1], file=sys.stderr)
    return rows


def funnel(store: Any) -> Any:
    """What `Warehouse.funnel` gives, from the log or its copy."""
    with store.snapshot() as connection:
        visitors = read_visitors(connection, OPEN)
        steps = {step: (each.total(), each.total() - each[None]) for step, each in visitors.items()}
        return totals(read_funnel(connection, OPEN)), steps


def whole(store: Any, by: str | None) -> dict[str | None, Any]:
    """What `Warehouse.report` gives, from the log or its copy, as the command reads it."""
    report = read_report(store, OPEN, ZONE, by, STEPS)
    groups: dict[str | None, Figures] = {None: report.total}
    groups |= {group.split: group for group in report.groups}
    return {
        name: (
            totals(group),
            {step.step: (step.reached, step.answered, *step.wanderings, *step.times) for step in group.steps},
        )
        for name, group in groups.items()
        if group.counts["journeys"]
    }


def totals(group: Figures) -> tuple[Any, ...]:
    """A group's counts, in the order in which the warehouse has them."""
    names = ("journeys", "viewed", "started", "finished", "clicked", "converted", "handoff")
    late = ("finished", "clicked", "converted")
    counts, unstarted = group.counts, group.unstarted
    return *(counts[name] for name in names), *(unstarted[name] for name in late), round(group.value, 2)


if __name__ == "__main__":
    main()
