"""Reports against DuckDB on a Parquet export of the same log: the same figures, in turns, in one run.

    python bench/reports.py --events 1000000 [--folder artifacts/bench] [--rounds 3]

The log is made through `wizard demo-data` the first time, and kept. Fails where any figure differs.
"""

# A script that starts our own command and prints what it measured.
# ruff: noqa: INP001, S603, T201

import argparse
import math
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from measure import best_of, machine, peak_mb, table
from warehouse import Warehouse

from wizard.analytics.report import Figures, read_funnel, read_report, read_visitors
from wizard.analytics.scope import Scope
from wizard.events.dimensions import SPLITS
from wizard.questionnaire.questions import QUESTIONS
from wizard.storage.database import Database, open_database

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
    print(table(("", "wizard, s", "DuckDB, s", "ratio"), compare(database, Warehouse(parquet, ZONE.key), given.rounds)))
    peaks = [(by, peak_mb(["report", *(["--by", by] if by else [])], environ)) for by in ("", "utm_campaign", "day")]
    print("\n" + table(("peak memory", "MB"), [(f"report {by and f'--by {by}'}", f"{mb:.0f}") for by, mb in peaks]))


def make(log: Path, parquet: Path, events: int, environ: dict[str, str]) -> None:
    """A log of about so many events, and its export."""
    wizard = [sys.executable, "-m", "wizard"]
    if not log.exists():
        journeys = str(math.ceil(events / EVENTS_IN_JOURNEY))
        subprocess.run([*wizard, "demo-data", "--journeys", journeys, "--days", str(DAYS)], env=environ, check=True)
    if not parquet.exists():
        subprocess.run([*wizard, "export", "--format", "parquet", "-o", str(parquet)], env=environ, check=True)


def compare(database: Database, warehouse: Warehouse, rounds: int) -> list[tuple[str, ...]]:
    """A row for each report: both times, and their ratio. Exits where the two differ."""
    asked: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "the funnel": (lambda: funnel(database), warehouse.funnel),
        "report": (lambda: whole(database, None), lambda: warehouse.report(None)),
    }
    for by in SPLITS:
        asked[f"report --by {by}"] = (partial(whole, database, by), partial(warehouse.report, by))
    rows: list[tuple[str, ...]] = []
    for name, (ours, theirs) in asked.items():
        best = best_of(rounds, {"ours": ours, "theirs": theirs})
        (our_seconds, our_figures), (their_seconds, their_figures) = best["ours"], best["theirs"]
        if our_figures != their_figures:
            sys.exit(f"{name}: the figures differ:\n{our_figures}\n{their_figures}")
        rows.append((name, f"{our_seconds:.2f}", f"{their_seconds:.2f}", f"{our_seconds / their_seconds:.2f}"))
        print(*rows[-1], file=sys.stderr)
    return rows


def funnel(database: Database) -> Any:
    """What `Warehouse.funnel` gives, from the log."""
    with database.snapshot() as connection:
        visitors = read_visitors(connection, OPEN)
        steps = {step: (each.total(), each.total() - each[None]) for step, each in visitors.items()}
        return totals(read_funnel(connection, OPEN)), steps


def whole(database: Database, by: str | None) -> dict[str | None, Any]:
    """What `Warehouse.report` gives, from the log, as the command reads it."""
    report = read_report(database, OPEN, ZONE, by, STEPS)
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
