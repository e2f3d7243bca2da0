"""When the newest backup was made is recorded, and told."""

import time

import pytest
from cli_runner import failing, run
from click.testing import CliRunner
from sqlalchemy import text

from wizard.cli import wizard
from wizard.clock import system_ms
from wizard.events.log import DAY_MS, Log
from wizard.maintenance.backup_age import age_in_words, backup_in_words, is_old, record_backup
from wizard.metrics.collectors import upkeep_metrics
from wizard.storage.log_state import LogState, read_state

NOW_MS = 1_793_491_200_000


@pytest.mark.parametrize(
    ("age_ms", "words"),
    [
        (-5, "a minute"),
        (0, "a minute"),
        (119_999, "a minute"),
        (120_000, "2 minutes"),
        (2 * 3_600_000 - 1, "119 minutes"),
        (2 * 3_600_000, "2 hours"),
        (2 * DAY_MS - 1, "47 hours"),
        (2 * DAY_MS, "2 days"),
        (400 * DAY_MS, "400 days"),
    ],
)
def test_an_age_is_told_in_the_unit_that_fits(age_ms: int, words: str) -> None:
    assert age_in_words(age_ms) == words


def test_a_backup_is_old_after_a_week_and_where_there_is_none() -> None:
    assert is_old(LogState(), NOW_MS)
    assert not is_old(LogState(backup_ms=NOW_MS - 7 * DAY_MS), NOW_MS)
    assert is_old(LogState(backup_ms=NOW_MS - 7 * DAY_MS - 1), NOW_MS)
    assert backup_in_words(LogState(), NOW_MS) == "No backup has been recorded"
    assert (
        backup_in_words(LogState(backup_ms=NOW_MS - 3 * DAY_MS), NOW_MS)
        == "The newest backup was made 3 days ago (2026-10-29T00:00:00.000Z)"
    )


def state_of(log: Log) -> LogState:
    with log.database.reader.connect() as connection:
        return read_state(connection)


def test_a_copy_is_recorded_once_it_is_complete(log: Log) -> None:
    began_ms = system_ms()
    run("backup", "copy.db")
    assert began_ms <= (state_of(log).backup_ms or 0) <= system_ms()


def test_other_backups_are_recorded_by_a_command(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = failing(monkeypatch, capsys, "backup", "--check")
    assert said == "wizard: no backup has been recorded; after each backup, run: wizard backup --record"
    assert run("backup", "--record") == "Recorded that a backup was made now.\n"
    assert run("backup", "--check").startswith("The newest backup was made a minute ago (")
    record_backup(log.database, time.time_ns() // 1_000_000 - 8 * DAY_MS)
    said = failing(monkeypatch, capsys, "backup", "--check")
    assert said.startswith("wizard: the newest backup was made 8 days ago (")


@pytest.mark.parametrize("words", [(), ("copy.db", "--record"), ("--record", "--check")])
def test_a_backup_is_made_recorded_or_checked(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(wizard, ["backup", *words])
    assert done.exit_code == 2
    assert "Exactly one of FILE, --record and --check is needed." in done.output


def test_a_log_that_is_too_old_to_record_a_backup_is_copied_all_the_same(log: Log) -> None:
    with log.database.writer.begin() as connection:
        connection.execute(text("DROP TABLE log_state"))
    assert not record_backup(log.database, NOW_MS)
    assert run("backup", "copy.db").startswith("Copied ")


def test_metrics_leave_out_what_has_not_happened() -> None:
    assert list(upkeep_metrics(LogState())) == []
    found = upkeep_metrics(LogState(backup_ms=5_000, retention_ms=7_000))
    assert {metric.name: metric.samples[0].value for metric in found} == {
        "wizard_backup_timestamp_seconds": 5.0,
        "wizard_retention_timestamp_seconds": 7.0,
    }
