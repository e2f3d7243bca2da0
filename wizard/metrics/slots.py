"""The files in which the processes of a server keep their counters.

prometheus-client maps a file of each process into memory, and adds the files up. It names them by process id, so they
would become more with each process that is started anew. Here, a process takes a free slot instead, and goes on with
the counters of the process that had it before: counters never go back, and there are as many files as processes.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from wizard.errors import WizardError
from wizard.files.private import FILE_MODE, make_private_folder
from wizard.intake.segments import allocate, claim, make_claimed_folder

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus-client, and the processes that the server starts, know the folder."""

FOLDER = "metrics-"
BYTES = {"counter": 512 * 1024, "histogram": 1024 * 1024}
"""The size of the files by kind, allocated ahead: on a full disk, a mapped file that grows would end its process."""


class MetricsError(WizardError):
    """Metrics can't be kept or served; the message says why."""


@contextmanager
def counter_folder(parent: Path) -> Iterator[Path]:
    """Make a folder in `parent` for the counters of one server, for the duration of the block. Raises MetricsError.

    What a killed server left is removed.
    """
    name = f"{FOLDER}{secrets.token_hex(8)}"
    try:
        make_private_folder(parent)
        remove_abandoned(parent)
        made, claimed = make_claimed_folder(parent, name)
        folder = made.rename(parent.absolute() / name)
    except OSError as error:
        raise MetricsError(
            f"WIZARD_SPOOL_DIR: given {str(parent)!r}, where counters can't be kept ({error.strerror}); "
            "allowed: a folder on a disk of this machine"
        ) from error
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(folder)
    try:
        yield folder
    finally:
        os.environ.pop(VARIABLE)
        if before is not None:
            os.environ[VARIABLE] = before
        shutil.rmtree(folder, ignore_errors=True)
        os.close(claimed)


def remove_abandoned(parent: Path) -> None:
    """Remove the folders of servers that have ended. Raises OSError."""
    for folder in parent.glob(f"{FOLDER}*"):
        claimed = claim(folder)
        if claimed is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(claimed)


def take_slot(folder: Path) -> int:
    """Take the first free slot for this process, until it ends, and make its files. Raises OSError."""
    for number in count():
        if _is_taken(folder / f"slot-{number}"):
            continue
        for kind, size in BYTES.items():
            _make(folder / f"{kind}_{number}.db", size)
        return number
    raise AssertionError  # there is always one more


def _is_taken(path: Path) -> bool:
    """Whether a running process has locked the file; else this one does, and keeps it open until it ends."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE)
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    os.close(file)
    return True


def _make(path: Path, size_bytes: int) -> None:
    """Allocate the file, unless the slot's last process has. Readers never see a part of it."""
    if path.exists():
        return
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)  # of a process that was killed meanwhile
    allocate(part, size_bytes)
    part.rename(path)
