"""Makes folders and files that only the user who runs the wizard may read, whatever the umask."""

import logging
import os
import stat
from pathlib import Path

LOG = logging.getLogger("wizard")
FOLDER_MODE = 0o700
FILE_MODE = 0o600


def make_private_folder(path: Path) -> None:
    """Make the folder, and those above it, for this user alone. One that is there stays as it is. Raises OSError."""
    for folder in (*reversed(path.parents), path):
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def create_private_file(path: Path) -> None:
    """Make an empty file for this user alone. Raises FileExistsError where there is one, and OSError."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))


def private_mode(path: Path) -> int:
    """The mode of a file that is to replace the one at `path`: what a group was given stays."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return FILE_MODE
    return FILE_MODE if mode & stat.S_IRWXO else mode


def close_to_others(path: Path) -> None:
    """Take the file at `path`, if it is ours, from everybody but its owner where everybody could read or write it.

    A file that is open to a group alone was opened on purpose, and stays so.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) or not found.st_mode & stat.S_IRWXO or found.st_uid != os.geteuid():
            return
        path.chmod(FILE_MODE)
    except OSError:  # it is gone, or on a disk that has no modes
        return
    LOG.warning("%s: every user of this machine could open it; only its owner can from now on", path)
