"""Serves whole visits for an hour, at half of the most that the machine serves, and checks that nothing grows or fails.

    PYTHONPATH=tests/support python bench/soak.py [--minutes 60] [--workers 2] [--postgresql] [--rate VISITS_A_SECOND]

First, for some seconds, as many visits as can be made; then half as many a second, beginning at random, whether or not
those before have ended. Every response is checked for its status. Each minute, the waits, what waits in the journals,
and the memory, files and threads of each of the server's processes are noted. Exit status 1 if a check fails.
"""

# A script that prints what it measured.
# ruff: noqa: INP001, T201

import argparse
import asyncio
import resource
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from statistics import linear_regression, median

import serving_load as load
from log_checks import command
from measure import machine, table
from postgres import family, running
from server import Server, serving
from sqlalchemy import func, select
from visitors import Found, Visitors

from wizard.config import read_settings
from wizard.events.open_log import open_log
from wizard.storage import schema

AT_ONCE = 32
WARM_UP_S, MOST_S = 5, 15
READING_S = 1.0
MIN_SAMPLES = 12
MOST_GROWTH_MB = 5.0
"""How much the memory of a process may grow from the end of the first quarter on, by a line through its samples."""
MOST_MORE = 2
"""How many more files or threads than ever before a process may have in the last third."""
MOST_P99_MS = 1000.0
"""The machine also makes the visits, which takes half as much CPU as serving them."""
MOST_SLOWER = 2
"""So many times the median p99 of the first half may be that of the second."""
MOST_WAITING_S = 5.0
"""Events that are recorded in so many seconds may wait in the journals."""
KB, MB = 1 << 10, 1 << 20
EVENTS = ("question_view", "question_answer", "result_view", "cta_click")


@dataclass(frozen=True)
class Process:
    """What a process has at a moment."""

    name: str
    rss_mb: float
    files: int
    sockets: int
    threads: int
    cpu_s: float


Processes = Mapping[int, Process]


@dataclass(frozen=True)
class Sample:
    """What was found at the end of a minute, or of a shorter while where the run is short."""

    minutes: float
    requests_per_s: float
    p50_ms: float
    p99_ms: float
    waiting: int
    log: str
    processes: Processes


@dataclass(frozen=True)
class Idle:
    """The processes before the visits and after them, when nobody is connected."""

    before: Processes
    after: Processes


@dataclass(frozen=True)
class Check:
    """What has to hold, and what was found."""

    holds: bool
    what: str


