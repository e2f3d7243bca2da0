"""Finds the folders that ship with the code: in the installed wheel, or beside the package in a checkout."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def bundled(name: str) -> Path:
    """The path of the shipped folder `name` (`templates`, `static`, `wording`). The wheel's comes first."""
    installed = PACKAGE / name
    return installed if installed.is_dir() else PACKAGE.parent / name
