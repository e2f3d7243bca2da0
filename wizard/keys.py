"""The signing keys: those of WIZARD_SECRET_KEYS, or else one that is generated once and stored in a file."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from wizard import setting_parsers
from wizard.config import GENERATED_KEY, SETTINGS, Settings
from wizard.files.atomic_write import part_file
from wizard.files.private import make_private_folder, restrict_to_owner
from wizard.files.text import NotText, read_text
from wizard.setting import SettingError

KEY_BYTES = 32
SECRET_KEYS = SETTINGS["secret_keys"]


def keys_of(settings: Settings) -> tuple[str, ...]:
    """The keys of `settings`, of which the first signs; the generated key where none is set. Raises SettingError."""
    return settings.secret_keys or (generated_key(),)


def generated_key(path: Path = GENERATED_KEY) -> str:
    """The key in the file `path`, generated at the first call, readable by its owner only. Raises SettingError."""
    try:
        make_private_folder(path.parent)
        if not path.exists():
            _make_key(path)
        restrict_to_owner(path)
        key = read_text(path).strip()
    except (OSError, NotText) as error:
        raise SettingError(
            f"{SECRET_KEYS.variable}: not set, and no key could be made in {path} ({error}); "
            f"allowed: {SECRET_KEYS.allowed}"
        ) from error
    if len(key) < setting_parsers.MIN_KEY_CHARACTERS:
        raise SettingError(f"{SECRET_KEYS.variable}: not set, and {path} holds no complete key; remove that file")
    return key


def _make_key(path: Path) -> None:
    """Write a key to a file of its own, then link it to `path`: of processes that do so at once, all use the first."""
    with part_file(path) as own:
        own.write_text(secrets.token_urlsafe(KEY_BYTES), "ascii")
        with suppress(FileExistsError):
            os.link(own, path)
