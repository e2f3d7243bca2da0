"""A text stays a text in a spreadsheet, and is no formula there."""

import pytest

from wizard.maintenance.spreadsheet import escaped_value

CONVERTED = [
    "23851234567890123",
    "007",
    "0",
    "42",
    "1/2",
    "1-2",
    "2026-11",
    "2026-11-01",
    "1.2.2026",
    "1e5",
    "1E5",
    "1234e567",
    ".5",
    "1,000",
    "50%",
    "$5",
    "(5)",
    " 7",
    "\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT TWO}",
    "10:30",
    "9 pm",
    "Mar 3",
    "3 Mar",
    "MARCH1",
    "SEPT2",
    "1 m\N{LATIN SMALL LETTER A WITH DIAERESIS}rz",
    "TRUE",
    "false",
    "WAHR",
    " true ",
]
KEPT = [
    "",
    "newsletter",
    "spring 2026",
    "spring-2026",
    "q4",
    "2_10",
    "a1b2",
    "true story",
    "may",
    "https://www.example.com",
    "www.example.com",
    '{"who":"hobby"}',
    "M\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen",
    "3d-printing",
]


@pytest.mark.parametrize("text", CONVERTED)
def test_a_text_that_would_become_a_value_has_an_apostrophe_before_it(text: str) -> None:
    assert escaped_value(text) == f"'{text}"


@pytest.mark.parametrize("text", KEPT)
def test_any_other_text_is_as_it_was(text: str) -> None:
    assert escaped_value(text) == text


@pytest.mark.parametrize("text", ["=1+1", "-5", "+49 30", "@x", "\t1", "1;=2"])
def test_what_begins_a_formula_has_one_apostrophe(text: str) -> None:
    assert escaped_value(text).replace("'", "") == text
    assert escaped_value(text).count("'") == 1


@pytest.mark.parametrize("value", [7, 20.0, None])
def test_numbers_stay_numbers(value: object) -> None:
    assert escaped_value(value) is value
