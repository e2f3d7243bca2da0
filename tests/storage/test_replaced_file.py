"""A SQLite log that is removed or replaced under a server: it is noticed, and no event is lost."""

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from factories import NOV_1, visit
from server import serving
from server import visit as visit_server
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from support import empty_log, settings

from wizard.events.log import Log
from wizard.events.open_log import open_log
from wizard.intake.journal import Journal
from wizard.intake.recorder import Recorder
from wizard.storage.database import open_database
from wizard.storage.migrate import migrate
from wizard.storage.sqlite_file import companions

WAIT_SECONDS = 20
PATH = {"who": "team", "team_size": "2_10", "hosting": "avoid"}


@dataclass(frozen=True)
class Recording:
    """A recorder as in a server's worker, on a log in a file."""

    recorder: Recorder
    log: Log

    @property
    def path(self) -> Path:
        return self.log.database.path

    def record(self, name: str) -> tuple[str, int]:
        """Record a visit of nine events; and bring it in; what the recorder says then."""
        self.recorder.record(visit(name))
        return self.tend()

    def tend(self) -> tuple[str, int]:
        """Bring in what waits; what the recorder says then."""
        self.recorder.ingest()
        return self.recorder.state, self.recorder.waiting

    def remove(self) -> None:
        """Remove the file and all that is beside it."""
        for path in (self.path, *companions(self.path)):
            path.unlink(missing_ok=True)


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Recording]:
    folder = tmp_path / "var"
    folder.mkdir()
    log = open_log(settings(database_url=empty_log(folder)))
    recorder = Recorder(log, tmp_path / "spool", lambda: Journal(tmp_path / "spool", 1_000_000), lambda: NOV_1)
    recording = Recording(recorder, log)
    assert recording.record("before") == ("ok", 0)
    assert log.count() == 9  # so that there is a connection to read with, too
    yield recording
    recorder.close()


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def journeys_in(path: Path) -> set[str]:
    """The journeys in a file, as somebody else finds them."""
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT DISTINCT journey_id FROM events")}


def new_log_at(path: Path) -> None:
    """Make an empty log, as `wizard migrate` does."""
    database = open_database(f"sqlite:///{path}")
    migrate(database)
    database.dispose()


def remove_files(recording: Recording) -> None:
    recording.remove()


def remove_folder(recording: Recording) -> None:
    shutil.rmtree(recording.path.parent)


def put_a_folder_there(recording: Recording) -> None:
    recording.remove()
    recording.path.mkdir()


def put_something_else_there(recording: Recording) -> None:
    recording.remove()
    recording.path.write_text("remember the milk " * 1000)


def put_an_empty_file_there(recording: Recording) -> None:
    recording.remove()
    recording.path.touch()


def put_a_link_to_nothing_there(recording: Recording) -> None:
    recording.remove()
    recording.path.symlink_to("nowhere.db")


