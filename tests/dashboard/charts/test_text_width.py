"""How wide text is, and where it is wrapped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.dashboard.charts.text_width import widest, width, wrap


@pytest.mark.parametrize(
    ("text", "measured", "bold"),
    [
        # Measured in Chromium, in DejaVu Sans, in font sizes.
        ("0123456789", 6.36, 6.96),
        ("saw an error", 6.25, 7.12),
        ("within normal variation", 11.59, 13.22),
        ("Größe", 3.02, 3.4),
        ("WWWW", 3.96, 4.41),
    ],
)
def test_no_text_is_thought_narrower_than_it_is_nor_much_wider(text: str, measured: float, bold: float) -> None:
    assert measured <= width(text) <= measured * 1.15
    assert bold <= width(text, bold=True) <= bold * 1.15


def test_the_widest_of_several_texts_counts_and_of_none_it_is_nothing() -> None:
    assert widest(["i", "WW", "w"]) == width("WW")
    assert widest([]) == 0


@given(st.text(max_size=80), st.floats(3, 40), st.integers(1, 4))
def test_no_line_is_wider_than_its_room_and_nothing_is_lost_unless_an_ellipsis_says_so(
    text: str, room: float, most: int
) -> None:
    lines = wrap(text, room, most)
    assert 1 <= len(lines) <= most
    assert all(width(line) <= room for line in lines)
    if not lines[-1].endswith("\N{HORIZONTAL ELLIPSIS}"):
        assert "".join(lines).replace(" ", "") == "".join(text.split())


def test_lines_end_between_words_and_within_one_that_is_too_wide() -> None:
    assert wrap("one two three", width("one two"), 3) == ["one two", "three"]
    assert wrap("a Donaudampfschiff", width("Donau"), 9)[0] == "a"
    assert wrap("one two three four", width("one two"), 2) == ["one two", "three\N{HORIZONTAL ELLIPSIS}"]
