"""New subscribers get all journeys of the log; removed ones leave nothing behind."""

import pytest
from factories import fill, visit
from sqlalchemy import text
from subscribing import Recording, account, deliver_all, lease, log_states, once, pending_rows, subscribed

from wizard.events.log import Log
from wizard.events.rows import lock_journeys
from wizard.subscribers import backfill, delivery
from wizard.subscribers.registration import (
    SubscriberUnknown,
    known_subscribers,
    register,
    remove,
    restart_backfill,
    retry_dead,
)


@pytest.fixture
def log(any_log: Log) -> Log:
    return any_log


@pytest.fixture
def subscriber() -> Recording:
    return Recording()


class TestBackfill:
    def test_a_new_subscriber_gets_what_was_there_before(self, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(backfill, "JOURNEYS_AT_ONCE", 4)
        subscriber = Recording(batch_size=8)
        names = [f"{letter}-{number}" for number in range(13) for letter in "aZ"]
        fill(log, names)
        delivering = subscribed(log, subscriber)
        assert account(log).is_backfilling
        delivering.round()
        assert account(log).backfilled == 8
        assert pending_rows(log) <= 8
        log.append(visit("new"))
        log.erase(["a-12"])
        deliver_all(delivering)
        assert subscriber.present == log_states(log)
        assert not account(log).is_backfilling
        assert account(log).backfilled >= 25

    def test_it_resumes_where_it_was_interrupted_and_begins_afresh_when_asked(
        self, log: Log, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(backfill, "JOURNEYS_AT_ONCE", 2)
        subscriber = Recording(batch_size=2)
        fill(log, [f"j-{number}" for number in range(6)])
        subscribed(log, subscriber).round()
        assert account(log).backfilled == 2
        mine = lease(log, subscriber)
        with log.database.writer.begin() as connection:
            connection.execute(text("UPDATE leases SET until_ms = 0"))
        assert mine.acquire()
        after = delivery.Delivery(log.database, subscriber, mine)
        deliver_all(after)
        assert account(log).due == 6
        assert subscriber.present == log_states(log)

        before = dict(subscriber.kept)
        restart_backfill(log.database, subscriber.name)
        deliver_all(after)
        assert account(log).due == 12
        assert all(subscriber.kept[name][0] > version for name, (version, _) in before.items())

    def test_a_journey_that_is_erased_before_it_is_locked_is_not_noted_as_there(
        self, log: Log, subscriber: Recording, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if log.database.is_sqlite:
            return  # one transaction at a time
        fill(log, ["j-1", "j-2"])
        delivering = subscribed(log, subscriber)
        erase = once(lambda: log.erase(["j-1"]))
        lock = lock_journeys

        def erase_first(*arguments: object) -> None:
            erase([])
            lock(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(backfill, "lock_journeys", erase_first)
        deliver_all(delivering)
        assert set(subscriber.present) == {"j-2"}
        assert account(log).due == 2

    def test_an_empty_log_has_nothing_to_be_filled_with(self, log: Log, subscriber: Recording) -> None:
        delivering = subscribed(log, subscriber)
        deliver_all(delivering)
        assert delivering.is_done()
        assert not account(log).is_backfilling


class TestRegistration:
    def test_it_is_done_once(self, log: Log) -> None:
        assert register(log.database, ["b", "a"]) == ["a", "b"]
        assert register(log.database, ["b", "c"]) == ["c"]
        assert known_subscribers(log.database) == ["a", "b", "c"]

    def test_removing_takes_all_that_is_pending(self, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("wizard.subscribers.registration.ROWS_AT_ONCE", 3)
        register(log.database, ["a", "b"])
        fill(log, [f"j-{number}" for number in range(7)])
        remove(log.database, "a")
        assert known_subscribers(log.database) == ["b"]
        assert pending_rows(log) == 7
        assert account(log, "b").pending == 7
        fill(log, ["j-8"])
        assert pending_rows(log) == 8

    def test_who_comes_back_begins_afresh(self, log: Log, subscriber: Recording) -> None:
        register(log.database, ["recording"])
        fill(log, ["j-1"])
        with log.database.writer.begin() as connection:  # a removal that was interrupted
            connection.execute(text("DELETE FROM subscribers"))
        deliver_all(subscribed(log, subscriber))
        assert account(log).due == 1
        assert subscriber.present == log_states(log)

    def test_an_unknown_name_is_refused(self, log: Log) -> None:
        for work in (remove, restart_backfill, retry_dead):
            with pytest.raises(SubscriberUnknown, match="the log has no subscribers"):
                work(log.database, "nobody")
        register(log.database, ["a", "b"])
        with pytest.raises(SubscriberUnknown, match="given 'nobody'; allowed: a, b"):
            remove(log.database, "nobody")
