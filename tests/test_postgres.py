"""The PostgreSQL that the tests start: it comes back after a stop and a crash, and says what is wrong when it can't."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import MISSING, Postgres, programs, running
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError
from visits import STEPS, Visitor

from wizard import setting_parsers
from wizard.events.log import Log
from wizard.storage import schema
from wizard.storage.database import open_database


@pytest.fixture
def durable() -> Iterator[Postgres]:
    with running(durable=True) as cluster:
        yield cluster


def test_what_was_committed_is_there_after_a_stop_and_after_a_crash(durable: Postgres) -> None:
    with durable.database() as url:
        assert setting_parsers.database_url(url) == url
        database = open_database(url)
        log = Log(database, STEPS)
        for end, name in ((durable.stop, "stopped"), (durable.kill, "crashed")):
            log.append(Visitor(name).arrive().events)
            end()
            durable.start()
        with database.reader.connect() as connection:
            assert connection.execute(select(func.count()).select_from(schema.journeys)).scalar_one() == 2
        database.dispose()


def append_one(url: str) -> None:
    database = open_database(url)
    log = Log(database, STEPS)
    assert log.append(Visitor().arrive().events).stored == 2
    assert log.count() == 2
    database.dispose()


def test_each_database_is_empty_and_nobody_reaches_it_by_the_address_of_one_before(postgres: Postgres) -> None:
    with postgres.database() as url:
        append_one(url)
        left_open = open_database(url).reader.connect()
    with postgres.database() as another:
        assert another != url
        append_one(another)
        with pytest.raises(DatabaseError):
            left_open.exec_driver_sql("SELECT 1")
        with pytest.raises(DatabaseError):
            append_one(url)


CHANGES = (
    "DROP TABLE sign_ins",
    "ALTER TABLE ledger ALTER COLUMN events TYPE numeric",
    "CREATE VIEW seen AS SELECT 1",
    "CREATE SCHEMA other",
    "DROP INDEX {index}",
    "GRANT SELECT ON ledger TO public",
    "ANALYZE journeys",
    "UPDATE wizard_version SET version_num = 'another'",
    "DELETE FROM wizard_version",
    "DROP TABLE wizard_version",
    "ALTER DATABASE {name} SET statement_timeout = 1000",
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_database_in_which_more_than_rows_was_changed_is_not_used_again(change: str, postgres: Postgres) -> None:
    with postgres.database() as url:
        database = open_database(url)
        Log(database, STEPS).append(Visitor().arrive().events)
        with database.writer.begin() as connection:
            name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
            number = connection.exec_driver_sql("SELECT oid FROM pg_database WHERE datname = current_database()")
            changed, index = number.scalar_one(), next(index.name for index in schema.journeys.indexes)
            connection.exec_driver_sql(change.format(name=name, index=index))
        database.dispose()
    with postgres.database() as url:
        database = open_database(url)
        with database.reader.connect() as connection:
            number = connection.exec_driver_sql("SELECT oid FROM pg_database WHERE datname = current_database()")
            assert number.scalar_one() != changed
        database.dispose()


def test_a_cluster_that_does_not_come_up_shows_what_it_said(durable: Postgres) -> None:
    durable.stop()
    with (durable.folder / "data" / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(AssertionError, match=r'did not start; its log:(.|\n)*"no_such_setting"'):
        durable.start()


def test_a_machine_without_postgresql_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AssertionError, match="make system") as refused:
        programs(str(tmp_path))
    assert str(refused.value).startswith(MISSING)


def test_of_several_versions_the_newest_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for version in ("9.6", "15", "17"):
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        (folder / "initdb").touch()
    assert programs(str(tmp_path)) == tmp_path / "17" / "bin"
