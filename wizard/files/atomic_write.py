"""Writes a file atomically: it is replaced completely or not at all."""

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
"""Whether part files are locked during writing. On other systems, the lock would conflict with SQLite's."""


class FileError(WizardError):
    """A file can't be written. The message names the file and the reason."""


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """An empty temporary file beside `path`, renamed to it if the block succeeds, and removed if it fails.

    So readers of `path` see the old content or the complete new one. Raises FileError.
    """
    target = path.resolve()  # replace the target of a symlink, not the link
    if target.exists() and not target.is_file():
        raise FileError(f"{path}: can't be written, since it is not a regular file; allowed: a file, or a new name")
    try:
        with part_file(target) as part:
            part.chmod(private_mode(target))
            yield part
            _sync(part)
            part.replace(target)
            _sync(target.parent)
    except OSError as error:
        raise FileError(f"{path}: can't be written ({error.strerror or error})") from error


@contextmanager
def part_file(target: Path) -> Iterator[Path]:
    """An empty file `.NAME.HEX.part` beside `target`, private to this user, removed at the end unless renamed.

    First removes part files of `target` left by killed processes, which hold no lock any more. Raises OSError.
    """
    _remove_stale(target)
    part = target.with_name(f".{target.name}.{secrets.token_hex(HEX_BYTES)}.part")
    lock = -1
    try:
        lock = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE)
        if LOCKS:
            with suppress(OSError):  # a network file system without locks
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield part
    finally:
        _remove(part)
        if lock >= 0:
            os.close(lock)


def _remove_stale(target: Path) -> None:
    if not LOCKS:
        return
    digits = "[0-9a-f]" * (2 * HEX_BYTES)
    for path in target.parent.glob(f".{glob.escape(target.name)}.{digits}.part"):
        with suppress(OSError):  # in use, or another user's
            file = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(path)
            finally:
                os.close(file)


def _remove(part: Path) -> None:
    """Remove a part file, and SQLite's files beside it (`-journal`)."""
    for path in (part, *part.parent.glob(f"{glob.escape(part.name)}-*")):
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Flush a file or a folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
