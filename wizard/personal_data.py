"""Finds e-mail addresses, tokens and long numbers in texts from requests, plain or encoded.

docs/events.md, "What counts as an e-mail address", describes what is found.
"""

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import unquote

EMAIL = re.compile(r"[^\s@](?:@|%40)[^\s@]{1,255}\.[^\s@]", re.IGNORECASE)
ESCAPE = re.compile(r"\\u\{([0-9a-f]{1,5})\}|(?:\\U0000|\\u|%u)([0-9a-f]{4})|\\x([0-9a-f]{2})", re.IGNORECASE)
ENCODED = re.compile(r"(?<![\w+/-])[\w+/-]{12,}(?![\w+/-])", re.ASCII)
MAX_ENCODINGS = 8

SEPARATORS = re.compile(r"[/;,:=&?#!|\s]")
RUN = re.compile(r"(?<![\w.~+-])[\w.~+-]+", re.ASCII)
WORD = re.compile(r"[A-Za-z0-9]+")
JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]+", re.ASCII)
HEXADECIMAL = re.compile(r"(?<![0-9a-f])(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{16,}(?![0-9a-f])", re.IGNORECASE)
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
DATE = re.compile(r"(?<!\d)(?:19|20)\d\d[-._]?[01]\d[-._]?[0-3]\d(?!\d)")
NUMBER = re.compile(r"(?<!\d)\+?(?:\d[-. ()]{0,2}){9,}")
CHANGE = re.compile(r"(?<=[a-z])[A-Z](?![a-z])|(?<=[A-Z][A-Z])[a-z]|(?<=[A-Za-z])\d|(?<=\d)[A-Za-z]")
"""A change between kinds of characters. Random text has many more than words, or WordsLikeThese, have."""

MIN_TOKEN_CHARACTERS = 16
MAX_WORD_CHARACTERS = 40
LONG_WORD_CHARACTERS = 24


def holds_email(text: str) -> bool:
    """Whether `text` contains an e-mail address, plain or encoded, or is encoded too many times to tell."""
    readings = list(_readings(text))
    return len(readings) > MAX_ENCODINGS or any(EMAIL.search(reading) for reading in readings)


def mask_path(path: str) -> str:
    """`path`, with segments masked that look like a token, an e-mail or IP address, or a long number."""
    return "/".join("[email]" if holds_email(segment) else _masked(segment) for segment in path.split("/"))


def _masked(segment: str) -> str:
    """`segment`, with each of its parameters (RFC 3986, 3.3) masked where necessary."""
    return ";".join(_mask_of(part) or part for part in segment.split(";"))


def _mask_of(text: str) -> str:
    """The mask for `text`; "" where it needs none."""
    readings = list(_readings(text))
    parts = {part for reading in readings for part in (reading, *SEPARATORS.split(reading))}
    if any(_is_address(part) for part in parts):
        return "[address]"
    if any(_is_token(part) for part in parts):
        return "[token]"
    return "[number]" if any(NUMBER.search(DATE.sub(" ", reading)) for reading in readings) else ""


def _readings(text: str) -> Iterator[str]:
    """`text`, and the same decoded once, twice, and so on, since links are encoded more than once.

    Full-width characters are normalised. Yields more than MAX_ENCODINGS texts where it is not fully decoded then.
    """
    yield text
    for _ in range(MAX_ENCODINGS):
        read = _decoded(text)
        if read == text:
            return
        yield read
        text = read


def _decoded(text: str) -> str:
    read = unquote(html.unescape(ESCAPE.sub(_unescaped, text)))
    read = unicodedata.normalize("NFKC", read).replace("\u3002", ".")
    read = "".join(character for character in read if unicodedata.category(character)[0] != "C")
    return ENCODED.sub(_read_as_email, read)


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1] or match[2] or match[3], 16))


def _read_as_email(match: re.Match[str]) -> str:
    """The match, decoded from hexadecimal or base64 if it then contains an e-mail address; else unchanged."""
    text = match[0]
    for decode in (bytes.fromhex, _from_base64):
        try:
            read = decode(text).decode()
        except (ValueError, binascii.Error):
            continue
        if read.isprintable() and EMAIL.search(unquote(read)):
            return read
    return text


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_" if set("-_") & set(text) else None)


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text.strip("[]")))
    except ValueError:
        return False


def _is_token(text: str) -> bool:
    """Whether `text` is a JWT, a UUID, a long hexadecimal number, or random letters and digits."""
    if JWT.search(text) or UUID.search(text) or HEXADECIMAL.search(text):
        return True
    return any(_is_random(run) for run in RUN.findall(text))


def _is_random(run: str) -> bool:
    """Whether `run` has many characters in random words; one short one is accepted, as at the end of a slug."""
    words = [word for word in WORD.findall(run) if len(word) > 1]
    random = sum(len(word) for word in words if len(CHANGE.findall(word)) >= _least_changes(len(word)))
    return random >= MIN_TOKEN_CHARACTERS or any(len(word) >= MAX_WORD_CHARACTERS and word.islower() for word in words)


def _least_changes(characters: int) -> float:
    """The number of changes from which on a word of this length is taken to be random."""
    return (0.25 if characters < LONG_WORD_CHARACTERS else 0.15) * (characters - 1)
