"""Spool files of an earlier version are ingested, once."""

import fcntl
import json
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from journaling import answer, ingest_all, new_log, view
from loaded_server import environ_for, ledger, wait_until
from server import serving
from sqlalchemy import func, select

from wizard.events.log import Log
from wizard.events.model import Event
from wizard.events.record import to_record
from wizard.intake.old_spool import BLOCK_BYTES, START
from wizard.storage import schema

SIZE_BYTES = 128 * 1024


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = new_log(tmp_path)
    yield made
    made.database.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "spool"
    made.mkdir()
    return made


def sealed(content: Mapping[str, Any]) -> bytes:
    rest = json.dumps(content, separators=(",", ":")).encode()[1:]
    return b'{"crc":"%08x",%s\n' % (zlib.crc32(rest), rest)


def line(number: int, asked: Sequence[Event], implied: Sequence[Event] = ()) -> bytes:
    written = {"asked": asked, "implied": implied}
    return sealed({"line": number, **{name: [to_record(each) for each in events] for name, events in written.items()}})


def spool(folder: Path, lines: Sequence[bytes], first: int = 0, lost: int = 0) -> Path:
    """A spool as the version before wrote it: a newer header and an older one, and what waits behind them."""
    path = folder / "spool-0.jsonl"
    headers = [
        sealed({"writes": writes, "from": START, "line": line, "lost": lost}).rstrip().ljust(BLOCK_BYTES - 1) + b"\n"
        for writes, line in ((2, first), (1, 99))
    ]
    path.write_bytes((b"".join(headers) + b"".join(lines)).ljust(SIZE_BYTES, b"\0"))
    return path


def counts(log: Log) -> dict[str, int]:
    ledger = schema.ledger.c
    with log.database.reader.connect() as connection:
        rows = connection.execute(select(ledger.outcome, func.sum(ledger.events)).group_by(ledger.outcome)).all()
    return {outcome: int(events) for outcome, events in rows}


def test_what_waits_comes_in_with_what_was_lost_and_the_file_goes(folder: Path, log: Log) -> None:
    lines = [line(number, [answer(f"j-{number}")], [view(f"j-{number}")]) for number in range(50)]
    path = spool(folder, lines, lost=3)
    ingest_all(folder, log)
    assert counts(log) == {"received": 103, "stored": 100, "lost": 3}
    assert not path.exists()
    assert log.journals() == []
    assert sorted(log.trail("j-7"), key=repr) == [answer("j-7"), view("j-7")]


def test_a_line_that_can_not_be_read_counts_as_lost_and_what_is_torn_at_the_end_as_nothing(
    folder: Path, log: Log
) -> None:
    good, spoiled, torn = (line(number, [answer(f"j-{number}")]) for number in (5, 6, 8))
    spool(folder, [good, spoiled.replace(b"team", b"tea\xff"), line(7, [answer("j-7")]), torn[:60]], first=5)
    ingest_all(folder, log)
    assert counts(log) == {"received": 3, "stored": 2, "lost": 1}
    assert "can't be read" in (folder / "refused.jsonl").read_text()


def test_what_is_left_of_lines_that_were_stored_is_not_taken_for_waiting(folder: Path, log: Log) -> None:
    spool(folder, [line(7, [answer("new")]), line(3, [answer("old")])], first=7)
    ingest_all(folder, log)
    assert [event.context.journey_id for event in log.read()] == ["new"]


def test_one_that_a_server_of_that_version_still_has_is_left_alone(folder: Path, log: Log) -> None:
    path = spool(folder, [line(0, [answer("a")])])
    held = os.open(path, os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    ingest_all(folder, log)
    assert path.exists()
    os.close(held)
    ingest_all(folder, log)
    assert (log.count(), path.exists()) == (1, False)


def test_one_that_was_left_half_way_counts_once(folder: Path, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    path = spool(folder, [line(number, [answer(f"j-{number}")]) for number in range(40)], lost=2)

    def cut_short(_: Path) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", cut_short)
        with pytest.raises(OSError, match="Input/output"):
            ingest_all(folder, log)
    assert path.exists()
    ingest_all(folder, log)
    assert counts(log) == {"received": 42, "stored": 40, "lost": 2}
    assert not path.exists()


def test_a_server_that_was_upgraded_stores_what_the_version_before_has_left(tmp_path: Path) -> None:
    environ = environ_for(tmp_path)
    (tmp_path / "spool").mkdir()
    left = spool(tmp_path / "spool", [line(number, [answer(f"journey-{number}")]) for number in range(300)])
    with serving(tmp_path, "--workers", "2", environ=environ) as server:
        wait_until(lambda: not left.exists(), "the spool is in the log")
        server.wait_until_stored()
    found = ledger(environ)
    assert (found["received"], found["stored"], found["present"], found["lost"]) == (300, 300, 300, 0)
