"""What one worker serves: requests a second, how long they take, and the CPU of each, beside a bare Flask.

    python bench/serve.py [--rounds 3] [--seconds 4] [--events 1000000] [--also before=/path/of/a/checkout]

All in turns in one run, by wrk, one request after the other on each of 16 connections. Each is a browser's, from
another address, through a trusted proxy; each answer is of a journey of its own. With `--events`, the dashboard's
overview of such a log, which reports.py makes the first time. Fails when a request fails; an aim missed is only
said.
"""

# A script that prints what it measured.
# ruff: noqa: INP001, T201

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import peers
import serving_load as load
from chromium import NotMeasured
from measure import machine, table

HERE = Path(__file__).parent
THREADS = "16"
"""As many as a worker of the wizard has for requests."""

FIRST, SECOND, ANSWER, RESULT, GO = "first question", "second question", "answer", "result", "recommendation link"
HELLO, FORMTOOLS = "Flask hello", "django-formtools, first question"


@dataclass(frozen=True)
class Case:
    """What is measured, and what it came to."""

    name: str
    target: load.Target
    runs: list[load.Run] = field(default_factory=list)

    def to(self, other: "Case") -> float:
        """The median of each round's ratio of requests a second."""
        return median(own.per_second / its.per_second for own, its in zip(self.runs, other.runs, strict=True))


def main() -> None:
    """Measure each case in turns, and print a table and what each aim came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--events", type=int, default=0)
    parser.add_argument("--database", default="", help="the log's address; by default, SQLite")
    parser.add_argument("--also", metavar="NAME=CHECKOUT", action="append", default=[])
    parser.add_argument("--folder", type=Path, default=Path("artifacts"))
    given = parser.parse_args()
    try:
        with ExitStack() as stack:
            print(f"{machine()}; {given.rounds} rounds of {given.seconds} s\n")
            cases = start(stack, given)
            for _ in range(given.rounds):
                for case in cases:
                    case.runs.append(load.run(case.target, given.seconds))
            print(in_a_table(cases), "\n")
            for line in aims({case.name: case for case in cases}, given.seconds):
                print(line)
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
    checkouts = {"": str(HERE.parent), **dict(one.split("=", 1) for one in given.also)}
    for name, checkout in checkouts.items():
        own = folder / (name or "own")
        own.mkdir()
        port = peers.free_port()
        command = (sys.executable, "-m", "wizard", "serve", "--port", str(port))
        environ = {**load.SETTINGS, "PYTHONPATH": checkout}
        if given.database:
            environ["WIZARD_DATABASE_URL"] = given.database
        process = stack.enter_context(peers.served(command, port, own, environ))
        suffix = f", {name}" if name else ""
        cases += [Case(f"{what}{suffix}", load.Target(port, process.pid, lines)) for what, lines in visits(get).items()]
    if given.events:
        cases.append(overview(stack, given, folder))
    return cases


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


def overview(stack: ExitStack, given: argparse.Namespace, folder: Path) -> Case:
    """The dashboard's overview of a log with so many events."""
    port = peers.free_port()
    environ = {**load.SETTINGS, **load.log_of(given.events, given.folder.resolve() / "bench")}
    own = folder / "overview"
    own.mkdir()
    command = (sys.executable, "-m", "wizard", "serve", "--port", str(port))
    process = stack.enter_context(peers.served(command, port, own, {**environ, "PYTHONPATH": str(HERE.parent)}))
    cookie = load.sign_in(port, environ)
    return Case(f"overview at {given.events:,} events", load.Target(port, process.pid, ["GET\t/growth\t"], cookie))


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
    for what, found, least in (
        ("first question, to hello", cases[FIRST].to(hello), 0.25),
        ("answer, to hello", cases[ANSWER].to(hello), 0.2),
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
