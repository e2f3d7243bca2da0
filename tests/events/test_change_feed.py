"""The change feed: each transaction that changes a journey notes it for all subscribers, with a version that grows."""

import threading
from typing import Any

import pytest
from factories import fill, log_on, visit
from sqlalchemy import select, text, update

from wizard.events import change_feed
from wizard.events.log import Log
from wizard.events.model import DEMO_PREFIX
from wizard.events.rows import lock_journeys
from wizard.storage import schema
from wizard.storage.subscriber_tables import changes_due, pending_changes, subscribers

NAMES = ("one", "two")


@pytest.fixture
def log(any_log: Log) -> Log:
    return any_log


def subscribe(log: Log, *names: str) -> None:
    row = {"version": 0, "backfill_after": None, "backfilled": 0, "delivered": 0, "last_error": ""}
    with log.database.writer.begin() as connection:
        connection.execute(subscribers.insert(), [{"name": name, **row} for name in names])


def pending(log: Log, subscriber: str = "one") -> dict[str, Any]:
    """The pending rows of a subscriber by journey."""
    found = select(pending_changes).where(pending_changes.c.subscriber == subscriber)
    with log.database.reader.connect() as connection:
        return {row.journey_id: row for row in connection.execute(found)}


def due(log: Log) -> dict[str, int]:
    with log.database.reader.connect() as connection:
        rows = connection.execute(select(changes_due.c.subscriber, changes_due.c.changes)).all()
    return {name: sum(changes for each, changes in rows if each == name) for name, _ in rows}


def test_without_subscribers_nothing_is_noted(log: Log) -> None:
    log.append(visit())
    log.erase(["j-1"])
    assert pending(log) == {}
    assert due(log) == {}


def test_an_append_notes_journeys_with_new_events_only_for_each_subscriber(log: Log) -> None:
    log.append(visit("j-0"))
    subscribe(log, *NAMES)
    log.append([*visit("j-0"), *visit("j-1"), *visit("j-2")])
    for name in NAMES:
        found = pending(log, name)
        assert {(row.journey_id, row.is_gone, row.notes, row.is_dead) for row in found.values()} == {
            ("j-1", 0, 1, 0),
            ("j-2", 0, 1, 0),
        }
    assert due(log) == {"one": 2, "two": 2}


def test_changes_of_one_journey_are_one_row_with_a_growing_version(log: Log) -> None:
    subscribe(log, "one")
    versions = []
    for event in visit():
        log.append([event])
        versions.append(pending(log)["j-1"].version)
    assert versions == sorted(set(versions))
    assert pending(log)["j-1"].notes == due(log)["one"] == len(versions)


def test_versions_grow_after_the_row_is_gone_and_the_clock_was_set_back(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(log, "one")
    log.append(visit()[:2])
    before = pending(log)["j-1"].version
    with log.database.writer.begin() as connection:
        connection.execute(pending_changes.delete())
        connection.execute(update(subscribers).values(version=before + 10**9))  # as if delivered in the future
    monkeypatch.setattr(change_feed, "system_ms", lambda: 1)
    log.append(visit())
    assert pending(log)["j-1"].version > before + 10**9


def test_an_erased_journey_is_gone_and_a_dead_change_is_pending_again(log: Log) -> None:
    subscribe(log, "one")
    log.append(visit())
    with log.database.writer.begin() as connection:
        connection.execute(update(pending_changes).values(is_dead=1, attempts=3, retry_ms=5))
    log.erase(["j-1", "unknown"])
    found = pending(log)
    assert (found["j-1"].is_gone, found["j-1"].is_dead, found["j-1"].attempts, found["j-1"].retry_ms) == (1, 0, 0, 0)
    assert found["j-1"].notes == 2
    assert found["unknown"].is_gone == 1  # it may be elsewhere, if this log was restored from a backup
    assert due(log) == {"one": 3}


def test_a_journey_that_was_erased_and_begun_again_is_to_be_removed_first(log: Log) -> None:
    subscribe(log, "one")
    again = f"{DEMO_PREFIX}1"
    log.append(visit(again))
    log.erase([again])
    before = pending(log)[again].version
    log.append(visit(again)[:2])
    found = pending(log)[again]
    assert found.is_gone == 1
    assert found.version > before


def test_a_rebuild_notes_what_it_corrects(log: Log) -> None:
    fill(log, ["right", "wrong", "alone"])
    subscribe(log, "one")
    with log.database.writer.begin() as connection:
        connection.execute(update(schema.journeys).where(schema.journeys.c.journey_id == "wrong").values(device="x"))
        connection.execute(schema.events.delete().where(schema.events.c.journey_id == "alone"))
    assert log.rebuild(["right", "wrong", "alone"], write=False) == 2
    assert pending(log) == {}
    assert log.rebuild(["right", "wrong", "alone"], write=True) == 2
    assert {name: row.is_gone for name, row in pending(log).items()} == {"wrong": 0, "alone": 1}


def test_what_is_rolled_back_is_not_noted(log: Log) -> None:
    subscribe(log, "one")
    with log.database.writer.connect() as connection:
        change_feed.note(connection, ["j-1"], is_gone=False)
        connection.rollback()
    assert pending(log) == {}
    assert due(log) == {}


def test_many_writers_at_once_note_every_change_and_never_wait_for_each_other_for_ever(log: Log) -> None:
    subscribe(log, *NAMES)
    visits = [visit(f"j-{number}") for number in range(6)]

    def write(turn: int) -> None:
        for place in range(len(visits[0])):  # each writer has the journeys in another order
            log.append([events[place] for events in (*visits[turn:], *visits[:turn])])

    writers = [threading.Thread(target=write, args=[turn]) for turn in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert log.count() == sum(map(len, visits))
    noted = {name: sum(row.notes for row in pending(log, name).values()) for name in NAMES}
    assert noted == due(log)
    assert noted["one"] >= len(visits[0]) * len(visits)


def test_a_subscriber_is_added_when_no_transaction_is_under_way_that_has_not_seen_it(
    request: pytest.FixtureRequest,
) -> None:
    log = log_on("postgresql", request)
    added = threading.Event()

    def add() -> None:
        with log.database.writer.begin() as connection:
            change_feed.lock_feed(connection)
            connection.execute(text("INSERT INTO subscribers VALUES ('one', 0, '', 0, 0, NULL, NULL, '')"))
        added.set()

    adding = threading.Thread(target=add)
    with log.database.writer.begin() as connection:
        lock_journeys(connection, ["early"])
        change_feed.note(connection, ["early"], is_gone=False)
        adding.start()
        assert not added.wait(0.3)
    adding.join()
    assert added.is_set()
    log.database.dispose()