def main() -> None:
    """Run it, print tables and checks, and fail if one does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--rate", type=float, default=0, help="visits a second; by default, half of the most")
    parser.add_argument("--folder", type=Path, default=Path("artifacts/bench"))
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    print(f"{machine()}; {given.workers} workers, {'PostgreSQL' if given.postgresql else 'SQLite'}\n", flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=given.folder))).resolve()
        url = f"sqlite:///{folder}/wizard.db"
        if given.postgresql:
            url = stack.enter_context(stack.enter_context(running(durable=True)).database())
        environ = {**load.SETTINGS, "WIZARD_DATABASE_URL": url, "WIZARD_SPOOL_DIR": f"{folder}/spool"}
        server = stack.enter_context(serving(folder, "--workers", str(given.workers), environ=environ))
        visitors = Visitors(server.port, 0)
        samples, idle = asyncio.run(soak(server, visitors, given.minutes, given.rate))
        print(f"\n{in_a_table(samples)}\n")
        checks = [*checked(samples, visitors.found), *grown(samples, idle), *compared(environ, visitors.found, server)]
    for check in checks:
        print(f"{'holds' if check.holds else 'FAILS'}: {check.what}")
    sys.exit(not all(check.holds for check in checks))


async def soak(server: Server, visitors: Visitors, minutes: float, rate: float) -> tuple[Sequence[Sample], Idle]:
    """Find the most, then visit at half of it, or at `rate`. Returns the samples of that."""
    found = visitors.found
    await visitors.at_once(AT_ONCE, WARM_UP_S)
    before = found.done["requests"]
    most = await visitors.at_once(AT_ONCE, MOST_S)
    print(f"at most {most:.0f} visits/s, {(found.done['requests'] - before) / MOST_S:,.0f} requests/s", flush=True)
    await asyncio.to_thread(server.wait_until_stored)
    found.take_waits()
    rate = rate or most / 2
    print(f"{minutes:g} minutes at {rate:.0f} visits/s, {READING_S:g} s for a page on average", flush=True)
    visitors.reading_s = READING_S
    idle = processes_of(server)
    many = max(round(minutes), MIN_SAMPLES)
    samples, _ = await asyncio.gather(
        sample(server, visitors, minutes * 60 / many, many), visitors.arriving(rate, minutes * 60)
    )
    await asyncio.to_thread(server.wait_until_stored)
    return samples, Idle(idle, processes_of(server))


async def sample(server: Server, visitors: Visitors, every_s: float, many: int) -> Sequence[Sample]:
    """So many samples, one each `every_s` seconds, with a line of each printed."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    samples = []
    for number in range(1, many + 1):
        due = began + number * every_s
        await asyncio.sleep(due - loop.time())
        waits = visitors.found.take_waits()
        ready = await asyncio.to_thread(readiness, server)
        p50, p99 = (waits[int(len(waits) * share)] if waits else float("inf") for share in (0.5, 0.99))
        processes = processes_of(server)
        minutes = (due - began) / 60
        now = Sample(minutes, len(waits) / every_s, p50, p99, int(str(ready["waiting"])), str(ready["log"]), processes)
        samples.append(now)
        rss = " ".join(f"{process.rss_mb:.1f}" for process in processes.values())
        print(
            f"{now.minutes:5.1f} min: {now.requests_per_s:,.0f} requests/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms, "
            f"{now.waiting} waiting, log {now.log}, {visitors.found.errors.total()} errors, RSS {rss} MB",
            flush=True,
        )
    return samples


def readiness(server: Server) -> Mapping[str, object]:
    """What /readyz says; that it says nothing where that is so."""
    try:
        return server.readiness()
    except (OSError, ValueError) as error:
        return {"waiting": 0, "log": f"not known ({error})"}


def processes_of(server: Server) -> Processes:
    """All processes of a server: the main one, Python's resource tracker, the ingest, and the workers."""
    names = chain(("main", "resource tracker", "ingest"), (f"worker {number}" for number in count(1)))
    found = {}
    for pid, name in zip(family(server.process.pid), names, strict=False):
        with suppress(OSError):  # it ended a moment ago
            found[pid] = process_of(pid, name)
    return found


def process_of(pid: int, name: str) -> Process:
    """What a process has now."""
    own = Path(f"/proc/{pid}")
    status = dict(line.split(":", 1) for line in (own / "status").read_text("utf-8").splitlines())
    ticks = (own / "stat").read_text("utf-8").rpartition(")")[2].split()[11:13]
    rss_mb = int(status["VmRSS"].split()[0]) / KB
    opened = list(map(_target, (own / "fd").iterdir()))
    sockets = sum(target.startswith("socket:") for target in opened)
    cpu_s = sum(map(int, ticks)) / load.TICKS
    return Process(name, rss_mb, len(opened) - sockets, sockets, int(status["Threads"]), cpu_s)


def _target(opened: Path) -> str:
    with suppress(OSError):  # it was closed a moment ago
        return str(opened.readlink())
    return "socket: closed"


def in_a_table(samples: Sequence[Sample]) -> str:
    """What each process had, first and last."""
    first, last = samples[0], samples[-1]
    rows = []
    for pid, after in last.processes.items():
        before = first.processes.get(pid, after)
        cpu = (after.cpu_s - before.cpu_s) / max((last.minutes - first.minutes) * 60, 1)
        rows.append(
            (
                after.name,
                *(f"{mb:.1f}" for mb in (before.rss_mb, after.rss_mb, growth_mb(samples, pid)[1])),
                *(f"{was} / {now}" for was, now in ((before.files, after.files), (before.threads, after.threads))),
                f"{cpu:.0%}",
            )
        )
    header = ("process", "RSS first, MB", "last", "growth, MB/h", "files first / last", "threads first / last", "CPU")
    return table(header, rows)


