"""What the commands on the log share: its period, opening and closing it, and how far they have come."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

import click
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from wizard.config import Settings
from wizard.conversions.database import LogError
from wizard.conversions.log import Log
from wizard.conversions.migrate import cause
from wizard.conversions.opening import open_log, open_log_to_read

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


def require_log(settings: Settings) -> None:
    """Raise LogError where the settings name a SQLite log that nobody has made yet."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        raise LogError(
            f"WIZARD_DATABASE_URL: there is no log at {Path(str(url.database)).absolute()}; run this in the server's "
            "folder, or set it as for the server (`wizard serve` and `wizard migrate` make a log)"
        )


@contextmanager
def opened_log(settings: Settings, *, writes: bool = False) -> Iterator[Log]:
    """The log that is there, closed at the end; only to be read, unless the command `writes`.

    Raises LogError where there is none, or the database fails.
    A command that reads makes no SQLite log: called in the wrong folder, it would find an empty one and say so.
    """
    require_log(settings)
    log = open_log(settings) if writes else open_log_to_read(settings)
    try:
        yield log
    except SQLAlchemyError as error:
        raise LogError(f"WIZARD_DATABASE_URL: the log can't be used ({cause(error)})") from error
    finally:
        log.database.dispose()


@contextmanager
def progress(label: str, total: Callable[[], int], *, shown: bool = True) -> Iterator[Callable[[int], None]]:
    """A function that takes how many more are done, out of `total`; a bar on standard error if that is a terminal."""
    if not (shown and sys.stderr.isatty()):
        yield lambda _: None
        return
    with click.progressbar(length=total(), label=label, file=sys.stderr) as bar:
        yield bar.update


class Counted(Generic[T]):
    """What `items` has, once through; `count` says how many there were, and `tell` is told now and then."""

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
