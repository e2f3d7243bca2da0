"""The journal: recorded events are ingested once, also after crashes."""

import errno
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import journaling
import pytest
from journaling import NOW_MS, SMALL_BYTES, answer, ingest_all, new_log, view
from mount_namespace import mounting
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from wizard.events.admission import Tally
from wizard.events.batch import Batch
from wizard.events.ledger import read_ledger
from wizard.events.log import Log
from wizard.events.model import Event
from wizard.events.periods import Period
from wizard.intake.ingest import Ingest
from wizard.intake.journal import Journal, JournalError, require_room
from wizard.intake.journal_line import encode_count, encode_events
from wizard.intake.journal_reader import JournalReader, Position, newest_received
from wizard.intake.segments import SEGMENT_BYTES, segment_bytes, segments_of
from wizard.storage import schema

DEADLINE_SECONDS = 30
SEGMENT = segment_bytes(SMALL_BYTES)


class Failing(Log):
    """A log that can be gone, and that takes no batch of more than `most` records."""

    is_gone = False
    most = 1_000_000

    def ingest(self, batch: Batch) -> int:
        if self.is_gone or len(batch.records) > self.most:
            raise OperationalError("INSERT", {}, Exception("the server closed the connection"))
        return super().ingest(batch)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Failing]:
    made = new_log(tmp_path)
    yield Failing(made.database, ("who",))
    made.database.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journals"


def names(count: int, prefix: str = "journey") -> list[str]:
    return [f"{prefix}-{number:05}" for number in range(count)]


def write_all(journal: Journal, journeys: Sequence[str]) -> None:
    for journey in journeys:
        assert put(journal, [answer(journey)])


def put(journal: Journal, asked: Sequence[Event], implied: Sequence[Event] = ()) -> bool:
    return journal.append(encode_events(asked, implied), len(asked))


def journeys_in(log: Log) -> list[str]:
    return sorted({event.context.journey_id for event in log.read()})


def counts(log: Log) -> dict[str, int]:
    ledger = schema.ledger.c
    with log.database.reader.connect() as connection:
        rows = connection.execute(select(ledger.outcome, func.sum(ledger.events)).group_by(ledger.outcome)).all()
    return {outcome: int(events) for outcome, events in rows if events}


def balanced(log: Log) -> None:
    assert read_ledger(log.database, Period()).problems() == {}


def content_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*.segment")))


# --- taking and bringing in


def test_recorded_events_are_ingested_completely_and_in_order(folder: Path, log: Failing) -> None:
    journal = Journal(folder, SMALL_BYTES)
    write_all(journal, names(3))
    assert put(journal, [answer("last")], [view("last")])
    ingest_all(folder, log)
    assert log.count() == 5
    assert journeys_in(log) == [*names(3), "last"]
    (row,) = log.journals()
    assert (row.journal, row.brought_in, row.waiting) == (journal.name, 4, 0)
    ingest_all(folder, log)
    assert counts(log) == {"received": 5, "stored": 5}


def test_recorded_events_outlive_its_process(folder: Path, log: Failing) -> None:
    first = Journal(folder, SMALL_BYTES)
    write_all(first, names(5))
    first.close()
    second = Journal(folder, SMALL_BYTES)
    ingest_all(folder, log)
    assert journeys_in(log) == names(5)
    assert not first.path.exists()
    assert second.path.exists()
    assert [row.journal for row in log.journals()] == [], "what is gone is forgotten"


def test_the_log_comes_out_the_same_as_if_each_request_had_been_appended(tmp_path: Path) -> None:
    requests: list[tuple[list[Event], list[Event]]] = [
        ([view("a")], []),
        ([answer("a")], [view("a")]),
        ([answer("a")], [view("a")]),
        ([answer("b")], [view("b")]),
        ([view("b")], []),
        ([answer("a", "hobby"), answer("c")], [view("a"), view("c")]),
    ]
    (tmp_path / "direct").mkdir()
    (tmp_path / "journaled").mkdir()
    direct, journaled = new_log(tmp_path / "direct"), new_log(tmp_path / "journaled")
    journal = Journal(tmp_path / "journals", SMALL_BYTES)
    for asked, implied in requests:
        direct.append(asked, implied)
        assert put(journal, asked, implied)
    ingest_all(tmp_path / "journals", journaled)
    assert journaled.count() == direct.count() == 7
    for journey in "abc":
        assert journaled.trail(journey) == direct.trail(journey)
        assert journaled.journey(journey) == direct.journey(journey)
    assert counts(journaled) == counts(direct) == {"received": 9, "stored": 7, "duplicate": 2}


