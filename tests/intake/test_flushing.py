"""A flush that fails: what it could not write is written again elsewhere, or the journal says that it is not safe."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from journaling import SMALL_BYTES, answer, ingest_all, new_log, recorder_in

from wizard.events.ledger import read_ledger
from wizard.events.log import Log
from wizard.events.periods import Period
from wizard.intake.journal import Journal
from wizard.intake.journal_line import encode_events
from wizard.intake.journal_reader import Position, newest_received
from wizard.intake.segments import segments_of

WAIT_SECONDS = 20


class Disk:
    """A disk whose flushes fail so many times, and which then drops what could not be written, as Linux does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.failures = 0
        self.flushes = 0
        self.drops = True
        self.meanwhile: Callable[[], None] = lambda: None
        """What happens between a flush that drops lines and its error."""

        self._written: dict[int, list[tuple[int, int]]] = {}
        self._write = os.pwrite
        monkeypatch.setattr(os, "pwrite", self._note)
        monkeypatch.setattr("wizard.intake.segment_writer._sync", self._sync)

    def _note(self, file: int, data: bytes, at: int) -> int:
        done = self._write(file, data, at)
        self._written.setdefault(os.fstat(file).st_ino, []).append((at, done))
        return done

    def _sync(self, file: int) -> None:
        self.flushes += 1
        written = self._written.pop(os.fstat(file).st_ino, [])
        if not self.failures:
            return
        self.failures -= 1
        for at, length in written if self.drops else ():
            self._write(file, bytes(length), at)
        self.meanwhile()
        raise OSError(5, "Input/output error")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = new_log(tmp_path)
    yield made
    made.database.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journals"


def put(journal: Journal, name: str) -> bool:
    return journal.append(encode_events([answer(name)], []), 1)


def journeys_in(log: Log) -> list[str]:
    return sorted({event.context.journey_id for event in log.read()})


def outcomes(log: Log) -> dict[str, int]:
    total = read_ledger(log.database, Period()).total
    return {name: count for name in ("received", "stored", "duplicate", "lost") if (count := getattr(total, name))}


def test_after_one_failed_flush_events_are_written_to_a_new_segment_and_acknowledged(
    folder: Path, log: Log, disk: Disk
) -> None:
    with closing(Journal(folder, SMALL_BYTES, flush=True)) as journal:
        assert put(journal, "before")
        disk.failures = 1
        assert put(journal, "dropped by the disk, and written again")
        assert not journal.is_unsafe
        assert put(journal, "after")
        assert len(segments_of(journal.path)) == 2
    ingest_all(folder, log)
    assert journeys_in(log) == ["after", "before", "dropped by the disk, and written again"]
    assert outcomes(log) == {"received": 3, "stored": 3}


def test_events_that_a_failed_flush_left_readable_count_once(folder: Path, log: Log, disk: Disk) -> None:
    disk.drops = False
    with closing(Journal(folder, SMALL_BYTES, flush=True)) as journal:
        for number in range(3):
            disk.failures = 1
            assert put(journal, f"journey-{number}")
        ingest_all(folder, log)
        assert put(journal, "then")
    ingest_all(folder, log)
    assert outcomes(log) == {"received": 4, "stored": 4}


