"""What differs between two texts, word by word."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

MOST_WORDS = 1500
"""Longer texts are shown as replaced as a whole: comparing takes time by the square of their length."""

LEAST_ALIKE = 0.3
"""Texts that have less in common are shown as replaced as a whole: pieces of them would be hard to read."""

WORDS = re.compile(r"\{[^{}]*\}|[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[\w'\u2019-]+|.", re.DOTALL)
"""A name to fill, a character of a script without spaces, a word, a space, or a punctuation mark."""


class Span(NamedTuple):
    """A part of a text: `same` in both, or `changed`."""

    kind: Literal["same", "changed"]
    text: str


@dataclass(frozen=True, slots=True)
class Diff:
    """Two texts, each in parts that are the same or changed; None where there is no such text."""

    before: tuple[Span, ...] | None
    after: tuple[Span, ...] | None


def word_diff(before: str | None, after: str | None) -> Diff:
    """What differs between two texts. A text that the other has no counterpart of is not marked."""
    if before is None or after is None:
        return Diff(*(None if text is None else (Span("same", text),) for text in (before, after)))
    old, new = WORDS.findall(before), WORDS.findall(after)
    if max(len(old), len(new)) > MOST_WORDS:
        return _replaced(before, after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    matches = [match for match in matcher.get_matching_blocks() if _counts(old[match.a : match.a + match.size])]
    alike = sum(len("".join(old[match.a : match.a + match.size])) for match in matches)
    if 2 * alike < LEAST_ALIKE * (len(before) + len(after)):
        return _replaced(before, after)
    return Diff(
        _spans(old, [(match.a, match.size) for match in matches]),
        _spans(new, [(match.b, match.size) for match in matches]),
    )


def _counts(words: Sequence[str]) -> bool:
    """Whether what is the same has a word: a space between two changed words belongs to them."""
    return any(not word.isspace() for word in words)


def _replaced(before: str, after: str) -> Diff:
    kind: Literal["same", "changed"] = "same" if before == after else "changed"
    return Diff(*((Span(kind, text),) if text else () for text in (before, after)))


def _spans(words: Sequence[str], matches: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
    """The words in spans; `matches` are the position and the length of those that are the same."""
    found, place = [], 0
    for start, size in [*matches, (len(words), 0)]:
        found += [Span("changed", "".join(words[place:start])), Span("same", "".join(words[start : start + size]))]
        place = start + size
    return tuple(span for span in found if span.text)
