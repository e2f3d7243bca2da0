"""What one worker serves: requests a second, how long they take, and the CPU of each, beside a bare Flask.

    PYTHONPATH=tests/support python bench/serve.py [--rounds 3] [--seconds 4] [--events 1000000]
        [--also before=/path/of/a/checkout]

All in turns in one run, by wrk, one request after the other on each of 16 connections. Each is a browser's, from
another address, through a trusted proxy; each answer is of a journey of its own. The overview has one connection, since
the dashboard refuses many at a time. After each turn, all that it recorded is brought into the log, which counts as its
CPU. The wizard has an empty log on SQLite, one whose studio is used meanwhile (each second, a page is previewed and a
text saved; each five, a version published), one on PostgreSQL, and one on a PostgreSQL that is stopped; with `--events`
also a log with so many, which reports.py makes the first time. At the end, 20,000 looks of the first question
are asked for. Fails when a request fails; an aim missed is only said.
"""

# A script that prints what it measured.
# ruff: noqa: INP001, T201

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

import peers
import serving_load as load
import studio_use
from chromium import NotMeasured
from databases import TEMPLATE
from measure import machine, table
from postgres import running

HERE = Path(__file__).parent
THREADS = "16"
"""As many as a worker of the wizard has for requests."""

LOOKS = 10_000
MOST_GROWTH_MB = 5.0

FIRST, SECOND, ANSWER, RESULT, GO = "first question", "second question", "answer", "result", "recommendation link"
STOPPED, STUDIO = "PostgreSQL stopped", "studio in use"
HELLO, FORMTOOLS = "Flask hello", "django-formtools, first question"


@dataclass(frozen=True)
class Case:
    """What is measured, and what it came to; `meanwhile` goes on during each run."""

    name: str
    target: load.Target
    runs: list[load.Run] = field(default_factory=list)
    meanwhile: Callable[[], AbstractContextManager[None]] = nullcontext

    def to(self, other: "Case") -> float:
        """The median of each round's ratio of requests a second."""
        return median(own.per_second / its.per_second for own, its in zip(self.runs, other.runs, strict=True))


def main() -> None:
    """Measure each case in turns, and print a table and what each aim came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--events", type=int, default=0)
    parser.add_argument("--also", metavar="NAME=CHECKOUT", action="append", default=[])
    parser.add_argument("--folder", type=Path, default=Path("artifacts"))
    given = parser.parse_args()
    try:
        with ExitStack() as stack:
            print(f"{machine()}; {given.rounds} rounds of {given.seconds} s\n")
            cases = start(stack, given)
            for _ in range(given.rounds):
                for case in cases:
                    with case.meanwhile():
                        case.runs.append(load.run(case.target, given.seconds))
            print(in_a_table(cases), "\n")
            for line in aims({case.name: case for case in cases}, given.seconds):
                print(line, flush=True)
            print(looks(next(case.target for case in cases if case.name == FIRST), given.seconds))
    except NotMeasured as problem:
        sys.exit(f"Not measured: {problem}")


def start(stack: ExitStack, given: argparse.Namespace) -> Sequence[Case]:
    """Start every server, and say what each is asked for."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
    get = ["GET\t/\t"] * load.ADDRESSES
    cases = []
    for name, target in (("WSGI hello", "hello:wsgi"), (HELLO, "hello:flask")):
        port = peers.free_port()
        words = ("--interface", "wsgi", "--port", str(port), "--no-log", "--blocking-threads", THREADS)
        command = (sys.executable, "-m", "granian", *words, "--working-dir", str(HERE), target)
        process = stack.enter_context(peers.served(command, port, folder, {}))
        cases.append(Case(name, load.Target(port, process.pid, get)))
    python, _ = peers.install(given.folder.resolve() / "first-question")
    port = peers.free_port()
    process = stack.enter_context(peers.formtools(port, folder, python))
    cases.append(Case(FORMTOOLS, load.Target(port, process.pid, get)))
    asked = visits(get)
    own = wizard(stack, folder, {})
    cases += [Case(name, own(lines)) for name, lines in asked.items()]
    cases += with_studio(stack, folder, asked)
    for name, checkout in (one.split("=", 1) for one in given.also):
        own = wizard(stack, folder, {}, checkout)
        cases += [Case(f"{what}, {name}", own(lines)) for what, lines in asked.items()]
    for log in ("PostgreSQL", STOPPED):
        cluster = stack.enter_context(running(durable=True))
        url = stack.enter_context(cluster.database()) if log != STOPPED else cluster.url(TEMPLATE)
        own = wizard(stack, folder, {"WIZARD_DATABASE_URL": url}, settles=log != STOPPED)
        cases += [Case(f"{what}, {log}", own(asked[what])) for what in (FIRST, ANSWER)]
        if log == STOPPED:
            cluster.stop()
    if given.events:
        cases += at_events(stack, given, folder, asked)
    return cases


def wizard(
    stack: ExitStack,
    folder: Path,
    environ: Mapping[str, str],
    checkout: str = str(HERE.parent),
    *,
    settles: bool = True,
) -> Callable[[Sequence[str]], load.Target]:
    """Start a server of the wizard. Returns what makes targets of requests to it."""
    own = Path(tempfile.mkdtemp(dir=folder))
    port = peers.free_port()
    command = (sys.executable, "-m", "wizard", "serve", "--port", str(port))
    process = stack.enter_context(
        peers.served(command, port, own, {**load.SETTINGS, **environ, "PYTHONPATH": checkout})
    )
    return lambda requests: load.Target(port, process.pid, requests, settles=settles)


