"""Keeps texts what they are when a spreadsheet opens a CSV file: no formula, number or date is made of one.

What begins with an apostrophe is text to every spreadsheet, though some show the apostrophe. The other way, `="007"`,
is a formula: what evaluates none shows it as it stands.
"""

import re
from typing import Any

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""What Excel knows UTF-8 by; without it, it reads the system's own encoding."""

# OWASP's list of what begins a formula: https://owasp.org/www-community/attacks/CSV_Injection
# Some spreadsheets also take a semicolon, whatever the quotes around it, for the end of a cell.
_STARTS = r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]"
FORMULA = re.compile(rf"^(?={_STARTS}|[\t\r\n])|(?<=[;\t\r\n])(?={_STARTS})")

LETTERS = re.compile(r"[^\W\d_]+")
DIGIT = re.compile(r"\d")
_TRUTHS = "true false wahr falsch vrai faux verdadero falso vero verdadeiro waar onwaar sann prawda fałsz"
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

TRUTH_VALUES = frozenset(_TRUTHS.split())
READ_WORDS = frozenset(f"{_EXPONENTS_AND_TIMES} {_CURRENCIES} {_MONTHS}".split())
"""Words with which a text of digits can still be a number or a date, in the most frequent languages of spreadsheets."""


def harmless(value: Any) -> Any:
    """`value` as a cell that no spreadsheet takes for a formula: an apostrophe before what would begin one.

    Numbers stay numbers.
    """
    return FORMULA.sub("'", value) if isinstance(value, str) else value


def kept_as_text(value: Any) -> Any:
    """`value` as a cell that a spreadsheet shows as it is: an apostrophe before a text that would become a value.

    Such texts are long digits, leading zeros, dates, exponents and truth values. Numbers stay numbers.
    """
    safe = harmless(value)
    return f"'{safe}" if isinstance(value, str) and safe == value and _is_converted(value) else safe


def _is_converted(text: str) -> bool:
    """Whether some spreadsheet, in some language, could read `text` as a number, a date or a truth value."""
    if text.strip().casefold() in TRUTH_VALUES:
        return True
    if not DIGIT.search(text) or "_" in text:
        return False
    return all(word.casefold() in READ_WORDS for word in LETTERS.findall(text))
