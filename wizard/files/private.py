"""Makes folders and files that only the current user may read, whatever the umask."""

import logging
import os
import stat
from pathlib import Path

LOG = logging.getLogger("wizard")
FOLDER_MODE = 0o700
FILE_MODE = 0o600


def make_private_folder(path: Path) -> None:
    """Make the folder and its parents, private to this user. Existing ones keep their modes. Raises OSError."""
    for folder in (*reversed(path.parents), path):
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def create_private_file(path: Path) -> None:
    """Make an empty file, private to this user. Raises FileExistsError and OSError."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))


def private_mode(path: Path) -> int:
    """The mode for a file that replaces the one at `path`: that file's mode, unless others could access it."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return FILE_MODE
    return FILE_MODE if mode & stat.S_IRWXO else mode


def restrict_to_owner(path: Path) -> None:
    """Make the file at `path` private if this user owns it and all users could access it. Logs a warning.

    A file that only a group can access keeps its mode.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) or not found.st_mode & stat.S_IRWXO or found.st_uid != os.geteuid():
            return
        path.chmod(FILE_MODE)
    except OSError:  # the file is gone, or its file system has no modes
        return
    LOG.warning("Restricted %s to its owner: every user of this machine could open it", path)
