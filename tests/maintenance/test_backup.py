"""Backups: a SQLite log in use is copied as of one moment, whole or not at all."""

import sqlite3
import threading
import time
from pathlib import Path

import pytest
from cli_runner import failing, run
from factories import fill, sqlite_log, visit
from sqlalchemy import text
from support import settings

from wizard.events.ledger import read_ledger
from wizard.events.log import Log
from wizard.events.open_log import open_log
from wizard.events.periods import Period
from wizard.maintenance import backup

NOW = time.time_ns() // 1_000_000
ELSEWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/none"


def test_a_backup_of_a_log_in_use_is_as_of_one_moment(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "PAGES_AT_ONCE", 1)
    stop = threading.Event()
    acknowledged: list[str] = []

    def write() -> None:
        while not stop.is_set():
            journey_id = f"j-{len(acknowledged)}"
            log.append(visit(journey_id))
            acknowledged.append(journey_id)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(acknowledged) < 20:
            time.sleep(0.01)
        before, said = set(acknowledged), ""
        while len(acknowledged) == len(before):  # until something is written meanwhile
            Path("copy.db").unlink(missing_ok=True)
            before = set(acknowledged)
            said = run("backup", "copy.db")
    finally:
        stop.set()
        writer.join()
    file = tmp_path / "copy.db"
    assert said == (f"Copied {log.database.path} to copy.db ({file.stat().st_size:,} bytes), and checked the copy.\n")
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith("log.db")} == {"copy.db"}
    copy = open_log(settings(database_url=f"sqlite:///{file}"))
    held = {event.context.journey_id for event in copy.read()}
    assert before <= held
    assert copy.count() == len(held) * len(visit())
    assert read_ledger(copy.database, Period()).problems() == {}
    copy.database.dispose()


def test_a_backup_replaces_nothing(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(log, ["j-1"])
    (tmp_path / "copy.db").write_text("another")
    said = failing(monkeypatch, capsys, "backup", "copy.db")
    assert said == "wizard: copy.db: exists already; allowed: a file that does not exist"
    assert (tmp_path / "copy.db").read_text() == "another"
    said = failing(monkeypatch, capsys, "backup", "no/copy.db")
    assert said == "wizard: no/copy.db: can't be written (No such file or directory)"


def test_a_copy_that_fails_its_integrity_check_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = sqlite_log(tmp_path)
    fill(log, [f"j-{number}" for number in range(30)])
    log.database.dispose()
    path = log.database.path
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xa5" * 4096
    path.write_bytes(content)
    monkeypatch.setenv("WIZARD_DATABASE_URL", f"sqlite:///{path}")
    said = failing(monkeypatch, capsys, "backup", str(tmp_path / "copy.db"))
    assert said.startswith("wizard: removed the copy, which failed the integrity check: ")
    assert [name for name in tmp_path.iterdir() if "copy" in name.name] == []


def test_a_backup_is_made_before_a_migration_and_of_sqlite_alone(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with log.database.writer.begin() as connection:
        connection.execute(text("UPDATE wizard_version SET version_num = 'older'"))
    run("backup", "copy.db")
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("SELECT version_num FROM wizard_version").fetchall() == [("older",)]
    copy.close()
    monkeypatch.setenv("WIZARD_DATABASE_URL", ELSEWHERE)
    said = failing(monkeypatch, capsys, "backup", "other.db")
    assert said.startswith("wizard: WIZARD_DATABASE_URL: names a PostgreSQL database; copy it with pg_dump, and then ")
