"""Times what is compared in turns, so that whatever else the machine is doing happens to all alike."""

# For scripts; it starts our own command.
# ruff: noqa: INP001, S603

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

WAIT4_KB = 1024


def best_of(rounds: int, asked: Mapping[str, Callable[[], Any]]) -> dict[str, tuple[float, Any]]:
    """The shortest of so many turns of each, in seconds, and what it gave."""
    best: dict[str, tuple[float, Any]] = {}
    for _ in range(rounds):
        for name, ask in asked.items():
            began = time.perf_counter()
            found = ask()
            seconds = time.perf_counter() - began
            if name not in best or seconds < best[name][0]:
                best[name] = (seconds, found)
    return best


def peak_mb(words: Sequence[str], environ: Mapping[str, str]) -> float:
    """The most memory that a command held, in a process of its own, in MB. Linux only."""
    code = (
        "import sys; from wizard.cli import wizard; wizard(sys.argv[1:], standalone_mode=False); "
        "print(open('/proc/self/status').read(), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True, env=environ
    )
    return int(done.stderr.decode().split("VmHWM:")[1].split()[0]) / WAIT4_KB


def ratios(names: Sequence[str], values: Mapping[str, float] | None = None) -> list[str]:
    """The ratio of each to each that comes after it, or the names of these ratios."""
    pairs = [(one, other) for number, one in enumerate(names) for other in names[number + 1 :]]
    if values is None:
        return [f"{one} to {other}" for one, other in pairs]
    return [f"{values[one] / values[other]:.2f}" for one, other in pairs]


def cpu_seconds() -> float:
    """The CPU that this process and the servers that it has started have used, in seconds. Linux only."""
    return _cpu("self") + servers_cpu_seconds()


def servers_cpu_seconds(word: bytes = b"") -> float:
    """The CPU of those whose command line has `word` in it, in seconds."""
    pids = [pid for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text("utf-8").split()]
    return sum(_cpu(pid) for pid in pids if word in Path(f"/proc/{pid}/cmdline").read_bytes())


def _cpu(pid: str) -> float:
    own = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(own[11]) + int(own[12])) / os.sysconf("SC_CLK_TCK")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [header, ["---" if not position else "---:" for position, _ in enumerate(header)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """What it was measured on, as far as ratios may depend on it."""
    cores = sum(line.startswith("processor") for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines())
    load = Path("/proc/loadavg").read_text("utf-8").split()[0]
    return f"{cores} cores, load {load} at the start, Python {platform.python_version()}"
