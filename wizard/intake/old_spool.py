"""Ingests the spool files of earlier versions, which stored events while the log could not be written.

A file is two blocks of header, of which the newer counts, and lines of JSON with a checksum.
"""

import fcntl
import json
import logging
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wizard.clock import Clock
from wizard.events.admission import LOST, Tally, day_of
from wizard.events.batch import Record
from wizard.events.log import Log
from wizard.events.record import from_record
from wizard.intake.log_writer import Item, LogWriter

LOG = logging.getLogger("wizard.conversions")
BLOCK_BYTES = 4096
START = 2 * BLOCK_BYTES
SEAL = re.compile(rb'\{"crc":"([0-9a-f]{8})",')
FILES = "spool-*.jsonl"
LINES_AT_ONCE = 256


def claim(path: Path) -> int | None:
    """The file, opened and claimed; None if a running process of an earlier version has it. Raises OSError."""
    file = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def ingest(path: Path, log: Log, writer: LogWriter, clock: Clock) -> None:
    """Ingest the spool file of an earlier version, and remove it."""
    file = claim(path)
    if file is None:
        return
    try:
        name = f"{path.stem}-{os.fstat(file).st_ino}"
        stored, waiting = log.ingested_events(name) or 0, []
        received = 0
        for raw, record in records_in(file, day_of(clock())):
            received = record.received if record else received + 1
            waiting.append(Item(raw, received, record.events if record else 1, record))
        for start in range(0, len(waiting), LINES_AT_ONCE):
            some = waiting[start : start + LINES_AT_ONCE]
            stored = writer.store(name, stored, some, received - some[-1].received)
        path.unlink()
        log.remove_journal(name)
        LOG.warning("ingested %s events from %s, a spool file of an earlier version", received, path)
    finally:
        os.close(file)


def records_in(file: int, day_ms: int) -> Iterator[tuple[bytes, Record | None]]:
    """Each line that waits, and the record in it; None where it can't be read, and one event is lost.

    What the file had lost already comes first, counted on the day that begins at `day_ms`.
    """
    header = _header(file)
    received = header["lost"]
    if received:
        yield b"", Record(received, received, tally=Tally(day_ms, LOST))
    for raw in _waiting(file, header):
        content = _decode_line(raw)
        asked = content["asked"] if content else ()
        received += len(asked) or 1
        yield raw, _record(content, received) if content else None


def _record(content: dict[str, Any], received: int) -> Record | None:
    try:
        asked, implied = ([from_record(record) for record in content[name]] for name in ("asked", "implied"))
    except (KeyError, TypeError, ValueError):
        return None
    return Record(received, len(asked), asked, implied)


def _waiting(file: int, header: dict[str, int]) -> Iterator[bytes]:
    """The lines that wait: what follows the last whole one was never acknowledged, or is old."""
    size = os.fstat(file).st_size
    data = os.pread(file, max(size - header["from"], 0), header["from"]).rstrip(b"\0")
    lines, whole, following = data.split(b"\n"), 0, header["line"]
    for position, raw in enumerate(lines, 1):
        content = _decode_line(raw)
        if content and content["line"] >= following:
            whole, following = position, content["line"] + 1
    yield from lines[:whole]


def _header(file: int) -> dict[str, int]:
    found = [header for at in (0, BLOCK_BYTES) if (header := _decode_line(os.pread(file, BLOCK_BYTES, at)))]
    return max(found, key=lambda header: header["writes"], default={"writes": 0, "from": START, "line": 0, "lost": 0})


def _decode_line(line: bytes) -> dict[str, Any] | None:
    line = line.rstrip()
    seal = SEAL.match(line)
    if not seal or int(seal[1], 16) != zlib.crc32(line[seal.end() :]):
        return None
    content: dict[str, Any] = json.loads(line)
    return content
