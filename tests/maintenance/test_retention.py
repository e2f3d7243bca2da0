"""Visits that are older than the retention are erased, once a day, by one process."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from factories import DATABASES, address, fill, log_on
from loaded_server import environ_for, wait_until
from server import serving
from sqlalchemy import func, insert, select, text
from support import settings

from wizard.clock import system_ms
from wizard.config import Settings
from wizard.events.ledger import read_ledger
from wizard.events.log import DAY_MS, Log
from wizard.events.periods import Period
from wizard.maintenance import upkeep
from wizard.maintenance.log_warnings import log_warnings
from wizard.maintenance.retention import apply_retention, days_kept, is_due
from wizard.maintenance.upkeep import Upkeep, keep_up
from wizard.storage import schema
from wizard.storage.dashboard_tables import notes, sign_ins
from wizard.storage.leases import Lease
from wizard.storage.log_state import LogState, read_state, write_state
from wizard.storage.schema import VERSION

NOW_MS = system_ms()
SETTINGS = settings(retention_days="30")


@pytest.fixture(params=DATABASES)
def any_log(request: pytest.FixtureRequest) -> Iterator[Log]:
    log = log_on(request.param, request)
    yield log
    log.database.dispose()


def go_on() -> bool:
    """That nothing was stopped."""
    return False


def state_of(log: Log) -> LogState:
    with log.database.reader.connect() as connection:
        return read_state(connection)


def journeys_in(log: Log) -> set[str]:
    with log.database.reader.connect() as connection:
        return set(connection.execute(select(schema.journeys.c.journey_id)).scalars())


def marks_in(log: Log) -> int:
    with log.database.reader.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(schema.erasures)).scalar_one())


def aged(log: Log, **days: float) -> None:
    """Store a visit for each name, which began so many days ago."""
    for name, age in days.items():
        fill(log, [name], NOW_MS - round(age * DAY_MS))


def test_visits_that_began_before_the_retention_are_erased_and_the_ledger_balances(any_log: Log) -> None:
    aged(any_log, old=31, older=500, edge=30.01, young=29.99, today=0.1)
    erased = apply_retention(any_log, SETTINGS, 30, NOW_MS, go_on)
    assert (erased.journeys, erased.events) == (3, 27)
    assert journeys_in(any_log) == {"young", "today"}
    ledger = read_ledger(any_log.database, Period())
    assert not ledger.problems()
    assert ledger.total.erased == 27
    assert state_of(any_log).retention_ms == NOW_MS


def test_a_retention_of_0_keeps_all_visits_and_still_deletes_what_has_a_time_of_its_own(any_log: Log) -> None:
    aged(any_log, ancient=4000)
    with any_log.database.writer.begin() as connection:
        for name, days in (("long-ago", 91), ("recent", 89)):
            row = {"link_id": name, "email": "one@example.com", "made_ms": 0, "expires_ms": NOW_MS - days * DAY_MS}
            connection.execute(insert(sign_ins).values(row))
            note = {"note_id": name, "day": "2026-11-01", "text": "x", "who": "x", "made_ms": 0, "changed_by": ""}
            connection.execute(insert(notes).values(note | {"removed_by": "x", "removed_ms": NOW_MS - days * DAY_MS}))
            frame = {"day_ms": NOW_MS - (days + 310) * DAY_MS, "site": "https://example.com", "frames": 1}
            connection.execute(insert(schema.refused_frames).values(frame))
    apply_retention(any_log, SETTINGS, 0, NOW_MS, go_on)
    assert journeys_in(any_log) == {"ancient"}
    with any_log.database.reader.connect() as connection:
        assert connection.execute(select(sign_ins.c.link_id)).scalars().all() == ["recent"]
        assert connection.execute(select(notes.c.note_id)).scalars().all() == ["recent"]
        assert connection.execute(select(func.count()).select_from(schema.refused_frames)).scalar_one() == 1


def test_only_visits_of_which_something_may_still_come_are_marked_as_erased(any_log: Log) -> None:
    aged(any_log, recent=31, earlier=399, ancient=401)
    apply_retention(any_log, SETTINGS, 30, NOW_MS, go_on)
    assert marks_in(any_log) == 2
    assert any_log.is_erased("recent")
    assert not any_log.is_erased("ancient")


def test_visits_with_a_valid_handoff_are_marked_as_erased(any_log: Log) -> None:
    aged(any_log, ancient=401)
    apply_retention(any_log, settings(handoff_days="500"), 30, NOW_MS, go_on)
    assert any_log.is_erased("ancient")


def test_a_stop_ends_it_early_and_the_next_time_goes_on(any_log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.maintenance.rebuild.JOURNEYS_AT_ONCE", 2)
    aged(any_log, one=50, two=49, three=48)
    assert apply_retention(any_log, SETTINGS, 30, NOW_MS, lambda: True).journeys == 2
    assert state_of(any_log).retention_ms is None
    assert apply_retention(any_log, SETTINGS, 30, NOW_MS, go_on).journeys == 1


@pytest.mark.parametrize(
    ("given", "made_at", "days"),
    [("", VERSION, 760), ("", "", 0), ("0", VERSION, 0), ("30", "", 30), ("30", VERSION, 30)],
)
def test_a_new_log_keeps_visits_for_760_days_and_an_older_one_for_good_unless_the_setting_is_set(
    given: str, made_at: str, days: int
) -> None:
    assert days_kept(settings(retention_days=given), LogState(made_at=made_at)) == days


@pytest.mark.parametrize(
    ("retention_ms", "due"),
    [(None, True), (NOW_MS, False), (NOW_MS - DAY_MS + 1, False), (NOW_MS - DAY_MS, True), (NOW_MS + 1, True)],
    ids=["never", "now", "less than a day ago", "a day ago", "later than now"],
)
def test_it_is_due_once_a_day(retention_ms: int | None, due: bool) -> None:
    assert is_due(LogState(retention_ms=retention_ms), NOW_MS) is due


def forget_origin(log: Log) -> None:
    """Have a log as of before it knew what it was made with."""
    with log.database.writer.begin() as connection:
        connection.execute(text("DELETE FROM log_state WHERE name = 'made_at'"))


def test_the_start_warns_of_an_older_log_until_the_setting_is_set(log: Log) -> None:
    unset = settings()
    assert log_warnings(log.database, unset) == []
    forget_origin(log)
    (warning,) = log_warnings(log.database, unset)
    assert warning.startswith("WIZARD_RETENTION_DAYS: not set, and this log is older")
    for days in ("0", "30"):
        assert log_warnings(log.database, settings(retention_days=days)) == []


def test_the_start_warns_of_newer_tables(log: Log) -> None:
    with log.database.writer.begin() as connection:
        connection.execute(text("UPDATE wizard_version SET version_num = '9999'"))
    (warning,) = log_warnings(log.database, settings())
    assert warning.startswith(f"the log's tables are at version 9999, newer than this wizard's {VERSION}")


def upkeep_of(log: Log, days: int = 0, using: Settings = SETTINGS) -> Upkeep:
    """The upkeep of a log, so many days from now."""
    return Upkeep(using, log, threading.Event(), lambda: NOW_MS + days * DAY_MS)


def test_the_upkeep_erases_once_a_day(any_log: Log) -> None:
    aged(any_log, old=31, young=29.5)
    upkeep_of(any_log).round()
    assert journeys_in(any_log) == {"young"}
    aged(any_log, late=40)
    upkeep_of(any_log).round()
    assert journeys_in(any_log) == {"young", "late"}
    upkeep_of(any_log, days=1).round()
    assert journeys_in(any_log) == set()


def test_the_upkeep_is_left_to_the_process_that_has_the_lease(any_log: Log) -> None:
    aged(any_log, old=31)
    with Lease(any_log.database, upkeep.LEASE).held() as is_mine:
        assert is_mine
        upkeep_of(any_log).round()
        assert journeys_in(any_log) == {"old"}
    upkeep_of(any_log).round()
    assert journeys_in(any_log) == set()


def test_tables_of_a_newer_version_are_left_to_its_servers(any_log: Log) -> None:
    aged(any_log, old=31)
    with any_log.database.writer.begin() as connection:
        connection.execute(text("UPDATE wizard_version SET version_num = '9999'"))
    upkeep_of(any_log).round()
    assert journeys_in(any_log) == {"old"}


def test_a_failed_round_is_reported_once_and_tried_again(
    log: Log, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(upkeep, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(upkeep, "EACH_SECONDS", 0.0)
    rounds, stop = [], threading.Event()

    def fail(_: Upkeep) -> None:
        rounds.append(1)
        if len(rounds) == 3:
            stop.set()
        raise RuntimeError("no such table")

    monkeypatch.setattr(Upkeep, "round", fail)
    keep_up(SETTINGS, log, stop)
    assert len(rounds) == 3
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "the log's upkeep failed: no such table"
    ]


def test_the_state_is_written_field_by_field(any_log: Log) -> None:
    before = state_of(any_log)
    for value in (5, 2**42):
        any_log.database.write(lambda connection, value=value: write_state(connection, backup_ms=value))  # type: ignore[misc]
        assert state_of(any_log) == replace(before, backup_ms=value)


def test_a_server_erases_what_is_too_old_soon_after_its_start(log: Log, tmp_path: Path) -> None:
    aged(log, old=31, young=29)
    environ = {**environ_for(tmp_path, address(log)), "WIZARD_RETENTION_DAYS": "30"}
    with serving(tmp_path, environ=environ) as server:
        wait_until(lambda: state_of(log).retention_ms is not None, "the retention is applied")
        server.wait_for_log("retention: erased 1 visits with 9 events")
    assert journeys_in(log) == {"young"}
