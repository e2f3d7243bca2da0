"""Delivering changes: everything arrives, in its newest state, whatever commits late, fails or is refused meanwhile."""

import threading
from collections.abc import Callable, Sequence

import pytest
from factories import NOV_1, fill, log_on, visit
from sqlalchemy import event, text, update
from subscribing import Recording, account, deliver_all, lease, log_states, once, pending_rows, ready

from wizard.events import change_feed
from wizard.events.change_feed import note
from wizard.events.log import DAY_MS, Log
from wizard.events.rows import lock_journeys
from wizard.maintenance import rebuild
from wizard.storage.database import Database
from wizard.storage.leases import LeaseLost
from wizard.storage.older_servers import WORKERS
from wizard.storage.subscriber_tables import subscribers
from wizard.subscribers import delivery, pending
from wizard.subscribers.registration import register, remove, retry_dead
from wizard.subscribers.subscriber import Change, Unavailable


@pytest.fixture
def log(any_log: Log) -> Log:
    return any_log


@pytest.fixture
def subscriber() -> Recording:
    return Recording()


def test_each_change_arrives_in_its_newest_state(log: Log, subscriber: Recording) -> None:
    delivering = ready(log, subscriber)
    for each in visit():
        log.append([each])
        delivering.round()
    fill(log, ["j-2", "j-3"])
    log.append(visit("j-2")[:1])  # a duplicate changes nothing
    deliver_all(delivering)
    assert subscriber.present == log_states(log)
    found = account(log)
    assert (found.due, found.delivered, found.pending, found.dead) == (11, 11, 0, 0)
    assert pending_rows(log) == 0
    assert found.last_delivered_ms is not None
    assert found.oldest_ms is None


def test_changes_arrive_in_batches_each_journey_once(log: Log) -> None:
    subscriber = Recording(batch_size=3)
    delivering = ready(log, subscriber)
    fill(log, [f"j-{number}" for number in range(10)])
    fill(log, [f"j-{number}" for number in range(10)])
    deliver_all(delivering)
    assert [len(each) for each in subscriber.calls] == [3, 3, 3, 1]
    assert subscriber.present == log_states(log)


def test_an_erased_journey_is_gone_whether_it_was_delivered_or_not(log: Log, subscriber: Recording) -> None:
    delivering = ready(log, subscriber)
    fill(log, ["delivered", "pending", "kept"])
    deliver_all(delivering)
    log.append(visit("pending-2"))
    log.erase(["delivered", "pending-2"])
    deliver_all(delivering)
    assert subscriber.present == log_states(log)
    assert {"delivered", "pending-2"} <= {name for name, (_, state) in subscriber.kept.items() if state is None}
    assert account(log).pending == 0


def test_what_purge_and_rebuild_change_in_batches_arrives(
    log: Log, subscriber: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "JOURNEYS_AT_ONCE", 3)
    delivering = ready(log, subscriber)
    fill(log, [f"j-{number}" for number in range(10)])
    deliver_all(delivering)
    with log.database.writer.begin() as connection:
        connection.execute(text("UPDATE journeys SET clicked = 0 WHERE journey_id IN ('j-8', 'j-9')"))
        connection.execute(text("DELETE FROM events WHERE journey_id = 'j-7'"))
    assert sum(batch.wrong for batch in rebuild.rebuild(log, write=True)) == 3
    assert sum(batch.journeys for batch in rebuild.purge(log, NOV_1 + 4 * DAY_MS)) == 4
    deliver_all(delivering)
    assert subscriber.present == log_states(log)
    assert set(subscriber.present) == {"j-4", "j-5", "j-6", "j-8", "j-9"}
    assert account(log).due == 10 + 3 + 4


def test_a_journey_that_changes_while_it_is_delivered_is_delivered_again(log: Log, subscriber: Recording) -> None:
    delivering = ready(log, subscriber)
    first, *others = visit()
    log.append([first])
    subscriber.before = once(lambda: log.append(others))
    delivering.round()
    assert account(log).pending == 2  # as it is one row with the change that was delivered
    deliver_all(delivering)
    assert subscriber.present == log_states(log)
    assert account(log).delivered == 2


def test_a_journey_that_is_erased_while_it_is_delivered_is_gone_in_the_end(log: Log, subscriber: Recording) -> None:
    delivering = ready(log, subscriber)
    log.append(visit())
    subscriber.before = once(lambda: log.erase(["j-1"]))
    deliver_all(delivering)
    deliver_all(delivering)
    assert subscriber.present == {}
    assert subscriber.kept["j-1"][1] is None


