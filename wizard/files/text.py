"""Reads text files written by people on any system."""

import codecs
from pathlib import Path


class NotText(ValueError):
    """A file is not text in UTF-8. The message says what was found instead."""


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, with LF line endings and without a byte order mark. Raises OSError and NotText."""
    return decoded(path.read_bytes())


def decoded(raw: bytes) -> str:
    """The text of a file with the content `raw`, as `read_text` reads it. Raises NotText."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in raw:
        raise NotText("is UTF-16, or holds NUL bytes; allowed: UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotText(f"is not UTF-8 (at byte {error.start + 1})") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
