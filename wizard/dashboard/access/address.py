"""Where the wizard is reached: as set, or else as the server that runs in this folder has left word."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wizard.config import MADE_UP_KEY, Settings
from wizard.errors import WizardError
from wizard.files.atomic_write import part_file
from wizard.files.private import make_private_folder

ADDRESS = MADE_UP_KEY.with_name("address")
"""The file in which a server says where it is, and by which process id it is known."""


class AddressUnknown(WizardError):
    """There is no address to make a link for; the message says how to give one."""


@contextmanager
def recorded(origin: str, path: Path = ADDRESS) -> Iterator[None]:
    """Leave word of `origin` in the file `path` for as long as the block takes. Raises OSError before it begins.

    Of several servers in one folder, the one that was started last has its word there.
    """
    make_private_folder(path.parent)
    with part_file(path) as own:
        own.write_text(f"{origin} {os.getpid()}\n", "utf-8")
        own.replace(path)
    try:
        yield
    finally:
        if _read(path)[1] == os.getpid():
            path.unlink(missing_ok=True)


def origin_of(settings: Settings, path: Path = ADDRESS) -> str:
    """The origin that links begin with. Raises AddressUnknown where none is set, and no server runs here."""
    if settings.public_url:
        return settings.public_url
    origin, process = _read(path)
    if not _is_running(process):
        raise AddressUnknown(
            "WIZARD_PUBLIC_URL: not set, and no server runs in this folder, so there is no address for the link; "
            "set it, or start `wizard serve` here first"
        )
    return origin


def _read(path: Path) -> tuple[str, int]:
    """What the file says; nothing, and 0, where there is none or it can't be understood."""
    with suppress(OSError, ValueError):
        origin, process = path.read_text("utf-8").split()
        return origin, int(process)
    return "", 0


def _is_running(process: int) -> bool:
    """Whether there is a process of this id; the word of a server that was killed stays behind."""
    if process <= 0:
        return False
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True
