"""Where the files that ship with the code are: inside the wheel, or beside the package in a checkout."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def bundled(name: str) -> Path:
    """The shipped folder `name` (`templates`, `static`, `wording`); the installed place comes first."""
    installed = PACKAGE / name
    return installed if installed.is_dir() else PACKAGE.parent / name
