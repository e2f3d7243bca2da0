"""Waits for what a loaded server is to come to, and reads its ledger."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from load import Record
from log_checks import command
from server import Server
from support import ENVIRON

WAIT_SECONDS = 60


def environ_for(folder: Path, database_url: str | None = None, **more: str) -> dict[str, str]:
    """An environment with its spool in `folder`, and its log, too, unless that is elsewhere."""
    url = database_url or f"sqlite:///{folder}/wizard.db"
    return {**ENVIRON, "WIZARD_DATABASE_URL": url, "WIZARD_SPOOL_DIR": f"{folder}/spool", **more}


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Wait for as long as a person would."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not true():
        assert time.monotonic() < deadline, f"it never came to this: {what}"
        time.sleep(0.02)


def loaded(record: Record, at_least: int) -> None:
    """That a load was one."""
    assert record.failures == []
    assert len(record.acknowledged) >= at_least


def reached(record: Record, count: int) -> bool:
    """Whether so many events have been acknowledged."""
    return len(record.acknowledged) >= count


def wait_until_written_again(server: Server) -> None:
    """Wait until the log is up to date but for a moment."""
    wait_until(lambda: server.readiness()["log"] == "ok", "the log is back")


def wait_until_all_is_in(server: Server) -> None:
    """Wait until nothing waits any more, with nobody there."""
    wait_until(lambda: (server.readiness()["log"], server.readiness()["waiting"]) == ("ok", 0), "nothing waits")


def wait_until_spooling(server: Server) -> None:
    """Wait until the server has noticed that the log can't be written."""
    wait_until(lambda: server.readiness()["log"] == "spooling", "it spools")


def ledger(environ: Mapping[str, str]) -> dict[str, int]:
    """The totals of `wizard ledger`."""
    told = json.loads(command(environ, "ledger", "--json").stdout)
    return {name: int(count) for name, count in told["total"].items()}
