"""The ledger: every event that came in is accounted for, and a recount finds what it says is stored."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from factories import DATABASES, NOV_1, fill, log_on, visit
from sqlalchemy import delete, insert

from wizard.events.batch import Batch, Record
from wizard.events.journals import JournalUnknown
from wizard.events.ledger import Account, Ledger, as_error, as_record, as_table, read_ledger
from wizard.events.log import DAY_MS, Log, Tally
from wizard.events.periods import Period, read_days
from wizard.storage import schema

ALWAYS = Period()
NOV_2 = NOV_1 + DAY_MS


@pytest.fixture(params=DATABASES)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    log = log_on(request.param, request)
    yield log
    log.database.dispose()


def test_each_event_that_came_in_is_under_one_outcome(log: Log) -> None:
    events = visit("j-1")
    log.append(events)
    log.append(events[:4])
    log.tally({Tally(NOV_1, "received"): 5, Tally(NOV_1, "bot"): 2})
    log.tally({Tally(NOV_1, "rejected", "tampered"): 1, Tally(NOV_1, "rejected", "expired"): 2})
    ledger = read_ledger(log.database, ALWAYS)
    stored = len(events)
    assert ledger.days == {
        "2026-11-01": Account(received=stored + 4 + 5, stored=stored, duplicate=4, bot=2, rejected=3, present=stored)
    }
    assert ledger.reasons == {"expired": 2, "tampered": 1}
    assert ledger.problems() == {}


def test_what_was_erased_still_counts_as_stored(log: Log) -> None:
    fill(log, ["j-1", "j-2"])
    log.erase(["j-1"])
    ledger = read_ledger(log.database, ALWAYS)
    each = len(visit())
    assert ledger.days["2026-11-01"] == Account(received=each, stored=each, erased=each)
    assert ledger.days["2026-11-02"] == Account(received=each, stored=each, present=each)
    assert ledger.problems() == {}


def test_a_period_is_of_whole_days_both_included(log: Log) -> None:
    fill(log, ["j-1", "j-2", "j-3", "j-4"])
    ledger = read_ledger(log.database, read_days("2026-11-02", "2026-11-03"))
    assert list(ledger.days) == ["2026-11-02", "2026-11-03"]
    assert ledger.problems() == {}


def test_an_event_that_vanished_is_missed(log: Log) -> None:
    fill(log, ["j-1", "j-2"])
    with log.database.writer.begin() as connection:
        connection.execute(delete(schema.events).where(schema.events.c.event == "cta_click"))
    problems = read_ledger(log.database, ALWAYS).problems()
    assert problems == {
        "2026-11-01": ["stored 9 is not present 8 + erased 0 = 8"],
        "2026-11-02": ["stored 9 is not present 8 + erased 0 = 8"],
    }


def test_an_event_that_was_not_received_is_found(log: Log) -> None:
    with log.database.writer.begin() as connection:
        row = {"event": "wizard_view", "ts_ms": NOV_1, "turn": 0, "answers": "{}"}
        needed = [each.name for each in schema.events.c if not (each.nullable or each.server_default)]
        connection.execute(insert(schema.events), dict.fromkeys(needed, "") | row)
    assert read_ledger(log.database, ALWAYS).problems() == {"2026-11-01": ["stored 0 is not present 1 + erased 0 = 1"]}


def test_what_was_lost_is_never_in_balance(log: Log) -> None:
    log.tally({Tally(NOV_1, "received"): 2, Tally(NOV_1, "lost"): 2})
    log.tally({Tally(NOV_2, "lost"): 1})
    assert read_ledger(log.database, ALWAYS).problems() == {
        "2026-11-01": ["received 2 is not stored 0 + duplicate 0 + bot 0 + rejected 0 = 0", "lost 2"],
        "2026-11-02": ["lost 1"],
    }


def test_differences_of_two_days_do_not_cancel_each_other(log: Log) -> None:
    log.tally({Tally(NOV_1, "received"): 1, Tally(NOV_2, "bot"): 1})
    ledger = read_ledger(log.database, ALWAYS)
    assert ledger.total.problems() == []
    assert list(ledger.problems()) == ["2026-11-01", "2026-11-02"]


def test_an_outcome_of_another_version_leaves_the_received_unaccounted_for(log: Log) -> None:
    log.tally({Tally(NOV_1, "received"): 1, Tally(NOV_1, "postponed"): 1})
    assert list(read_ledger(log.database, ALWAYS).problems()) == ["2026-11-01"]


def test_it_balances_at_any_moment_while_others_write(log: Log) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            log.append(visit(f"j-{number}", NOV_1 + number))
            log.erase([f"j-{number - 3}"])

    writer = threading.Thread(target=write)
    writer.start()
    seen: dict[object, object] = {}
    deadline = time.monotonic() + 60
    try:
        while len(seen) < 20 and time.monotonic() < deadline:
            ledger = read_ledger(log.database, ALWAYS)
            seen[ledger.total] = ledger.problems()
    finally:
        stop.set()
        writer.join()
    assert list(seen.values()) == [{}] * 20, "with something written between each of them and the next"


def test_days_are_counted_from_the_first_however_long_ago(log: Log) -> None:
    for name, began_ms in (("j-1", 0), ("j-2", NOV_1)):  # a clock that had not been set begins in 1970
        log.append(visit(name, began_ms))
    ledger = read_ledger(log.database, ALWAYS)
    assert list(ledger.days) == ["1970-01-01", "2026-11-01"]
    assert ledger.problems() == {}


def test_the_table_is_aligned() -> None:
    ledger = Ledger(
        {
            "2026-11-01": Account(received=12_345, stored=12_000, bot=340, rejected=5, present=12_000),
            "2026-11-02": Account(received=1, stored=1, erased=1),
        },
        {"expired": 2, "tampered": 3},
    )
    header, first, second, total, gap, reasons = as_table(ledger).splitlines()
    assert len({len(line) for line in (header, first, second, total)}) == 1
    assert total.split() == ["total", "12,346", "12,001", "0", "340", "5", "1", "0", "0", "12,000"]
    assert (gap, reasons) == ("", "rejected: expired 2, tampered 3")
    assert as_table(Ledger({}, {})) == "No events in the ledger or in the log for this period."


def batch(waiting: int, *records: Record, stored: int = 0, now_ms: int = NOV_1) -> Batch:
    return Batch("a-journal", "web-1", stored, records, waiting, now_ms)


def test_what_waits_in_journals_is_received_and_accounted_for(log: Log) -> None:
    events = visit("j-1")
    log.ingest(batch(5, Record(len(events), len(events), events)))
    ledger = read_ledger(log.database, ALWAYS)
    stored = len(events)
    expected = Account(received=stored + 5, stored=stored, waiting=5, present=stored)
    assert (ledger.days, ledger.problems()) == ({"2026-11-01": expected}, {})
    log.ingest(batch(0, Record(stored + 5, 5, tally=Tally(NOV_1, "bot")), stored=stored))
    expected = Account(received=stored + 5, stored=stored, bot=5, present=stored)
    assert read_ledger(log.database, ALWAYS).days == {"2026-11-01": expected}


def test_records_that_are_in_the_log_are_passed_over_and_missing_ones_are_lost(log: Log) -> None:
    records = [Record(number, 1, tally=Tally(NOV_1, "bot")) for number in (1, 2, 5)]
    assert log.ingest(batch(0, *records)) == 5
    for stored in (0, 5):
        assert log.ingest(batch(0, *records, Record(7, 0), stored=stored)) == 7
    assert log.ingest(batch(0, *records, Record(8, 1, tally=Tally(NOV_1, "bot")))) == 8
    assert read_ledger(log.database, ALWAYS).total == Account(received=8, bot=4, lost=4)
    (row,) = log.journals()
    assert (row.journal, row.machine, row.brought_in, row.waiting) == ("a-journal", "web-1", 8, 0)


def test_events_of_a_machine_that_is_gone_are_written_off_and_no_longer_if_it_returns(log: Log) -> None:
    log.ingest(batch(3, Record(1, 1, tally=Tally(NOV_1, "bot"))))
    for unknown in ("another", ""):
        with pytest.raises(JournalUnknown, match="has no waiting events"):
            log.write_off_journal(unknown)
    assert log.write_off_journal("a-journal") == 3
    with pytest.raises(JournalUnknown):
        log.write_off_journal("a-journal")
    ledger = read_ledger(log.database, ALWAYS)
    assert ledger.total == Account(received=4, bot=1, lost=3)
    assert ledger.problems()
    log.ingest(batch(1, Record(3, 2, tally=Tally(NOV_1, "bot")), stored=1))
    assert read_ledger(log.database, ALWAYS).total == Account(received=4, bot=3, waiting=1)
    log.ingest(batch(0, Record(4, 1, tally=Tally(NOV_1, "bot")), stored=3))
    ledger = read_ledger(log.database, ALWAYS)
    assert (ledger.total, ledger.problems()) == (Account(received=4, bot=4), {})
    log.remove_journal("a-journal")
    assert log.journals() == []


def test_json_has_every_figure(log: Log) -> None:
    fill(log, ["j-1"])
    log.tally({Tally(NOV_1, "received"): 1, Tally(NOV_1, "rejected", "cross-site"): 1})
    record = json.loads(json.dumps(as_record(read_ledger(log.database, ALWAYS))))
    day = {"received": 10, "stored": 9, "duplicate": 0, "bot": 0, "rejected": 1, "erased": 0, "lost": 0, "waiting": 0}
    day["present"] = 9
    assert record == {
        "balanced": True,
        "total": day,
        "rejected_by_reason": {"cross-site": 1},
        "days": [{"day": "2026-11-01", **day, "problems": []}],
        "subscribers": [],
    }


def test_the_error_has_the_figures_of_the_first_days_and_the_dates_of_the_others() -> None:
    problems = {f"2026-11-0{day}": ["lost 1"] for day in range(1, 6)}
    assert as_error(problems) == (
        "the ledger does not balance: 2026-11-01: lost 1; 2026-11-02: lost 1; 2026-11-03: lost 1; "
        "and on 2 more: 2026-11-04, 2026-11-05"
    )


def test_of_processes_that_store_the_first_batch_of_a_journal_at_once_one_counts_it(log: Log) -> None:
    """As where the lock of the folder does not hold, on a network file system."""
    for number in range(5):
        first = Batch(f"journal-{number}", "web-1", 0, [Record(3, 3, tally=Tally(NOV_1, "bot"))], 0, NOV_1)
        ready = threading.Barrier(4)

        def ingest(first: Batch = first, ready: threading.Barrier = ready) -> int:
            ready.wait(20)
            return log.ingest(first)

        with ThreadPoolExecutor(4) as pool:
            assert [future.result() for future in [pool.submit(ingest) for _ in range(4)]] == [3] * 4
    ledger = read_ledger(log.database, ALWAYS)
    assert (ledger.total, ledger.problems()) == (Account(received=15, bot=15), {})
