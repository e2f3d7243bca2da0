"""Writes a file so that it is there whole or not at all."""

import fcntl
import glob
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wizard.errors import WizardError
from wizard.files.private import FILE_MODE, private_mode

HEX_BYTES = 4
LOCKS = sys.platform == "linux"
"""Whether part files are locked while they are written. Elsewhere, SQLite's locks would conflict with ours."""


class FileError(WizardError):
    """A file that can't be written; the message names it, and says why."""


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """An empty file beside `path`, which takes its name when the block has ended well, and else is removed.

    So whoever looks at `path` sees what was there before, or all that is there now. Raises FileError.
    """
    target = path.resolve()  # of a link, what it leads to is replaced
    if target.exists() and not target.is_file():
        raise FileError(f"{path}: can't be written, since it is no file; allowed: a name for one")
    try:
        with part_file(target) as own:
            own.chmod(private_mode(target))
            yield own
            _sync(own)
            own.replace(target)
            _sync(target.parent)
    except OSError as error:
        raise FileError(f"{path}: can't be written ({error.strerror or error})") from error


@contextmanager
def part_file(target: Path) -> Iterator[Path]:
    """An empty file `.NAME.HEX.part` beside `target`, its owner's alone, removed at the end unless it was renamed.

    Part files of `target` that a process left when it was killed are removed first: only a running one holds a lock.
    Raises OSError.
    """
    _remove_stale(target)
    own = target.with_name(f".{target.name}.{secrets.token_hex(HEX_BYTES)}.part")
    lock = -1
    try:
        lock = os.open(own, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE)
        if LOCKS:
            with suppress(OSError):  # a network disk that has no locks
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield own
    finally:
        _remove(own)
        if lock >= 0:
            os.close(lock)


def _remove_stale(target: Path) -> None:
    if not LOCKS:
        return
    digits = "[0-9a-f]" * (2 * HEX_BYTES)
    for path in target.parent.glob(f".{glob.escape(target.name)}.{digits}.part"):
        with suppress(OSError):  # in use, or somebody else's
            file = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(path)
            finally:
                os.close(file)


def _remove(part: Path) -> None:
    """Remove a part file, and what SQLite keeps beside it (`-journal`)."""
    for path in (part, *part.parent.glob(f"{glob.escape(part.name)}-*")):
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Have the disk hold what was written, so that a name never outlives its content."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
