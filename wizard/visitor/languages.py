"""The language switcher in the foot of each page: which languages it offers, and what a switch leads to."""

from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from wizard.languages import direction, own_name

PARAMETER = "locale"
"""The parameter of addresses, and the field of forms, that asks for a language."""

REMEMBERED = 64


class Language(NamedTuple):
    """A language that visitors may choose. `name` is its own name, `direction` is `ltr` or `rtl`."""

    locale: str
    name: str
    direction: str
    is_current: bool


def languages(current: str, locales: Collection[str]) -> tuple[Language, ...]:
    """The `locales` in their order, `current` marked; none where there is no other to switch to."""
    return _languages(current, tuple(locales)) if len(locales) > 1 else ()


@lru_cache(REMEMBERED)
def _languages(current: str, locales: tuple[str, ...]) -> tuple[Language, ...]:
    return tuple(Language(locale, own_name(locale), direction(locale), locale == current) for locale in locales)


def in_language(address: str, locale: str) -> str:
    """The `address` of a page of ours, with the parameter that asks for the language `locale`."""
    path, fields = without_language(address)
    return f"{path}?{urlencode([*fields, (PARAMETER, locale)])}"


def without_language(address: str) -> tuple[str, list[tuple[str, str]]]:
    """The path of an `address`, and its parameters by name and value, but for the one that asks for a language."""
    path, _, query = address.partition("?")
    return path, [(name, value) for name, value in parse_qsl(query) if name != PARAMETER]
