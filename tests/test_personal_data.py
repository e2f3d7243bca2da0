"""E-mail addresses, tokens and long numbers are found however they are encoded, and plain words are left alone."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.personal_data import holds_email, mask_path

BASE64 = base64.b64encode(b"somebody@example.com").decode()


@pytest.mark.parametrize(
    "text",
    [
        "somebody@example.com",
        "somebody&#64;example.com",
        "somebody&#064;example.com",
        "somebody&#64example.com",
        "somebody&#x40;example.com",
        "somebody&#X0040;example.com",
        "somebody&commat;example&period;com",
        "somebody&amp;#64;example.com",
        "somebody&amp;amp;commat;example.com",
        "somebody%26%2364%3Bexample.com",
        "somebody%2526%252364%253Bexample.com",
        "somebody&#37;40example.com",
        "somebody+tag@example.com",
        "somebody%2Btag%40example.com",
        "first+last%40example.com",
        "somebody\\u0040example.com",
        "somebody\\u{40}example.com",
        "somebody\\x40example.com",
        "somebody\\U00000040example.com",
        "somebody%u0040example.com",
        "somebody%00@example.com",
        "somebody%0D%0A@example.com",
        "somebody%E2%80%8B@example.com",
        "somebody%EF%BC%A0example.com",
        "s&#111;mebody&#64;ex&#97;mple&#46;com",
        BASE64,
        BASE64.rstrip("="),
        BASE64.replace("=", "%3D"),
        f"id={BASE64}&x=1",
        base64.urlsafe_b64encode(b"some?>body@example.com").decode(),
        b"somebody@example.com".hex(),
        "müller@bücher.example",
        "somebody%" + "25" * 20 + "40example.com",
    ],
)
def test_an_email_address_is_found_in_every_encoding(text: str) -> None:
    assert holds_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "spring sale",
        "@posthog",
        "50% @ home",
        "50%25 off",
        "AT&T &amp; friends",
        "R&D &copy; 2026",
        "&#64;posthog",
        "back\\slash \\u0041",
        "23851234567890123",
        "c3ByaW5nIHNhbGUgMjAyNg==",
        "deadbeefdeadbeefdeadbeef",
        "\N{SEEDLING} 你好",
    ],
)
def test_other_texts_hold_no_email_address(text: str) -> None:
    assert not holds_email(text)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "/pricing",
        "/pricing_100%",
        "/docs/v2",
        "/docs/v1.2.3/install.html",
        "/blog/2026/11/why-we-self-host",
        "/blog/2026-11-28-why-we-self-host-everything-ourselves",
        "/blog/20261128/a",
        "/2026/11/28/top-10-tips-for-web3-in-2026",
        "/WhyWeSelfHostEverythingOurselves",
        "/WhyWeHostItAllAndSoDoYouInTheEndAsWeSeeItNow2026",
        "/products/rtx4090-vs-ps5-and-i9-14900k-h264",
        "/donaudampfschifffahrtsgesellschaft",
        "/news-12345678",
        "/commit/4f9a8b7",
        "/why-we-self-host-4f9a8b7c6d5e",
        "/dp/B0CHX1W1XY",
        "/watch/dQw4w9WgXcQ",
        "/web3summit2026berlin",
        "/über-uns",
        "/%C3%BCber-uns/%E4%BD%A0%E5%A5%BD",
        "/.well-known/security.txt",
        "/wp-login.php",
        "/a;b=c",
        "/@posthog",
        "/deutsche-uebersetzung-der-allgemeinen-geschaeftsbedingungen",
        "/cgi-bin/luci/;stok=/locale",
    ],
)
def test_paths_of_words_stay_as_they_are(path: str) -> None:
    assert mask_path(path) == path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/users/somebody@example.com/edit", "/users/[email]/edit"),
        ("/users/somebody%40example.com", "/users/[email]"),
        ("/users/somebody&#64;example.com", "/users/[email]"),
        (f"/u/{BASE64}", "/u/[email]"),
        ("/go%2Fsomebody%40example.com/x", "/[email]/x"),
        ("/reset/4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c", "/reset/[token]"),
        ("/reset/4F9A8B7C6D5E4F3A2B1C", "/reset/[token]"),
        ("/reset/MQ/c8k2jx-0d1f9a8b7c6d5e4f3a2b1c0d9e8f7a6b/", "/reset/MQ/[token]/"),
        ("/invite/550e8400-e29b-41d4-a716-446655440000", "/invite/[token]"),
        ("/invite/%7B550e8400-e29b-41d4-a716-446655440000%7D", "/invite/[token]"),
        ("/t/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "/t/[token]"),
        ("/t/V1StGXR8_Z5jdHi6B-myT", "/t/[token]"),
        ("/t/3q2-7wAAk9x_ZmY1b0RtaQ", "/t/[token]"),
        ("/t/dGhpcyBpcyBhIHNlY3JldA%3D%3D", "/t/[token]"),
        ("/t/k3j9x2m4p8q1z7w5", "/t/[token]"),
        ("/t/" + "abcdefghij" * 4, "/t/[token]"),
        ("/page;jsessionid=0A1B2C3D4E5F60718293A4B5C6D7E8F9", "/page;[token]"),
        ("/bundle.4f9a8b7c6d5e4f3a2b1c.js", "/[token]"),
        ("/call/+49-170-1234567", "/call/[number]"),
        ("/call/+49%20170%201234567", "/call/[number]"),
        ("/call/01701234567", "/call/[number]"),
        ("/call/(555)%20123-4567-89", "/call/[number]"),
        ("/orders/1234567890123456", "/orders/[number]"),
        ("/2026-11-28/01701234567", "/2026-11-28/[number]"),
        ("/ip/192.0.2.7/", "/ip/[address]/"),
        ("/ip/[2001:db8::1]", "/ip/[address]"),
        ("/ip/2001:db8::1", "/ip/[address]"),
    ],
)
def test_segments_that_look_like_tokens_or_addresses_are_masked(path: str, expected: str) -> None:
    assert mask_path(path) == expected


@pytest.mark.parametrize(
    "unit",
    ["a@", "a.", "%40", "&#", "&amp;", "\\u", "1-", "+", "a1", "0f", "A%2", "eyJ", "ab-", "/", ";", "=", "é", "/;"],
)
def test_any_text_takes_time_in_proportion_to_its_length(unit: str) -> None:
    began = time.perf_counter()
    holds_email(unit * (20_000 // len(unit)))
    mask_path("/" + unit * (2_000 // len(unit)))
    assert time.perf_counter() - began < 3


@given(st.text(max_size=200))
def test_masking_never_fails_and_leaves_no_more_to_mask(path: str) -> None:
    masked = mask_path(path)
    assert mask_path(masked) == masked
