"""What commands share: the options of a period, counts in words, and a progress bar."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
TOLD_AT_ONCE = 1000


def period_options(command: F) -> F:
    """Give a command the options --since and --until, each a text for `read_period`."""
    command = click.option(
        "--until", metavar="WHEN", help="Up to and including this date; or until before this ISO 8601 time."
    )(command)
    return click.option("--since", metavar="WHEN", help="From this date on (2026-11-01), or this ISO 8601 time.")(
        command
    )


def several(count: int, noun: str) -> str:
    """`count` and its noun: 1 journey, 1,200 journeys."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


@contextmanager
def progress(label: str, total: Callable[[], int], *, shown: bool = True) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error, if that is a terminal. Yields a function that adds to what is done."""
    if not (shown and sys.stderr.isatty()):
        yield lambda _: None
        return
    with click.progressbar(length=total(), label=label, file=sys.stderr) as bar:
        yield bar.update


class Counted(Generic[T]):
    """Iterates over `items` once and counts them in `count`; reports progress to `tell`."""

    def __init__(self, items: Iterable[T], tell: Callable[[int], None]) -> None:
        self._items = items
        self._tell = tell
        self.count = 0

    def __iter__(self) -> Iterator[T]:
        told = 0
        for item in self._items:
            yield item
            self.count += 1
            if self.count - told == TOLD_AT_ONCE:
                self._tell(TOLD_AT_ONCE)
                told = self.count
        self._tell(self.count - told)
