"""Reads one setting from its environment variable, or from the file that `…_FILE` names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from wizard.errors import WizardError
from wizard.files.text import read_text
from wizard.setting_parsers import path

T = TypeVar("T")

PREFIX = "WIZARD_"
SHOWN_CHARACTERS = 200
"""How much of a bad value a message quotes."""


class SettingError(WizardError):
    """An unusable setting; the message names the variable, what was given and what is allowed."""


@dataclass(frozen=True)
class Setting:
    """One variable: its parser (which raises ValueError), and a description of what is allowed.

    `default` is unparsed text. A `secret` is never shown, and may come from a file.
    """

    name: str
    parse: Callable[[str], Any]
    default: str
    allowed: str
    meaning: str
    secret: bool = False

    @property
    def variable(self) -> str:
        """The environment variable."""
        return PREFIX + self.name.upper()


def setting(parse: Callable[[str], T], *, default: str, allowed: str, meaning: str, secret: bool = False) -> T:
    """A dataclass field with the type that `parse` returns; see `Setting` for the parameters."""
    described = {"parse": parse, "default": default, "allowed": allowed, "meaning": meaning, "secret": secret}
    made: T = field(default_factory=lambda: parse(default), metadata=described)
    return made


def settings_of(settings: type[Any]) -> dict[str, Setting]:
    """The settings of a dataclass whose fields were made by `setting`, by name."""
    return {each.name: Setting(each.name, **each.metadata) for each in fields(settings)}


def read_setting(setting: Setting, environ: Mapping[str, str]) -> Any:
    """The value of one setting; the default where it is unset. Raises SettingError."""
    given = _given(setting, environ)
    try:
        return setting.parse(setting.default if given is None else given)
    except ValueError as error:
        shown = f"{len(str(given))} characters that are not shown" if setting.secret else _shown(str(given))
        raise SettingError(f"{setting.variable}: given {shown}; allowed: {setting.allowed}") from error


def _given(setting: Setting, environ: Mapping[str, str]) -> str | None:
    """The text of the variable, or of the file that `…_FILE` names; None where both are unset."""
    text = _stripped(environ.get(setting.variable, ""))
    file = environ.get(f"{setting.variable}_FILE", "").strip() if setting.secret else ""
    if text and file:
        raise SettingError(f"{setting.variable}: given twice, itself and as {setting.variable}_FILE; allowed: one")
    return _in_file(setting, file) if file else text or None


def _in_file(setting: Setting, file: str) -> str:
    """The text of a secret's file. Raises SettingError where that can't be read, or is empty."""
    try:
        text = _stripped(read_text(path(file)))
        fault = "" if text else "is empty"
    except OSError as error:
        fault = f"can't be read ({error.strerror or error})"
    except ValueError as error:  # the path, or what is in the file
        fault = str(error)
    if fault:
        raise SettingError(
            f"{setting.variable}_FILE: given {file!r}, which {fault}; allowed: a file that holds {setting.allowed}"
        )
    return text


def _stripped(text: str) -> str:
    """`text` without surrounding space and without a byte order mark."""
    return text.strip().removeprefix("\ufeff").strip()


def _shown(text: str) -> str:
    return repr(text) if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]!r}… ({len(text):,} characters)"