def test_only_its_owner_may_read_it_and_nothing_stays_in_it_once_it_is_in_the_log(folder: Path, log: Failing) -> None:
    journal = Journal(folder, SMALL_BYTES)
    write_all(journal, ["a-journey"])
    (segment,) = segments_of(journal.path)
    assert (segment.stat().st_mode & 0o777, journal.path.stat().st_mode & 0o777) == (0o600, 0o700)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert b"a-journey" in content_of(folder)
    ingest_all(folder, log)
    assert content_of(folder).strip(b"\0") == b""


def test_a_great_many_events_that_belong_together_stay_together(folder: Path, log: Failing) -> None:
    journal = Journal(folder, 1024 * 1024)
    many = [answer(name) for name in names(500)]
    assert put(journal, many)
    ingest_all(folder, log)
    assert log.count() == 500


def test_it_goes_on_from_segment_to_segment_and_their_room_is_used_again(folder: Path, log: Failing) -> None:
    journal = Journal(folder, SMALL_BYTES)
    for round_ in range(8):
        write_all(journal, names(300, f"round-{round_}"))
        ingest_all(folder, log)
    assert log.count() == 2400
    assert len(list(folder.rglob("*.segment"))) <= 2
    balanced(log)


def test_where_the_log_is_gone_half_way_the_rest_waits(folder: Path, log: Failing) -> None:
    journal, written = Journal(folder, SMALL_BYTES), names(500)
    write_all(journal, written)
    ingest = Ingest(folder, log, lambda: NOW_MS)
    assert ingest.acquire_lead()
    assert ingest.round()
    log.is_gone = True
    with pytest.raises(OperationalError):
        ingest.round()
    assert 0 < log.count() < 500
    ingest.release()
    log.is_gone = False
    ingest_all(folder, log)
    assert journeys_in(log) == written
    assert counts(log) == {"received": 500, "stored": 500}


