"""What the address and the environment say of a PostgreSQL holds for reading and writing; and who moves is followed."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from factories import visit
from postgres import Postgres
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from support import settings
from visits import STEPS

from wizard.events.log import Log
from wizard.events.open_log import open_log
from wizard.intake.journal import Journal
from wizard.intake.recorder import Recorder
from wizard.setting import SettingError
from wizard.storage.database import Database, open_database
from wizard.storage.migrate import migrate


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = open_database(url)
    yield database
    database.dispose()


def asked(engine: Engine, question: str) -> object:
    with engine.connect() as connection:
        return connection.execute(text(question)).scalar_one()


def parameters(engine: Engine) -> dict[str, str]:
    """What a connection was made with."""
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        told: dict[str, str] = driver.info.get_parameters()
        return told


def test_options_in_the_address_hold_for_migrations_for_writing_and_for_reading(postgres: Postgres) -> None:
    with postgres.new_database() as url, opened(f"{url}&options=-csearch_path%3Dwz") as database:
        postgres.execute("CREATE SCHEMA wz", database=str(database.url.database))
        migrate(database)
        log = Log(database, STEPS)
        log.append(visit())
        assert log.count() == 9
        for engine in (database.writer, database.reader):
            assert asked(engine, "SELECT count(*) FROM wz.events") == 9
            assert asked(engine, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


def test_options_in_the_environment_hold_for_writing_and_for_reading(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=12MB --statement-timeout=7s")
    monkeypatch.setenv("PGAPPNAME", "from the environment")
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "9")
    with opened(postgresql_url) as database:
        for engine in (database.writer, database.reader):
            assert asked(engine, "SHOW work_mem") == "12MB"
            assert asked(engine, "SHOW application_name") == "from the environment"
            assert asked(engine, "SHOW statement_timeout") == "7s", "what an operator says goes before our own"
            assert parameters(engine)["connect_timeout"] == "9"
        assert asked(database.writer, "SHOW lock_timeout") == "5s"


def test_options_in_the_address_override_the_defaults(postgresql_url: str) -> None:
    given = {"connect_timeout": "8", "application_name": "mine", "keepalives_idle": "77", "tcp_user_timeout": "9000"}
    query = "".join(f"&{name}={value}" for name, value in given.items())
    with opened(f"{postgresql_url}{query}&prepare_threshold=5") as database:
        for engine in (database.writer, database.reader):
            assert parameters(engine).items() >= given.items()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("no_such_option=1", "given the option 'no_such_option'; allowed: those of libpq"),
        ("autocommit=1", "given the option 'autocommit'; allowed: those of libpq"),
        ("row_factory=x", "given the option 'row_factory'; allowed: those of libpq"),
        ("prepare_threshold=often", "given prepare_threshold 'often'; allowed: a whole number"),
        ("port=abc", "given hosts or ports that can't be used ("),
        ("host=a&host=b&port=1", "given hosts or ports that can't be used ("),
        ("client_encoding=latin1", "given client_encoding 'latin1'; allowed: utf8"),
        ("options=-ca%3D1&options=-cb%3D2", "given the option 'options' 2 times; allowed: once"),
    ],
)
def test_an_option_that_can_not_be_used_is_refused_in_one_line(query: str, said: str) -> None:
    with pytest.raises(SettingError) as refused:
        open_database(f"postgresql+psycopg://me:hush-hush@db.example.com/w?{query}")
    assert str(refused.value).startswith(f"WIZARD_DATABASE_URL: {said}")
    assert "hush-hush" not in str(refused.value)


def test_texts_are_sent_in_utf_8_whatever_the_environment_says(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    with opened(f"{postgresql_url}&client_encoding=UTF-8") as database:
        assert asked(database.writer, "SELECT '\N{SEEDLING}'") == "\N{SEEDLING}"
        assert asked(database.reader, "SHOW client_encoding") == "UTF8"


@contextmanager
def read_only_from_now_on(postgres: Postgres, database: Database) -> Iterator[None]:
    """New connections can't write, as those to a primary that has become a standby; afterwards new ones can again."""
    name = database.url.database
    database.dispose()
    postgres.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    for engine in (database.writer, database.reader):
        assert asked(engine, "SHOW transaction_read_only") == "on"
    postgres.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    yield


def test_connections_to_a_primary_that_has_become_read_only_are_replaced(
    postgres: Postgres, postgresql_url: str
) -> None:
    made = settings(database_url=postgresql_url)
    log = open_log(made)
    recorder = Recorder(log, made.spool_dir, lambda: Journal(made.spool_dir, 1_000_000), lambda: 1_800_000_000_000)
    with read_only_from_now_on(postgres, log.database):
        recorder.record(visit())
        assert not recorder.ingest()
        assert (recorder.state, recorder.waiting) == ("spooling", 9)
        assert recorder.ingest()
        assert (recorder.state, recorder.waiting, log.count()) == ("ok", 0, 9)
        assert asked(log.database.reader, "SHOW transaction_read_only") == "off", "reports follow, too"
    recorder.close()


@pytest.mark.parametrize("state", ["57P01", "08006", "25006"])
def test_an_error_of_a_server_change_discards_the_connection(postgresql_url: str, state: str) -> None:
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'moved' USING ERRCODE = '{state}'; END $$"
    with opened(postgresql_url) as database:
        before = asked(database.writer, "SELECT pg_backend_pid()")
        assert asked(database.writer, "SELECT pg_backend_pid()") == before
        with database.writer.connect() as connection, pytest.raises(DBAPIError) as raised:
            connection.exec_driver_sql(raising)
        assert raised.value.connection_invalidated
        assert asked(database.writer, "SELECT pg_backend_pid()") != before
