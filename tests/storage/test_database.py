"""Opening the database: what each connection is set to, how long a writer waits, and what can't be opened."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from postgres import Postgres
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from wizard.config import Durability
from wizard.storage import database as module
from wizard.storage.database import Database, LogError, open_database


def asked(engine: Engine, question: str) -> object:
    with engine.connect() as connection:
        return connection.execute(text(question)).scalar_one()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/deep/down/log.db")
    yield opened
    opened.dispose()


@pytest.fixture
def server(postgresql_url: str) -> Iterator[Database]:
    opened = open_database(postgresql_url)
    yield opened
    opened.dispose()


def test_a_sqlite_database_is_a_file_in_a_folder_that_is_made(sqlite: Database, tmp_path: Path) -> None:
    assert sqlite.is_sqlite
    assert sqlite.path == tmp_path / "deep" / "down" / "log.db"
    assert sqlite.path.parent.is_dir()
    assert not sqlite.path.exists(), "nothing is connected to yet"


@pytest.mark.parametrize(("durability", "synchronous"), [("crash", 1), ("power-loss", 2)])
def test_sqlite_writes_ahead_and_waits_for_the_disk_as_the_setting_says(
    tmp_path: Path, durability: Durability, synchronous: int
) -> None:
    opened = open_database(f"sqlite:///{tmp_path}/log.db", durability)
    for engine in (opened.writer, opened.reader):
        assert asked(engine, "PRAGMA journal_mode") == "wal"
        assert asked(engine, "PRAGMA synchronous") == synchronous
        assert asked(engine, "PRAGMA busy_timeout") == module.WAIT_SECONDS * 1000
    opened.dispose()


def test_a_sqlite_writer_holds_the_file_from_the_start_and_a_reader_never_does(sqlite: Database) -> None:
    with sqlite.writer.begin() as connection:
        connection.execute(text("CREATE TABLE facts (fact TEXT)"))
    impatient = sqlite3.connect(sqlite.path, timeout=0, isolation_level=None)
    with sqlite.writer.begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
        impatient.execute("INSERT INTO facts VALUES ('while another writes')")
    with sqlite.reader.begin() as connection:
        connection.execute(text("SELECT * FROM facts"))
        impatient.execute("INSERT INTO facts VALUES ('while another reads')")
        assert connection.execute(text("SELECT count(*) FROM facts")).scalar_one() == 0, "it reads what there was"
    impatient.close()


def test_a_writer_gives_up_on_a_locked_sqlite_file(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.2)
    impatient = open_database(sqlite.url.render_as_string())
    with sqlite.writer.begin(), pytest.raises(OperationalError, match="locked"):
        asked(impatient.writer, "SELECT 1")
    impatient.dispose()


def test_a_new_sqlite_file_that_another_is_just_making_is_waited_for(sqlite: Database) -> None:
    with closing(sqlite3.connect(sqlite.path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.3, other.execute, ["COMMIT"])
        release.start()
        assert asked(sqlite.reader, "PRAGMA journal_mode") == "wal"
        release.join()


def test_a_folder_that_can_not_be_made_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LogError, match=r"^WIZARD_DATABASE_URL: the folder of .*/file/log.db can't be made \(.+\)$"):
        open_database(f"sqlite:///{tmp_path}/file/log.db")


def test_a_sqlite_too_old_for_the_log_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(LogError, match=r"3\.35 or newer is needed"):
        open_database(f"sqlite:///{tmp_path}/log.db")


def test_a_disposed_database_is_opened_again_by_its_next_use(sqlite: Database) -> None:
    assert asked(sqlite.reader, "SELECT 1") == 1
    sqlite.dispose()
    assert asked(sqlite.reader, "SELECT 2") == 2


def test_postgresql_is_no_file(server: Database) -> None:
    assert not server.is_sqlite


def test_a_writer_on_postgresql_gives_up_after_a_few_seconds_and_a_reader_does_not(server: Database) -> None:
    for limit in ("statement_timeout", "lock_timeout"):
        assert asked(server.writer, f"SHOW {limit}") == f"{module.WAIT_SECONDS}s"
        assert asked(server.reader, f"SHOW {limit}") == "0"


def test_a_connection_to_an_unreachable_postgresql_times_out(server: Database) -> None:
    with server.writer.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        told = driver.info.get_parameters()
    alive = int(told["keepalives_idle"]) + int(told["keepalives_interval"]) * int(told["keepalives_count"])
    assert alive <= module.WAIT_SECONDS
    assert int(told["tcp_user_timeout"]) <= module.WAIT_SECONDS * 1000


def test_a_writer_on_postgresql_waits_for_its_commit_and_sees_what_was_committed_before(server: Database) -> None:
    server_wide = asked(server.reader, "SHOW synchronous_commit")
    assert asked(server.writer, "SHOW synchronous_commit") == "on" != server_wide
    assert asked(server.writer, "SHOW transaction_isolation") == "read committed"


def test_a_writer_that_waits_for_another_on_postgresql_gives_up(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 1)
    opened = open_database(postgresql_url)
    locking = text("SELECT pg_advisory_xact_lock(1)")
    with opened.writer.begin() as one, opened.writer.connect() as other:
        one.execute(locking)
        began = time.monotonic()
        with pytest.raises(OperationalError, match="timeout"):
            other.execute(locking)
        assert time.monotonic() - began < 10
    opened.dispose()


def test_connections_are_replaced_after_a_restart_of_postgresql(postgres: Postgres, server: Database) -> None:
    for engine in (server.writer, server.reader):
        assert asked(engine, "SELECT 1") == 1
    postgres.stop()
    with pytest.raises(OperationalError):
        asked(server.writer, "SELECT 1")
    postgres.start()
    for engine in (server.writer, server.reader):
        assert asked(engine, "SELECT 1") == 1
