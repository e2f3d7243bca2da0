"""The CPU of the dashboard's overview: of one whole request, and of PostgreSQL beside SQLite.

    PYTHONPATH=tests/support python bench/overview_cpu.py [--events 1000000] [--journeys 60000] [--rounds 10]
        [--folder artifacts/bench]

The request is `/growth` of somebody who has signed in, through Flask's test client, on the log of reports.py, which is
made the first time. The other log has so many journeys of 180 days, on SQLite and on a PostgreSQL of its own, which are
read in turns; PostgreSQL's CPU is that of its connection's process and of all that it starts, beside our own. The least
of all rounds counts.
"""

# A script that prints what it measured.
# ruff: noqa: INP001, T201, S603

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

from dashboard_sign_in import signed_in
from flask.testing import FlaskClient
from measure import machine, table
from overview import last_days, ours
from postgres import family, running
from reports import ZONE, make
from support import settings

from wizard.app import create_app, recorder_of
from wizard.storage.database import Database, open_database

MOST_REQUEST_MS = 250
AIMED = "28 days"
SPANS = {AIMED: "/growth", "90 days": "/growth?period=90d", "today": "/growth?period=today"}
MOST_RATIO = 1.5
DAYS = (28, 90)
DAYS_OF_LOG = "180"


def main() -> None:
    """Make what is not there, and print what was measured and whether it meets the aims."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--journeys", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--folder", type=Path, default=Path("artifacts/bench"))
    given = parser.parse_args()
    folder = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{machine()}, best of {given.rounds}\n")
    log = folder / f"{given.events}.db"
    make(log, folder / f"{given.events}.parquet", given.events, environ_of(f"sqlite:///{log}"))
    requests = [
        (name, f"{ms:.0f}", verdict(ms, MOST_REQUEST_MS) if name == AIMED else "no aim")
        for name, ms in requested(log, given.rounds)
    ]
    print(table((f"request, {given.events:,} events", "CPU, ms", f"aim {MOST_REQUEST_MS}"), requests), "\n", flush=True)
    other = folder / f"{given.journeys}-journeys.db"
    if not other.exists():
        fill(f"sqlite:///{other}", given.journeys)
    with running(durable=True) as cluster, cluster.database() as url:
        fill(url, given.journeys)
        cluster.execute("VACUUM ANALYZE", database=url.partition("?")[0].rpartition("/")[2])
        server = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
        rows = compared(open_database(f"sqlite:///{other}"), open_database(url), server, given.rounds)
    header = (f"overview, {given.journeys:,} journeys", "SQLite, ms", "PostgreSQL, ms", "its server", "ratio")
    print(table((*header, f"aim {MOST_RATIO}"), rows))


def environ_of(url: str) -> dict[str, str]:
    """The environment for a command on this log."""
    return {**os.environ, "WIZARD_DATABASE_URL": url, "WIZARD_TIME_ZONE": ZONE.key}


def fill(url: str, journeys: int) -> None:
    """Fill an empty log with simulated visits."""
    words = ("demo-data", "--journeys", str(journeys), "--days", DAYS_OF_LOG)
    subprocess.run([sys.executable, "-m", "wizard", *words], env=environ_of(url), check=True)


def verdict(found: float, most: float) -> str:
    """Whether an aim was met."""
    return "met" if found <= most else "**missed**"


def requested(log: Path, rounds: int) -> Iterator[tuple[str, float]]:
    """The CPU of a request for each of the spans, in ms, its answer included."""
    last_ms = newest_ms(open_database(f"sqlite:///{log}"))
    app = create_app(settings(database_url=f"sqlite:///{log}", time_zone=ZONE.key), clock=lambda: last_ms)
    try:
        client = signed_in(app)
        for name, path in SPANS.items():
            times = []
            for _ in range(rounds):
                began = time.process_time()
                response = FlaskClient.open(client, path)  # without the tests' checks of the page
                times.append((time.process_time() - began) * 1000)
                if response.status_code != HTTPStatus.OK:
                    sys.exit(f"{path} answered {response.status}")
            yield name, min(times)
    finally:
        recorder_of(app).close()


def compared(sqlite: Database, postgresql: Database, server: int, rounds: int) -> list[tuple[str, ...]]:
    """A row for each span: the CPU of both in ms, that of the server alone, and their ratio."""
    rows = []
    for days in DAYS:
        own, other, of_server = [], [], []
        for turn in range(rounds + 1):  # the first is to warm up
            began = time.process_time()
            ours(sqlite, last_days(days, newest_ms(sqlite)), newest_ms(sqlite))
            middle, served = time.process_time(), server_seconds(server)
            ours(postgresql, last_days(days, newest_ms(postgresql)), newest_ms(postgresql))
            served = server_seconds(server) - served
            if turn:
                own.append(middle - began)
                of_server.append(served)
                other.append(time.process_time() - middle + served)
        ratio = min(other) / min(own)
        numbers = (f"{min(times) * 1000:.0f}" for times in (own, other, of_server))
        rows.append((f"{days} days", *numbers, f"{ratio:.2f}", verdict(ratio, MOST_RATIO)))
    return rows


def newest_ms(database: Database) -> int:
    """The time of the newest event."""
    with database.snapshot() as connection:
        return int(connection.exec_driver_sql("SELECT max(ts_ms) FROM events").scalar_one())


def server_seconds(pid: int) -> float:
    """The CPU of a server's processes, and of those that have ended, in seconds."""
    running_ns = 0
    for process in family(pid):
        with suppress(OSError):  # it has ended meanwhile
            running_ns += int(Path(f"/proc/{process}/schedstat").read_text().split()[0])
    ended = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[13:15]
    return running_ns / 1e9 + sum(map(int, ended)) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