def put_an_older_log_there(recording: Recording) -> None:
    recording.remove()
    new_log_at(recording.path)
    with closing(sqlite3.connect(recording.path, isolation_level=None)) as connection:
        connection.execute("UPDATE wizard_version SET version_num = '0002'")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (remove_files, "wizard.db was removed; put it back"),
        (remove_folder, "wizard.db was removed; put it back"),
        (put_a_folder_there, "unable to open database file"),
        (put_something_else_there, "file is not a database"),
        (put_an_empty_file_there, "wizard.db was replaced by a file whose tables are at version none"),
        (put_a_link_to_nothing_there, "wizard.db was removed; put it back"),
        (put_an_older_log_there, "wizard.db was replaced by a file whose tables are at version 0002"),
    ],
    ids=lambda case: getattr(case, "__name__", None),
)
def test_a_removed_or_unusable_file_is_noticed_and_events_wait_for_a_log(
    harm: Callable[[Recording], None], said: str, recording: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    harm(recording)
    assert recording.tend() == ("spooling", 0), "though nobody comes"
    assert said in caplog.text
    assert recording.record("meanwhile") == ("spooling", 9)
    with pytest.raises(DBAPIError):
        recording.log.count()
    shutil.rmtree(recording.path.parent, ignore_errors=True)  # one of these has done so
    recording.path.parent.mkdir()
    assert recording.tend() == ("spooling", 9), "no new log is made unasked"
    assert not recording.path.exists()
    new_log_at(recording.path)
    assert recording.tend() == ("ok", 0)
    assert recording.record("after") == ("ok", 0)
    assert journeys_in(recording.path) == {"meanwhile", "after"}
    assert recording.log.count() == 18


def test_a_server_says_that_its_file_was_removed_and_brings_every_event_into_the_next(tmp_path: Path) -> None:
    path = tmp_path / "var" / "wizard.db"
    with serving(tmp_path) as server:
        visit_server([server.url], PATH)
        server.wait_until_stored()
        for each in (path, *companions(path)):
            each.unlink(missing_ok=True)
        wait_until(lambda: server.readiness()["log"] == "spooling")
        visit_server([server.url], PATH)
        assert int(str(server.readiness()["waiting"])) > 0
        new_log_at(path)
        wait_until(lambda: server.readiness()["log"] == "ok")
        assert server.stop() == 0
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchall() == [(8,)]


def test_the_first_event_after_the_removal_is_not_lost_either(recording: Recording) -> None:
    recording.remove()
    assert recording.record("first") == ("spooling", 9)


def test_an_event_is_not_lost_if_the_file_is_removed_while_it_is_written(recording: Recording) -> None:
    event.listen(recording.log.database.writer, "commit", lambda _: recording.remove(), once=True)
    assert recording.record("at that moment") == ("spooling", 9)


def test_a_backup_put_in_place_of_the_log_is_used(recording: Recording, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    shutil.copy(recording.path, backup)
    recording.remove()
    shutil.copy(backup, recording.path)
    assert recording.record("after") == ("ok", 0)
    assert recording.log.count() == len(journeys_in(recording.path)) * 9


def test_a_link_to_the_same_file_changes_nothing(recording: Recording) -> None:
    elsewhere = recording.path.with_name("elsewhere.db")
    recording.path.rename(elsewhere)
    recording.path.symlink_to(elsewhere.name)
    assert recording.record("after") == ("ok", 0)
    assert recording.log.count() == 18


def test_a_log_that_was_moved_away_and_back_is_used_again(recording: Recording) -> None:
    away = recording.path.parent.rename(recording.path.parent.with_name("away"))
    assert recording.record("meanwhile") == ("spooling", 9)
    away.rename(recording.path.parent)
    assert recording.tend() == ("ok", 0)
    assert journeys_in(recording.path) == {"before", "meanwhile"}


def test_connections_to_the_file_before_do_no_harm_to_the_new_one(recording: Recording) -> None:
    recording.remove()
    new_log_at(recording.path)
    assert recording.record("one") == ("ok", 0)  # what reads is still connected to the file before
    wal = companions(recording.path)[0].stat().st_ino
    assert recording.log.count() == 9  # it gives that up
    assert companions(recording.path)[0].stat().st_ino == wal
    assert recording.record("two") == ("ok", 0)
    assert journeys_in(recording.path) == {"one", "two"}
    with closing(sqlite3.connect(recording.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_the_write_ahead_log_of_the_file_before_is_not_taken_for_the_new_ones(
    recording: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    new = recording.path.with_name("new.db")
    new_log_at(new)
    new.rename(recording.path)
    assert recording.tend() == ("spooling", 0)
    assert "wizard.db was replaced, and wizard.db-wal is still the earlier file's; move that away" in caplog.text
    for path in companions(recording.path):
        path.unlink(missing_ok=True)
    assert recording.tend() == ("ok", 0)
    assert recording.record("after") == ("ok", 0)
    assert journeys_in(recording.path) == {"after"}
