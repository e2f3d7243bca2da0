"""What the readers take on ClickHouse by the size of the log, for docs/scale.md.

    PYTHONPATH=tests/support python bench/warehouse_sizes.py --events 1000000 --times 1 10 [--folder artifacts/bench]
        [--rounds 3]

The log of reports.py and its copy, and copies with so many times the journeys and steps at the same times. Fails where
a copy with 10 times the journeys does not have 10 times the counts, and the same times of answers. "By parts" is as
the log was shipped; "merged" once all parts of a month are one.
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

from clickhouse_copy import NAME, Copy, copied
from measure import best_of, cpu_seconds, machine, table
from overview import last_days, ours, today
from reports import ZONE, make, whole

from wizard.analytics.overview import Overview
from wizard.dashboard.journeys.paging import FIRST, read_page
from wizard.storage.database import open_database
from wizard.storage.readings import Readings

MB = 1_000_000


def main() -> None:
    """Make what is not there, measure each size, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--folder", type=Path, default=Path("artifacts/bench"))
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    folder = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{given.events}.db"
    environ = {**os.environ, "WIZARD_DATABASE_URL": f"sqlite:///{log}", "WIZARD_TIME_ZONE": ZONE.key}
    make(log, log.with_suffix(".parquet"), given.events, environ)
    database = open_database(environ["WIZARD_DATABASE_URL"])
    with database.snapshot() as connection:
        events, last_ms = connection.exec_driver_sql("SELECT count(*), max(ts_ms) FROM events").one()
    print(f"{events:,} events; {machine()}\n")
    with copied(database, log.with_suffix(".clickhouse")) as copy:
        print(copy.description(log), "\n")
        header, columns, counts = ["seconds (CPU)"], [], {}
        for times in given.times:
            own, found = measured(copy, times, last_ms, given.rounds)
            header += [f"{events * times / MB:,.0f}M, {state}" for state in own]
            columns += own.values()
            counts[times] = found
        check(counts)
        rows = [(name, *(column[name] for column in columns)) for name in columns[0]]
        print(table(header, rows))


def measured(copy: Copy, times: int, last_ms: int, rounds: int) -> tuple[Mapping[str, Mapping[str, str]], Any]:
    """What each reader takes, by parts and merged; and the counts."""
    if times == 1:
        return _measured(copy, NAME, copy.readings, last_ms, rounds)
    with copy.multiplied(times) as readings:
        return _measured(copy, f"{NAME}_{times}", readings, last_ms, rounds)


def _measured(
    copy: Copy, name: str, readings: Readings, last_ms: int, rounds: int
) -> tuple[Mapping[str, Mapping[str, str]], Any]:
    asked = {
        "report": partial(whole, readings, None),
        "report --by utm_source": partial(whole, readings, "utm_source"),
        "report --by day": partial(whole, readings, "day"),
        "overview, today": partial(ours, readings, today(last_ms), last_ms),
        "overview, 28 days": partial(ours, readings, last_days(28, last_ms), last_ms),
        "overview, half a year": partial(ours, readings, last_days(183, last_ms), last_ms),
        "list of journeys, 28 days": partial(read_page, readings, last_days(28, last_ms), FIRST),
    }
    found: dict[str, Mapping[str, str]] = {}
    result: dict[str, Any] = {}
    for state in ("by parts", "merged") if name == NAME else ("merged",):
        if state == "merged":
            print(f"{name}: merged in {copy.merge(name):.0f} s", file=sys.stderr)
        cpu: dict[str, list[float]] = {each: [] for each in asked}
        best = best_of(rounds, {each: partial(_timed, ask, cpu[each]) for each, ask in asked.items()})
        found[state] = {each: f"{seconds:.2f} ({min(cpu[each]):.2f})" for each, (seconds, _) in best.items()}
        result = {each: value for each, (_, value) in best.items()}
        print(name, state, found[state], file=sys.stderr)
    sizes = "SELECT sum(bytes_on_disk), sum(rows) FROM system.parts WHERE active AND database = currentDatabase()"
    size, rows = map(int, copy.server.execute(sizes, name).split())
    found["merged"] = {**found["merged"], "on disk, MB (rows)": f"{size / MB:,.0f} ({rows:,})"}
    for state in found.keys() - {"merged"}:
        found[state] = {**found[state], "on disk, MB (rows)": ""}
    return found, counts_of(result)


def _timed(ask: Callable[[], Any], cpu: list[float]) -> Any:
    began = cpu_seconds()
    found = ask()
    cpu.append(cpu_seconds() - began)
    return found


def counts_of(result: Mapping[str, Any]) -> Sequence[tuple[str, Sequence[float], Sequence[float]]]:
    """Of each report and overview: its counts, and its times."""
    found = []
    for name, value in result.items():
        if isinstance(value, Overview):
            found.append((name, list(value.now.counts.values()), [value.median_ms or 0]))
        elif isinstance(value, dict):
            for group, (totals, steps) in sorted(value.items(), key=str):
                counts = [count for step in steps.values() for count in step[:6]]
                found.append(
                    (f"{name} {group}", [*totals, *counts], [ms for step in steps.values() for ms in step[6:]])
                )
    return found


def check(counts: Mapping[int, Sequence[tuple[str, Sequence[float], Sequence[float]]]]) -> None:
    """Exit where a multiple does not have the counts of one, so many times."""
    one = counts.get(1, ())
    for times, found in counts.items():
        for (name, its, its_ms), (_, own, own_ms) in zip(one, found, strict=bool(one)):
            if [round(each * times, 2) for each in its] != [round(each, 2) for each in own] or its_ms != own_ms:
                sys.exit(f"{name}, {times} times: {own} {own_ms}, and once: {its} {its_ms}")


if __name__ == "__main__":
    main()