def test_where_nothing_can_be_flushed_the_request_is_told_and_readiness_says_losing(
    folder: Path, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(Journal(folder, SMALL_BYTES, flush=True)) as journal:
        assert put(journal, "safe")
        disk.failures = 1000
        assert [put(journal, f"unsafe-{number}") for number in range(5)] == [False] * 5
        assert journal.is_unsafe
        assert disk.flushes == 3, "a broken disk is not asked at each request"
        assert [record.levelname for record in caplog.records].count("CRITICAL") == 1
        assert "a power cut may lose events" in caplog.text


def test_flushing_is_tried_again_and_what_was_not_acknowledged_counts_as_lost_or_stored(
    folder: Path, log: Log, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.intake.journal.FLUSH_RETRY_SECONDS", 0.0)
    with closing(Journal(folder, SMALL_BYTES, flush=True)) as journal:
        assert put(journal, "before")
        ingest_all(folder, log)
        disk.failures = 2
        assert not put(journal, "dropped twice")
        assert put(journal, "then")
        assert not journal.is_unsafe
    ingest_all(folder, log)
    assert journeys_in(log) == ["before", "then"]
    assert outcomes(log) == {"received": 3, "stored": 2, "lost": 1}


def test_what_a_failed_flush_may_lose_is_stored_if_the_machine_runs_on(folder: Path, log: Log, disk: Disk) -> None:
    disk.drops = False
    with closing(Journal(folder, SMALL_BYTES, flush=True)) as journal:
        disk.failures = 1000
        assert not put(journal, "journey")
    ingest_all(folder, log)
    assert outcomes(log) == {"received": 1, "stored": 1}


def test_a_full_journal_has_no_segment_to_write_to_after_a_failed_flush(folder: Path, disk: Disk) -> None:
    with closing(Journal(folder, SMALL_BYTES, flush=True)) as journal:
        while len(segments_of(journal.path)) < 4:
            assert put(journal, "journey")
        disk.failures = 1
        assert not put(journal, "journey")
        assert journal.is_unsafe


def test_all_who_wait_for_a_flush_that_fails_are_acknowledged_by_the_next(folder: Path, log: Log, disk: Disk) -> None:
    answers: list[bool] = []
    with closing(Journal(folder, SMALL_BYTES, flush=True)) as journal:
        disk.failures = 1
        threads = [
            threading.Thread(target=lambda name=f"journey-{number}": answers.append(put(journal, name)))
            for number in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT_SECONDS)
    assert answers == [True] * 8
    ingest_all(folder, log)
    assert outcomes(log) == {"received": 8, "stored": 8}


@pytest.mark.parametrize("before", [0, 1], ids=["from the first line on", "after a line that was flushed"])
def test_a_line_that_is_written_while_a_flush_fails_hides_none_before_it(
    folder: Path, log: Log, disk: Disk, before: int
) -> None:
    """It stays where the lines before it were dropped; the next segment has all of them."""
    with closing(Journal(folder, SMALL_BYTES, flush=True)) as journal:
        later = threading.Thread(target=put, args=(journal, "later"))

        def write_another() -> None:
            later.start()
            while newest_received(journal.path, Position(1, 0)) != before + 2:
                time.sleep(0.001)

        for _ in range(before):
            assert put(journal, "before")
        disk.failures, disk.meanwhile = 1, write_another
        assert put(journal, "dropped")
        later.join(WAIT_SECONDS)
    ingest_all(folder, log)
    assert outcomes(log) == {"received": before + 2, "stored": before + 2}


def test_a_failed_flush_of_the_folder_is_one_too(folder: Path, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of a new segment must be on the disk, or its lines can't be found after a power cut."""
    with closing(Journal(folder, SMALL_BYTES, flush=True)) as journal:

        def fail(_: Path) -> None:
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as patch:
            patch.setattr("wizard.intake.segment_writer.sync_folder", fail)
            assert not put(journal, "journey")
        assert journal.is_unsafe
    ingest_all(folder, log)
    assert outcomes(log) == {"received": 1, "stored": 1}


@pytest.mark.parametrize("flush", [False, True])
def test_a_segment_that_can_not_be_opened_is_not_in_the_journal(
    folder: Path, log: Log, monkeypatch: pytest.MonkeyPatch, *, flush: bool
) -> None:
    """Else a reader would take the one before for complete, and miss shorter lines that still fit into it."""
    real = os.open
    with closing(Journal(folder, SMALL_BYTES, flush=flush)) as journal:
        while len(segments_of(journal.path)) < 2:
            assert put(journal, "journey")

        def fail(path: Path, flags: int, *more: int) -> int:
            if str(path).endswith("3.segment"):
                raise OSError(24, "Too many open files")
            return real(path, flags, *more)

        with monkeypatch.context() as patch:
            patch.setattr(os, "open", fail)
            while put(journal, "x" * 600):
                pass
            assert len(segments_of(journal.path)) == 2
            while put(journal, "short"):
                ingest_all(folder, log)
    ingest_all(folder, log)
    stored, lost = (outcomes(log).get(name, 0) for name in ("stored", "lost"))
    assert lost == 2
    assert log.count() == stored


def test_the_recorder_says_losing_while_nothing_can_be_flushed(tmp_path: Path, log: Log, disk: Disk) -> None:
    recorder = recorder_in(tmp_path / "journals", log, flush=True)
    disk.failures = 1000
    assert not recorder.record([answer("journey")])
    assert recorder.state == "losing"
    disk.failures = 0
    recorder.close()


def test_a_journal_that_can_be_flushed_again_says_so_without_another_visit(
    folder: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.intake.journal.FLUSH_RETRY_SECONDS", 0.0)
    with closing(Journal(folder, SMALL_BYTES, flush=True)) as journal:
        disk.failures = 3
        assert not put(journal, "journey")
        journal.maintain()
        assert not journal.is_unsafe
