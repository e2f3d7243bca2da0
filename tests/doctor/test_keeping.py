"""What `wizard doctor` finds of backups, the retention and subscribers."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert

from wizard.config import read_settings
from wizard.doctor.examine import INSIDE
from wizard.doctor.finding import Finding
from wizard.doctor.installation import Installation
from wizard.events.admission import DAY_MS
from wizard.maintenance.backup_age import record_backup
from wizard.storage.database import Database, open_database
from wizard.storage.log_state import write_state
from wizard.storage.subscriber_tables import changes_due, subscribers
from wizard.storage.upkeep_tables import log_state

NOW_MS = 20_000 * DAY_MS
HOUR_MS = 3_600_000
ROW: Mapping[str, Any] = {
    "name": "warehouse",
    "version": 0,
    "backfill_after": None,
    "backfilled": 0,
    "delivered": 7,
    "last_delivered_ms": NOW_MS,
    "failing_since_ms": None,
    "last_error": "",
}


@pytest.fixture
def database(any_database: str) -> Iterator[Database]:
    """A log on each database in turn."""
    found = open_database(any_database)
    yield found
    found.dispose()


def checked(database: Database, check: str, **settings: str) -> Finding:
    """What a check finds at NOW_MS, with these settings."""
    url = database.url.render_as_string(hide_password=False)
    environ = {"WIZARD_DATABASE_URL": url, **{f"WIZARD_{name.upper()}": value for name, value in settings.items()}}
    return INSIDE[check](Installation(read_settings(environ), environ, lambda: NOW_MS))


@pytest.mark.parametrize(("age_ms", "result"), [(None, "warning"), (HOUR_MS, "ok"), (8 * DAY_MS, "warning")])
def test_a_backup_that_is_old_or_was_never_made_is_found(database: Database, age_ms: int | None, result: str) -> None:
    if age_ms is not None:
        record_backup(database, NOW_MS - age_ms)
    finding = checked(database, "backup")
    assert finding.result == result
    assert bool(finding.advice) is (result != "ok")


def test_a_log_that_is_older_than_the_retention_must_have_it_set(database: Database) -> None:
    assert checked(database, "retention").found == "Visits are kept for 760 days."
    with database.writer.begin() as connection:
        connection.execute(delete(log_state).where(log_state.c.name == "made_at"))
    finding = checked(database, "retention")
    assert (finding.result, "all visits are kept" in finding.found) == ("warning", True)
    assert checked(database, "retention", retention_days="0").found == "All visits are kept."
    assert checked(database, "retention", retention_days="400").found == "Visits are kept for 400 days."


def test_a_retention_that_no_server_applies_is_found(database: Database) -> None:
    for age_days, result in ((1, "ok"), (5, "warning")):
        database.write(partial(write_state, retention_ms=NOW_MS - age_days * DAY_MS))
        assert checked(database, "retention").result == result
    assert "5 days ago" in checked(database, "retention").found


@pytest.mark.parametrize(
    ("changed", "due", "result", "found"),
    [
        ({}, 7, "ok", "Changes are delivered to warehouse (pending: 0)."),
        ({}, 9, "problem", "due 9 is not"),
        ({"failing_since_ms": NOW_MS - 600_000, "last_error": "refused"}, 7, "warning", "for 10 minutes (refused)"),
        ({"failing_since_ms": NOW_MS - 2 * HOUR_MS, "last_error": "gone"}, 7, "problem", "for 120 minutes (gone)"),
    ],
)
def test_a_subscriber_that_gets_nothing_or_misses_changes_is_found(
    database: Database, changed: Mapping[str, Any], due: int, result: str, found: str
) -> None:
    assert checked(database, "subscribers").found == "There are no subscribers."
    with database.writer.begin() as connection:
        connection.execute(insert(subscribers).values(**{**ROW, **changed}))
        connection.execute(insert(changes_due).values(subscriber="warehouse", worker=0, changes=due))
    finding = checked(database, "subscribers")
    assert (finding.result, found in finding.found) == (result, True), finding


@pytest.mark.parametrize("check", ["backup", "retention", "subscribers"])
def test_without_a_log_there_is_nothing_to_say(check: str, tmp_path: Path) -> None:
    environ = {"WIZARD_DATABASE_URL": f"sqlite:///{tmp_path}/none.db"}
    assert INSIDE[check](Installation(read_settings(environ), environ)).result == "warning"
    environ = {"WIZARD_DATABASE_URL": "postgresql+psycopg://127.0.0.1:1/none"}
    assert INSIDE[check](Installation(read_settings(environ), environ)).result == "warning"