@pytest.mark.parametrize("step", ["free", "zero"])
def test_what_was_committed_counts_once_though_it_was_not_freed(
    folder: Path, log: Failing, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    journal = Journal(folder, SMALL_BYTES)
    write_all(journal, names(20))

    def cut_short(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(
            *(("wizard.intake.journal_reader.JournalReader.free", cut_short))
            if step == "free"
            else ("wizard.intake.journal_reader.zero", cut_short)
        )
        ingest = Ingest(folder, log, lambda: NOW_MS)
        assert ingest.acquire_lead()
        with pytest.raises(OSError, match="Input/output"):
            ingest.round()
        ingest.release()
    write_all(journal, ["after"])
    ingest_all(folder, log)
    assert counts(log) == {"received": 21, "stored": 21}


# --- removed files


def remove_file(journal: Journal) -> None:
    (segment,) = segments_of(journal.path)
    segment.unlink()


def replace_file(journal: Journal) -> None:
    (segment,) = segments_of(journal.path)
    segment.unlink()
    segment.write_bytes(bytes(SEGMENT))


def remove_folder(journal: Journal) -> None:
    shutil.rmtree(journal.path)


def remove_all(journal: Journal) -> None:
    shutil.rmtree(journal.path.parent)


@pytest.mark.parametrize("remove", [remove_file, replace_file, remove_folder, remove_all])
def test_a_file_that_is_removed_under_a_process_is_put_back(
    folder: Path, log: Failing, remove: Callable[[Journal], None]
) -> None:
    journal = Journal(folder, SMALL_BYTES)
    write_all(journal, names(3, "before"))
    remove(journal)
    write_all(journal, names(2, "meanwhile"))
    journal.maintain()
    write_all(journal, names(2, "then"))
    journal.close()
    ingest_all(folder, log)
    assert journeys_in(log) == [*names(3, "before"), *names(2, "meanwhile"), *names(2, "then")]
    balanced(log)


# --- room


def test_what_finds_no_room_is_counted_for_good_until_the_ledger_has_it(folder: Path, log: Failing) -> None:
    journal, taken = Journal(folder, SMALL_BYTES), 0
    while put(journal, [answer(f"journey-{taken}")], [view(f"journey-{taken}")]):
        taken += 1
    assert journal.is_full
    assert not put(journal, [answer("x"), answer("y")])
    journal.close()
    ingest_all(folder, log)
    assert log.count() == 2 * taken
    assert counts(log) == {"received": 2 * taken + 3, "stored": 2 * taken, "lost": 3}


def test_what_finds_no_room_is_known_while_the_process_lives_and_when_there_is_room_again(
    folder: Path, log: Failing
) -> None:
    journal, taken = Journal(folder, SMALL_BYTES), 0
    while put(journal, [answer(f"journey-{taken}")]):
        taken += 1
    for _ in range(2):
        ingest_all(folder, log)
        assert counts(log) == {"received": taken + 1, "stored": taken, "lost": 1}
    write_all(journal, ["there is room again"])
    assert not journal.is_full
    ingest_all(folder, log)
    assert counts(log) == {"received": taken + 2, "stored": taken + 1, "lost": 1}


def test_a_full_journal_that_has_room_again_says_so_without_another_visit(folder: Path, log: Failing) -> None:
    with closing(Journal(folder, SMALL_BYTES)) as journal:
        while put(journal, [answer("journey")]):
            pass
        journal.maintain()
        assert journal.is_full
        ingest_all(folder, log)
        journal.maintain()
        assert not journal.is_full


def test_the_next_segment_is_there_before_it_is_needed(folder: Path) -> None:
    journal = Journal(folder, SMALL_BYTES)
    journal.maintain()
    assert len(list(folder.glob("spare-*"))) == 0
    write_all(journal, names(100))
    journal.maintain()
    journal.maintain()
    assert len(list(folder.glob("spare-*"))) == 1
    write_all(journal, names(200))
    assert len(segments_of(journal.path)) == 2
    assert len(list(folder.glob("spare-*"))) == 0


def test_what_was_left_unfinished_is_removed_after_a_while(folder: Path, log: Failing) -> None:
    journal = Journal(folder, SMALL_BYTES)
    for name in (".new-old", ".new-young"):
        (folder / name).mkdir()
        (folder / name / "0000000001.segment").touch()
        (folder / f"{name}.segment").touch()
    for path in folder.glob(".new-old*"):
        os.utime(path, (0, 0))
    ingest_all(folder, log)
    assert {path.name for path in folder.glob(".new-*")} == {".new-young", ".new-young.segment"}
    assert journal.path.exists()


@pytest.mark.parametrize("how", ["disk", "quota"])
def test_it_can_still_be_written_when_nothing_else_can(tmp_path: Path, how: str) -> None:
    words = mounting(tmp_path) if how == "disk" else []
    if how == "disk" and not words:
        pytest.skip("this machine lets us mount nothing; the quota says as much")
    run = [*words, sys.executable, journaling.__file__, how, str(tmp_path)]
    done = subprocess.run(run, capture_output=True, timeout=4 * DEADLINE_SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode()
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["taken"] > 1000
    assert told["state"] == "losing"
    assert told["in_log"] == told["taken"] + 1


@pytest.mark.parametrize("case", ["a file", "too large"])
def test_a_folder_that_will_not_do_is_refused_in_one_line_that_names_the_setting(tmp_path: Path, case: str) -> None:
    folder = tmp_path / "journals"
    if case == "a file":
        folder.write_text("in the way")
    for begin in (lambda: Journal(folder, 1 << 62), lambda: require_room(folder, 2, 1 << 62)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("wizard.intake.segments.SEGMENT_BYTES", 1 << 60)
            with pytest.raises(JournalError) as error:
                begin()
        assert str(error.value).startswith(f"WIZARD_SPOOL_DIR: given {str(folder)!r}")
        assert "\n" not in str(error.value)


def test_where_there_is_too_little_room_none_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def allocate_some(file: int, at: int, _: int) -> None:
        os.pwrite(file, bytes(SMALL_BYTES), at)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", allocate_some)
    with pytest.raises(JournalError, match="No space left on device"):
        Journal(folder, SMALL_BYTES)
    assert list(folder.iterdir()) == []


def test_a_system_that_can_not_allocate_has_the_space_written(
    folder: Path, log: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fallocate")
    journal = Journal(folder, SMALL_BYTES)
    (segment,) = segments_of(journal.path)
    assert segment.stat().st_blocks * 512 >= SEGMENT
    write_all(journal, names(3))
    ingest_all(folder, log)
    assert log.count() == 3


def test_segments_are_of_16_mb_or_a_quarter_of_a_small_journal() -> None:
    assert segment_bytes(1 << 30) == SEGMENT_BYTES == 16 * 1024 * 1024
    assert segment_bytes(SMALL_BYTES) == 64 * 1024


def test_what_comes_after_the_end_is_not_said_to_be_taken(folder: Path) -> None:
    journal = Journal(folder, SMALL_BYTES)
    journal.close()
    journal.close()
    assert not put(journal, [answer("late")])


# --- crashes and damage


@contextmanager
def writing(folder: Path, *names: str) -> Iterator[list[tuple[subprocess.Popen[bytes], Path]]]:
    """Processes that write to a journal in `folder`, and what each says that was acknowledged."""
    started: list[tuple[subprocess.Popen[bytes], Path]] = []
    try:
        for name in names:
            output = folder / f"{name}.txt"
            with output.open("wb") as file:
                words = [sys.executable, journaling.__file__, "write", str(folder)]
                started.append((subprocess.Popen(words, stdout=file), output))
        yield started
    finally:
        for process, _ in started:
            process.kill()
            process.wait(DEADLINE_SECONDS)


def lines_in(path: Path) -> list[str]:
    return path.read_text().splitlines()


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_everything_that_was_acknowledged_outlives_a_kill(tmp_path: Path, log: Failing) -> None:
    said: list[str] = []
    for number in range(3):
        with writing(tmp_path, str(number)) as [(process, output)]:
            wait_until(lambda: len(lines_in(tmp_path / f"{number}.txt")) > 100)  # noqa: B023  # it is called here
            process.kill()
            process.wait(DEADLINE_SECONDS)
        ingest_all(tmp_path, log)
        said += lines_in(output)
    assert set(said) <= set(journeys_in(log))
    assert "lost" not in counts(log)
    balanced(log)


def test_journals_of_ended_processes_are_ingested_and_running_ones_keep_theirs(tmp_path: Path, log: Failing) -> None:
    with writing(tmp_path, "killed", "lives") as [(killed, acknowledged), (living, others)]:
        wait_until(lambda: len(lines_in(acknowledged)) > 50 and len(lines_in(others)) > 50)
        killed.kill()
        killed.wait(DEADLINE_SECONDS)
        ingest = Ingest(tmp_path, log, lambda: NOW_MS)
        assert ingest.acquire_lead()
        wait_until(lambda: ingest.round() is None or len(list(tmp_path.glob("journal-*"))) == 1)
        assert set(lines_in(acknowledged)) <= set(journeys_in(log))
        living.kill()
        living.wait(DEADLINE_SECONDS)
        wait_until(lambda: ingest.round() is None or not list(tmp_path.glob("journal-*")))
        ingest.release()
    assert set(lines_in(others)) <= set(journeys_in(log))
    balanced(log)


def spoil(journal: Journal, before: bytes, after: bytes) -> None:
    (segment,) = segments_of(journal.path)
    data = segment.read_bytes()
    assert before in data
    segment.write_bytes(data.replace(before, after.ljust(len(before), b"\0")))


@pytest.mark.parametrize("kept", [0, 1, 10, 100, -1])
def test_a_last_line_that_is_torn_was_never_acknowledged_and_is_passed_over(
    folder: Path, log: Failing, kept: int
) -> None:
    journal = Journal(folder, SMALL_BYTES)
    write_all(journal, names(3))
    journal.close()
    *_, last = content_of(folder).rstrip(b"\0").splitlines(keepends=True)
    spoil(journal, last, last[:kept])
    ingest_all(folder, log)
    assert journeys_in(log) == names(2)
    assert counts(log) == {"received": 2, "stored": 2}
    assert not journal.path.exists()


def test_a_line_that_is_being_written_is_waited_for(folder: Path, log: Failing) -> None:
    journal = Journal(folder, SMALL_BYTES)
    write_all(journal, names(2))
    *_, last = content_of(folder).rstrip(b"\0").splitlines(keepends=True)
    spoil(journal, last, last[:20])
    ingest_all(folder, log)
    assert journeys_in(log) == names(1)
    spoil(journal, last[:20], last)
    (segment,) = segments_of(journal.path)
    with segment.open("r+b") as file:
        file.seek(len(last))
        file.write(last)
    ingest_all(folder, log)
    assert journeys_in(log) == names(2)


def test_a_line_that_the_disk_has_spoiled_does_not_keep_back_the_others(folder: Path, log: Failing) -> None:
    journal = Journal(folder, SMALL_BYTES)
    write_all(journal, names(3))
    spoil(journal, b'"journey-00001"', b'"jour\xffey-00001"')
    ingest_all(folder, log)
    assert journeys_in(log) == ["journey-00000", "journey-00002"]
    assert counts(log) == {"received": 3, "stored": 2, "lost": 1}
    assert "can't be read" in (folder / "refused.jsonl").read_text()
    ingest_all(folder, log)
    assert counts(log)["lost"] == 1


def test_a_line_that_makes_no_sense_counts_as_lost(folder: Path, log: Failing) -> None:
    journal = Journal(folder, SMALL_BYTES)
    for content in (b"{}", b'{"at":[],"asked":[["unknown_event",0]],"implied":[]}', b"[1"):
        assert journal.append(content, 2)
    write_all(journal, ["after"])
    ingest_all(folder, log)
    assert counts(log) == {"received": 7, "stored": 1, "lost": 6}
    assert len(lines_in(folder / "refused.jsonl")) == 3


def test_a_journal_that_can_not_be_read_is_in_no_others_way(folder: Path, log: Failing) -> None:
    journal = Journal(folder, SMALL_BYTES)
    write_all(journal, names(3))
    (folder / "journal-0").touch()
    (folder / "spool-9.jsonl").mkdir()
    ingest = Ingest(folder, log, lambda: NOW_MS)
    assert ingest.acquire_lead()
    with pytest.raises(NotADirectoryError):
        ingest.round()
    ingest.release()
    assert journeys_in(log) == names(3)


def test_what_is_refused_waits_where_it_can_not_be_kept(folder: Path, log: Failing) -> None:
    journal = Journal(folder, SMALL_BYTES)
    (folder / "refused.jsonl").mkdir()
    assert journal.append(b"{}", 1)
    write_all(journal, ["after"])
    ingest = Ingest(folder, log, lambda: NOW_MS)
    assert ingest.acquire_lead()
    with pytest.raises(IsADirectoryError):
        ingest.round()
    ingest.release()
    assert log.count() == 0
    (folder / "refused.jsonl").rmdir()
    ingest_all(folder, log)
    assert counts(log) == {"received": 2, "stored": 1, "lost": 1}


def test_a_log_that_was_put_in_the_place_of_another_does_not_miss_what_the_other_has(
    tmp_path: Path, folder: Path, log: Failing
) -> None:
    journal = Journal(folder, SMALL_BYTES)
    write_all(journal, names(10))
    ingest_all(folder, log)
    (tmp_path / "other").mkdir()
    other = new_log(tmp_path / "other")
    write_all(journal, ["then"])
    ingest_all(folder, other)
    assert counts(other) == {"received": 1, "stored": 1}


class PowerCut(BaseException):
    """The machine is off."""


class Disk:
    """A disk that keeps what was flushed, and of the rest any sectors or none, once the power goes.

    Its sectors are smaller than any that there are, so that also what fits into one can be torn. It has one segment.
    """

    SECTOR_BYTES = 32

    def __init__(self, path: Path, chance: random.Random, patch: pytest.MonkeyPatch) -> None:
        self._path, self._chance, self._pwrite = path, chance, os.pwrite
        self._left = chance.randrange(60)
        self._kept = bytearray(path.read_bytes())
        self._touched: set[int] = set()
        patch.setattr(os, "pwrite", self._write)
        patch.setattr("wizard.intake.segment_writer._sync", self._flush)

    def _write(self, file: int, data: bytes, at: int) -> int:
        done = self._pwrite(file, data, at)
        if os.fstat(file).st_ino == self._path.stat().st_ino:
            self._touched |= set(range(at // self.SECTOR_BYTES, (at + len(data) - 1) // self.SECTOR_BYTES + 1))
            self._wear()
        return done

    def _flush(self, _: int) -> None:
        self._wear()
        self._keep(self._touched)
        self._touched = set()

    def _keep(self, sectors: Iterable[int]) -> None:
        now = self._path.read_bytes()
        for place in (slice(sector * self.SECTOR_BYTES, (sector + 1) * self.SECTOR_BYTES) for sector in sectors):
            self._kept[place] = now[place]

    def _wear(self) -> None:
        self._left -= 1
        if self._left < 0:
            self._keep(sector for sector in self._touched if self._chance.random() < 0.5)
            self._path.write_bytes(self._kept)
            raise PowerCut


@pytest.mark.parametrize("seed", range(40))
def test_a_power_cut_at_any_moment_loses_nothing_that_was_flushed_and_acknowledged(
    folder: Path, log: Failing, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # chance, no secret
    asked: list[str] = []
    acknowledged: list[str] = []
    cuts = 6

    def work() -> None:
        with closing(Journal(folder, SMALL_BYTES, flush=True)) as journal, monkeypatch.context() as patch:
            (segment,) = segments_of(journal.path)
            Disk(segment, chance, patch)
            while True:
                for _ in range(chance.randrange(20)):
                    asked.append(f"journey-{len(asked)}" + "x" * chance.randrange(600))
                    if put(journal, [answer(asked[-1])]):
                        acknowledged.append(asked[-1])
                if chance.random() < 0.7:
                    ingest_all(folder, log)

    for _ in range(cuts):
        with pytest.raises(PowerCut):
            work()
        ingest_all(folder, log)
    assert set(acknowledged) <= set(journeys_in(log)) <= set(asked)
    counted = counts(log)
    assert counted["received"] == counted["stored"] + counted.get("lost", 0)
    assert counted.get("lost", 0) <= cuts, "one may have been under way at each cut"
    assert not (folder / "refused.jsonl").exists() or counted["lost"]


def test_one_flush_is_for_all_who_wait(folder: Path, log: Failing, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first flush lasts until the other seven have written: the second one is for all of these."""
    flushes: list[int] = []
    all_written = threading.Event()
    written = count(1)
    write = os.pwrite

    def counting(file: int, data: bytes, at: int) -> int:
        done = write(file, data, at)
        if b"journey-w" in data and next(written) == 8:
            all_written.set()
        return done

    def slow(file: int) -> None:
        flushes.append(file)
        assert all_written.wait(DEADLINE_SECONDS)

    journal = Journal(folder, SMALL_BYTES, flush=True)
    monkeypatch.setattr("wizard.intake.segment_writer._sync", slow)
    monkeypatch.setattr("os.pwrite", counting)
    writers = [threading.Thread(target=write_all, args=(journal, [f"journey-w{number}"])) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(DEADLINE_SECONDS)
    assert len(flushes) in (1, 2)
    ingest_all(folder, log)
    assert log.count() == 8


def test_a_journal_that_is_written_without_pause_can_be_emptied(folder: Path, log: Failing) -> None:
    journal, stop = Journal(folder, 4 * 1024 * 1024), threading.Event()
    kept: list[str] = []

    def write(name: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            if put(journal, [answer(f"{name}-{number}")]):
                kept.append(f"{name}-{number}")
            time.sleep(0.001)

    writers = [threading.Thread(target=write, args=(name,)) for name in range(3)]
    for writer in writers:
        writer.start()
    ingest = Ingest(folder, log, lambda: NOW_MS)
    assert ingest.acquire_lead()
    try:
        wait_until(lambda: ingest.round() is None or log.count() > 1000)
    finally:
        stop.set()
        for writer in writers:
            writer.join(DEADLINE_SECONDS)
    while ingest.round():
        pass
    ingest.release()
    assert journeys_in(log) == sorted(kept)
    balanced(log)


# --- read while it is written


def test_a_read_that_a_write_overtakes_loses_no_line(
    folder: Path, log: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read copies page by page: the first one as it was, the second with what was written meanwhile."""
    real = os.pread
    with closing(Journal(folder, SMALL_BYTES)) as journal:
        write_all(journal, names(5))
        for torn_at in (40, 0):
            ingest = Ingest(folder, log, lambda: NOW_MS)
            assert ingest.acquire_lead()
            while ingest.round():
                pass
            write_all(journal, names(5, f"more-{torn_at}"))
            torn: list[int] = []

            def read(file: int, size: int, at: int, torn_at: int = torn_at, torn: list[int] = torn) -> bytes:
                data = real(file, size, at)
                if not torn and size > 1 and b"more" in data:
                    torn.append(at)
                    return data[:torn_at] + bytes(100) + data[torn_at + 100 :]
                return data

            with monkeypatch.context() as patch:
                patch.setattr("wizard.intake.journal_reader.os.pread", read)
                for _ in range(5):
                    ingest.round()
            assert torn
            ingest.release()
    assert log.count() == 15
    balanced(log)


@pytest.mark.parametrize("room", [0, 1])
def test_a_count_of_what_found_no_room_is_not_freed_while_a_line_can_come_there(
    folder: Path, log: Failing, room: int
) -> None:
    with closing(Journal(folder, SMALL_BYTES)) as journal:
        for _ in range(255 - room):
            assert journal.append(encode_count(Tally(0, "bot")), 1)
        assert not journal.append(bytes(SEGMENT), 1)
        ingest_all(folder, log)
        write_all(journal, ["after"])
        ingest_all(folder, log)
    assert "after" in journeys_in(log)
    assert counts(log)["lost"] == 1


def test_a_journal_that_ends_with_a_count_of_what_found_no_room_is_known_to_be_dead(folder: Path, log: Failing) -> None:
    journal = Journal(folder, SMALL_BYTES)
    write_all(journal, names(2))
    assert not journal.append(bytes(SEGMENT), 1)
    ingest = Ingest(folder, log, lambda: NOW_MS)
    assert ingest.acquire_lead()
    while ingest.round():
        pass
    journal.close()
    for _ in range(3):
        ingest.round()
    ingest.release()
    assert not journal.path.exists()
    assert counts(log) == {"received": 3, "stored": 2, "lost": 1}


def test_what_is_too_much_for_the_log_at_once_comes_in_smaller_batches(folder: Path, log: Failing) -> None:
    """As where a batch takes longer than the database allows, or needs more locks than it has."""
    with closing(Journal(folder, 4 * 1024 * 1024)) as journal:
        ingest = Ingest(folder, log, lambda: NOW_MS)
        assert ingest.acquire_lead()
        write_all(journal, names(256))
        while ingest.round():
            pass
        log.most = 256
        write_all(journal, names(600, "many"))
        for _ in range(20):
            with suppress(OperationalError):
                ingest.round()
        ingest.release()
    assert log.count() == 856


def test_a_segment_has_its_space_before_it_is_a_part_of_the_journal(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader takes the segment before for complete as soon as there is a next one."""
    with closing(Journal(folder, SMALL_BYTES)) as journal:
        found: list[int] = []

        def fail(path: Path, _: int) -> None:
            path.touch()
            found.append(len(segments_of(journal.path)))
            path.unlink()
            raise OSError(errno.ENOSPC, "No space left on device")

        for place in ("segment_writer", "segments"):
            monkeypatch.setattr(f"wizard.intake.{place}.allocate", fail)
        while put(journal, [answer("journey")]):
            pass
    assert set(found) == {1}


def test_an_emptied_segment_is_on_the_disk_as_such_before_another_journal_may_have_it(
    folder: Path, log: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power cut, its old lines would be taken for those of the new journal."""
    synced: set[int] = set()
    real = os.fsync

    def sync(file: int) -> None:
        synced.add(os.fstat(file).st_ino)
        real(file)

    for ends in (False, True):
        journal = Journal(folder, SMALL_BYTES)
        write_all(journal, names(2 if ends else 300))
        for spare in folder.glob("spare-*"):
            spare.unlink()
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", sync)
            if ends:
                journal.close()
            ingest_all(folder, log)
        spares = list(folder.glob("spare-*"))
        assert spares
        assert {path.stat().st_ino for path in spares} <= synced
        journal.close()


def test_a_journal_that_was_removed_but_for_its_folder_is_removed_whole(folder: Path, log: Failing) -> None:
    """As where a process is killed while it does so."""
    with closing(Journal(folder, SMALL_BYTES)) as journal:
        write_all(journal, names(2))
        ingest_all(folder, log)
    for path in segments_of(journal.path):
        path.unlink()
    ingest_all(folder, log)
    assert not journal.path.exists()
    assert log.journals() == []


def test_a_journal_that_can_not_be_put_back_keeps_nothing_open(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Journal(folder, SMALL_BYTES)) as journal:
        write_all(journal, names(2))
        remove_folder(journal)

        def fail(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr("wizard.intake.segment_writer.allocate", fail)
            before = len(list(Path("/proc/self/fd").iterdir()))
            for _ in range(5):
                journal.maintain()
            assert len(list(Path("/proc/self/fd").iterdir())) == before
        assert list(folder.iterdir()) == []
        journal.maintain()
        assert journal.path.exists()


def test_what_waits_is_known_though_its_reader_is_further_than_it_has_said(folder: Path) -> None:
    with closing(Journal(folder, SMALL_BYTES)) as journal:
        write_all(journal, names(20))
        reader = JournalReader(journal.path)
        found = reader.next(15)
        reader.free(found.until)
        reader.close()
        assert newest_received(journal.path, Position(1, 0)) == 20


@pytest.mark.parametrize("stray", ["notes.txt", "old.segment"])
@pytest.mark.parametrize("state", ["dead", "emptied", "unfinished"])
def test_a_file_of_somebody_else_in_a_journals_folder_stops_nothing(
    folder: Path, log: Failing, caplog: pytest.LogCaptureFixture, stray: str, state: str
) -> None:
    first = Journal(folder, SMALL_BYTES)
    path = first.path
    write_all(first, names(3))
    (path / stray).write_text("theirs")
    first.close()
    if state != "dead":
        ingest_all(folder, log)
        path = folder / ".new-old" if state == "unfinished" else folder / "journal-old"
        path.mkdir()
        (path / stray).write_text("theirs")
        os.utime(path, (0, 0))
    ingest_all(folder, log)
    caplog.clear()
    with closing(Journal(folder, SMALL_BYTES)) as second:
        write_all(second, ["then"])
        ingest_all(folder, log)
        assert caplog.records == [], "said once"
    assert journeys_in(log) == [*names(3), "then"]
    kept = folder / f"foreign-{path.name}" / stray
    assert kept.read_text() == "theirs"
    assert not path.exists()
    assert [row.journal for row in log.journals()] == [second.name]
    balanced(log)
