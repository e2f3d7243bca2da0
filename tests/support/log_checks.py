"""Asserts the guarantees of a log, after any failure."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping

from load import Acknowledged
from sqlalchemy import select, union

from wizard.config import read_settings
from wizard.events.log import Log
from wizard.events.model import Event
from wizard.events.open_log import open_log
from wizard.storage import schema


def prove(environ: Mapping[str, str], acknowledged: Iterable[Acknowledged]) -> int:
    """Assert that every acknowledged event is in the log once, that its tables agree, and that the ledger balances.

    Returns the number of events.
    """
    log = open_log(read_settings(environ))
    try:
        found = Counter(_seen(event) for event in log.read())
        wrong = {what: found[what] for what in acknowledged if found[what] != 1}
        assert not wrong, f"{len(wrong)} acknowledged events are not in the log once: {list(wrong.items())[:5]}"
        assert log.rebuild(_journeys(log), write=False) == 0, "the folded rows are not those of the events"
        if log.database.is_sqlite:
            with log.database.reader.connect() as connection:
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    finally:
        log.database.dispose()
    done = command(environ, "ledger")
    assert done.returncode == 0, done.stdout + done.stderr
    return sum(found.values())


def command(environ: Mapping[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    """Run `wizard` with `words` in a new process."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WIZARD_")}
    run = [sys.executable, "-m", "wizard", *words]
    return subprocess.run(run, env={**clean, **environ}, capture_output=True, text=True, check=False)


def _seen(event: Event) -> Acknowledged:
    own = {name: getattr(event, name, None) for name in ("step", "answer", "deployment")}
    return Acknowledged(event.name, event.context.journey_id, event.context.turn, **own)


def _journeys(log: Log) -> list[str]:
    """The ids of the journeys in any table."""
    tables = (schema.events, schema.journeys, schema.journey_steps)
    with log.database.reader.connect() as connection:
        return list(connection.execute(union(*(select(table.c.journey_id) for table in tables))).scalars())
