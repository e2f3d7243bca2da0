"""The origin of sign-in links: that in the settings, or else the one that the running server recorded."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wizard.config import GENERATED_KEY, Settings
from wizard.errors import WizardError
from wizard.files.atomic_write import part_file
from wizard.files.private import make_private_folder

ADDRESS = GENERATED_KEY.with_name("address")
"""The file in which a running server records its origin and its process id."""


class AddressUnknown(WizardError):
    """There is no address to make a link for; the message says how to give one."""


@contextmanager
def recorded(origin: str, path: Path = ADDRESS) -> Iterator[None]:
    """Record `origin` in the file `path` while the block runs. Raises OSError before it begins.

    Of several servers in one folder, the one that was started last is recorded.
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
    """The origin that links begin with: WIZARD_DASHBOARD_URL, or else WIZARD_PUBLIC_URL.

    Raises AddressUnknown where the dashboard is not served, or none is set, and no server runs here.
    """
    if settings.dashboard_url:
        return settings.dashboard_url
    if settings.public_prefix:
        raise AddressUnknown(
            f"WIZARD_DASHBOARD_URL: not set, and WIZARD_PUBLIC_URL has a path ({settings.public_prefix}), below which "
            "the dashboard is not served; set it to an origin of its own, such as https://wizard.example.com"
        )
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
    """The recorded origin and process id; "" and 0 where there is no such file, or it is malformed."""
    with suppress(OSError, ValueError):
        origin, process = path.read_text("utf-8").split()
        return origin, int(process)
    return "", 0


def _is_running(process: int) -> bool:
    """Whether a process with this id is running; the record of a killed server stays behind."""
    if process <= 0:
        return False
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True
