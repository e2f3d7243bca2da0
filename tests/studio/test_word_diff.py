"""Two texts compared word by word."""

import time

import pytest

from wizard.studio.word_diff import MOST_WORDS, Diff, Span, word_diff


def shown(spans: tuple[Span, ...] | None) -> str | None:
    """A text with what changed in brackets."""
    if spans is None:
        return None
    return "".join(f"[{span.text}]" if span.kind == "changed" else span.text for span in spans)


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        ("One word", "One word", "One word", "One word"),
        ("Who is it for?", "Who do you want it for?", "Who [is] it for?", "Who [do you want] it for?"),
        ("Your plan", "Your plan, {who}", "Your plan", "Your plan[, {who}]"),
        ("For {who} now", "For {team} now", "For [{who}] now", "For [{team}] now"),
        ("It's here", "It\u2019s here", "[It's] here", "[It\u2019s] here"),
        ("Start it.", "Start it!", "Start it[.]", "Start it[!]"),
        ("one two three", "four five six", "[one two three]", "[four five six]"),
        (
            "\u4f55\u306e\u305f\u3081\u3067\u3059\u304b",
            "\u8ab0\u306e\u305f\u3081\u3067\u3059\u304b",
            "[\u4f55]\u306e\u305f\u3081\u3067\u3059\u304b",
            "[\u8ab0]\u306e\u305f\u3081\u3067\u3059\u304b",
        ),
        ("One\nTwo", "One\n\nTwo", "One\nTwo", "One\n[\n]Two"),
        (None, "New", None, "New"),
        ("Old", None, "Old", None),
        (None, None, None, None),
        ("", "New", "", "[New]"),
    ],
)
def test_what_differs_is_marked(before: str | None, after: str | None, old: str | None, new: str | None) -> None:
    diff = word_diff(before, after)
    assert (shown(diff.before), shown(diff.after)) == (old, new)


@pytest.mark.parametrize("text", ["<b>&amp;</b> {{ 7 }}", "a\u202eb", "\t \n", "x" * 100_000, "{" * 5000, "' \u2019-"])
def test_the_parts_of_any_text_come_to_the_text(text: str) -> None:
    diff = word_diff(text, f"{text} more")
    assert "".join(span.text for span in diff.before or ()) == text
    assert "".join(span.text for span in diff.after or ()) == f"{text} more"


def test_a_very_long_text_is_not_compared_word_by_word() -> None:
    one, two = "a b " * MOST_WORDS, "a c " * MOST_WORDS
    begun = time.monotonic()
    assert word_diff(one, two) == Diff((Span("changed", one),), (Span("changed", two),))
    assert time.monotonic() - begun < 1
