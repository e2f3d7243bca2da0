"""Where a visitor came from: clean values or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.events.attribution import CAMPAIGN_TAGS, Attribution, clean, read_attribution, read_framed, read_host_page


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
        ("somebody&#64;example.com", ""),
        ("somebody&amp;commat%3Bexample.com", ""),
        ("c29tZWJvZHlAZXhhbXBsZS5jb20=", ""),
        ("AT&T &amp; friends", "AT&T &amp; friends"),
        ("somebody\uff20example.com", ""),
        ("somebody\ufe6bexample\uff0ecom", ""),
        ("somebody@example\u3002com", ""),
        ("@posthog", "@posthog"),
        ("50%25 off", "50%25 off"),
        ("\uff33\uff21\uff2c\uff25", "\uff33\uff21\uff2c\uff25"),
        ("50% @ home", "50% @ home"),
        ("x" * 99 + " y", "x" * 99),
        ("\u4e00" * 100, "\u4e00" * 66),
        ("a" + "\U0001f600" * 80, "a" + "\U0001f600" * 49),
        ("", ""),
    ],
)
def test_a_value_is_cleaned_or_dropped(given_value: str, kept: str) -> None:
    assert clean(given_value) == kept


@given(st.text(max_size=400))
def test_whatever_comes_in_is_short_and_printable(value: str) -> None:
    kept = clean(value)
    assert len(kept) <= 100
    assert len(kept.encode()) <= 200
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
        ("http://wizard_app:8000/", ""),
        ("http://news_site/page", "news_site"),
        ("android-app://com.example", ""),
        ("not an address", ""),
        ("https://[::1", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_only_the_host_of_the_referring_site_is_kept(referrer: str | None, host: str) -> None:
    assert read_attribution({}, referrer, ["wizard.example", "wizard_app:8000"]).referrer_host == host


def test_the_five_campaign_tags_are_read_and_nothing_else() -> None:
    tags = {f"utm_{name}": name for name in ("source", "medium", "campaign", "term", "content")}
    read = read_attribution({**tags, "gclid": "x", "utm_id": "y"}, None, [])
    assert read == Attribution(**tags)
    assert read.filled() == tags


ALLOWED = ("https://wizard.example", "https://www.example.com", "https://*.example.org", "http://intranet.example:8080")


@pytest.mark.parametrize(
    ("referrer", "embed_origin", "embed_path"),
    [
        ("https://www.example.com/", "https://www.example.com", ""),
        ("https://www.example.com/pricing?utm_source=x#top", "https://www.example.com", "/pricing"),
        ("https://WWW.example.com:443/", "https://www.example.com", ""),
        ("https://shop.example.org/a/b", "https://shop.example.org", "/a/b"),
        ("https://a.shop.example.org/", "https://a.shop.example.org", ""),
        ("http://intranet.example:8080/", "http://intranet.example:8080", ""),
        ("https://www.example.com/users/somebody@example.com/x", "https://www.example.com", "/users/[email]/x"),
        ("https://www.example.com/reset/4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c", "https://www.example.com", "/reset/[token]"),
        (
            "https://www.example.com/" + "a/" * 45 + "0170123456789",
            "https://www.example.com",
            "/" + "a/" * 45 + "[number]",
        ),
        (
            "https://www.example.com/blog/2026/11/why-we-self-host",
            "https://www.example.com",
            "/blog/2026/11/why-we-self-host",
        ),
        ("https://example.org/", "", ""),
        ("https://badexample.org/", "", ""),
        ("http://www.example.com/pricing", "", ""),
        ("https://www.example.com:8443/", "", ""),
        ("https://elsewhere.example/", "", ""),
        ("https://www.example.com@elsewhere.example/", "", ""),
        ("https://[::1", "", ""),
        ("null", "", ""),
        ("", "", ""),
        (None, "", ""),
    ],
)
def test_the_page_that_shows_a_frame_is_known_by_its_referer_if_it_may_show_one(
    referrer: str | None, embed_origin: str, embed_path: str
) -> None:
    read = read_framed({"utm_source": "news"}, referrer, ALLOWED)
    assert read == Attribution(utm_source="news", embed_origin=embed_origin, embed_path=embed_path)


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ({}, Attribution()),
        ({"utm_term": "a\x00b"}, Attribution(utm_term="ab")),
        ({"referrer_host": "News.example.com"}, Attribution(referrer_host="news.example.com")),
        ({"referrer_host": "news.example.com:8080"}, Attribution(referrer_host="news.example.com")),
        ({"referrer_host": "192.0.2.5"}, Attribution()),
        ({"referrer_host": "somebody@example.com"}, Attribution(referrer_host="example.com")),
        ({"referrer_host": "[x"}, Attribution()),
        ({"embed_origin": "https://www.example.com"}, Attribution(embed_origin="https://www.example.com")),
        ({"embed_origin": "https://elsewhere.example", "embed_path": "/x"}, Attribution()),
        ({"embed_origin": "https://my_shop.example.org"}, Attribution(embed_origin="https://my_shop.example.org")),
        ({"embed_origin": "javascript:alert(1)", "embed_path": "/x"}, Attribution()),
        ({"embed_path": "/x"}, Attribution()),
        (
            {"embed_origin": "https://www.example.com", "embed_path": "/p?utm_source=x#y"},
            Attribution(embed_origin="https://www.example.com", embed_path="/p"),
        ),
        (
            {"embed_origin": "https://www.example.com", "embed_path": "/call/+49-170-1234567?x=1"},
            Attribution(embed_origin="https://www.example.com", embed_path="/call/[number]"),
        ),
        (
            {"embed_origin": "https://www.example.com", "embed_path": "/p#y"},
            Attribution(embed_origin="https://www.example.com", embed_path="/p"),
        ),
        (
            {"embed_origin": "https://www.example.com", "embed_path": "javascript:alert(1)"},
            Attribution(embed_origin="https://www.example.com"),
        ),
        (
            {"embed_origin": "https://www.example.com", "referrer_host": "www.example.com"},
            Attribution(embed_origin="https://www.example.com"),
        ),
    ],
)
def test_attribution_from_the_embedding_page_is_cleaned(told: dict[str, str], known: Attribution) -> None:
    assert read_host_page(told, ALLOWED) == known


@given(st.dictionaries(st.sampled_from([*CAMPAIGN_TAGS, "referrer_host", "embed_origin", "embed_path"]), st.text()))
def test_no_value_from_the_embedding_page_raises_an_error(told: dict[str, str]) -> None:
    for value in read_host_page(told, ALLOWED).filled().values():
        assert clean(value) == value


def test_what_is_known_is_never_written_over() -> None:
    known = Attribution(utm_source="a", embed_path="/a")
    assert known.completed(Attribution(utm_source="b", utm_term="b")) == Attribution(
        utm_source="a", utm_term="b", embed_path="/a"
    )
