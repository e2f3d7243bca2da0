"""Commands that are ended by a signal clean up after themselves, and say so in their exit code."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from cli_runner import run
from factories import address, multiply, sqlite_log
from support import ENVIRON

from wizard.cli import main


@pytest.fixture(scope="module")
def large_log(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a log that takes a moment to export."""
    log = sqlite_log(tmp_path_factory.mktemp("large"))
    multiply(log, 80_000)
    log.database.dispose()
    return address(log)


@pytest.fixture
def exporting(large_log: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of the test's own, in which commands read the large log."""
    monkeypatch.chdir(tmp_path)
    for name, value in {**ENVIRON, "WIZARD_DATABASE_URL": large_log}.items():
        monkeypatch.setenv(name, value)


SIGNALS = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]


def started(words: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    """A command that is writing a file by now."""
    process = subprocess.Popen([sys.executable, "-m", "wizard", *words], stderr=subprocess.PIPE)
    for _ in range(3000):
        if any(folder.glob(".out.*.part")):
            return process
        assert process.poll() is None, "it was done before it could be ended"
        time.sleep(0.01)
    raise AssertionError("it wrote nothing")


@pytest.mark.usefixtures("exporting")
@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_an_export_that_is_ended_leaves_no_half_written_file(form: str, number: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("what was there")
    process = started(["export", "--format", form, "-o", "out"], tmp_path)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said.decode()) == (128 + number, f"wizard: ended by {number.name}\n")
    assert (tmp_path / "out").read_text() == "what was there"
    assert list(tmp_path.glob(".out.*")) == []


@pytest.mark.usefixtures("exporting")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_backup_that_is_ended_leaves_no_half_written_file(number: signal.Signals, tmp_path: Path) -> None:
    process = started(["backup", "out"], tmp_path)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert list(tmp_path.glob("*out*")) == []


@pytest.mark.usefixtures("exporting")
def test_what_a_killed_command_left_is_removed_by_the_next(tmp_path: Path) -> None:
    process = started(["export", "-o", "out"], tmp_path)
    process.kill()
    process.communicate(timeout=60)
    assert list(tmp_path.glob(".out.*.part"))
    assert run("export", "-o", "out", "--since", "2030-01-01") == ""
    assert [path.name for path in tmp_path.glob("*out*")] == ["out"]


@pytest.mark.usefixtures("exporting")
def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(
        "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\nfrom wizard.cli import main; main()\n"
    )
    process = subprocess.Popen([sys.executable, "run.py", "export", "-o", "out"], stderr=subprocess.PIPE)
    while not any(tmp_path.glob(".out.*.part")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGHUP)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert (tmp_path / "out").stat().st_size


def test_signals_are_as_they_were_after_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    monkeypatch.setattr(sys, "argv", ["wizard", "routes"])
    with pytest.raises(SystemExit):
        main()
    assert [signal.getsignal(number) for number in SIGNALS] == before
