"""What servers of older versions store is found, rebuilt, and noted for subscribers."""

from collections.abc import Callable, Iterator

import pytest
from factories import DATABASES, NOV_1, fill, log_on
from sqlalchemy import delete, insert, select, text, update

from wizard.events import ledger_writer
from wizard.events import log as log_module
from wizard.events.log import DAY_MS, Log
from wizard.maintenance.catch_up import LONGEST_SECONDS, QUIET_SECONDS, CatchUp
from wizard.storage import schema, studio_tables
from wizard.storage.migrate import migrate
from wizard.storage.older_servers import FIRST_WORKER, WORKERS, stored_by_older
from wizard.storage.subscriber_tables import pending_changes, subscribers
from wizard.storage.upkeep_tables import log_state, older_servers

Older = Callable[..., None]
STUDIO = [table for table in schema.METADATA.sorted_tables if getattr(studio_tables, table.name, None) is table]
"""The tables that migration 0013 adds."""


@pytest.fixture(params=DATABASES)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    log = log_on(request.param, request)
    with log.database.writer.begin() as connection:
        row = {"name": "any", "version": 0, "backfilled": 0, "delivered": 0, "last_error": ""}
        connection.execute(insert(subscribers).values(row))
    yield log
    log.database.dispose()


@pytest.fixture
def older(log: Log) -> Older:
    """Stores visits as a server of an older version does: it notes nothing, and its rows lack what is new."""

    def store(*names: str, days: int = 0) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ledger_writer, "own_worker", lambda: WORKERS - 1)
            patch.setattr(log_module, "note", lambda *_, **__: None)
            fill(log, names, NOV_1 + days * DAY_MS, apart_ms=1)
        own = schema.journeys
        with log.database.writer.begin() as connection:
            connection.execute(update(own).where(own.c.journey_id.in_(names)).values(edges="", cell=0))

    return store


class Time:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def noted(log: Log) -> set[str]:
    """The journeys that are pending for the subscriber; none of them afterwards."""
    with log.database.writer.begin() as connection:
        found = set(connection.execute(select(pending_changes.c.journey_id)).scalars())
        connection.execute(delete(pending_changes))
    return found


def test_what_an_older_server_stores_is_rebuilt_and_noted(log: Log, older: Older) -> None:
    fill(log, ["new-1"], NOV_1)
    assert noted(log) == {"new-1"}
    older("old-1", "old-2", days=1)
    older("old-3", days=3)
    assert log.rebuild(["old-1", "old-2", "old-3"], write=False) == 3
    assert CatchUp(log).run() == 3
    assert noted(log) == {"old-1", "old-2", "old-3"}
    assert log.rebuild(["old-1", "old-2", "old-3"], write=False) == 0
    assert CatchUp(log).run() == 0


def test_only_the_days_on_which_something_was_added_are_rebuilt(log: Log, older: Older) -> None:
    older("old-1")
    older("old-2", days=1)
    CatchUp(log).run()
    noted(log)
    older("old-3", days=1)
    CatchUp(log).run()
    assert noted(log) == {"old-2", "old-3"}


def test_events_that_an_older_server_adds_to_a_visit_of_a_newer_one_are_noted(log: Log, older: Older) -> None:
    fill(log, ["new-1"], NOV_1)
    noted(log)
    with log.database.writer.begin() as connection:
        event = schema.events
        connection.execute(delete(event).where(event.c.event == "conversion"))
    older("new-1")
    assert CatchUp(log).run() == 1
    assert noted(log) == {"new-1"}
    assert log.rebuild(["new-1"], write=False) == 0


def test_what_this_version_stores_is_not_rebuilt(log: Log) -> None:
    fill(log, ["new-1", "new-2"])
    with log.database.reader.connect() as connection:
        assert stored_by_older(connection) == {}
        assert min(connection.execute(select(schema.ledger.c.worker)).scalars()) >= FIRST_WORKER
    assert not CatchUp(log).is_due()


def test_visits_that_were_erased_meanwhile_are_not_noted_as_there(log: Log, older: Older) -> None:
    older("old-1", "old-2")
    log.erase(["old-1"])
    noted(log)
    assert CatchUp(log).run() == 1
    assert noted(log) == {"old-2"}


def test_it_waits_until_older_servers_pause(log: Log, older: Older) -> None:
    time = Time()
    catch_up = CatchUp(log, time)
    assert not catch_up.is_due()
    older("old-1")
    assert not catch_up.is_due()
    time.now += QUIET_SECONDS - 1
    older("old-2")
    assert not catch_up.is_due()
    time.now += QUIET_SECONDS
    assert catch_up.is_due()
    catch_up.run()
    assert not catch_up.is_due()


def test_it_does_not_wait_for_longer_than_an_hour(log: Log, older: Older) -> None:
    time = Time()
    catch_up = CatchUp(log, time)
    catch_up.is_due()
    for number in range(int(LONGEST_SECONDS / QUIET_SECONDS) * 2):
        older(f"old-{number}")
        if catch_up.is_due():
            break
        time.now += QUIET_SECONDS / 2
    assert time.now == 1000 + LONGEST_SECONDS


def test_a_stop_ends_it_and_the_next_time_begins_again(log: Log, older: Older, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.maintenance.catch_up.JOURNEYS_AT_ONCE", 2)
    older("old-1", "old-2", "old-3")
    assert CatchUp(log).run(lambda: True) == 2
    assert CatchUp(log).run() == 3
    assert noted(log) == {"old-1", "old-2", "old-3"}


def test_after_a_migration_what_older_servers_stored_before_it_is_not_rebuilt(log: Log, older: Older) -> None:
    older("old-1")
    with log.database.writer.begin() as connection:
        for table in (older_servers, log_state, *STUDIO):
            table.drop(connection)
        for column in ("role", "method", "subject", "made_by"):
            connection.execute(text(f"ALTER TABLE sign_ins DROP COLUMN {column}"))
        connection.execute(text("UPDATE wizard_version SET version_num = '0011'"))
    migrate(log.database)
    assert CatchUp(log).run() == 0
