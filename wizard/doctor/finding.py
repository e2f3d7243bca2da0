"""What a check found."""

from dataclasses import dataclass
from typing import Literal

Result = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of the check `check`: what was `found`, in one line, and the `advice`, in one line.

    The advice says what to do without what was found beside it. It is empty if the result is ok.
    """

    check: str
    result: Result
    found: str
    advice: str = ""


def ok(check: str, found: str) -> Finding:
    """Nothing is to be done."""
    return Finding(check, "ok", found)


def warning(check: str, found: str, advice: str) -> Finding:
    """It works, but is not as it should be in production, or may be on purpose."""
    return Finding(check, "warning", found, advice)


def problem(check: str, found: str, advice: str) -> Finding:
    """Visitors or the team are affected now, or events may be lost."""
    return Finding(check, "problem", found, advice)


def days(count: int) -> str:
    """`count` days, with the noun in singular or plural."""
    return f"{count:,} day{'' if count == 1 else 's'}"


def one_line(text: object, characters: int = 200) -> str:
    """A text, such as that of an error, in one line of at most so many `characters`."""
    line = " ".join(str(text).split())
    return line if len(line) <= characters else f"{line[: characters - 1]}…"
