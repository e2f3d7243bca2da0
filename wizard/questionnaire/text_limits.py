"""How long each text may be, and which characters none may have.

A page is laid out for texts up to their limits, down to a width of 320 pixels. Characters that can't be seen, or that
turn the direction of what follows, could make a text read otherwise than it is stored.

A text above its limit is reported by `wizard check` and can't be published; no language is left out for it.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache

from wizard.questionnaire.wording import FORM

REMEMBERED = 1024
MOST = 400
"""The limit of a text whose key fits no pattern, in characters."""

LIMITS: Mapping[str, int] = {
    "site.name": 40,
    "site.title": 70,
    "site.description": 200,
    "site.preview": 90,
    "site.language": 20,
    "question.progress*": 55,
    "question.effort*": 110,
    "question.given": 24,
    "question.back": 20,
    "question.error_title": 40,
    "question.error_prefix": 20,
    "question.continued": 250,
    "questions.*.choices.*.label": 60,
    "questions.*.choices.*.hint": 120,
    "questions.*.choices.*.named": 80,
    "questions.*.title": 70,
    "questions.*.hint": 150,
    "questions.*.missing": 90,
    "questions.*.invalid": 130,
    "personas.*.name": 50,
    "deployments.*.name": 24,
    "deployments.*.place": 80,
    "deployments.*.summary": 200,
    "recommendations.*.title": 75,
    "recommendations.*.action": 55,
    "summaries.*": 300,
    "alternatives.*.text": 360,
    "alternatives.*.action": 55,
    "declined.*.title": 60,
    "declined.*.text": 360,
    "reasons.*.title": 60,
    "reasons.*.text": 360,
    "comparison.title": 60,
    "comparison.caption": 120,
    "comparison.aspect": 20,
    "comparison.recommended": 20,
    "comparison.not_offered": 36,
    "comparison.rows.*": 30,
    "comparison.why_not.*": 200,
    "comparison.*": 100,
    "result.title": 50,
    "result.persona": 70,
    "result.why": 45,
    "result.recommended": 30,
    "result.alternative": 36,
    "result.trial": 100,
    "result.trial_action": 60,
    "result.answers": 36,
    "result.change": 20,
    "result.change_this": 60,
    "result.share": 50,
    "result.share_hint": 180,
    "result.share_label": 50,
    "result.share_open": 60,
    "result.share_copy": 30,
    "result.share_copied": 30,
    "result.share_email": 40,
    "result.share_subject": 80,
    "result.share_body": 400,
    "result.restart": 36,
    "problems.restart": 45,
    "problems.resume": 45,
    "problems.*.title": 70,
    "problems.*.text": 300,
    "problems.server.reference": 90,
}
"""The most characters (Unicode code points) of a text, by its key; the first pattern that fits counts.

A {name} counts as it is written. docs/decisions/0048-the-preview-is-the-visitors-own-page.md says how they were found.
"""

MULTILINE = frozenset({"result.share_body"})
"""The keys of texts that keep their line breaks."""

MAX_COMBINING = 4
"""The most combining characters in a row. More of them, on one letter, would cover the lines above and below."""

JOINERS = frozenset("\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}")
"""Letters of Persian and Indian languages, and parts of emoji, are joined or kept apart with these."""

FORMATS = frozenset("\N{SOFT HYPHEN}\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}\N{ARABIC LETTER MARK}\u06dd") | {
    chr(code) for code in range(0x0600, 0x0606)
}
"""Formatting characters that texts may have: hyphenation, the side of punctuation, signs of Arabic numbers."""

BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Characters of other categories that can't be seen."""

DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Embeddings, overrides and isolates, which turn the direction of what follows (UAX 9, 2)."""

WHY: Mapping[str, str] = {
    "Cc": "a control character",
    "Cf": "a character that can't be seen",
    "Cn": "a code point without a character",
    "Co": "a character for private use",
    "Cs": "half of a character",
    "Zl": "a line break",
    "Zp": "a line break",
}


@lru_cache(REMEMBERED)
def limit_of(key: str) -> int:
    """The most characters that the text of `key` may have. A form of an answer has the limit of the answer."""
    base = key.partition(FORM)[0]
    return next((limit for pattern, limit in LIMITS.items() if fnmatchcase(base, pattern)), MOST)


def limit_problems(texts: Mapping[str, str]) -> list[str]:
    """A line for each problem of each of the texts, sorted, beginning with its key."""
    return sorted(f"{key} {problem}" for key, text in texts.items() for problem in text_problems(key, text))


def text_problems(key: str, text: str) -> tuple[str, ...]:
    """What is wrong with the length and the characters of a text, as lines that would follow its key."""
    limit = limit_of(key)
    too_long = (f"has {len(text):,} characters; allowed: up to {limit}",) if len(text) > limit else ()
    return (*too_long, *dict.fromkeys(_refused(key, text)))


@lru_cache(REMEMBERED)
def with_refused_shown(text: str) -> str:
    """`text` with a replacement character for each character that no text may have, but for tabs and line breaks."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if char not in "\n\t" and _why_not(text, position) else char
        for position, char in enumerate(text)
    )


def _refused(key: str, text: str) -> Iterator[str]:
    """A line for each character that the text may not have."""
    if text.isascii() and text.isprintable():
        return
    combining = 0
    for position, char in enumerate(text):
        why = _why_not(text, position)
        if why and not (char == "\n" and key in MULTILINE):
            yield f"has {_named(char)}, {why}; take it out"
        combining = combining + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if combining == MAX_COMBINING + 1:
            yield f"has more than {MAX_COMBINING} combining characters in a row; take some out"


def _named(char: str) -> str:
    """A character by its code point and its name in Unicode, if it has one."""
    name = unicodedata.name(char, "").lower()
    return f"U+{ord(char):04X} ({name})" if name else f"U+{ord(char):04X}"


def _why_not(text: str, position: int) -> str:
    """Why the character at `position` is refused; "" where it isn't."""
    char = text[position]
    if char in JOINERS:
        around = (text[position - 1 : position], text[position + 1 : position + 2])
        return "" if all(map(_may_join, around)) else "which can't be seen here"
    if char in DIRECTION:
        return "which turns the direction of the text"
    if char in BLANK:
        return "which can't be seen"
    if char in FORMATS or (category := unicodedata.category(char)) not in WHY:
        return ""
    return WHY[category]


def _may_join(char: str) -> bool:
    """Whether a joiner may stand beside `char`: a letter, a mark or a symbol of a script other than the Latin one."""
    return bool(char) and not char.isascii() and unicodedata.category(char)[0] in "LMS"
