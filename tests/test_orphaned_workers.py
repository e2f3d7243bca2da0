"""Workers do not outlive their server's main process, however it ends."""

import os
import signal
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from server import serving, visit

PATH = {"who": "team", "team_size": "2_10", "hosting": "avoid"}
WAIT_SECONDS = 20


def group_is_alive(leader: int) -> bool:
    """Whether any process is left of those that were started with this one."""
    with suppress(ProcessLookupError):
        os.killpg(leader, 0)
        return True
    return False


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGUSR1])
def test_workers_end_when_their_main_process_was_killed_and_nothing_is_lost(tmp_path: Path, how: int) -> None:
    with serving(tmp_path, "--workers", "2") as server:
        visit([server.url], PATH)
        server.process.send_signal(how)
        server.process.wait(WAIT_SECONDS)
        deadline = time.monotonic() + WAIT_SECONDS
        while group_is_alive(server.process.pid):
            assert time.monotonic() < deadline, server.log.read_text()[-2000:]
            time.sleep(0.05)
        assert server.log.read_text().count("is gone, so this process stops") == 3, "one is for the log"
    with closing(sqlite3.connect(tmp_path / "var" / "wizard.db")) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchall() == [(8,)]
