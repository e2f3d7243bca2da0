"""One way to print a table: columns line up, whatever is in them."""

import pytest

from wizard.text_table import text_table

ROWS = [("", "count", "state"), ("first", "1,000", ""), ("a", "7", "used")]


def test_columns_line_up_to_the_left() -> None:
    assert text_table(ROWS) == "       count  state\nfirst  1,000\na      7      used"


def test_numbers_line_up_to_the_right_but_for_what_they_belong_to() -> None:
    assert text_table(ROWS, numbers=True) == "       count  state\nfirst  1,000\na          7   used"


def test_a_rule_below_the_heading_is_as_wide_as_each_column() -> None:
    assert text_table(ROWS, heading_rule=True).splitlines()[1] == "-----  -----  -----"


def test_a_row_with_too_few_cells_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="shorter"):
        text_table([("a", "b"), ("c",)])


def test_no_rows_are_no_lines() -> None:
    assert text_table([]) == ""
