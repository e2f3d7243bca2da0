"""The files of journals: segments of fixed size, allocated ahead, so that a full disk can still take events.

A journal is a folder, which its process locks for as long as it runs. Emptied segments are kept beside it as
spares for any journal.
"""

import errno
import fcntl
import logging
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from wizard.files.private import FILE_MODE, FOLDER_MODE

LOG = logging.getLogger("wizard.journal")
SEGMENT_BYTES = 16 * 1024 * 1024
SEGMENTS = 4
"""How many segments a small journal has."""

JOURNAL = "journal-"
NEW = ".new-"
FOREIGN = "foreign-"
SEGMENT_NAMES = "[0-9]" * 10 + ".segment"
SPARES = "spare-*.segment"
ZEROS = bytes(256 * 1024)
UNFINISHED_SECONDS = 600
"""After that time, an unfinished journal or segment is abandoned."""


def segment_bytes(journal_bytes: int) -> int:
    """The size of one segment of a journal that may take up `journal_bytes` in all."""
    return min(SEGMENT_BYTES, journal_bytes // SEGMENTS)


def claim(folder: Path) -> int | None:
    """The folder, opened and locked for this process; None if a running process has locked it, or it is gone."""
    try:
        file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    except BaseException:
        os.close(file)
        raise
    return file


def is_at(path: Path, file: int) -> bool:
    """Whether the open `file` is the one at `path`."""
    try:
        found, own = path.stat(), os.fstat(file)
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == (own.st_dev, own.st_ino)


def journals_in(folder: Path) -> list[Path]:
    """The folders of all journals on this machine. Raises OSError."""
    try:
        return sorted(path for path in folder.iterdir() if path.name.startswith(JOURNAL))
    except FileNotFoundError:
        return []


def segments_of(journal: Path) -> list[Path]:
    """The segments of a journal, the oldest first."""
    return sorted(journal.glob(SEGMENT_NAMES))


def segment_path(journal: Path, number: int) -> Path:
    """Where the segment of that number is, or is to be."""
    return journal / f"{number:010}.segment"


def number_of(segment: Path) -> int:
    """The number of a journal's segment."""
    return int(segment.stem)


def allocate(path: Path, size_bytes: int) -> None:
    """Preallocate a file of zeros; if the disk is full, no file remains. Raises OSError."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file, 0, size_bytes)
        else:  # macOS
            zero(file, 0, size_bytes)
        os.fsync(file)
    except BaseException:
        path.unlink()
        raise
    finally:
        os.close(file)


def zero(file: int, start: int, end: int) -> None:
    """Overwrite from `start` until before `end` with zeros. Raises OSError."""
    while start < end:
        start += os.pwrite(file, memoryview(ZEROS)[: end - start], start)


def sync_folder(folder: Path) -> None:
    """Flush the folder, so that new files in it survive a power cut. Raises OSError."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def spares(folder: Path, size_bytes: int) -> Iterator[Path]:
    """The segments of that size that no journal uses. One of another size is removed."""
    for path in folder.glob(SPARES):
        with suppress(FileNotFoundError):
            if path.stat().st_size == size_bytes:
                yield path
            else:
                path.unlink()


def add_spare(folder: Path, size_bytes: int) -> None:
    """Preallocate a spare segment. Raises OSError."""
    name = secrets.token_hex(8)
    made = folder / f"{NEW}{name}.segment"
    allocate(made, size_bytes)
    made.rename(folder / f"spare-{name}.segment")


def take_spare(folder: Path, size_bytes: int, to: Path) -> bool:
    """Move a spare segment to the path `to`; False where there is none. Raises OSError."""
    for path in spares(folder, size_bytes):
        with suppress(FileNotFoundError):  # another journal was faster
            path.rename(to)
            return True
    return False


def reserve(folder: Path, journals: int, size_bytes: int) -> None:
    """Preallocate spare segments until there are so many. Raises OSError."""
    for _ in range(journals - len(list(spares(folder, size_bytes)))):
        add_spare(folder, size_bytes)


def make_claimed_folder(folder: Path, name: str) -> tuple[Path, int]:
    """A new, locked folder under a temporary name, which the caller renames.

    Raises OSError.
    """
    made = folder / f"{NEW}{name}"
    made.mkdir(FOLDER_MODE)
    file = claim(made)
    if file is None:
        raise OSError(errno.EAGAIN, "the folder was claimed by another process", str(made))
    return made, file


def remove_unfinished(folder: Path) -> None:
    """Remove journals and segments whose process ended while it created them. Raises OSError."""
    for path in folder.glob(f"{NEW}*"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime < UNFINISHED_SECONDS:
                continue
            for segment in segments_of(path):
                segment.unlink()
            if path.is_dir():
                remove_folder(path)
            else:
                path.unlink()


def retire(journal: Path) -> None:
    """Remove a journal that is empty; a segment of it is kept if none is. Raises OSError."""
    for path in segments_of(journal):
        if any(journal.parent.glob(SPARES)):
            path.unlink()
        else:
            with path.open("r+b", buffering=0) as file:
                zero(file.fileno(), 0, path.stat().st_size)
                os.fsync(file.fileno())  # or a power cut would give its lines to the next journal
            path.rename(journal.parent / f"spare-{journal.name}.segment")
    remove_folder(journal)


def remove_empty(journal: Path) -> bool:
    """Remove a dead journal that has no segments: a process ended while it removed it. Raises OSError."""
    claimed = claim(journal)
    if claimed is None:
        return False
    try:
        if segments_of(journal):
            return False
        remove_folder(journal)
    finally:
        os.close(claimed)
    return True


def remove_folder(folder: Path) -> None:
    """Remove the folder of a journal without segments. With files of somebody else in it, rename it. Raises OSError."""
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        kept = folder.with_name(f"{FOREIGN}{folder.name}")
        folder.rename(kept)
        LOG.warning("%s: has files that are not the journal's; the wizard no longer uses it", kept)
