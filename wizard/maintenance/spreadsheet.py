"""Escapes CSV cells so that spreadsheets don't turn texts into formulas, numbers or dates.

Every spreadsheet reads a cell with a leading apostrophe as text, though some show the apostrophe. The alternative,
`="007"`, is a formula, and is shown literally by programs that don't evaluate formulas.
"""

import re
from typing import Any

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Marks a file as UTF-8 for Excel, which otherwise assumes the system's encoding."""

# OWASP's list of the characters that start a formula: https://owasp.org/www-community/attacks/CSV_Injection
# Some spreadsheets also end a cell at a semicolon within quotes.
_STARTS = r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]"
FORMULA = re.compile(rf"^(?={_STARTS}|[\t\r\n])|(?<=[;\t\r\n])(?={_STARTS})")

LETTERS = re.compile(r"[^\W\d_]+")
DIGIT = re.compile(r"\d")
_BOOLEANS = "true false wahr falsch vrai faux verdadero falso vero verdadeiro waar onwaar sann prawda fałsz"
_MONTHS = """
    jan january januar janvier janv enero ene gennaio gen januari janeiro
    feb february februar février févr fév febrero febbraio fev fevereiro februari
    mar march märz mär mrz mars marzo março maart mrt
    apr april avril avr abril abr aprile
    may mai mayo maggio mag maio mei
    jun june juni juin junio giugno giu junho
    jul july juli juillet juil julio luglio lug julho
    aug august août agosto ago augustus
    sep sept september septembre septiembre settembre set setembro
    oct october oktober okt octobre octubre ottobre ott outubro out
    nov november novembre noviembre novembro
    dec december dezember dez décembre déc diciembre dic dicembre dezembro
"""
_EXPONENTS_AND_TIMES = "e am pm a p t z"
_CURRENCIES = "eur usd"

BOOLEANS = frozenset(_BOOLEANS.split())
CONVERTED_WORDS = frozenset(f"{_EXPONENTS_AND_TIMES} {_CURRENCIES} {_MONTHS}".split())
"""Words that can be part of a number or a date, in the most frequent languages of spreadsheets."""


def escaped_formula(value: Any) -> Any:
    """`value` with an apostrophe before anything that would start a formula. Numbers stay numbers."""
    return FORMULA.sub("'", value) if isinstance(value, str) else value


def escaped_value(value: Any) -> Any:
    """`value` with an apostrophe before a text that a spreadsheet would convert or evaluate. Numbers stay numbers.

    Such texts are formulas, long digits, leading zeros, dates, exponents and booleans.
    """
    safe = escaped_formula(value)
    return f"'{safe}" if isinstance(value, str) and safe == value and _is_converted(value) else safe


def _is_converted(text: str) -> bool:
    """Whether a spreadsheet in any of the languages could read `text` as a number, a date or a boolean."""
    if text.strip().casefold() in BOOLEANS:
        return True
    if not DIGIT.search(text) or "_" in text:
        return False
    return all(word.casefold() in CONVERTED_WORDS for word in LETTERS.findall(text))
