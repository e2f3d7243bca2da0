"""Reading the ledger for metrics: seldom, once at a time, and never for long."""

import threading
import time

import pytest
from sqlalchemy.exc import SQLAlchemyError

from wizard.events.ledger import Account, Ledger
from wizard.events.log import Log
from wizard.metrics import ledger_reader
from wizard.metrics.ledger_reader import LedgerReader

LEDGER = Ledger({"2026-11-01": Account(received=1, stored=1)}, {})


def test_what_was_read_a_moment_ago_is_not_read_again(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []

    def read(*_: object) -> Ledger:
        reads.append(1)
        return LEDGER

    monkeypatch.setattr(ledger_reader, "read_counts", read)
    reader = LedgerReader(log.database, fresh_seconds=0.2)
    assert [reader.read() for _ in range(5)] == [LEDGER] * 5
    assert len(reads) == 1
    time.sleep(0.25)
    assert reader.read() == LEDGER
    assert len(reads) == 2


def test_a_log_that_does_not_answer_is_waited_for_once_and_by_one_thread(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, reads = threading.Event(), []

    def read(*_: object) -> Ledger:
        reads.append(1)
        answer.wait(20)
        return LEDGER

    monkeypatch.setattr(ledger_reader, "read_counts", read)
    reader = LedgerReader(log.database, wait_seconds=0.05)
    began = time.monotonic()
    assert [reader.read() for _ in range(4)] == [None] * 4
    assert time.monotonic() - began < 2
    assert len(reads) == 1
    answer.set()
    deadline = time.monotonic() + 10
    while reader.read() is None:
        assert time.monotonic() < deadline
    assert len(reads) == 1


def test_after_an_error_nothing_that_is_old_is_shown(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Ledger | SQLAlchemyError] = [LEDGER, SQLAlchemyError("gone"), LEDGER]

    def read(*_: object) -> Ledger:
        next_ = found.pop(0)
        if isinstance(next_, SQLAlchemyError):
            raise next_
        return next_

    monkeypatch.setattr(ledger_reader, "read_counts", read)
    reader = LedgerReader(log.database, fresh_seconds=0)
    assert [reader.read() for _ in range(3)] == [LEDGER, None, LEDGER]