def with_studio(stack: ExitStack, folder: Path, asked: Mapping[str, Sequence[str]]) -> Iterator[Case]:
    """Visits to a server whose studio is in use."""
    environ = {"WIZARD_DATABASE_URL": f"sqlite:///{tempfile.mkdtemp(dir=folder)}/wizard.db"}
    own = wizard(stack, folder, environ)
    port = own([]).port
    settings = {**load.SETTINGS, **environ}
    studio = studio_use.Studio(port, settings, load.sign_in(port, settings, role="editor"))
    for what in (FIRST, ANSWER):
        yield Case(f"{what}, {STUDIO}", own(asked[what]), meanwhile=studio.in_use)


def visits(get: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """What visitors ask for."""
    return {
        FIRST: get,
        SECOND: load.pages({"who": "team"}),
        ANSWER: load.answers(),
        RESULT: load.pages(load.ANSWERED),
        GO: load.pages(load.ANSWERED, path="/go/private_cloud"),
        "/embed.js": ["GET\t/embed.js\t"] * load.ADDRESSES,
    }


def at_events(
    stack: ExitStack, given: argparse.Namespace, folder: Path, asked: Mapping[str, Sequence[str]]
) -> Iterator[Case]:
    """Visits, and the dashboard's overview, of a copy of a log with so many events."""
    settings = load.log_of(given.events, given.folder.resolve() / "bench")
    copied = shutil.copy(settings["WIZARD_DATABASE_URL"].removeprefix("sqlite:///"), folder)
    settings = {**settings, "WIZARD_DATABASE_URL": f"sqlite:///{copied}"}
    own = wizard(stack, folder, settings)
    for what in (FIRST, ANSWER):
        yield Case(f"{what}, {given.events:,} events", own(asked[what]))
    overview = own(["GET\t/growth\t"])
    cookie = load.sign_in(overview.port, {**load.SETTINGS, **settings})
    yield Case(f"overview, {given.events:,} events", replace(overview, cookie=cookie, connections=1))


def looks(first: load.Target, seconds: int) -> str:
    """Ask for many looks, and then for as many others; how much memory that took."""
    wanted = [f"GET\t/?accent={number * 97:06x}&theme=light\t" for number in range(2 * LOOKS)]
    target = replace(first, requests=wanted, sent=0)
    held = [load.memory_mb(target.pid)]
    for until in (LOOKS, 2 * LOOKS):
        while target.sent < until:
            load.run(target, seconds)
        held.append(load.memory_mb(target.pid))
    growth = held[2] - held[1]
    told = ", ".join(f"{mb:.0f} MB" for mb in held)
    return (
        f"{'met' if growth <= MOST_GROWTH_MB else 'MISSED'}: memory of all processes before, after {LOOKS:,} looks and "
        f"after as many others: {told}; growth {growth:.1f} MB, aim {MOST_GROWTH_MB:g}"
    )


def in_a_table(cases: Sequence[Case]) -> str:
    """All figures: the median of the rounds."""
    hello = next(case for case in cases if case.name == HELLO)
    rows = []
    for case in cases:
        figures = {
            name: median(getattr(run, name) for run in case.runs)
            for name in ("per_second", "p50_ms", "p99_ms", "cpu_us", "bytes")
        }
        rows.append(
            (
                case.name,
                f"{figures['per_second']:,.0f}",
                f"{case.to(hello):.3f}",
                f"{figures['p50_ms']:.1f}",
                f"{figures['p99_ms']:.1f}",
                f"{figures['cpu_us']:,.0f}",
                f"{figures['bytes']:,.0f}",
            )
        )
    return table(("", "requests/s", "of hello", "p50, ms", "p99, ms", "CPU, µs", "bytes"), rows)


def aims(cases: Mapping[str, Case], seconds: int) -> Iterator[str]:
    """Each aim, whether it was met, and by what."""
    hello, formtools = cases[HELLO], cases[FORMTOOLS]
    others = [name for name in cases if name.startswith((f"{FIRST}, ", f"{ANSWER}, ")) and name != FORMTOOLS]
    for what, found, least in (
        ("first question, to hello", cases[FIRST].to(hello), 0.25),
        ("answer, to hello", cases[ANSWER].to(hello), 0.2),
        *((f"{name}, to hello", cases[name].to(hello), 0.25 if name.startswith(FIRST) else 0.2) for name in others),
        ("first question, to django-formtools'", cases[FIRST].to(formtools), 4),
    ):
        yield f"{'met' if found >= least else 'MISSED'}: {what}: {found:.2f}, aim {least:g}"
    for name in (FIRST, ANSWER):
        case = cases[name]
        rate = median(run.per_second for run in case.runs) / 2
        half = load.run(case.target, seconds, rate)
        spread = half.p99_ms / half.p50_ms
        yield (
            f"{'met' if spread <= load.MOST_SPREAD else 'MISSED'}: {name}, p99 to the median at {half.per_second:,.0f} "
            f"requests/s, half of its most: {half.p99_ms:.1f} ms / {half.p50_ms:.1f} ms = {spread:.1f}, aim 5"
        )


if __name__ == "__main__":
    main()
