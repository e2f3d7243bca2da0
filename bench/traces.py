"""What traces cost: one worker with and without them, by wrk, in turns in one run.

    PYTHONPATH=tests/support python bench/traces.py [--rounds 5] [--seconds 3] [--also before=/path/of/a/checkout]

"sampled" sends one in ten; "receiver down" sends to a port where nothing listens. Each server has the two requests that
visitors send most; what is recorded is brought into the log after each turn. Ratios are the medians of each round's.
"""

# A script that prints what it measured.
# ruff: noqa: INP001, T201

import argparse
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import serving_load as load
from chromium import NotMeasured
from measure import machine, table
from serve import ANSWER, FIRST, Case, wizard
from trace_receiver import receiving

HERE = Path(__file__).parent
OFF = "off"
DOWN = "http://127.0.0.1:9"


def main() -> None:
    """Measure each in turns, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--also", metavar="NAME=CHECKOUT", action="append", default=[])
    given = parser.parse_args()
    try:
        with ExitStack() as stack:
            print(f"{machine()}; {given.rounds} rounds of {given.seconds} s\n")
            receiver = stack.enter_context(receiving())
            on = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url}
            sampled = {**on, "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"}
            servers: dict[str, Mapping[str, str]] = {OFF: {}, "on": on, "sampled": sampled}
            servers["receiver down"] = {"OTEL_EXPORTER_OTLP_ENDPOINT": DOWN}
            checkouts = {name: str(HERE.parent) for name in servers}
            for name, checkout in (one.split("=", 1) for one in given.also):
                servers[name], checkouts[name] = {}, checkout
            cases = started(stack, servers, checkouts)
            for _ in range(given.rounds):
                for case in cases.values():
                    case.runs.append(load.run(case.target, given.seconds))
                    receiver.bodies.clear()
            print(in_a_table(cases))
    except NotMeasured as problem:
        sys.exit(f"Not measured: {problem}")


def started(
    stack: ExitStack, servers: Mapping[str, Mapping[str, str]], checkouts: Mapping[str, str]
) -> Mapping[tuple[str, str], Case]:
    """What is measured, by request and server."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
    asked = {FIRST: ["GET\t/\t"] * load.ADDRESSES, ANSWER: load.answers()}
    own = {name: wizard(stack, folder, environ, checkouts[name]) for name, environ in servers.items()}
    return {(what, name): Case(name, own[name](lines)) for what, lines in asked.items() for name in servers}


def in_a_table(cases: Mapping[tuple[str, str], Case]) -> str:
    """Each request with each server, and its ratios to the server without traces."""
    rows = []
    for (what, name), case in cases.items():
        off = cases[what, OFF]
        figures = (median(getattr(run, each) for run in case.runs) for each in ("per_second", "p50_ms", "p99_ms"))
        per_second, p50, p99 = figures
        cpu = median(run.cpu_us for run in case.runs)
        to_cpu = median(run.cpu_us / its.cpu_us for run, its in zip(case.runs, off.runs, strict=True))
        row = (what, name, f"{per_second:,.0f}", f"{case.to(off):.2f}", f"{p50:.1f}", f"{p99:.1f}", f"{cpu:,.0f}")
        rows.append((*row, f"{to_cpu:.2f}"))
    return table(("", "traces", "requests/s", "of off", "p50, ms", "p99, ms", "CPU, µs", "of off"), rows)


if __name__ == "__main__":
    main()
