"""Standard streams and signals of commands: output in any encoding, valid JSON, clean exit on SIGTERM and SIGHUP."""

import codecs
import io
import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import click

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SIGNAL_EXIT = 128
"""Added to a signal's number for the exit code, as shells do."""

PLAIN = str.maketrans(
    {
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    }
)
"""ASCII substitutes for punctuation that an encoding may lack."""


def replace_unencodable(error: UnicodeError) -> tuple[str | bytes, int]:
    """A codec error handler: replaces a character by ASCII punctuation if there is some, else by a backslash escape."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    plain = error.object[error.start : error.end].translate(PLAIN)
    return plain.encode("ascii", "backslashreplace").decode("ascii"), error.end


ERRORS = "wizard.replace_unencodable"
codecs.register_error(ERRORS, replace_unencodable)


def accept_any_text() -> None:
    """Make standard output and standard error accept any text, whatever the locale's encoding."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ERRORS)


def echo_json(content: Any) -> None:
    """Print `content` as JSON: in UTF-8 if standard output uses it, else in ASCII."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    is_utf8 = codecs.lookup(encoding).name == "utf-8"
    click.echo(json.dumps(content, indent=2, ensure_ascii=not is_utf8))


@contextmanager
def exiting_on_signals() -> Iterator[None]:
    """Turn SIGINT, SIGTERM and SIGHUP within the block into SystemExit with 128 plus the signal's number.

    So code that cleans up after an error also cleans up after a signal. Further signals are ignored meanwhile. Signals
    that are ignored already (`nohup`) stay ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        received.append(number)
        for each in previous:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(SIGNAL_EXIT + number)

    previous = {
        number: handler
        for number in SIGNALS
        if (handler := signal.getsignal(number)) in (signal.SIG_DFL, signal.default_int_handler)
    }
    for number in previous:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        if received:
            # Raised here again, since a library may have replaced the exception with its own.
            with suppress(OSError):  # a terminal that hung up
                click.echo(f"wizard: ended by {signal.Signals(received[0]).name}", err=True)
            raise SystemExit(SIGNAL_EXIT + received[0])
