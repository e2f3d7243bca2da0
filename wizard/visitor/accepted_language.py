"""The language that a browser prefers, of those that there are texts in (RFC 9110, 12.5.4)."""

from collections.abc import Sequence
from functools import lru_cache

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from wizard.languages import like

REMEMBERED = 1024
REMEMBERED_CHARACTERS = 500
"""The longest `Accept-Language` whose locale is kept."""

MAX_TAG_CHARACTERS = 40
"""Longer tags are ignored, which keeps the work for a header small. RFC 5646 asks for room for 35."""

ANY = "*"


def accepted_language(accept_language: str, locales: tuple[str, ...]) -> str:
    """The one of `locales` that a header prefers, or else the first that it does not refuse, or else the first."""
    return (_remembered if len(accept_language) <= REMEMBERED_CHARACTERS else _preferred)(accept_language, locales)


def _preferred(accept_language: str, locales: tuple[str, ...]) -> str:
    """Not by Werkzeug's own match.

    That would give English to somebody who asks for Austrian German first and English last, where there is only German.
    """
    parsed = parse_accept_header(accept_language, LanguageAccept)
    ranges = [(tag, quality) for tag, quality in parsed if len(tag) <= MAX_TAG_CHARACTERS]
    refused = [tag.lower() for tag, quality in ranges if quality <= 0 and tag != ANY]
    wanted = list(dict.fromkeys(tag.lower() for tag, quality in sorted(ranges, key=_order) if quality > 0))
    allowed = [locale for locale in locales if not _is_refused(locale.lower(), refused, wanted)]
    for tag in wanted:
        others = (locale for locale in allowed if not _longest(locale.lower(), wanted))
        if found := next(others, "") if tag == ANY else like(tag, allowed):
            return found
    return next(iter(allowed), locales[0])


def _order(tag_and_quality: tuple[str, float]) -> tuple[float, bool]:
    """The order of preference; of those that are preferred alike, the one for any other language comes last."""
    tag, quality = tag_and_quality
    return -quality, tag == ANY


def _is_refused(locale: str, refused: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether the range that fits a locale most closely has a quality of 0."""
    return _longest(locale, refused) > _longest(locale, wanted)


def _longest(locale: str, ranges: Sequence[str]) -> int:
    """The length of the longest range that a locale is within: `de-AT` is within `de-AT` and `de`; 0 for none."""
    return max((len(tag) for tag in ranges if f"{locale}-".startswith(f"{tag}-")), default=0)


_remembered = lru_cache(REMEMBERED)(_preferred)
