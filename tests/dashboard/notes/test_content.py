"""What may be a note, and what is said of what may not."""

import pytest

from wizard.dashboard.notes.content import MAX_CHARACTERS, Content, NoteError, read_content


@pytest.mark.parametrize("text", ["x", "New pricing page", "\N{SEEDLING}" * MAX_CHARACTERS, "<b>1 & 2</b>", "عرض جديد"])
def test_a_line_is_kept_as_it_is_but_for_the_space_around_it(text: str) -> None:
    assert read_content(" 2026-11-01 ", f"  {text} ") == Content("2026-11-01", text)


@pytest.mark.parametrize(
    "day", ["", "today", "2026-13-01", "2026-02-29", "1999-12-31", "2100-01-01", "20261101", "2026-W44-7", "0001-01-01"]
)
def test_what_is_no_date_of_these_years_is_refused(day: str) -> None:
    with pytest.raises(NoteError, match="such as 2026-11-01") as refused:
        read_content(day, "x")
    assert refused.value.problems.text == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Write a line"),
        (" \t ", "Write a line"),
        ("x" * (MAX_CHARACTERS + 1), "201 characters: at most 200"),
        ("one\ntwo", "one line"),
        ("a\0b", "one line"),
        ("a\x1bb", "one line"),
        ("a\u2028b", "one line"),
        ("a\u202eb", "one line"),
        ("a\ud800b", "one line"),
    ],
)
def test_what_is_no_line_is_refused(text: str, told: str) -> None:
    with pytest.raises(NoteError, match=told) as refused:
        read_content("2026-11-01", text)
    assert refused.value.problems.day == ""


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(NoteError) as refused:
        read_content("x", "")
    assert refused.value.problems.day
    assert refused.value.problems.text
    assert str(refused.value) == f"{refused.value.problems.day} {refused.value.problems.text}"
