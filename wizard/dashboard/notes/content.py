"""Reads what somebody gives as a note, and says what is wrong with it."""

import unicodedata
from dataclasses import dataclass
from datetime import date

from wizard.errors import WizardError
from wizard.events.periods import DAY

MAX_CHARACTERS = 200
FIRST_YEAR, LAST_YEAR = 2000, 2099

REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of characters, and line ends, by their Unicode categories."""

TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that set the direction of the text after them, which would be that of the page."""


@dataclass(frozen=True, slots=True)
class Problems:
    """What is wrong with each field of a note, in a sentence; empty for one that is right."""

    day: str = ""
    text: str = ""


class NoteError(WizardError):
    """A note that can't be stored. `problems` says why."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(" ".join(filter(None, (problems.day, problems.text))))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Content:
    """A note's date, such as 2026-11-01, and its line."""

    day: str
    text: str


def read_content(day: str, text: str) -> Content:
    """The content of a note, without surrounding space. Raises NoteError."""
    day, text = day.strip(), text.strip()
    problems = Problems(_problem_of_day(day), _problem_of_text(text))
    if problems != Problems():
        raise NoteError(problems)
    return Content(day, text)


def _problem_of_day(day: str) -> str:
    try:
        year = date.fromisoformat(day).year if DAY.fullmatch(day) else 0
    except ValueError:
        year = 0
    if FIRST_YEAR <= year <= LAST_YEAR:
        return ""
    return f"Give a date from {FIRST_YEAR} to {LAST_YEAR}, such as 2026-11-01."


def _problem_of_text(text: str) -> str:
    if not text:
        return "Write a line."
    if any(unicodedata.category(each) in REFUSED or each in TURNING for each in text):
        return "The text must be one line, without control characters."
    if len(text) > MAX_CHARACTERS:
        return f"The text has {len(text):,} characters: at most {MAX_CHARACTERS} are allowed."
    return ""
