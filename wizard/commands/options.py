"""Helpers of several commands: options for a period, counts with nouns, and a progress bar."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
REPORT_EVERY = 1000


def period_options(command: F) -> F:
    """Add the options --since and --until to a command, as texts for `read_period`."""
    command = click.option(
        "--until", metavar="WHEN", help="Up to and including this date; or until before this ISO 8601 time."
    )(command)
    return click.option("--since", metavar="WHEN", help="From this date on (2026-11-01), or this ISO 8601 time.")(
        command
    )


def several(count: int, noun: str) -> str:
    """`count` with the noun in singular or plural: 1 journey, 1,200 journeys."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


@contextmanager
def progress(label: str, total: Callable[[], int], *, shown: bool = True) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on standard error if it is a terminal. Yields a function that advances it by a count."""
    if not (shown and sys.stderr.isatty()):
        yield lambda _: None
        return
    with click.progressbar(length=total(), label=label, file=sys.stderr) as bar:
        yield bar.update


class ProgressCounter(Generic[T]):
    """Iterates over `items` once, counts them in `count`, and reports progress to `on_progress`."""

    def __init__(self, items: Iterable[T], on_progress: Callable[[int], None]) -> None:
        self._items = items
        self._on_progress = on_progress
        self.count = 0

    def __iter__(self) -> Iterator[T]:
        for item in self._items:
            yield item
            self.count += 1
            if self.count % REPORT_EVERY == 0:
                self._on_progress(REPORT_EVERY)
        self._on_progress(self.count % REPORT_EVERY)