def growth_mb(samples: Sequence[Sample], pid: int) -> tuple[float, float]:
    """By how much the memory of a process grew from the end of the first quarter on, and by how much an hour."""
    points = [(each.minutes, each.processes[pid].rss_mb) for each in samples if pid in each.processes]
    points = points[len(points) // 4 :]
    if len(points) < 2:  # noqa: PLR2004  # no line
        return 0, 0
    slope = linear_regression(*zip(*points, strict=True)).slope
    return slope * (points[-1][0] - points[0][0]), slope * 60


def checked(samples: Sequence[Sample], found: Found) -> Iterator[Check]:
    """What has to hold while it runs."""
    begun, ended = found.done["visits begun"], found.done["visits"]
    errors = "".join(f"\n  {count} times {error}" for error, count in found.errors.most_common(5))
    requests = found.done["requests"]
    yield Check(begun == ended > 0, f"{ended:,} of {begun:,} visits were whole, {requests:,} requests{errors}")
    pids = [tuple(each.processes) for each in samples]
    yield Check(len(set(pids)) == 1, "the processes stayed the same")
    yield Check(all(each.log == "ok" for each in samples), "the log was up to date")
    p99s, p50s = [each.p99_ms for each in samples], [each.p50_ms for each in samples]
    waits = f"p50 {min(p50s):.1f} to {max(p50s):.1f} ms, p99 {min(p99s):.1f} to {max(p99s):.1f} ms"
    yield Check(max(p99s) <= MOST_P99_MS, f"{waits} (median {median(p99s):.1f}), aim {MOST_P99_MS:.0f}")
    half = len(p99s) // 2
    slower = median(p99s[half:]) / median(p99s[:half])
    yield Check(slower <= MOST_SLOWER, f"the p99 of the second half was {slower:.2f} times that of the first")
    per_visit = sum(found.done[name] for name in EVENTS) / max(ended, 1)
    requests_per_visit = requests / max(ended, 1)
    most = median(each.requests_per_s for each in samples) / requests_per_visit * per_visit * MOST_WAITING_S
    waiting = [each.waiting for each in samples]
    yield Check(max(waiting) <= most, f"at most {max(waiting):,} events waited in the journals, aim {most:,.0f}")


def grown(samples: Sequence[Sample], idle: Idle) -> Iterator[Check]:
    """What no process may have more and more of."""
    for pid, process in samples[-1].processes.items():
        growth, per_hour = growth_mb(samples, pid)
        memory = f"{process.name}: memory grew by {growth:.1f} MB ({per_hour:.1f} MB an hour)"
        yield Check(growth <= MOST_GROWTH_MB, memory)
        own = [each.processes[pid] for each in samples if pid in each.processes]
        until = len(own) * 2 // 3
        pairs = {what: [int(getattr(each, what)) for each in own] for what in ("files", "threads")}
        found = {what: (max(counts[:until], default=0), max(counts[until:])) for what, counts in pairs.items()}
        if pid in idle.before and pid in idle.after:
            found["sockets when idle"] = (idle.before[pid].sockets, idle.after[pid].sockets)
        changes = ", ".join(f"{what} {before} and then {after}" for what, (before, after) in found.items())
        holds = all(after <= before + MOST_MORE for before, after in found.values())
        yield Check(holds, f"{process.name}: {changes}")


def compared(environ: Mapping[str, str], found: Found, server: Server) -> Iterator[Check]:
    """What has to hold in the log at the end."""
    server.wait_until_stored()
    yield Check(server.readiness()["waiting"] == 0, "no event waits")
    ledger = command(environ, "ledger")
    yield Check(ledger.returncode == 0, f"the ledger: {ledger.stdout.strip().splitlines()[-1]}")
    log = open_log(read_settings(environ))
    events = schema.events.c
    with log.database.reader.connect() as connection:
        stored: dict[str, int] = dict(
            connection.execute(select(events.event, func.count()).group_by(events.event)).all()
        )
    log.database.dispose()
    for name in EVENTS:
        own = stored.get(name, 0)
        yield Check(own == found.done[name], f"{name}: {own:,} in the log, {found.done[name]:,} acknowledged")


if __name__ == "__main__":
    main()
