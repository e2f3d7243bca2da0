"""How much waits in journals, and for how long, while they are written, ingested, left and full."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from journaling import NOW_MS, SMALL_BYTES, answer, new_log

from wizard.events.admission import Tally
from wizard.events.log import Log
from wizard.intake.ingest import Ingest
from wizard.intake.ingest_status import read_status
from wizard.intake.journal import Journal
from wizard.intake.journal_depth import Depth, journal_depths
from wizard.intake.journal_line import encode_count, encode_events
from wizard.intake.segments import segment_bytes, segments_of

SEGMENT = segment_bytes(SMALL_BYTES)
BOT = encode_count(Tally(0, "bot"))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = new_log(tmp_path)
    yield made
    made.database.dispose()


def depths(folder: Path) -> list[Depth]:
    return list(journal_depths(folder, read_status(folder), SMALL_BYTES))


def rounds(folder: Path, log: Log, *, at_most: int = 1000) -> None:
    ingest = Ingest(folder, log, lambda: NOW_MS)
    assert ingest.acquire_lead()
    while at_most and ingest.round():
        at_most -= 1
    ingest.release()


def test_what_waits_is_measured_to_the_byte(tmp_path: Path, log: Log) -> None:
    journal = Journal(tmp_path, SMALL_BYTES)
    assert depths(tmp_path) == [Depth(0, 0, SMALL_BYTES, is_in_use=True, oldest_ms=None)]
    for number in range(10):
        journal.append(encode_events([answer(f"j-{number}")], []), 1)
    [segment] = segments_of(journal.path)
    written = len(segment.read_bytes().rstrip(b"\0"))
    assert depths(tmp_path) == [Depth(10, written, SMALL_BYTES - written, is_in_use=True, oldest_ms=NOW_MS)]
    rounds(tmp_path, log)
    assert depths(tmp_path) == [Depth(0, 0, SMALL_BYTES - written, is_in_use=True, oldest_ms=None)]
    journal.append(encode_events([answer("j-last")], []), 1)
    more = len(segment.read_bytes().rstrip(b"\0")) - written
    assert depths(tmp_path) == [Depth(1, more, SMALL_BYTES - written - more, is_in_use=True, oldest_ms=NOW_MS)]
    journal.close()


def test_bots_wait_and_do_not_tell_since_when(tmp_path: Path) -> None:
    journal = Journal(tmp_path, SMALL_BYTES)
    journal.append(BOT, 2)
    [found] = depths(tmp_path)
    assert (found.events, found.oldest_ms) == (2, None)
    journal.append(encode_events([answer("j-1")], []), 1)
    [found] = depths(tmp_path)
    assert (found.events, found.oldest_ms) == (3, NOW_MS)
    journal.close()


def test_a_full_journal_has_no_space_left_and_each_of_its_segments_counts(tmp_path: Path, log: Log) -> None:
    journal = Journal(tmp_path, SMALL_BYTES)
    taken = 0
    while journal.append(encode_events([answer(f"j-{taken}")], []), 1):
        taken += 1
    [found] = depths(tmp_path)
    assert 0 <= found.free_bytes < 1000
    assert found.waiting_bytes > SMALL_BYTES - 4 * 1000
    rounds(tmp_path, log, at_most=1)
    [less] = depths(tmp_path)
    assert 0 < less.events < found.events
    assert 0 < less.waiting_bytes < found.waiting_bytes
    rounds(tmp_path, log)
    [nothing] = depths(tmp_path)
    assert (nothing.events, nothing.waiting_bytes, nothing.oldest_ms) == (0, 0, None)
    assert nothing.free_bytes >= 3 * SEGMENT
    journal.close()


def test_the_journal_of_an_ended_process_is_measured_and_has_no_space_for_more(tmp_path: Path, log: Log) -> None:
    journal = Journal(tmp_path, SMALL_BYTES)
    journal.append(encode_events([answer("j-1")], []), 1)
    journal.close()
    [found] = depths(tmp_path)
    assert (found.events, found.free_bytes, found.is_in_use) == (1, 0, False)
    rounds(tmp_path, log)
    assert depths(tmp_path) == []


def test_a_folder_without_journals_has_none(tmp_path: Path) -> None:
    assert depths(tmp_path) == []
    assert depths(tmp_path / "none") == []
