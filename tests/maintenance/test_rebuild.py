"""Folding a log anew and taking journeys out of it, a few hundred at a time, while it is in use."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from factories import DATABASES, NOV_1, fill, log_on, sqlite_log, visit
from sqlalchemy import delete, insert, select, update

from wizard.events.ledger import read_ledger
from wizard.events.log import DAY_MS, Log
from wizard.events.periods import Period
from wizard.maintenance import rebuild
from wizard.storage import schema

JOURNEYS = [f"j-{number:02}" for number in range(10)]


@pytest.fixture(params=DATABASES)
def log(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    monkeypatch.setattr(rebuild, "JOURNEYS_AT_ONCE", 3)
    log = log_on(request.param, request)
    yield log
    log.database.dispose()


def rows_of(log: Log) -> list[list[tuple[object, ...]]]:
    """All rows that are folded from events."""
    with log.database.reader.connect() as connection:
        return [
            sorted(tuple(row) for row in connection.execute(select(table)))
            for table in (schema.journeys, schema.journey_steps)
        ]


def spoil(log: Log) -> None:
    """Let rows be wrong in every way that they can be, those of four journeys."""
    journeys, steps = schema.journeys, schema.journey_steps
    with log.database.writer.begin() as connection:
        connection.execute(update(journeys).where(journeys.c.journey_id == "j-01").values(persona="someone"))
        connection.execute(delete(journeys).where(journeys.c.journey_id == "j-04"))
        connection.execute(delete(steps).where(steps.c.journey_id == "j-04"))
        connection.execute(delete(steps).where(steps.c.journey_id == "j-07", steps.c.step == "who"))
        columns = ["began_ms", *(name for name in steps.c.keys() if name not in ("journey_id", "began_ms"))]  # noqa: SIM118
        stray = select(steps.c.journey_id + "-stray", *(steps.c[name] for name in columns))
        connection.execute(
            insert(steps).from_select(["journey_id", *columns], stray.where(steps.c.journey_id == "j-09"))
        )


def test_a_rebuild_corrects_wrong_missing_and_orphaned_rows(log: Log) -> None:
    fill(log, JOURNEYS)
    before = rows_of(log)
    spoil(log)
    assert rows_of(log) != before
    batches = list(rebuild.rebuild(log, write=True))
    assert max(batch.journeys for batch in batches) == 3
    assert (sum(batch.journeys for batch in batches), sum(batch.wrong for batch in batches)) == (11, 4)
    assert rows_of(log) == before
    assert sum(batch.wrong for batch in rebuild.rebuild(log, write=True)) == 0


def test_a_comparison_changes_nothing(log: Log) -> None:
    fill(log, JOURNEYS)
    spoil(log)
    before = rows_of(log)
    assert sum(batch.wrong for batch in rebuild.rebuild(log, write=False)) == 4
    assert rows_of(log) == before


def test_a_rebuild_finds_nothing_wrong_with_what_is_written_meanwhile(log: Log) -> None:
    fill(log, JOURNEYS)
    stop = threading.Event()
    written: list[str] = []

    def write() -> None:
        while not stop.is_set():
            journey_id = f"j-{len(written) % 20:02}-new"
            log.append(visit(journey_id, NOV_1 + len(written)))
            written.append(journey_id)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 5:
            assert sum(batch.wrong for batch in rebuild.rebuild(log, write=True)) == 0
    finally:
        stop.set()
        writer.join()
    assert sum(batch.wrong for batch in rebuild.rebuild(log, write=False)) == 0


def test_a_purge_erases_whole_journeys_by_their_beginning(log: Log) -> None:
    fill(log, JOURNEYS)
    before_ms = NOV_1 + 7 * DAY_MS
    assert rebuild.count_journeys(log.database, before_ms) == 7
    batches = list(rebuild.purge(log, before_ms))
    assert [batch.journeys for batch in batches] == [3, 3, 1]
    assert sum(batch.events for batch in batches) == 7 * len(visit())
    assert {event.context.journey_id for event in log.read()} == set(JOURNEYS[7:])
    assert rebuild.count_journeys(log.database) == 3
    assert read_ledger(log.database, Period()).problems() == {}
    assert list(rebuild.purge(log, before_ms)) == []


def test_erased_data_can_not_be_read_from_any_file_of_sqlite(tmp_path: Path) -> None:
    log = sqlite_log(tmp_path)
    log.append(visit("j-1", utm_campaign="a-campaign-that-is-erased"))
    log.append(visit("j-2", utm_campaign="a-campaign-that-stays"))

    def found(campaign: str) -> bool:
        return any(campaign.encode() in path.read_bytes() for path in tmp_path.iterdir())

    assert found("a-campaign-that-is-erased")
    log.erase(["j-1"])
    rebuild.truncate_wal(log.database)
    assert not found("a-campaign-that-is-erased")
    assert found("a-campaign-that-stays")
    log.database.dispose()


def test_a_purge_does_not_block_writers_while_a_reader_holds_an_older_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "WAIT_SECONDS", 1)
    log = sqlite_log(tmp_path)
    log.append(visit("j-1"))
    with log.database.snapshot() as reading, closing(sqlite3.connect(log.database.path, timeout=1)) as writing:
        reading.execute(select(schema.events)).fetchall()
        log.erase(["j-1"])
        truncating = threading.Thread(target=rebuild.truncate_wal, args=[log.database])
        truncating.start()
        written = 0
        while truncating.is_alive():
            writing.execute("UPDATE ledger SET events = events")
            writing.commit()
            written += 1
        assert written > 1, "it was over before anybody wrote"
    log.database.dispose()
