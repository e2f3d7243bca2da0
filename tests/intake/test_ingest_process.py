"""The process of a server that brings journals into the log: the workers do without it where they have to."""

import os
import signal
import sqlite3
from contextlib import closing
from multiprocessing import active_children
from pathlib import Path

import pytest
from postgres import family
from server import Server, serving, visit
from support import ENVIRON

from wizard.config import read_settings
from wizard.intake.ingest_process import running_ingest_process
from wizard.web.logs import LOGGING

PATH = {"who": "team", "team_size": "2_10", "hosting": "avoid"}


def ingest_process(server: Server) -> int:
    """The process that Python has started, not granian."""
    [found] = [
        process
        for process in family(server.process.pid)
        if b"spawn_main" in Path(f"/proc/{process}/cmdline").read_bytes()
    ]
    return found


def events_in(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])


def test_a_worker_takes_over_where_the_process_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "var" / "wizard.db"
    with serving(tmp_path, "--workers", "2") as server:
        visit([server.url], PATH)
        server.wait_until_stored()
        assert events_in(log) == 8
        os.kill(ingest_process(server), signal.SIGKILL)
        visit([server.url], PATH)
        server.wait_until_stored()
        assert events_in(log) == 16
        assert server.stop() == 0
    assert not list((tmp_path / "var" / "spool").glob("journal-*"))


def test_a_process_that_does_not_end_is_not_waited_for_at_a_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have much to bring in, which the next start does as well."""
    monkeypatch.setattr("wizard.intake.ingest_process.STOP_SECONDS", 0.5)
    settings = read_settings({**ENVIRON, "WIZARD_SPOOL_DIR": str(tmp_path)})
    with running_ingest_process(settings, LOGGING):
        [process] = [each for each in active_children() if each.name == "wizard-ingest"]
        os.kill(process.pid or 0, signal.SIGSTOP)
    assert not process.is_alive()
