"""The commands that keep the log, as an operator meets them."""

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_runner import failing, run
from click.testing import CliRunner
from factories import NOV_1, fill
from processes import migrate_to
from sqlalchemy import text

from wizard.cli import wizard
from wizard.events.log import DAY_MS, Log
from wizard.storage.log_state import write_state
from wizard.storage.schema import VERSION

ELSEWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/none"


def test_a_migration_says_from_which_version_to_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIZARD_DATABASE_URL", f"sqlite:///{tmp_path}/new/log.db")
    assert run("migrate") == f"Made the log's tables, at version {VERSION}.\n"
    assert run("migrate") == f"The log's tables are already at version {VERSION}.\n"


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("0010", "Servers of the version before may go on until you update them."),
        ("0009", "Stop servers of versions before 0010 of the tables: they may not write any more."),
    ],
)
def test_a_migration_says_whether_servers_of_the_version_before_may_go_on(
    version: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"sqlite:///{tmp_path}/log.db"
    migrate_to(address, version)
    monkeypatch.setenv("WIZARD_DATABASE_URL", address)
    assert run("migrate") == f"Migrated the log's tables from version {version} to {VERSION}.\n{said}\n"


def test_an_older_version_leaves_newer_tables_as_they_are(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with log.database.writer.begin() as connection:
        connection.execute(text("UPDATE wizard_version SET version_num = '9999'"))
        write_state(connection, writers_from=VERSION)
    fill(log, ["j-1"])
    assert run("migrate") == f"The log's tables are at version 9999, newer than this wizard's {VERSION}, and stay so.\n"
    assert run("rebuild", "--check") == "Checked 1 journey: all rows match their events.\n"
    for words in (["rebuild"], ["purge", "--journey", "j-1"]):
        assert "use the wizard of that version" in failing(monkeypatch, capsys, *words)
    assert log.count() == 9


def test_a_rebuild_says_how_much_was_wrong_and_a_check_fails(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(log, ["j-1", "j-2", "j-3"])
    assert run("rebuild", "--check") == "Checked 3 journeys: all rows match their events.\n"
    with log.database.writer.begin() as connection:
        connection.execute(text("UPDATE journeys SET persona = 'x' WHERE journey_id <> 'j-1'"))
    assert failing(monkeypatch, capsys, "rebuild", "--check") == (
        "wizard: 2 of 3 journeys have rows that do not match their events; run: wizard rebuild"
    )
    assert run("rebuild") == "Corrected 2 of 3 journeys, whose rows did not match their events.\n"
    assert run("rebuild") == "Checked 3 journeys: all rows match their events.\n"


def test_a_purge_erases_journeys_older_than_its_days_and_reports_the_counts(log: Log) -> None:
    now_ms = time.time_ns() // 1_000_000  # at the start of a long run, it would be another minute by now
    fill(log, ["j-1", "j-2", "j-3"], now_ms - 12 * DAY_MS + 60_000)
    first, second = run("purge", "--older-than", "11d").splitlines()
    assert first.startswith("1 journey began before ")
    assert second == "Erased 1 journey with 9 events. Earlier backups and exports still contain them."
    assert {event.context.journey_id for event in log.read()} == {"j-2", "j-3"}
    assert run("purge", "--older-than", "11d", "--yes").splitlines()[0].startswith("0 journeys began before ")
    assert run("ledger").splitlines()[-1].startswith("Balanced: ")


def test_a_purge_of_one_journey_needs_one_that_is_there(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(log, ["j-1", "j-2"])
    assert run("purge", "--journey", "j-1") == (
        "Erased 1 journey with 9 events. Earlier backups and exports still contain them.\n"
    )
    assert {event.context.journey_id for event in log.read()} == {"j-2"}
    said = failing(monkeypatch, capsys, "purge", "--journey", "j-1")
    assert said == "wizard: --journey: given 'j-1', which is not in the log; nothing was erased"


@pytest.mark.parametrize(("answer", "left"), [("n", {"j-1", "j-2"}), ("y", set())])
def test_on_a_terminal_a_purge_asks_first(answer: str, left: set[str], log: Log) -> None:
    fill(log, ["j-1", "j-2"], NOV_1 - 900 * DAY_MS)
    terminal, end = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "wizard", "purge", "--older-than", "400d"], stdin=end, stdout=-1, stderr=-1
    ) as process:
        os.close(end)
        os.write(terminal, f"{answer}\n".encode())
        said, _ = process.communicate()
    os.close(terminal)
    assert b"Erase them permanently? [y/N]" in said
    assert process.returncode == (0 if answer == "y" else 1)
    assert {event.context.journey_id for event in log.read()} == left


@pytest.mark.parametrize("given", ["0d", "395", "1y", "-1d", "36501d", "", "d", "1.5d", "\u0661d"])
@pytest.mark.usefixtures("log")
def test_an_age_is_in_whole_days(
    given: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = failing(monkeypatch, capsys, "purge", f"--older-than={given}")
    assert said == f"wizard: --older-than: given {given!r}; allowed: whole days from 1d to 36500d, such as 395d"


@pytest.mark.parametrize("words", [[], ["--older-than", "395d", "--journey", "j-1"]])
@pytest.mark.usefixtures("log")
def test_a_purge_is_of_old_journeys_or_of_one_and_never_of_all(words: list[str]) -> None:
    result = CliRunner().invoke(wizard, ["purge", *words])
    assert result.exit_code == 2
    assert "Exactly one of --older-than and --journey is needed." in result.stderr
