"""Writes a file so that it is there whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wizard.errors import WizardError


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
    own = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        os.close(os.open(own, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield own
        _sync(own)
        own.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise FileError(f"{path}: can't be written ({error.strerror or error})") from error
    finally:
        own.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Have the disk hold what was written, so that a name never outlives its content."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
