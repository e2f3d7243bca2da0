"""Languages by CLDR: names, direction and numbers; and which of several languages is like another."""

from collections.abc import Iterable
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal

REMEMBERED = 256
LATIN = "latn"
ZEROS = {"arab": 0x0660, "arabext": 0x06F0, "beng": 0x09E6, "deva": 0x0966, "mymr": 0x1040, "tibt": 0x0F20}
"""The code points of 0 in CLDR's other numbering systems: Babel has their separators, but not their digits."""


@lru_cache(REMEMBERED)
def cldr_locale(locale: str) -> Locale | None:
    """CLDR's data of `locale`, such as `pt-BR`, or else of its language; None where it has neither."""
    for tag in (locale, _language(locale)):
        try:
            return Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    return None


def direction(locale: str) -> str:
    """`rtl` where the language is written from right to left, else `ltr`."""
    found = cldr_locale(locale)
    return found.text_direction if found else "ltr"


@lru_cache(REMEMBERED)
def own_name(locale: str) -> str:
    """The language's name in itself, such as `Deutsch`; the locale itself where CLDR has no name for it."""
    found = cldr_locale(locale)
    name = (found.get_display_name() if found else None) or locale
    return name[:1].upper() + name[1:] if found else name


def english_name(locale: str) -> str:
    """The language's name in English, such as `German`; the locale itself where CLDR has no name for it."""
    found = cldr_locale(locale)
    return (found.get_display_name("en") if found else None) or locale


@lru_cache(REMEMBERED)
def number(value: int, locale: str) -> str:
    """`value` with the digits and the separators that CLDR gives as the language's default.

    For Arabic without a country, those are Latin digits.
    """
    found = cldr_locale(locale)
    if found is None:
        return str(value)
    zero = ZEROS.get(found.default_numbering_system)
    written = format_decimal(value, locale=found, numbering_system="default" if zero else LATIN)
    return "".join(chr(zero + int(each)) if each.isdigit() else each for each in written) if zero else written


def like(wanted: str, locales: Iterable[str]) -> str:
    """The locale of `locales` that is `wanted`; or else with fewer of its subtags; or else of its language; or else "".

    `zh-Hant-TW` is like `zh-Hant` before it is like `zh`, and `pt-PT` is like `pt-BR` where there is no `pt`.
    """
    known = tuple(locales)
    parts = wanted.lower().split("-")
    for count in range(len(parts), 0, -1):
        for locale in known:
            if locale.lower() == "-".join(parts[:count]):
                return locale
    return next((locale for locale in known if _language(locale) == parts[0]), "")


def _language(tag: str) -> str:
    """The language of a tag: `pt` of `pt-BR`."""
    return tag.lower().partition("-")[0]
