"""Where a visitor came from: clean values or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.conversions.attribution import Attribution, clean, read_attribution


@pytest.mark.parametrize(
    ("given_value", "kept"),
    [
        ("newsletter", "newsletter"),
        ("  spring sale ", "spring sale"),
        ("a\x00b\r\nc\u202ed", "abcd"),
        ("x" * 10_000, "x" * 100),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("somebody@example.com", ""),
        ("mail: some.body@mail.example.com!", ""),
        ("somebody%40example.com", ""),
        ("somebody\n@example.com", ""),
        ("some\tbody@ex\x1cample.com", ""),
        ("x" * 95 + "@example.com", ""),
        ("somebody%2540example.com", ""),
        ("somebody%25252540example%252Ecom", ""),
        ("somebody%40example%2Ecom", ""),
        ("somebody\uff20example.com", ""),
        ("somebody\ufe6bexample\uff0ecom", ""),
        ("somebody@example\u3002com", ""),
        ("@posthog", "@posthog"),
        ("50%25 off", "50%25 off"),
        ("\uff33\uff21\uff2c\uff25", "\uff33\uff21\uff2c\uff25"),
        ("50% @ home", "50% @ home"),
        ("x" * 99 + " y", "x" * 99),
        ("", ""),
    ],
)
def test_a_value_is_cleaned_or_dropped(given_value: str, kept: str) -> None:
    assert clean(given_value) == kept


@given(st.text(max_size=400))
def test_whatever_comes_in_is_short_and_printable(value: str) -> None:
    kept = clean(value)
    assert len(kept) <= 100
    assert kept.isprintable() or not kept.isascii()
    assert clean(kept) == kept


def test_a_very_long_value_takes_no_longer_than_a_long_one() -> None:
    assert clean("a" * 5_000_000) == "a" * 100
    # Searched whole, this would take minutes.
    assert clean("a%40" * 200_000) == ("a%40" * 25)


@pytest.mark.parametrize(
    ("referrer", "host"),
    [
        ("http://192.0.2.5/page", ""),
        ("https://[2001:db8::1]:8443/", ""),
        ("https://News.example.com/path?who=me", "news.example.com"),
        ("http://example.com:8080/", "example.com"),
        ("https://wizard.example/", ""),
        ("android-app://com.example", ""),
        ("not an address", ""),
        ("https://[::1", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_only_the_host_of_the_referring_site_is_kept(referrer: str | None, host: str) -> None:
    assert read_attribution({}, referrer, "wizard.example").referrer_host == host


def test_the_five_campaign_tags_are_read_and_nothing_else() -> None:
    tags = {f"utm_{name}": name for name in ("source", "medium", "campaign", "term", "content")}
    read = read_attribution({**tags, "gclid": "x", "utm_id": "y"}, None, "")
    assert read == Attribution(**tags)
    assert read.filled() == tags
