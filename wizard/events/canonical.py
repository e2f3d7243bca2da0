"""Encodes values as JSON in the one way that they can be written, for event ids and columns."""

from functools import lru_cache
from json import JSONEncoder

from wizard.questionnaire.rules import Answers

canonical = JSONEncoder(sort_keys=True, separators=(",", ":")).encode
"""Encodes content as JSON in the one way that it can be written."""


def canonical_answers(answers: Answers) -> str:
    """The answers as `canonical` encodes them; the same ones come again and again."""
    return _canonical_items(tuple(answers.items()))


@lru_cache(4096)
def _canonical_items(items: tuple[tuple[str, str], ...]) -> str:
    return canonical(dict(items))