def test_what_commits_late_is_not_skipped(
    request: pytest.FixtureRequest, subscriber: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = log_on("postgresql", request)
    delivering = ready(log, subscriber)
    with log.database.writer.connect() as early:  # takes its version first, and commits last
        lock_journeys(early, ["early"])
        with monkeypatch.context() as patch:
            patch.setattr(change_feed, "own_worker", lambda: WORKERS)  # another process's
            change_feed.note(early, ["early"], is_gone=True)
        log.append(visit("late"))
        deliver_all(delivering)
        assert list(subscriber.kept) == ["late"]
        early.commit()
    deliver_all(delivering)
    assert list(subscriber.kept) == ["late", "early"]
    assert subscriber.kept["early"][0] < subscriber.kept["late"][0]
    assert account(log).pending == 0
    log.database.dispose()


def test_a_delivery_does_not_wait_for_a_transaction_that_changes_the_journey(
    request: pytest.FixtureRequest, subscriber: Recording
) -> None:
    log = log_on("postgresql", request)
    delivering = ready(log, subscriber)
    fill(log, ["j-1", "j-2"])
    with log.database.writer.connect() as other:
        lock_journeys(other, ["j-1"])
        note(other, ["j-1"], is_gone=False)
        delivering.round()
        other.rollback()
    assert account(log).pending == 1
    deliver_all(delivering)
    assert account(log).delivered == 2
    log.database.dispose()


def test_a_subscriber_that_is_down_loses_nothing_and_the_log_says_since_when(log: Log, subscriber: Recording) -> None:
    delivering = ready(log, subscriber)
    subscriber.is_down = True
    fill(log, ["j-1", "j-2"])
    for _ in range(2):
        with pytest.raises(Unavailable, match="it is down"):
            delivering.round()
    down = account(log)
    assert (down.pending, down.delivered, down.last_error) == (2, 0, "it is down")
    assert down.failing_since_ms is not None
    assert down.oldest_ms is not None
    assert down.lag_ms(down.oldest_ms + 5_000) == 5_000
    subscriber.is_down = False
    deliver_all(delivering)
    up = account(log)
    assert (up.pending, up.delivered, up.failing_since_ms, up.last_error) == (0, 2, None, "")


def test_one_change_that_is_refused_holds_up_no_other_and_is_dead_after_three_times(
    log: Log, subscriber: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "RETRY_MS", (0, 0))
    delivering = ready(log, subscriber)
    subscriber.refused = {"j-13"}
    fill(log, [f"j-{number}" for number in range(40)])
    delivering.round()
    assert (account(log).delivered, account(log).pending) == (39, 1)
    delivering.round()
    assert account(log).dead == 0
    delivering.round()
    assert (account(log).pending, account(log).dead) == (0, 1)
    delivering.round()
    assert delivering.is_done()
    assert account(log).failing_since_ms is None

    subscriber.refused = set()
    assert retry_dead(log.database, subscriber.name) == 1
    deliver_all(delivering)
    assert (account(log).delivered, account(log).dead) == (40, 0)
    assert subscriber.present == log_states(log)


def test_a_refused_change_waits_before_it_is_tried_again(log: Log, subscriber: Recording) -> None:
    now_ms = [NOV_1]
    delivering = ready(log, subscriber, lambda: now_ms[0])
    subscriber.refused = {"j-1"}
    attempts: list[int] = []
    subscriber.before = lambda changes: attempts.append(len(changes))
    log.append(visit())
    for wait_ms in (0, 999, 1, 9_999, 1, 10**9):
        now_ms[0] += wait_ms
        delivering.round()
    assert len(attempts) == 3
    assert account(log).dead == 1


def test_a_dead_change_is_delivered_once_its_journey_changes_again(
    log: Log, subscriber: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "RETRY_MS", ())
    delivering = ready(log, subscriber)
    subscriber.refused = {"j-1"}
    log.append(visit())
    delivering.round()
    assert account(log).dead == 1
    subscriber.refused = set()
    log.erase(["j-1"])
    deliver_all(delivering)
    assert (account(log).delivered, account(log).dead) == (2, 0)


def test_a_subscriber_that_refuses_everything_is_not_asked_for_each_change(log: Log, subscriber: Recording) -> None:
    delivering = ready(log, subscriber)
    names = [f"j-{number:03}" for number in range(100)]
    subscriber.refused = set(names)
    fill(log, names)
    with pytest.raises(delivery.AllRefused):
        delivering.round()
    assert account(log).pending == 100


def test_an_error_of_the_log_is_not_taken_for_a_refusal(log: Log, subscriber: Recording) -> None:
    delivering = ready(log, subscriber)
    fill(log, ["j-1", "j-2"])

    def fail(_: Sequence[Change]) -> None:
        raise ConnectionResetError("reset")

    subscriber.before = fail
    with pytest.raises(Unavailable, match="reset"):
        delivering.round()
    assert account(log).last_error == "reset"


def test_a_statement_that_fails_on_the_log_does_not_fail_the_other_changes(log: Log) -> None:
    class Reading(Recording):
        def deliver(self, log: object, changes: Sequence[Change]) -> None:
            if any(change.journey_id == "j-1" for change in changes):
                log.execute(text("SELECT no_such_column FROM journeys"))  # type: ignore[attr-defined]
            super().deliver(log, changes)  # type: ignore[arg-type]

    subscriber = Reading(name="reading")
    delivering = ready(log, subscriber)
    fill(log, ["j-0", "j-1", "j-2"])
    if log.database.is_sqlite:  # where it is an OperationalError, as for a log that can't be read
        with pytest.raises(Unavailable):
            delivering.round()
    else:
        delivering.round()
        assert set(subscriber.kept) == {"j-0", "j-2"}


def test_who_has_lost_the_lease_stores_nothing(log: Log, subscriber: Recording) -> None:
    delivering = ready(log, subscriber)
    log.append(visit())
    other = lease(log, subscriber)

    def take() -> None:
        with log.database.writer.begin() as connection:
            connection.execute(text("UPDATE leases SET until_ms = 0"))
        assert other.acquire()

    subscriber.before = once(take)
    with pytest.raises(LeaseLost):
        delivering.round()
    assert account(log).pending == 1
    after = delivery.Delivery(log.database, subscriber, other)
    deliver_all(after)
    assert account(log).delivered == 1


def test_without_its_registration_nothing_is_delivered(log: Log, subscriber: Recording) -> None:
    delivering = ready(log, subscriber)
    remove(log.database, subscriber.name)
    with pytest.raises(Unavailable, match="no subscriber 'recording'"):
        delivering.round()


def test_writers_and_a_delivery_at_once_neither_wait_for_each_other_for_ever_nor_lose_anything(
    log: Log,
) -> None:
    subscriber = Recording(batch_size=7)
    delivering = ready(log, subscriber)
    errors: list[BaseException] = []

    def write(turn: int) -> None:
        try:
            for place in range(9):
                visits = [visit(f"j-{number}") for number in range(12)]
                log.append([events[place] for events in (*visits[turn:], *visits[:turn])])
                if place == 8:
                    log.erase([f"j-{turn}"])
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    writers = [threading.Thread(target=write, args=[turn]) for turn in range(4)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        delivering.round()
    deliver_all(delivering)
    assert errors == []
    assert subscriber.present == log_states(log)
    assert account(log).pending == 0


def statements(database: Database, work: Callable[[], object]) -> list[str]:
    """The statements on the writer's connections while `work` runs."""
    found: list[str] = []

    def keep(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(database.writer, "before_cursor_execute", keep)
    try:
        work()
    finally:
        event.remove(database.writer, "before_cursor_execute", keep)
    return found


def test_a_transaction_has_at_most_three_more_statements_with_a_subscriber_and_one_without(log: Log) -> None:
    """However many journeys change."""
    without = statements(log.database, lambda: log.append([*visit("j-1"), *visit("j-2")]))
    register(log.database, ["one"])
    with_one = statements(log.database, lambda: log.append([*visit("j-3"), *visit("j-4")]))
    feed = ("subscribers", "pending_changes", "changes_due")
    assert sum(any(name in each for name in feed) for each in without) == 1
    assert sum(any(name in each for name in feed) for each in with_one) <= 3


def test_versions_are_by_the_clock_so_that_a_log_restored_from_a_backup_gives_none_twice(
    log: Log, subscriber: Recording
) -> None:
    delivering = ready(log, subscriber)
    log.append(visit())
    deliver_all(delivering)
    before = subscriber.kept["j-1"][0]
    with log.database.writer.begin() as connection:
        connection.execute(update(subscribers).values(version=0))
    log.erase(["j-1"])
    deliver_all(delivering)
    assert subscriber.kept["j-1"][0] > before
