"""Where events wait: what was taken is handed over once the log is back, whatever happened in between."""

import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import spool_processes
from mount_namespace import mounting
from spool_processes import SMALL_BYTES, answer, new_log, view
from sqlalchemy import func, select
from sqlalchemy.exc import (
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from wizard.events.log import Log
from wizard.events.model import Event
from wizard.intake.spool import Spool, SpoolError, is_unavailable
from wizard.intake.spool_file import BLOCK_BYTES, START
from wizard.storage import schema
from wizard.storage.database import LogError

DEADLINE_SECONDS = 30
FILE = "spool-0.jsonl"
GONE = OperationalError("INSERT", {}, Exception("the server closed the connection"))


class Taken:
    """A log that notes what it is handed, and fails as it is told to."""

    def __init__(self, fails: Callable[[Sequence[Event]], Exception | None] = lambda _: None) -> None:
        self.calls: list[list[Event]] = []
        self._fails = fails

    def __call__(self, asked: Sequence[Event], implied: Sequence[Event]) -> None:
        events = [*implied, *asked]
        if error := self._fails(events):
            raise error
        self.calls.append(events)

    @property
    def events(self) -> list[Event]:
        return [event for call in self.calls for event in call]

    @property
    def journeys(self) -> list[str]:
        return [event.context.journey_id for event in self.events]


def names(count: int, prefix: str = "journey") -> list[str]:
    return [f"{prefix}-{number}" for number in range(count)]


def write_all(spool: Spool, journeys: Sequence[str]) -> None:
    for journey in journeys:
        assert spool.write([answer(journey)])


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# --- taking and handing over


def test_what_was_written_is_handed_over_whole_and_in_order(tmp_path: Path) -> None:
    spool, log = Spool(tmp_path), Taken()
    write_all(spool, names(3))
    assert spool.write([answer("last")], [view("last")])
    assert spool.waiting == 5
    assert spool.replay(log) == 5
    assert (spool.waiting, spool.lost) == (0, 0)
    assert sorted(log.events, key=repr) == sorted([*map(answer, names(3)), view("last"), answer("last")], key=repr)
    assert [name for name in log.journeys if name != "last"] == names(3)
    assert spool.replay(log) == 0


def test_what_was_written_waits_for_the_next_process_if_this_one_ends(tmp_path: Path) -> None:
    first = Spool(tmp_path)
    write_all(first, names(5))
    first.close()
    spool, log = Spool(tmp_path), Taken()
    assert spool.waiting == 5
    assert spool.replay(log) == 5
    assert log.events == [answer(name) for name in names(5)]


def test_the_log_comes_out_the_same_as_if_it_had_never_been_gone(tmp_path: Path) -> None:
    appended: list[tuple[list[Event], list[Event]]] = [
        ([view("a")], []),
        ([answer("a")], [view("a")]),
        ([answer("a")], [view("a")]),
        ([answer("b")], [view("b")]),
        ([view("b")], []),
        ([answer("a", "hobby"), answer("c")], [view("a"), view("c")]),
    ]
    (tmp_path / "direct").mkdir()
    (tmp_path / "spooled").mkdir()
    direct, spooled, spool = new_log(tmp_path / "direct"), new_log(tmp_path / "spooled"), Spool(tmp_path / "spool")
    for asked, implied in appended:
        direct.append(asked, implied)
        assert spool.write(asked, implied)
    assert spool.replay(spooled.append) == 12
    assert spooled.count() == direct.count() == 7
    for journey in "abc":
        assert spooled.trail(journey) == direct.trail(journey)
        assert spooled.journey(journey) == direct.journey(journey)
    # What one line implies and a later one asks for is new to the later one where both come at once.
    assert counts(direct) == {"received": 9, "stored": 7, "duplicate": 2}
    assert counts(spooled) == {"received": 8, "stored": 7, "duplicate": 1}
    assert counts(direct) == {"received": 9, "stored": 7, "duplicate": 2}


def counts(log: Log) -> dict[str, int]:
    ledger = schema.ledger.c
    with log.database.reader.connect() as connection:
        rows = connection.execute(select(ledger.outcome, func.sum(ledger.events)).group_by(ledger.outcome)).all()
    return {outcome: int(events) for outcome, events in rows}


def test_only_its_owner_may_read_it_and_nothing_stays_in_it_once_it_was_handed_over(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / FILE).touch(0o644)
    for folder in (tmp_path / "made" / "here", tmp_path / "kept"):
        spool = Spool(folder)
        write_all(spool, ["a-journey"])
        file = folder / FILE
        assert file.stat().st_mode & 0o777 == 0o600
        assert b"a-journey" in file.read_bytes()
        spool.replay(Taken())
        assert b"a-journey" not in file.read_bytes()
    assert (tmp_path / "made" / "here").stat().st_mode & 0o777 == 0o700


def test_a_great_many_events_that_belong_together_stay_together(tmp_path: Path) -> None:
    spool, log, many = Spool(tmp_path), Taken(), [answer(name) for name in names(300)]
    write_all(spool, ["before"])
    assert spool.write(many)
    assert spool.replay(log) == 301
    assert [answer("before")] in log.calls
    assert many in log.calls


# --- a log that fails


def test_where_the_log_is_gone_again_half_way_the_rest_waits(tmp_path: Path) -> None:
    gone = False

    def fails(_: Sequence[Event]) -> Exception | None:
        return GONE if gone and log.calls else None

    spool, log, written = Spool(tmp_path), Taken(fails), names(500)
    write_all(spool, written)
    gone = True
    with pytest.raises(OperationalError):
        spool.replay(log)
    handed = len(log.events)
    assert 0 < handed < 500
    assert spool.waiting == 500 - handed
    spool.close()
    spool, gone = Spool(tmp_path), False
    assert spool.waiting == 500 - handed
    assert spool.replay(log) == 500 - handed
    assert log.journeys == written
    assert spool.lost == 0


@pytest.mark.parametrize(
    ("error", "unavailable"),
    [
        (GONE, True),
        (InterfaceError("", {}, Exception("the connection is closed")), True),
        (ProgrammingError("", {}, Exception("no such table: events")), True),
        (PoolTimeout("QueuePool limit reached"), True),
        (DataError("", {}, Exception("gone meanwhile"), connection_invalidated=True), True),
        (OSError(28, "No space left on device"), True),
        (TimeoutError(), True),
        (LogError("not now"), True),
        (DataError("", {}, Exception("a text may not hold NUL")), False),
        (IntegrityError("", {}, Exception("NOT NULL failed")), False),
        (StatementError("", "", {}, ValueError("no such number")), False),
        (OverflowError("too large for SQLite"), False),
        (KeyError("step"), False),
    ],
    ids=repr,
)
def test_an_event_waits_for_a_log_that_is_gone_and_not_for_one_that_refuses_it(
    tmp_path: Path, error: Exception, *, unavailable: bool
) -> None:
    assert is_unavailable(error) == unavailable
    log = Taken(lambda events: error if any(event.context.journey_id == "odd" for event in events) else None)
    spool = Spool(tmp_path)
    write_all(spool, ["before", "odd", "after"])
    if unavailable:
        with pytest.raises(type(error)):
            spool.replay(log)
        assert (spool.waiting, spool.lost) == (3, 0)
        return
    assert spool.replay(log) == 2
    assert log.journeys == ["before", "after"]
    assert (spool.waiting, spool.lost) == (0, 1)
    refused = tmp_path / "refused.jsonl"
    assert refused.stat().st_mode & 0o777 == 0o600
    (record,) = (json.loads(line) for line in refused.read_text().splitlines())
    assert type(error).__name__ in record["reason"]
    assert '"journey_id":"odd"' in record["line"]


def test_where_what_is_refused_can_not_be_kept_it_waits(tmp_path: Path) -> None:
    (tmp_path / "refused.jsonl").mkdir()
    spool = Spool(tmp_path)
    write_all(spool, ["odd", "after"])
    with pytest.raises(IsADirectoryError):
        spool.replay(Taken(lambda _: KeyError("step")))
    assert (spool.waiting, spool.lost) == (2, 0)


def test_a_real_log_that_is_locked_gets_it_all_later(tmp_path: Path) -> None:
    log, spool = new_log(tmp_path), Spool(tmp_path)
    write_all(spool, names(10))
    moved = tmp_path / "wizard.db.away"
    log.database.dispose()
    (tmp_path / "wizard.db").rename(moved)
    with pytest.raises(OperationalError, match="was removed"):
        spool.replay(log.append)
    log.database.dispose()
    for name in tmp_path.glob("wizard.db-*"):
        name.unlink()
    moved.rename(tmp_path / "wizard.db")
    assert spool.replay(log.append) == 10
    assert log.count() == 10


def remove_file(folder: Path) -> None:
    (folder / FILE).unlink()


def replace_file(folder: Path) -> None:
    (folder / FILE).unlink()
    (folder / FILE).write_bytes(b"")


@pytest.mark.parametrize("remove", [remove_file, replace_file, shutil.rmtree])
@pytest.mark.parametrize("noticed_by", ["a write", "a replay"])
def test_a_file_that_is_removed_under_a_worker_takes_no_event_along(
    tmp_path: Path, remove: Callable[[Path], None], noticed_by: str
) -> None:
    folder = tmp_path / "spool"
    spool = Spool(folder, SMALL_BYTES)
    write_all(spool, names(3, "before"))
    remove(folder)
    if noticed_by == "a replay":
        with pytest.raises(OperationalError):
            spool.replay(Taken(lambda _: GONE))
    else:
        write_all(spool, names(2, "after"))
    waiting = spool.waiting
    spool.close()
    log = Taken()
    assert Spool(folder, SMALL_BYTES).replay(log) == waiting
    assert log.journeys == [*names(3, "before"), *names(waiting - 3, "after")]
    assert waiting == (5 if noticed_by == "a write" else 3)


def test_files_that_are_removed_while_many_write_take_no_event_along(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    spool, log = Spool(folder, SMALL_BYTES), Taken()
    writers = [threading.Thread(target=write_all, args=(spool, names(40, f"w{number}"))) for number in range(4)]
    for thread in writers:
        thread.start()
    while any(thread.is_alive() for thread in writers):
        shutil.rmtree(folder, ignore_errors=True)
        spool.replay(log)
        time.sleep(0.001)
    spool.replay(log)
    assert set(log.journeys) == {name for number in range(4) for name in names(40, f"w{number}")}


# --- room


def test_what_finds_no_room_is_counted_for_good_until_the_ledger_has_it(tmp_path: Path) -> None:
    spool, log, written = Spool(tmp_path, SMALL_BYTES), Taken(), 0
    while spool.write([answer(f"journey-{written}")], [view(f"journey-{written}")]):
        written += 1
    assert not spool.write([answer("x"), answer("y")])
    assert (spool.waiting, spool.lost) == (2 * written, 3)
    spool.close()
    spool = Spool(tmp_path, SMALL_BYTES)
    assert (spool.waiting, spool.lost) == (2 * written, 3)
    assert spool.replay(log) == 2 * written
    assert {event.context.journey_id for event in log.events} == set(names(written))
    assert spool.write([answer("there is room again")])
    spool.forget_lost(2)
    spool.close()
    assert Spool(tmp_path, SMALL_BYTES).lost == 1


def test_its_room_can_be_used_again_and_again(tmp_path: Path) -> None:
    spool, log = Spool(tmp_path, SMALL_BYTES), Taken()
    for round_ in range(5):
        write_all(spool, names(50, f"round-{round_}"))
        assert spool.replay(log) == 50
    assert len(set(log.journeys)) == len(log.journeys) == 250


def filled_up(*words: str) -> dict[str, int]:
    """What `spool_processes.fill_up` told."""
    done = subprocess.run(words, capture_output=True, timeout=2 * DEADLINE_SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode()
    told: dict[str, int] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("how", ["disk", "quota"])
def test_it_can_still_be_written_when_nothing_else_can(tmp_path: Path, how: str) -> None:
    words = mounting(tmp_path) if how == "disk" else []
    if how == "disk" and not words:
        pytest.skip("this machine lets us mount nothing; the quota says as much")
    told = filled_up(*words, sys.executable, spool_processes.__file__, how, str(tmp_path))
    assert told["spooled"] > 20
    assert told["waiting"] == told["replayed"] == told["spooled"]
    assert told["lost"] == 1, "the one that ended it"
    assert told["in_log"] == told["logged"] + told["spooled"]


@pytest.mark.parametrize("case", ["a file", "too large"])
def test_a_folder_that_will_not_do_is_refused_in_one_line_that_names_the_setting(tmp_path: Path, case: str) -> None:
    folder = tmp_path / "spool"
    if case == "a file":
        folder.write_text("in the way")
    with pytest.raises(SpoolError) as error:
        Spool(folder, 1 << 60)
    assert str(error.value).startswith(f"WIZARD_SPOOL_DIR: given {str(folder)!r}")
    assert "\n" not in str(error.value)


def test_where_there_is_too_little_room_none_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def allocate_some(file: int, at: int, _: int) -> None:
        os.pwrite(file, bytes(SMALL_BYTES), at)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", allocate_some)
    with pytest.raises(SpoolError, match="No space left on device"):
        Spool(tmp_path)
    assert (tmp_path / FILE).stat().st_size == 0


def test_a_system_that_can_not_allocate_has_the_space_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "posix_fallocate")
    spool = Spool(tmp_path, SMALL_BYTES)
    assert (tmp_path / FILE).stat().st_blocks * 512 >= SMALL_BYTES
    write_all(spool, names(3))
    assert spool.replay(Taken()) == 3


def test_what_comes_after_the_end_is_not_said_to_be_kept(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.close()
    spool.close()
    assert not spool.write([answer("late")])
    assert spool.lost == 1


# --- crashes and damage


@contextmanager
def writing(folder: Path, *names: str) -> Iterator[list[tuple[subprocess.Popen[bytes], Path]]]:
    """Processes that write to a spool in `folder`, and what each says that was acknowledged."""
    started: list[tuple[subprocess.Popen[bytes], Path]] = []
    try:
        for name in names:
            output = folder / f"{name}.txt"
            with output.open("wb") as file:
                words = [sys.executable, spool_processes.__file__, "write", str(folder)]
                started.append((subprocess.Popen(words, stdout=file), output))
        yield started
    finally:
        for process, _ in started:
            process.kill()
            process.wait(DEADLINE_SECONDS)


def lines_in(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_every_write_that_was_acknowledged_outlives_a_kill(tmp_path: Path) -> None:
    for number in range(3):
        with writing(tmp_path, str(number)) as [(process, output)]:
            wait_until(lambda: len(lines_in(tmp_path / f"{number}.txt")) > 100)  # noqa: B023  # it is called here
            process.kill()
            process.wait(DEADLINE_SECONDS)
        spool, log = Spool(tmp_path), Taken()
        spool.replay(log)
        spool.close()
        answers = [event.context.journey_id for event in log.events if event.name == "question_answer"]
        assert set(lines_in(output)) <= set(answers)
        assert len(answers) == len(set(answers))
        assert len(log.events) == 2 * len(answers)
        assert spool.lost == 0


@pytest.mark.parametrize("kept", [1, 10, 100, -1])
def test_a_last_line_that_is_torn_was_never_acknowledged_and_is_passed_over(tmp_path: Path, kept: int) -> None:
    spool, path = Spool(tmp_path), tmp_path / FILE
    write_all(spool, names(3))
    spool.close()
    data = path.read_bytes()
    *_, last = data.rstrip(b"\0").splitlines(keepends=True)
    path.write_bytes(data.replace(last, last[:kept].ljust(len(last), b"\0")))
    spool, log = Spool(tmp_path), Taken()
    assert spool.waiting == 2
    write_all(spool, ["after"])
    assert spool.replay(log) == 3
    assert log.journeys == ["journey-0", "journey-1", "after"]
    assert spool.lost == 0


def test_a_line_that_the_disk_has_spoiled_does_not_keep_back_the_others(tmp_path: Path) -> None:
    spool, path, log = Spool(tmp_path), tmp_path / FILE, Taken()
    write_all(spool, names(3))
    spool.close()
    path.write_bytes(path.read_bytes().replace(b'"journey-1"', b'"jour\xffey-1"'))
    spool = Spool(tmp_path)
    assert spool.replay(log) == 2
    assert log.journeys == ["journey-0", "journey-2"]
    assert (spool.waiting, spool.lost) == (0, 1)
    assert "can't be read" in (tmp_path / "refused.jsonl").read_text()


def test_what_was_handed_over_is_not_found_again_though_a_power_cut_kept_it_from_being_wiped_out(
    tmp_path: Path,
) -> None:
    spool, path, log = Spool(tmp_path), tmp_path / FILE, Taken()
    write_all(spool, names(20))
    before = path.read_bytes()
    spool.replay(log)
    spool.close()
    path.write_bytes(path.read_bytes()[:START] + before[START:])
    spool = Spool(tmp_path)
    assert spool.waiting == 0
    assert b"journey-" not in path.read_bytes()
    write_all(spool, ["new"])
    spool.close()
    data = path.read_bytes()
    new = len(data[START:].split(b"\n")[0]) + 1
    path.write_bytes(data[: START + new] + before[START + new :])
    spool, log = Spool(tmp_path), Taken()
    assert spool.replay(log) == 1
    assert log.journeys == ["new"]
    assert spool.lost == 0


@pytest.mark.parametrize("block", [0, 1])
def test_a_header_that_was_torn_costs_nothing_that_waits(tmp_path: Path, block: int) -> None:
    spool, path, log = Spool(tmp_path), tmp_path / FILE, Taken()
    write_all(spool, ["handed over"])
    spool.replay(log)
    write_all(spool, names(3))
    spool.close()
    data = bytearray(path.read_bytes())
    data[block * BLOCK_BYTES + 20 : (block + 1) * BLOCK_BYTES] = bytes(BLOCK_BYTES - 20)
    path.write_bytes(data)
    log = Taken()
    Spool(tmp_path).replay(log)
    assert log.journeys[-3:] == names(3)


def test_a_write_that_the_disk_refuses_is_not_found_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(5, "Input/output error")

    spool = Spool(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("wizard.intake.spool_file._sync", refuse)
        assert not spool.write([answer("refused")])
    assert spool.lost == 1
    spool.close()
    assert Spool(tmp_path).waiting == 0


class PowerCut(BaseException):
    """The machine is off."""


class Disk:
    """A disk that keeps what was flushed, and of the rest any sectors or none, once the power goes.

    Its sectors are smaller than any that there are, so that also what fits into one can be torn.
    """

    SECTOR_BYTES = 32

    def __init__(self, path: Path, chance: random.Random, patch: pytest.MonkeyPatch) -> None:
        self._path, self._chance, self._pwrite = path, chance, os.pwrite
        self._left = chance.randrange(60)
        self._kept = bytearray(path.read_bytes())
        self._touched: set[int] = set()
        patch.setattr(os, "pwrite", self._write)
        patch.setattr("wizard.intake.spool_file._sync", self._flush)

    def _write(self, file: int, data: bytes, at: int) -> int:
        done = self._pwrite(file, data, at)
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


@pytest.mark.parametrize("seed", range(60))
def test_a_power_cut_at_any_moment_loses_nothing_that_was_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance, log = random.Random(seed), Taken()  # noqa: S311  # chance, no secret
    asked: list[str] = []
    acknowledged: list[str] = []
    refused: list[str] = []
    size_bytes, cuts = START + 16 * 1024, 8
    Spool(tmp_path, size_bytes).close()

    def work() -> None:
        with closing(Spool(tmp_path, size_bytes)) as spool:
            while True:
                for _ in range(chance.randrange(20)):
                    asked.append(f"journey-{len(asked)}" + "x" * chance.randrange(600))
                    (acknowledged if spool.write([answer(asked[-1])]) else refused).append(asked[-1])
                if chance.random() < 0.7:
                    spool.replay(log)

    for _ in range(cuts):
        with monkeypatch.context() as patch:
            Disk(tmp_path / FILE, chance, patch)
            with pytest.raises(PowerCut):
                work()
    spool = Spool(tmp_path, size_bytes)
    spool.replay(log)
    assert set(acknowledged) <= set(log.journeys) <= set(asked)
    assert spool.waiting == 0
    assert len(refused) <= spool.lost <= len(refused) + cuts, "one may have been under way at each cut"
    assert not (tmp_path / "refused.jsonl").exists()


# --- several at once


def test_a_spool_to_which_more_is_added_with_all_that_is_handed_over_can_be_emptied(tmp_path: Path) -> None:
    spool, log, asked, written = Spool(tmp_path), Taken(), threading.Semaphore(0), threading.Semaphore(0)
    added = names(20, "added")

    def add() -> None:
        for journey in added:
            asked.acquire()
            spool.write([answer(journey)])
            written.release()

    def append(events: Sequence[Event], _: Sequence[Event]) -> None:
        log(events, ())
        asked.release()
        written.acquire(timeout=0.1)  # it may have to wait

    threading.Thread(target=add, daemon=True).start()
    write_all(spool, ["first"])
    assert spool.replay(append) < len(added)
    asked.release(len(added))
    wait_until(lambda: spool.waiting + len(log.events) == len(added) + 1)
    spool.replay(log)
    assert log.journeys == ["first", *added]


def test_a_spool_that_is_written_without_pause_can_be_emptied(tmp_path: Path) -> None:
    spool, log, stop = Spool(tmp_path), Taken(), threading.Event()
    kept: list[str] = []

    def write(name: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            if spool.write([answer(f"{name}-{number}")]):
                kept.append(f"{name}-{number}")

    writers = [threading.Thread(target=write, args=(name,)) for name in range(3)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(3):
            wait_until(lambda: spool.waiting > 200)
            assert spool.replay(log) >= 200
    finally:
        stop.set()
        for writer in writers:
            writer.join(DEADLINE_SECONDS)
    spool.replay(log)
    assert spool.waiting == spool.lost == 0
    assert sorted(log.journeys) == sorted(kept)
    for name in range(3):
        own = [journey for journey in log.journeys if journey.startswith(f"{name}-")]
        assert own == sorted(own, key=lambda journey: int(journey.split("-")[1]))


def test_nobody_waits_for_a_log_that_takes_its_time(tmp_path: Path) -> None:
    spool, begun, go_on = Spool(tmp_path), threading.Event(), threading.Event()

    def slow(asked: Sequence[Event], _: Sequence[Event]) -> None:
        log(asked, ())
        begun.set()
        assert go_on.wait(DEADLINE_SECONDS)

    log = Taken()
    write_all(spool, ["first"])
    replaying = threading.Thread(target=spool.replay, args=(slow,))
    replaying.start()
    assert begun.wait(DEADLINE_SECONDS)
    assert spool.write([answer("second")])
    assert spool.replay(log) == 0, "one replay at a time"
    go_on.set()
    replaying.join(DEADLINE_SECONDS)
    assert log.journeys == ["first", "second"]
    assert spool.waiting == 0


def test_each_worker_has_a_file_of_its_own_and_finds_one_that_is_free(tmp_path: Path) -> None:
    first, second = Spool(tmp_path), Spool(tmp_path)
    write_all(first, ["first"])
    write_all(second, ["second"])
    assert (first.waiting, second.waiting) == (1, 1)
    first.close()
    third = Spool(tmp_path)
    assert third.waiting == 1
    assert sorted(path.name for path in tmp_path.glob("*")) == [FILE, "spool-1.jsonl"]


def test_what_workers_left_that_are_gone_is_handed_over_by_one_that_lives(tmp_path: Path) -> None:
    with writing(tmp_path, "killed", "lives") as [(killed, acknowledged), (_, others)]:
        wait_until(lambda: len(lines_in(acknowledged)) > 50 and len(lines_in(others)) > 50)
        killed.kill()
        killed.wait(DEADLINE_SECONDS)
        # Two files are there: the third worker claims the one that is free, so there is one more to be found.
        mine, orphan, log = Spool(tmp_path), Spool(tmp_path, SMALL_BYTES), Taken()
        while orphan.write([answer("orphaned")]):
            pass
        orphaned = orphan.waiting
        orphan.close()
        assert mine.adopt(log) == orphaned
        assert set(log.journeys) == {"orphaned"}
        assert mine.lost == 1
        assert mine.adopt(log) == 0
        assert mine.lost == 1, "it is counted once"
        mine.replay(log)
        assert set(lines_in(acknowledged)) <= set(log.journeys)
        assert not set(lines_in(others)) & set(log.journeys), "whoever lives keeps what is his"
    assert (tmp_path / "spool-2.jsonl").stat().st_size == SMALL_BYTES, "it is kept for the next worker"
    assert Spool(tmp_path).adopt(log) == 0


def test_an_orphan_waits_as_well_while_the_log_is_gone(tmp_path: Path) -> None:
    mine, orphan = Spool(tmp_path), Spool(tmp_path)
    write_all(orphan, names(3))
    orphan.close()
    with pytest.raises(OperationalError):
        mine.adopt(Taken(lambda _: GONE))
    (tmp_path / "spool-9.jsonl").mkdir()
    assert mine.adopt(log := Taken()) == 3, "and what can't be looked into is in nobody's way"
    assert log.journeys == names(3)
