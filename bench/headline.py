"""How often the overview's headline names a planted change, and how often it speaks where nothing changed.

    PYTHONPATH=tests/support python bench/headline.py [--logs 200] [--noise 1000]

Makes logs of two periods of 28 days with about 2,000 starters each, and prints the power curve: the size of the change,
in multiples of the smallest that is beyond chance in 80 of 100 logs after correction, beside the share of logs in which
the headline names it, and its cause.
"""

# A script that prints what it measured.
# ruff: noqa: INP001, T201

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from factories import sqlite_log
from measure import machine, table
from planted_causes import CAUSES, FAMILY, NOISE, smallest_drop, smallest_fall, smallest_lag, source_shrinks
from planted_logs import Planted, headline

from wizard.analytics.headline import Headline
from wizard.events.log import Log

TIMES = (0.5, 0.75, 1.0, 1.5, 2.0)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=int, default=200, help="of each size")
    parser.add_argument("--noise", type=int, default=1000, help="without a change, of each kind")
    given = parser.parse_args()
    print(f"{machine()}; {FAMILY} figures are looked at\n")
    print(f"smallest drop-off {smallest_drop():.2%}, fall {smallest_fall():.1%}, log of the lag {smallest_lag():.2f}\n")
    with tempfile.TemporaryDirectory() as folder:
        log = sqlite_log(Path(folder))
        rows = [
            (name, f"{times:g}", *curve(log, plant(times), given.logs))
            for name, plant in {**CAUSES, "a source shrinks, in bursts": source_shrinks}.items()
            for times in TIMES
        ]
        print(table(("change", "times", "named", "and its cause", "named otherwise"), rows))
        noise = [(name, f"{given.noise:,}", silent(log, plant, given.noise)) for name, plant in NOISE.items()]
        print("\n" + table(("nothing changed", "logs", "said something"), noise))
        log.database.dispose()


def curve(log: Log, planted: Planted, logs: int) -> tuple[str, str, str]:
    """The shares of logs in which the change is named, its cause as well, and another change."""
    found = list(headlines(log, planted, logs))
    named = [each for each in found if each.change and each.change.key == planted.key]
    whole = [each for each in named if planted.cause == cause_of(each)]
    others = sum(each.change is not None for each in found) - len(named)
    result = (f"{len(named) / logs:.1%}", f"{len(whole) / logs:.1%}", f"{others / logs:.1%}")
    print(planted.key, *result, file=sys.stderr)
    return result


def silent(log: Log, plant: Callable[[float], Planted], logs: int) -> str:
    """The share of logs without a change in which one is named."""
    return f"{sum(each.change is not None for each in headlines(log, plant(0.0), logs)) / logs:.1%}"


def headlines(log: Log, planted: Planted, logs: int) -> Iterable[Headline]:
    """What the overview says of each log."""
    return (headline(log, planted, seed) for seed in range(logs))


def cause_of(found: Headline) -> tuple[str, str] | None:
    """The row that is named."""
    return (found.cause.row.dimension, found.cause.row.value) if found.cause else None


if __name__ == "__main__":
    main()
