"""Upgrades without a pause: servers of this version and of an older one on one log, with visits through both."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
from load import Record, load
from loaded_server import environ_for, loaded, reached, wait_until, wait_until_all_is_in
from log_checks import command, prove
from older_version import code_at, command_of
from postgres import Postgres
from server import serving, visit
from sqlalchemy import Table, select, text, update

from wizard.config import read_settings
from wizard.events.log import Log
from wizard.events.open_log import open_log
from wizard.maintenance.catch_up import CatchUp
from wizard.storage import schema
from wizard.storage.log_state import write_state
from wizard.storage.schema import VERSION
from wizard.storage.subscriber_tables import pending_changes, subscribers
from wizard.subscribers.registration import register

OLDER = "0010"
"""The oldest version whose servers may still write to today's tables."""

ENOUGH = 40
"""How many acknowledged events come of each part of an upgrade at least; in the long form, fifty times as many."""


@pytest.fixture(scope="session")
def older() -> Sequence[str]:
    """The command `wizard` of the older version."""
    return command_of(code_at(OLDER))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/wizard.db"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.new_database() as url:
        yield url


def run_older(older: Sequence[str], environ: Mapping[str, str], *words: str) -> str:
    """What a command of the older version prints."""
    done = subprocess.run([*older, *words], env=environ, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.fixture
def enough(request: pytest.FixtureRequest) -> int:
    return 50 * ENOUGH if request.config.getoption("--soak") else ENOUGH


def more(record: Record, events: int, what: str) -> None:
    """Wait until so many further events have been acknowledged."""
    wait_until(partial(reached, record, len(record.acknowledged) + events), what)


@contextmanager
def opened(environ: Mapping[str, str]) -> Iterator[Log]:
    """The log of this environment."""
    log = open_log(read_settings(environ))
    yield log
    log.database.dispose()


def subscribe(log: Log) -> None:
    """Have all changes of the log noted from now on, without a backfill of what is there."""
    register(log.database, ["any"])
    log.database.write(lambda connection: connection.execute(update(subscribers).values(backfill_after=None)))


def journeys_in(log: Log, table: Table) -> set[str]:
    """The ids of the journeys in a table."""
    with log.database.reader.connect() as connection:
        return set(connection.execute(select(table.c.journey_id)).scalars())


def test_visits_go_on_through_an_older_and_a_newer_server_while_the_log_is_migrated(
    tmp_path: Path, empty_database: str, older: Sequence[str], enough: int
) -> None:
    """On SQLite, both have their journals in one folder, and the older server is killed; on PostgreSQL, it is stopped,
    and each has a folder of its own, as on two machines.
    """
    environ = environ_for(tmp_path, empty_database)
    is_sqlite = empty_database.startswith("sqlite")
    newer = environ if is_sqlite else {**environ, "WIZARD_SPOOL_DIR": f"{tmp_path}/spool-2"}
    assert f"at version {OLDER}." in run_older(older, environ, "migrate")
    with ExitStack() as servers:
        before = servers.enter_context(serving(tmp_path, environ=environ, command=older))
        ports = [before.port]
        with load(ports) as record:
            more(record, enough, "visits to the older server")
            assert f"from version {OLDER} to {VERSION}." in command(newer, "migrate").stdout
            with opened(newer) as log:
                subscribe(log)
            more(record, enough, "visits to the older server on newer tables")
            after = servers.enter_context(serving(tmp_path, environ=newer))
            ports.append(after.port)
            more(record, enough, "visits through both")
            ports.remove(before.port)
            end = before.kill if is_sqlite else before.stop
            end()
            more(record, enough, "visits to the newer server")
        wait_until_all_is_in(after)
    loaded(record, 4 * enough)
    prove(environ, record.acknowledged)
    with opened(newer) as log:
        noted, journeys = journeys_in(log, pending_changes), journeys_in(log, schema.journeys)
        assert noted, "the newer server notes what it stores"
        assert noted < journeys, "the older server notes nothing"
        assert CatchUp(log).run() == len(journeys)
        assert journeys_in(log, pending_changes) == journeys
        assert CatchUp(log).run() == 0
    assert "newer than this wizard's" in run_older(older, environ, "serve")


def test_a_server_starts_on_newer_tables_that_let_it_write(tmp_path: Path, any_database: str) -> None:
    environ = environ_for(tmp_path, any_database)
    with opened(environ) as log, log.database.writer.begin() as connection:
        connection.execute(text("ALTER TABLE journeys ADD COLUMN later TEXT NOT NULL DEFAULT ''"))
        connection.execute(text("CREATE TABLE later (name TEXT PRIMARY KEY)"))
        connection.execute(text("UPDATE wizard_version SET version_num = '9999'"))
        write_state(connection, writers_from=VERSION)
    with serving(tmp_path, environ=environ) as server:
        visit([server.url], {"who": "hobby", "hosting": "avoid"})
        server.wait_until_stored()
        server.wait_for_log("the log's tables are at version 9999, newer than this wizard's")
    with opened(environ) as log:
        (name,) = journeys_in(log, schema.journeys)
        assert log.rebuild([name], write=False) == 0
    assert command(environ, "ledger").returncode == 0
