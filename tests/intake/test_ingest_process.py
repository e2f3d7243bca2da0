"""The process of a server that brings journals into the log: the workers do without it where they have to."""

import os
import signal
import sqlite3
from contextlib import closing
from multiprocessing import active_children
from pathlib import Path

import pytest
from loaded_server import wait_until
from postgres import Postgres, family, words_of
from server import Server, serving, visit
from support import ENVIRON

from wizard.config import read_settings
from wizard.events.admission import Tally
from wizard.events.ledger import read_ledger
from wizard.events.open_log import open_log
from wizard.events.periods import Period
from wizard.intake.ingest_process import NICENESS, running_ingest_process
from wizard.intake.journal import Journal
from wizard.intake.journal_line import encode_count
from wizard.web.logs import LOGGING

PATH = {"who": "team", "team_size": "2_10", "hosting": "avoid"}


def ingest_process(server: Server) -> int:
    """The process that Python has started, not granian."""
    [found] = [process for process in family(server.process.pid) if b"spawn_main" in words_of(process)]
    return found


def events_in(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])


def test_it_runs_at_a_lower_priority_than_the_workers(tmp_path: Path) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    with serving(tmp_path) as server:
        ingest = ingest_process(server)
        wait_until(lambda: os.getpriority(os.PRIO_PROCESS, ingest) == own + NICENESS, "the process has begun")
        others = [process for process in family(server.process.pid) if process != ingest]
        assert [os.getpriority(os.PRIO_PROCESS, process) for process in others] == [own] * len(others)


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


def test_a_process_whose_log_is_down_at_the_start_waits_for_it(tmp_path: Path, durable_postgres: Postgres) -> None:
    with durable_postgres.database() as url:
        settings = read_settings({**ENVIRON, "WIZARD_DATABASE_URL": url, "WIZARD_SPOOL_DIR": str(tmp_path)})
        with closing(Journal(tmp_path, 1 << 20)) as journal:
            assert journal.append(encode_count(Tally(0, "bot")), 3)
        durable_postgres.stop()
        with running_ingest_process(settings, LOGGING):
            [process] = [each for each in active_children() if each.name == "wizard-ingest"]
            process.join(3)
            is_alive = process.is_alive()
            durable_postgres.start()
            assert is_alive
            wait_until(lambda: not list(tmp_path.glob("journal-*")), "the journal is in the log")
        log = open_log(settings)
        assert read_ledger(log.database, Period()).total.bot == 3
        log.database.dispose()
