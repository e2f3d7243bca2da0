"""Runs functions in several processes that share a database."""

import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import resources
from multiprocessing import get_context
from threading import BrokenBarrierError
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from visits import STEPS

from wizard.events.log import Appended, Log
from wizard.events.model import Event
from wizard.storage.database import open_database
from wizard.storage.migrate import migrate

WAIT_SECONDS = 60
T = TypeVar("T")


def in_processes(work: Callable[..., T], *calls: Sequence[Any]) -> list[T]:
    """The results of `work` for each of `calls`, each in its own process, all started at the same moment."""
    context = get_context("spawn")
    ready = context.Barrier(len(calls))
    with ProcessPoolExecutor(len(calls), mp_context=context, initializer=_wait_for, initargs=(ready,)) as pool:
        return [future.result() for future in [pool.submit(work, *call) for call in calls]]


def _wait_for(others: Any) -> None:
    try:
        others.wait(WAIT_SECONDS)
    except BrokenBarrierError as error:
        raise AssertionError("not all processes started") from error


def shuffled(events: Sequence[Event], seed: int) -> list[Event]:
    """The events in an order that `seed` gives."""
    return random.Random(seed).sample(events, len(events))  # noqa: S311  # no secret


def append_each(log: Log, events: Iterable[Event]) -> Appended:
    """Append each event in a transaction of its own."""
    done = [log.append([event]) for event in events]
    return Appended(sum(each.stored for each in done), sum(each.duplicate for each in done))


def append_shuffled(url: str, events: Sequence[Event], seed: int) -> Appended:
    """Append each event to the log at `url`, in the order of `seed`; for `in_processes`."""
    database = open_database(url)
    done = append_each(Log(database, STEPS), shuffled(events, seed))
    database.dispose()
    return done


def migrate_at(url: str) -> tuple[str, str]:
    """Migrate the database at `url`; for `in_processes`."""
    database = open_database(url)
    versions = migrate(database)
    database.dispose()
    return versions


def migrate_to(url: str, version: str) -> None:
    """Make or migrate the tables at `url` as they were at an earlier version."""
    config = Config()
    config.set_main_option("script_location", str(resources.files("wizard.storage") / "migrations"))
    database = open_database(url)
    with database.writer.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    database.dispose()
