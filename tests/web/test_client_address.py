"""The visitor's address is read from each request, and counted by its network."""

from ipaddress import ip_address

import pytest
from flask import Flask

from wizard.web.client_address import UNTRUSTED, client_address, is_untrusted, keyed_hash, network, parse_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:40000", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:40000", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:40000", "192.0.2.1"),
        ("64:ff9b::192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("", None),
        ("unix:", None),
        ("unknown", None),
        ("192.0.2.1, 192.0.2.2", None),
        ("192.0.2.256", None),
    ],
)
def test_an_address_is_read_however_a_proxy_writes_it(text: str, expected: str | None) -> None:
    assert parse_address(text) == (ip_address(expected) if expected else None)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
    ],
)
def test_an_address_is_counted_by_its_network(address: str, expected: str) -> None:
    assert network(ip_address(address), 24, 48) == expected


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", None),
        ("127.8.9.10", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("[::1]:5000", None),
        ("", None),
        ("unknown", None),
    ],
)
def test_the_client_address_is_unknown_where_a_request_comes_from_this_machine(
    remote: str, expected: str | None
) -> None:
    with Flask("test").test_request_context(environ_base={"REMOTE_ADDR": remote}):
        assert client_address() == (ip_address(expected) if expected else None)
        assert not is_untrusted()


def test_the_client_address_is_unknown_where_forwarding_is_not_trusted() -> None:
    with Flask("test").test_request_context(environ_base={"REMOTE_ADDR": "10.0.0.1", UNTRUSTED: True}):
        assert client_address() is None
        assert is_untrusted()


def test_a_keyed_hash_depends_on_the_text_the_key_and_the_purpose_and_shows_none_of_them() -> None:
    one = keyed_hash("192.0.2.1/32", "a key", "wizard.limits.1")
    others = [
        keyed_hash("192.0.2.2/32", "a key", "wizard.limits.1"),
        keyed_hash("192.0.2.1/32", "another key", "wizard.limits.1"),
        keyed_hash("192.0.2.1/32", "a key", "wizard.limits.2"),
    ]
    assert one == keyed_hash("192.0.2.1/32", "a key", "wizard.limits.1")
    assert one not in others
    assert "." not in one
