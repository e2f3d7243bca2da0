"""What the wizard writes can be read by the user who runs it, and by nobody else, whatever the umask."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cli_runner import run
from factories import visit
from server import serving
from server import visit as visit_server
from support import ENVIRON, empty_log, settings

from wizard.events.open_log import open_log
from wizard.files.private import restrict_to_owner
from wizard.keys import generated_key
from wizard.storage.database import LogError

PATH = {"who": "team", "team_size": "2_10", "hosting": "avoid"}


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def test_what_a_server_writes_is_its_owners_alone(umask: int, tmp_path: Path) -> None:
    with serving(tmp_path, environ={}) as server:
        visit_server([server.url], PATH)
        server.wait_until_stored()
        made = list((tmp_path / "var").rglob("*"))
        wide = {str(path): mode(path) for path in made if mode(path) != ("0o700" if path.is_dir() else "0o600")}
        assert wide == {}, umask
        assert mode(tmp_path / "var") == "0o700"
        assert {path.name for path in made} >= {
            "wizard.db",
            "wizard.db-wal",
            "wizard.db-shm",
            "address",
            "secret_key",
            "spool",
            "ingest",
            "0000000001.segment",
        }


@pytest.mark.usefixtures("umask")
def test_backups_and_exports_are_their_owners_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {**ENVIRON, "WIZARD_DATABASE_URL": empty_log(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    run("backup", "copy.db")
    assert mode(tmp_path / "copy.db") == "0o600"
    for form in ("jsonl", "csv", "parquet"):
        run("export", "--format", form, "-o", form)
        assert mode(tmp_path / form) == "0o600"


@pytest.mark.parametrize(("before", "after"), [(0o644, "0o600"), (0o666, "0o600"), (0o640, "0o640"), (0o600, "0o600")])
def test_a_log_that_everybody_could_read_is_closed_and_one_that_a_group_may_read_stays_so(
    tmp_path: Path, before: int, after: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = empty_log(tmp_path)
    path = tmp_path / "wizard.db"
    path.chmod(before)
    log = open_log(settings(database_url=url))
    log.append(visit())
    assert [mode(each) for each in (path, tmp_path / "wizard.db-wal", tmp_path / "wizard.db-shm")] == [after] * 3
    log.database.dispose()
    said = "every user of this machine could open it" in caplog.text
    assert said == (before & 0o007 > 0)


def test_a_database_of_somebody_elses_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE events (id INTEGER)")
    path.chmod(0o644)
    with pytest.raises(LogError, match="already exists"):
        open_log(settings(database_url=f"sqlite:///{path}"))
    assert mode(path) == "0o644"


@pytest.mark.parametrize(("before", "after"), [(0o644, "0o600"), (0o640, "0o640")])
def test_an_export_keeps_what_a_group_was_given_of_the_one_before(
    tmp_path: Path, before: int, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**ENVIRON, "WIZARD_DATABASE_URL": empty_log(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "export.jsonl"
    path.touch()
    path.chmod(before)
    run("export", "-o", str(path))
    assert mode(path) == after


def test_a_generated_key_that_everybody_could_read_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret_key"
    key = generated_key(path)
    path.chmod(0o644)
    assert generated_key(path) == key
    assert mode(path) == "0o600"


def test_what_is_no_file_of_ours_keeps_its_mode(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "fifo").chmod(0o666)
    restrict_to_owner(tmp_path / "fifo")
    restrict_to_owner(tmp_path / "nothing")
    assert mode(tmp_path / "fifo") == "0o666"


def test_an_export_to_standard_output_is_as_it_was(tmp_path: Path) -> None:
    environ = {**os.environ, **ENVIRON, "WIZARD_DATABASE_URL": empty_log(tmp_path)}
    with (tmp_path / "redirected").open("wb") as file:
        (tmp_path / "redirected").chmod(0o644)
        words = [sys.executable, "-m", "wizard", "export", "--format", "csv"]
        subprocess.run(words, env=environ, stdout=file, check=True)
    assert (tmp_path / "redirected").read_text().startswith("event_id,")
    assert mode(tmp_path / "redirected") == "0o644"
