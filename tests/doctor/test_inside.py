"""What `wizard doctor` finds from inside, with one thing wrong at a time."""

import errno
import os
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
from factories import visit
from postgres import Postgres
from sqlalchemy import insert, text, update
from support import empty_log

from wizard.clock import system_ms
from wizard.config import read_settings
from wizard.doctor import disks
from wizard.doctor import log as log_checks
from wizard.doctor.examine import INSIDE, examine_installation
from wizard.doctor.finding import Finding
from wizard.doctor.installation import Installation
from wizard.events.log import Log
from wizard.events.open_log import open_log
from wizard.maintenance.backup_age import record_backup
from wizard.storage import schema
from wizard.storage.database import Database, open_database
from wizard.storage.log_state import write_state

KEY = "rj4Wq8ZpT0eXn6uVb3Ly"
MOUNTS = "rootfs / {kind} rw 0 0\nproc /proc proc rw 0 0\n"


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """The settings of an installation with nothing to correct."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(disks, "MOUNTS", tmp_path / "mounts")
    (tmp_path / "mounts").write_text(MOUNTS.format(kind="ext4"))
    address = empty_log(tmp_path)
    database = open_database(address)
    record_backup(database, system_ms())
    database.dispose()
    return {
        "WIZARD_SECRET_KEYS": KEY,
        "WIZARD_PUBLIC_URL": "https://wizard.example.com",
        "WIZARD_TRUSTED_PROXIES": "1",
        "WIZARD_EMBED_ORIGINS": "https://www.example.com",
        "WIZARD_DATABASE_URL": address,
        "WIZARD_SPOOL_DIR": str(tmp_path / "spool"),
        "WIZARD_JOURNAL_BYTES": "1048576",
    }


def examined(environ: Mapping[str, str], **changed: str) -> dict[str, Finding]:
    """The findings by check, with these settings changed."""
    given = {f"WIZARD_{name.upper()}": value for name, value in changed.items()}
    return {finding.check: finding for finding in examine_installation({**environ, **given})[0]}


def test_an_installation_as_the_docs_say_has_nothing_to_correct(environ: Mapping[str, str]) -> None:
    found = examined(environ)
    assert list(found) == list(INSIDE)
    assert [finding for finding in found.values() if finding.result != "ok" or finding.advice] == []


def test_nothing_is_changed_by_looking(environ: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    examined(environ)
    examined({})
    kept = sorted(
        path.relative_to(tmp_path) for path in tmp_path.rglob("*") if not path.name.endswith(("-wal", "-shm"))
    )
    assert kept == before


@pytest.mark.parametrize(
    ("check", "result", "found", "changed"),
    [
        ("settings", "warning", "WIZARD_TIMEZONE", {"timezone": "UTC"}),
        ("keys", "warning", "signs with a key that the start makes", {"secret_keys": ""}),
        ("keys", "problem", "Key 2 of WIZARD_SECRET_KEYS can be guessed", {"secret_keys": f"{KEY},{'ab' * 16}"}),
        ("public-url", "warning", "is not set", {"public_url": ""}),
        ("public-url", "problem", "without TLS", {"public_url": "http://wizard.example.com"}),
        ("dashboard-url", "warning", "is not served", {"public_url": "https://www.example.com/start"}),
        ("dashboard-url", "problem", "nobody can sign in", {"dashboard_url": "http://growth.example.com"}),
        ("trusted-proxies", "warning", "is 0", {"trusted_proxies": "0"}),
        ("embed-origins", "warning", "is not set", {"embed_origins": ""}),
        ("embed-origins", "warning", "without TLS", {"embed_origins": "http://www.example.com"}),
        ("rate-limit-store", "problem", "can't be used", {"rate_limit_store": "redis://127.0.0.1:1/0"}),
        ("log", "problem", "There is no log at", {"database_url": "sqlite:///elsewhere/wizard.db"}),
        ("log", "problem", "can't be opened", {"database_url": "postgresql+psycopg://127.0.0.1:1/wizard"}),
        ("schema", "warning", "can't be read", {"database_url": "postgresql+psycopg://127.0.0.1:1/wizard"}),
        ("versions", "warning", "is unknown", {"database_url": "postgresql+psycopg://127.0.0.1:1/wizard"}),
        ("log-clock", "warning", "can't be read", {"database_url": "postgresql+psycopg://127.0.0.1:1/wizard"}),
        ("journals", "warning", "can't be read", {"database_url": "postgresql+psycopg://127.0.0.1:1/wizard"}),
        ("journal-disk", "warning", "each may need", {"journal_bytes": str(1 << 40)}),
    ],
)
def test_each_fault_of_the_settings_is_found_with_what_to_do(
    environ: Mapping[str, str], check: str, result: str, found: str, changed: Mapping[str, str]
) -> None:
    finding = examined(environ, **changed)[check]
    assert (finding.result, found in finding.found) == (result, True), finding
    assert finding.advice


def test_a_setting_that_is_not_allowed_is_the_only_finding(environ: Mapping[str, str]) -> None:
    [finding] = examined(environ, journey_hours="many").values()
    assert (finding.check, finding.result) == ("settings", "problem")
    assert finding.found.startswith("WIZARD_JOURNEY_HOURS: given 'many'; allowed: ")


def test_the_generated_key_is_named_where_there_is_one(environ: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "secret_key").write_text(KEY)
    assert f"the key in {tmp_path}/var/secret_key" in examined(environ, secret_keys="")["keys"].found


def test_a_file_of_secrets_that_all_users_can_read_is_found(environ: Mapping[str, str], tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(KEY)
    given = {**environ, "WIZARD_SECRET_KEYS": "", "WIZARD_SECRET_KEYS_FILE": str(file)}
    file.chmod(0o644)
    finding = examined(given)["keys"]
    assert (finding.result, finding.advice) == ("warning", f"Run: chmod o-rwx {file}")
    file.chmod(0o640)
    assert examined(given)["keys"].result == "ok"


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine is in Berlin."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("berlin")
def test_the_time_zone_of_this_machine_is_compared_unless_one_is_set(environ: Mapping[str, str]) -> None:
    finding = examined(environ)["time-zone"]
    assert finding.result == "warning"
    assert finding.found == "Days of reports are counted in UTC, but this machine's time zone is CET."
    assert examined(environ, time_zone="UTC")["time-zone"].result == "ok"


# --- the log


@pytest.fixture
def opened(any_database: str, environ: Mapping[str, str]) -> Iterator[tuple[Log, Mapping[str, str]]]:
    """A log on each database in turn, and the settings of its installation."""
    given = {**environ, "WIZARD_DATABASE_URL": any_database}
    log = open_log(read_settings(given))
    yield log, given
    log.database.dispose()


Opened = tuple[Log, Mapping[str, str]]


def test_on_each_database_the_log_has_nothing_to_correct(opened: Opened) -> None:
    log, given = opened
    log.append(visit())
    found = examined(given)
    for check in ("log", "schema", "versions", "log-clock", "journals"):
        assert found[check].result == "ok", found[check]
    assert ("SQLite" if log.database.is_sqlite else "PostgreSQL") in found["versions"].found
    assert log.database.name in found["log"].found


def set_version(database: Database, version: str) -> None:
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE wizard_version SET version_num = :version"), {"version": version})


def test_tables_of_another_version_are_found_and_left_as_they_are(opened: Opened) -> None:
    log, given = opened
    for version, writers_from, told in (
        ("0009", "0009", "not "),
        ("9999", "9999", "newer than this wizard's"),
    ):
        set_version(log.database, version)
        log.database.write(partial(write_state, writers_from=writers_from))
        found = examined(given)
        assert found["schema"].result == "problem"
        assert told in found["schema"].found
        assert found["log"].result == "ok"
        with log.database.reader.connect() as connection:
            assert connection.execute(text("SELECT version_num FROM wizard_version")).scalar_one() == version


def test_newer_tables_that_this_version_may_use_are_a_warning(opened: Opened) -> None:
    log, given = opened
    set_version(log.database, "9999")
    finding = examined(given)["schema"]
    assert (finding.result, finding.advice) == ("warning", "Update the wizard on this server.")


def test_a_log_that_can_only_be_read_is_a_problem(environ: Mapping[str, str], postgres: Postgres) -> None:
    with postgres.database() as url:
        log = open_log(read_settings({**environ, "WIZARD_DATABASE_URL": url}))
        log.database.dispose()
        found = examined(environ, database_url=f"{url}&options=-cdefault_transaction_read_only%3Don")
    assert found["log"].result == "problem"
    assert "which can't be written" in found["log"].found
    assert found["schema"].result == "ok"


def test_events_that_wait_on_a_machine_that_is_gone_are_found(opened: Opened) -> None:
    log, given = opened
    row = {"journal": "abc", "machine": "web-1", "brought_in": 5, "waiting": 12, "written_off": 0}
    with log.database.writer.begin() as connection:
        connection.execute(insert(schema.journals).values(**row, seen_ms=system_ms() - 1_200_000))
    finding = examined(given)["journals"]
    assert (finding.result, "12 on web-1" in finding.found) == ("warning", True)
    for healthy in ({"seen_ms": system_ms()}, {"seen_ms": 0, "written_off": 12}):
        with log.database.writer.begin() as connection:
            connection.execute(update(schema.journals).values(**healthy))
        assert examined(given)["journals"].result == "ok"


def test_the_clock_of_the_database_is_compared(postgresql_url: str, environ: Mapping[str, str]) -> None:
    settings = read_settings({**environ, "WIZARD_DATABASE_URL": postgresql_url})
    late = Installation(settings, environ, lambda: system_ms() - 60_000)
    finding = log_checks.log_clock(late)
    assert finding.result == "warning"
    assert "60 seconds ahead of this machine's" in finding.found


def test_a_postgresql_that_is_no_longer_maintained_is_found(
    postgresql_url: str, environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_checks, "OLDEST_POSTGRESQL", 99)
    assert examined(environ, database_url=postgresql_url)["versions"].result == "warning"


# --- disks


@pytest.mark.parametrize(
    ("kind", "journal", "log"),
    [
        ("ext4", "ok", "ok"),
        ("nfs4", "problem", "problem"),
        ("tmpfs", "problem", "problem"),
        ("overlay", "problem", "problem"),
        ("btrfs", "warning", "ok"),
        ("", "ok", "ok"),
    ],
)
def test_disks_that_do_not_keep_what_is_written_are_found(
    environ: Mapping[str, str], tmp_path: Path, kind: str, journal: str, log: str
) -> None:
    mounted = MOUNTS.format(kind="xfs") + (f"disk {tmp_path} {kind} rw 0 0\n" if kind else "")
    (tmp_path / "mounts").write_text(mounted)
    found = examined(environ)
    assert (found["journal-disk"].result, found["log-disk"].result) == (journal, log)
    assert (kind or "xfs") in found["journal-disk"].found


def test_a_system_that_does_not_tell_what_is_mounted_is_no_fault(environ: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "mounts").unlink()
    assert "kind unknown" in examined(environ)["journal-disk"].found


def test_a_full_disk_is_found(environ: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "spool").mkdir()
    monkeypatch.setattr(os, "posix_fallocate", full)
    monkeypatch.setattr(disks, "disk_of", lambda _: disks.Disk("ext4", 0))
    found = examined(environ)
    assert found["journal-folder"].result == "problem"
    assert "No space left on device" in found["journal-folder"].found
    assert found["log-disk"].result == "warning"
    assert not list((tmp_path / "spool").iterdir())


def test_a_folder_of_journals_that_can_not_be_made_is_found(
    environ: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    finding = disks.journal_folder(Installation(read_settings(environ), environ))
    assert finding.result == "problem"
    assert str(tmp_path / "spool") in finding.found


def test_a_check_that_fails_is_a_problem_and_the_others_go_on(
    environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> disks.Disk:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(disks, "disk_of", fail)
    found = examined(environ)
    assert list(found) == list(INSIDE)
    assert (found["journal-disk"].result, "Permission denied" in found["journal-disk"].found) == ("problem", True)
    assert found["journal-folder"].result == "ok"


def test_findings_never_show_a_secret(environ: Mapping[str, str]) -> None:
    password = "hunter2-hunter2"
    given = {
        **environ,
        "WIZARD_DATABASE_URL": f"postgresql+psycopg://wizard:{password}@127.0.0.1:1/wizard",
        "WIZARD_RATE_LIMIT_STORE": f"redis://:{password}@127.0.0.1:1/0",
        "WIZARD_SECRET_KEYS": f"{password}-{'a' * 16}",
    }
    told = repr(examine_installation(given)[0])
    assert password not in told
