"""Migrating: from nothing, again, by several at once; and what is too new or not there is refused in one line."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib import resources
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from postgres import Postgres
from processes import in_processes, migrate_at
from sqlalchemy import MetaData, Table, inspect, select, text
from subscribing import Recording, deliver_all, log_states, subscribed
from support import settings
from visits import BEGAN_MS, DAY_MS, STEPS, Visitor, first_by_id

from wizard.analytics.releases import read_releases
from wizard.dashboard.notes.content import Content
from wizard.dashboard.notes.store import Notes
from wizard.events.attribution import Attribution
from wizard.events.log import Log
from wizard.events.model import Event
from wizard.events.open_log import open_log
from wizard.events.periods import Period
from wizard.events.projection import fold
from wizard.events.record import to_record
from wizard.storage import schema
from wizard.storage.compatibility import require_same
from wizard.storage.database import Database, LogError, open_database
from wizard.storage.log_state import LogState, read_state, write_state
from wizard.storage.migrate import MIGRATION_LOCK, migrate, require_current
from wizard.storage.schema import VERSION


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    """An empty database that the class names."""
    opened = open_database(address)
    yield opened
    opened.dispose()


def set_version(database: Database, version: str, writers_from: str | None = None) -> None:
    """Have the tables at `version`, as a migration of that version leaves them; only its own servers may write."""
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE wizard_version SET version_num = :version"), {"version": version})
        write_state(connection, writers_from=writers_from or version)


def migrate_to(database: Database, version: str) -> None:
    """Make the tables as they were at an earlier version."""
    config = Config()
    config.set_main_option("script_location", str(resources.files("wizard.storage") / "migrations"))
    with database.writer.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)


def insert_as_of(database: Database, events: Sequence[Event]) -> None:
    """Store events and the rows folded from them in the columns that the tables have at their version."""
    trails: dict[str, list[Event]] = {}
    for event in events:
        trails.setdefault(event.context.journey_id, []).append(event)
    folded = [fold(trail, STEPS) for trail in trails.values()]
    rows = {
        "events": [dict.fromkeys(schema.events.c.keys()) | to_record(event) for event in events],
        "journeys": [asdict(each.journey) | {"cell": 7} for each in folded],  # by some earlier rule
        "journey_steps": [asdict(step) for each in folded for step in each.steps],
    }
    with database.writer.begin() as connection:
        for name, records in rows.items():
            table = Table(name, MetaData(), autoload_with=connection)
            connection.execute(table.insert(), [{key: row[key] for key in table.c.keys()} for row in records])  # noqa: SIM118


def every_kind_of_visit() -> list[Visitor]:
    """Journeys that differ in all that is folded from them."""
    hobby = {"who": "hobby", "hosting": "avoid"}
    told = Attribution(
        "news", "mail", "spring \N{SEEDLING}", "a", "b", "example.com", "https://example.org", "/pricing"
    )
    everything = Visitor("whole", attribution=told).arrive().err().answer("team").answer("2_10").answer("own_servers")
    return [
        Visitor("looked").arrive(),
        everything.click("private_cloud").convert("cloud", 49.5),
        Visitor("returned").arrive().answer("hobby").answer("avoid").back_to("who").answer("job"),
        Visitor("tabs").arrive().answer("hobby").browser_back().answer("team"),
        Visitor("unseen").arrive().answer("hobby").answer("avoid", logged=False).back_to("who"),
        Visitor("behind", pace_ms=-5).arrive().answer("hobby").answer("avoid").back_to("who"),
        Visitor("linked", entry="prefilled", prefilled=hobby, device="unknown").arrive().click("on_premise"),
        Visitor("ahead", entry="prefilled", prefilled={"hosting": "avoid"}).arrive().answer("hobby"),
        Visitor("plain").arrive().answer("hobby").answer("avoid"),
        converted_alone(),
    ]


def converted_alone() -> Visitor:
    """A conversion of a journey of which nothing else is known."""
    visitor = Visitor("alone", entry="prefilled", prefilled={"who": "hobby", "hosting": "avoid"}).arrive()
    visitor.requests.clear()
    return visitor.convert("cloud", 1.0)


class MigrateContract:
    def test_an_empty_database_is_brought_to_the_newest_version(self, database: Database) -> None:
        assert migrate(database) == ("", VERSION)
        require_current(database)
        assert Log(database, STEPS).append(Visitor().arrive().events).stored == 2

    def test_another_applications_version_table_is_neither_read_nor_changed(self, database: Database) -> None:
        for version in ("1975ea83b712", "0003"):
            with database.writer.begin() as connection:
                connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
                connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})
            migrate(database)
            require_current(database)
            with database.writer.begin() as connection:
                assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [version]
                connection.execute(text("DROP TABLE alembic_version"))

    @pytest.mark.parametrize("version", ["0001", "0003", "0004"])
    def test_a_log_whose_version_is_in_alembics_own_table_goes_on_with_it(
        self, database: Database, version: str
    ) -> None:
        migrate_to(database, version)
        with database.writer.begin() as connection:
            connection.execute(text("ALTER TABLE wizard_version RENAME TO alembic_version"))
        assert migrate(database) == (version, VERSION)
        require_current(database)
        with database.reader.connect() as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [VERSION]
            assert not inspect(connection).has_table("wizard_version")

    def test_a_second_time_changes_nothing(self, database: Database) -> None:
        migrate(database)
        events = Visitor().arrive().events
        Log(database, STEPS).append(events)
        assert migrate(database) == (VERSION, VERSION)
        assert Log(database, STEPS).count() == len(events)

    def test_a_log_from_before_the_change_feed_has_its_journeys_delivered_to_a_new_subscriber(
        self, database: Database
    ) -> None:
        migrate_to(database, "0010")
        visits = every_kind_of_visit()
        insert_as_of(database, [event for each in visits for event in first_by_id(each.events).values()])
        assert migrate(database) == ("0010", VERSION)
        log, subscriber = Log(database, STEPS), Recording()
        log.append(Visitor("later").arrive().events)
        deliver_all(subscribed(log, subscriber))
        assert len(subscriber.present) == len(visits) + 1
        assert subscriber.present == log_states(log)

    def test_a_log_from_before_pages_had_a_path_keeps_its_events_and_takes_more(self, database: Database) -> None:
        migrate_to(database, "0001")
        early, late = (Visitor(journey_id=name).arrive() for name in ("early", "late"))
        with database.writer.begin() as connection:
            table = Table("events", MetaData(), autoload_with=connection)
            empty = dict.fromkeys(table.c.keys())
            for event in early.events:
                record = {name: value for name, value in to_record(event).items() if name != "embed_path"}
                connection.execute(table.insert(), empty | record)
        assert migrate(database) == ("0001", VERSION)
        log = Log(database, STEPS)
        log.append([*early.answer("hobby").events, *late.events])
        assert {event.event_id for event in log.read()} == {
            event.event_id for visitor in (early, late) for event in visitor.events
        }
        with database.reader.connect() as connection:
            assert connection.execute(select(schema.journeys.c.embed_path)).scalars().all() == ["", ""]

    @pytest.mark.parametrize("version", ["0002", "0003", "0004"])
    def test_a_log_from_before_the_dashboard_is_as_if_it_had_been_folded_today(
        self, database: Database, version: str
    ) -> None:
        migrate_to(database, version)
        visitors = every_kind_of_visit()
        events = [event for visitor in visitors for event in first_by_id(visitor.events).values()]
        insert_as_of(database, events)
        assert migrate(database) == (version, VERSION)
        log = Log(database, STEPS)
        names = [visitor.journey_id for visitor in visitors]
        assert log.rebuild(names, write=False) == 0, "wizard rebuild --check finds nothing wrong"
        journeys = [log.journey(name) for name in names]
        assert {journey.edges for journey in journeys if journey} > {
            "",
            "start>who",
            "hosting>result start>who who>hosting",
        }
        assert any(journey.elapsed_ms for journey in journeys if journey)

    def test_a_log_of_more_journeys_than_are_filled_at_once_is_filled_to_the_last(self, database: Database) -> None:
        migrate_to(database, "0003")
        names = [f"journey-{number}" for number in range(5003)]
        insert_as_of(database, [event for name in names for event in Visitor(name).arrive().events])
        migrate(database)
        assert Log(database, STEPS).rebuild(names, write=False) == 0

    def test_the_releases_of_a_log_from_before_notes_are_found_and_it_takes_notes(self, database: Database) -> None:
        migrate_to(database, "0008")
        visitors = [
            Visitor(f"{number}", wording_version=f"w{number}", now_ms=BEGAN_MS + number * 2 * DAY_MS).arrive()
            for number in range(3)
        ]
        insert_as_of(database, [event for visitor in visitors for event in visitor.events])
        assert migrate(database) == ("0008", VERSION)
        with database.snapshot() as connection:
            found = read_releases(connection, Period(BEGAN_MS, BEGAN_MS + 9 * DAY_MS))
        assert [(each.version, each.before) for each in found] == [("w1", "w0"), ("w2", "w1")]
        notes = Notes(database, lambda: 0)
        note = notes.add(Content("2026-11-01", "Spring campaign"), "one@example.com")
        assert list(notes.all()) == [note]

    def test_several_processes_can_migrate_at_once(self, database: Database) -> None:
        url = database.url.render_as_string(hide_password=False)
        done = in_processes(migrate_at, *[(url,)] * 4)
        assert sorted(done) == [("", VERSION), *[(VERSION, VERSION)] * 3]
        require_current(database)

    def test_tables_newer_than_the_code_are_refused(self, database: Database) -> None:
        migrate(database)
        set_version(database, "9999")
        for refusing in (migrate, require_current):
            with pytest.raises(LogError, match=rf"^the log's tables are at version 9999, newer .* {VERSION}; update"):
                refusing(database)
        with database.reader.connect() as connection:
            assert connection.execute(text("SELECT version_num FROM wizard_version")).scalars().all() == ["9999"]

    def test_newer_tables_are_used_as_they_are_if_their_migrations_let_this_version_write(
        self, database: Database
    ) -> None:
        migrate(database)
        set_version(database, "9999", writers_from=VERSION)
        assert migrate(database) == ("9999", "9999")
        require_current(database)
        assert Log(database, STEPS).append(Visitor().arrive().events).stored == 2
        with pytest.raises(LogError, match=r"version 9999, newer .*, so it does not erase visits; use the wizard"):
            require_same(database, "erase visits")

    def test_a_log_knows_whether_it_was_made_by_this_version(self, database: Database) -> None:
        migrate_to(database, "0010")
        migrate(database)
        with database.reader.connect() as connection:
            assert read_state(connection) == LogState(made_at="", writers_from="0010")

    def test_a_new_log_knows_the_version_that_it_was_made_with(self, database: Database) -> None:
        migrate(database)
        with database.reader.connect() as connection:
            assert read_state(connection) == LogState(made_at=VERSION, writers_from="0010")

    def test_a_database_without_tables_says_what_to_run(self, database: Database) -> None:
        with pytest.raises(LogError, match=rf"at version none, not {VERSION}; run: wizard migrate$"):
            require_current(database)


class TestMigrateOnSqlite(MigrateContract):
    @pytest.fixture
    def address(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/log.db"

    def test_opening_the_log_migrates_it(self, address: str) -> None:
        log = open_log(settings(database_url=address))
        require_current(log.database)
        log.database.dispose()

    def test_opening_a_log_that_is_newer_is_refused(self, database: Database, address: str) -> None:
        migrate(database)
        set_version(database, "9999")
        with pytest.raises(LogError, match="newer than this wizard's"):
            open_log(settings(database_url=address))

    def test_a_file_that_is_no_database_is_refused_in_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "notes.db").write_text("remember the milk " * 100)
        with pytest.raises(
            LogError, match=r"^WIZARD_DATABASE_URL: the log can't be migrated \(file is not a database\)$"
        ):
            open_log(settings(database_url=f"sqlite:///{tmp_path}/notes.db"))


class TestMigrateOnPostgresql(MigrateContract):
    @pytest.fixture
    def address(self, postgres: Postgres) -> Iterator[str]:
        with postgres.new_database() as url:
            yield url

    def test_opening_the_log_does_not_migrate_it_and_says_what_does(self, address: str) -> None:
        for _ in range(2):
            with pytest.raises(LogError, match=r"run: wizard migrate$"):
                open_log(settings(database_url=address))

    def test_opening_a_migrated_log_opens_it(self, postgresql_url: str) -> None:
        log = open_log(settings(database_url=postgresql_url))
        assert log.count() == 0
        log.database.dispose()

    @pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
    def test_a_database_that_is_not_in_utf_8_is_refused_by_name(self, postgres: Postgres, encoding: str) -> None:
        with postgres.new_database(encoding) as url:
            for refusing in (migrate, require_current):
                opened = open_database(url)
                with pytest.raises(
                    LogError, match=rf"^WIZARD_DATABASE_URL: given .* encoding is {encoding}; allowed: UTF8 "
                ):
                    refusing(opened)
                opened.dispose()

    def test_time_limits_of_a_role_or_a_database_do_not_stop_a_migration(
        self, postgres: Postgres, database: Database
    ) -> None:
        with database.writer.connect() as other:
            other.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
                postgres.execute(f"ALTER DATABASE {database.url.database} SET {limit} = '300ms'")
            release = threading.Timer(0.6, other.rollback)
            release.start()
            assert migrate(database) == ("", VERSION)
            release.join()
        with database.reader.connect() as connection:
            connection.execute(text("SELECT pg_sleep(0.6)"))
            time.sleep(0.6)
            connection.execute(text("SELECT 1"))

    def test_an_unreachable_server_is_reported_in_one_line_without_the_password(self, tmp_path: Path) -> None:
        with pytest.raises(LogError, match=r"^WIZARD_DATABASE_URL: the log can't be opened \(.+\)$") as refused:
            open_log(settings(database_url=f"postgresql+psycopg://wizard:hush-hush@/log?host={tmp_path}"))
        assert "\n" not in str(refused.value)
        assert "hush-hush" not in str(refused.value)

    def test_a_missing_database_is_reported_in_one_line(self, postgres: Postgres) -> None:
        with pytest.raises(LogError, match='database "nowhere" does not exist'):
            migrate(open_database(postgres.url("nowhere")))
