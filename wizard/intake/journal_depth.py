"""Measures how much waits in the journals of this machine, for how long, and how much space is left in them."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wizard.intake.ingest_status import Status
from wizard.intake.journal_line import decode_content
from wizard.intake.journal_reader import CHUNK_BYTES, Position, lines_of, newest_received
from wizard.intake.segments import JOURNAL, claim, journals_in, number_of, segment_bytes, segments_of

NOWHERE = Position(0, 0)
LINES_READ = 50
"""How many lines of a segment are read to find the time of an event: bots and refused requests have none."""


@dataclass(frozen=True, slots=True)
class Depth:
    """What waits in one journal. `oldest_ms` is when its oldest event happened, if that can be told.

    `free_bytes` is the space that the journal may still use; 0 once its process has ended.
    """

    events: int
    waiting_bytes: int
    free_bytes: int
    is_in_use: bool
    oldest_ms: int | None


def journal_depths(folder: Path, status: Status, journal_bytes: int) -> Sequence[Depth]:
    """The depth of each journal in `folder`, each of which may grow to `journal_bytes`. Raises OSError."""
    depths = []
    for path in journals_in(folder):
        progress = status.journals.get(path.name.removeprefix(JOURNAL))
        position = Position(progress.segment, progress.at) if progress else NOWHERE
        with suppress(FileNotFoundError):  # it was removed a moment ago
            depths.append(_depth(path, position, progress.brought_in if progress else 0, journal_bytes))
    return depths


def _depth(path: Path, position: Position, brought_in: int, journal_bytes: int) -> Depth:
    kept = segments_of(path)
    segments = [segment for segment in kept if number_of(segment) >= position.segment]
    starts = [_start(segment, position.at if number_of(segment) == position.segment else 0) for segment in segments]
    ends = [_end(segment, start) for segment, start in zip(segments, starts, strict=True)]
    events = max((newest_received(path, position) or 0) - brought_in, 0)
    size = segment_bytes(journal_bytes)
    in_use = _is_in_use(path)
    room = (journal_bytes // size - len(kept) + 1) * size - ends[-1] if segments and in_use else 0
    return Depth(
        events=events,
        waiting_bytes=sum(max(end - start, 0) for start, end in zip(starts, ends, strict=True)) if events else 0,
        free_bytes=max(room, 0),
        is_in_use=in_use,
        oldest_ms=_oldest_ms(segments, starts) if events else None,
    )


def _is_in_use(path: Path) -> bool:
    """Whether the process of the journal is running."""
    claimed = claim(path)
    if claimed is None:
        return True
    os.close(claimed)
    return False


def _start(segment: Path, at: int) -> int:
    """Where the lines of a segment begin from `at` on: perhaps more was freed since the status was written."""
    with segment.open("rb", buffering=0) as file:
        ahead = os.pread(file.fileno(), CHUNK_BYTES, at)
    written = ahead.lstrip(b"\0")
    return at + len(ahead) - len(written) if written else at


def _end(segment: Path, start: int) -> int:
    """Where the lines of a segment end; `start` where it has none from there on."""
    with segment.open("rb", buffering=0) as file:
        low, high = start, os.fstat(file.fileno()).st_size
        while low < high:  # lines hold no zeros, and zeros follow them
            middle = (low + high) // 2
            if os.pread(file.fileno(), 1, middle) in (b"\0", b""):
                high = middle
            else:
                low = middle + 1
    return low


def _oldest_ms(segments: Sequence[Path], starts: Sequence[int]) -> int | None:
    """When the first event after the positions `starts` happened. Lines that are only counted don't tell."""
    for segment, start in zip(segments, starts, strict=True):
        with segment.open("rb", buffering=0) as file:
            lines, _, _ = lines_of(os.pread(file.fileno(), CHUNK_BYTES, start), LINES_READ)
        for line in lines:
            with suppress(LookupError, TypeError, ValueError):
                if asked := decode_content(line.content).asked:
                    return asked[0].context.ts_ms
    return None
