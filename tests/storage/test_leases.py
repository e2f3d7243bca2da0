"""Leases: one owner at a time, renewed while it lives, and taken over when it has died."""

import threading
import time

import pytest
from sqlalchemy import text

from wizard.events.log import Log
from wizard.storage.database import Database
from wizard.storage.leases import Lease, LeaseLost


@pytest.fixture
def database(any_log: Log) -> Database:
    return any_log.database


def expire(database: Database, name: str = "job") -> None:
    """As if the owner had not renewed it in time."""
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE leases SET until_ms = 1 WHERE name = :name"), {"name": name})


def test_one_owner_has_it_and_may_renew_it(database: Database) -> None:
    one, two = Lease(database, "job"), Lease(database, "job")
    assert one.acquire()
    assert one.acquire()
    assert not two.acquire()
    assert Lease(database, "another").acquire()


def test_it_is_free_once_it_was_released(database: Database) -> None:
    one, two = Lease(database, "job"), Lease(database, "job")
    assert one.acquire()
    two.release()  # which has none
    assert not two.acquire()
    one.release()
    assert two.acquire()


def test_another_takes_over_when_it_has_ended_and_the_first_owner_is_told(database: Database) -> None:
    one, two = Lease(database, "job"), Lease(database, "job")
    assert one.acquire()
    expire(database)
    with database.writer.begin() as connection:
        one.require(connection)  # nobody has taken it yet
    assert two.acquire()
    assert not one.acquire()
    with pytest.raises(LeaseLost, match="another process has the lease 'job'"), database.writer.begin() as connection:
        one.require(connection)


def test_it_ends_by_itself(database: Database) -> None:
    assert Lease(database, "job", seconds=0.3).acquire()
    other = Lease(database, "job", seconds=0.3)
    assert not other.acquire()
    deadline = time.monotonic() + 10
    while not other.acquire():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_who_holds_it_renews_it_and_releases_it_in_the_end(database: Database) -> None:
    one, two = Lease(database, "job", seconds=0.5), Lease(database, "job", seconds=0.5)
    with one.held() as is_mine:
        assert is_mine
        with two.held() as is_taken:
            assert not is_taken
        time.sleep(1.2)  # more than twice as long as it lasts
        assert not two.acquire()
    assert two.acquire()


def test_a_clock_that_was_set_back_keeps_nobody_out_for_long(database: Database) -> None:
    assert Lease(database, "job").acquire()
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE leases SET until_ms = until_ms + 86400000"))
    assert Lease(database, "job").acquire()


def test_who_takes_the_place_of_an_owner_has_it_at_once(database: Database) -> None:
    one = Lease(database, "job")
    assert one.acquire()
    assert Lease(database, "job", owner=one.owner).acquire()


def test_nobody_takes_it_during_a_transaction_that_requires_it(database: Database) -> None:
    one, two = Lease(database, "job"), Lease(database, "job")
    assert one.acquire()
    expire(database)
    taken = threading.Event()

    def take() -> None:
        if two.acquire():
            taken.set()

    taking = threading.Thread(target=take)
    with database.writer.begin() as connection:
        one.require(connection)
        taking.start()
        assert not taken.wait(0.3)
    taking.join()
    assert taken.is_set()
