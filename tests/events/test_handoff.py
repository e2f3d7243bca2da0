"""A handoff names the journey that it was made for, and nothing else passes for one."""

import string
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import KEY

from wizard.errors import WizardError
from wizard.events.handoff import (
    MAX_HANDOFF_CHARACTERS,
    PARAMETER,
    HandoffError,
    HandoffExpired,
    HandoffInvalid,
    Handoffs,
    with_parameters,
)

NOW = 1_800_000_000.0
DAY = 24 * 60 * 60
JOURNEY = "AAECAwQFBgcICQoLDA0ODw"
OLD, NEW = "an old key that is to be retired soon", "a new key that takes over from that one"

ids = st.text(alphabet=string.ascii_letters + string.digits + "-_", min_size=1, max_size=22)


def at(seconds: float, *keys: str, days: int = 90) -> Handoffs:
    return Handoffs(keys or (KEY,), days, clock=lambda: int(seconds * 1000))


@given(ids)
def test_a_handoff_names_its_journey(journey_id: str) -> None:
    assert at(NOW).read(at(NOW).make(journey_id)) == journey_id


def test_it_holds_the_journey_the_time_and_a_signature_and_fits_in_an_address() -> None:
    token = at(NOW).make(JOURNEY)
    assert token.startswith(f"{JOURNEY}.")
    assert token.count(".") == 2
    assert len(token) < 80
    assert set(token) <= {*string.ascii_letters, *string.digits, *".-_"}


@given(ids, st.data())
def test_any_change_to_a_handoff_is_refused(journey_id: str, data: st.DataObject) -> None:
    token = at(NOW).make(journey_id)
    position = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(exclude_characters=token[position]))
    for changed in (
        token[:position] + other + token[position + 1 :],
        token[:position] + token[position + 1 :],
        token[:position] + other + token[position:],
        token[:position],
    ):
        with pytest.raises(HandoffInvalid):
            at(NOW).read(changed)


def test_each_of_the_last_characters_but_one_is_refused() -> None:
    token = at(NOW).make(JOURNEY)
    for last in string.ascii_letters + string.digits + "-_=":
        if last != token[-1]:
            with pytest.raises(HandoffInvalid):
                at(NOW).read(token[:-1] + last)


@given(st.text() | st.text(alphabet=string.ascii_letters + ".-_=", min_size=20))
def test_garbage_is_refused(garbage: str) -> None:
    with pytest.raises(HandoffInvalid):
        at(NOW).read(garbage)


def test_what_is_longer_than_any_of_ours_is_refused_unread() -> None:
    longest = "x" * (MAX_HANDOFF_CHARACTERS - len(at(NOW).make("")))
    assert at(NOW).read(at(NOW).make(longest)) == longest
    with pytest.raises(HandoffInvalid):
        at(NOW).read(at(NOW).make(longest + "x"))


@pytest.mark.parametrize("days", [1, 90])
def test_it_is_read_until_its_days_are_over(days: int) -> None:
    token = at(NOW).make(JOURNEY)
    assert at(NOW + days * DAY, days=days).read(token) == JOURNEY
    with pytest.raises(HandoffExpired):
        at(NOW + days * DAY + 1, days=days).read(token)


def test_one_from_a_server_whose_clock_is_ahead_is_read() -> None:
    assert at(NOW - 30).read(at(NOW).make(JOURNEY)) == JOURNEY


def test_the_first_key_signs_and_all_verify() -> None:
    old, new = at(NOW, OLD).make(JOURNEY), at(NOW, NEW).make(JOURNEY)
    rotated = at(NOW, NEW, OLD)
    assert rotated.make(JOURNEY) == new != old
    assert rotated.read(old) == rotated.read(new) == JOURNEY
    with pytest.raises(HandoffInvalid):
        at(NOW, NEW).read(old)


def test_what_is_refused_is_an_error_of_ours() -> None:
    assert issubclass(HandoffExpired, HandoffError)
    assert issubclass(HandoffInvalid, HandoffError)
    assert issubclass(HandoffError, WizardError)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://a.example", "https://a.example?wizard_handoff=T"),
        ("https://a.example/signup", "https://a.example/signup?wizard_handoff=T"),
        ("https://a.example/signup?", "https://a.example/signup?wizard_handoff=T"),
        ("https://a.example/s?b=2&a=1&b=3", "https://a.example/s?b=2&a=1&b=3&wizard_handoff=T"),
        ("https://a.example/s?a=1&", "https://a.example/s?a=1&wizard_handoff=T"),
        ("https://a.example/s?a=%20+%2F;x&flag&e=", "https://a.example/s?a=%20+%2F;x&flag&e=&wizard_handoff=T"),
        ("https://a.example/s#top", "https://a.example/s?wizard_handoff=T#top"),
        ("https://a.example/s?a=1#/route?b=2", "https://a.example/s?a=1&wizard_handoff=T#/route?b=2"),
        ("https://a.example/s#", "https://a.example/s?wizard_handoff=T#"),
        ("https://a.example:8443/%7Eme?next=%2Fhome%3Fa%3D1", "https://a.example:8443/%7Eme?next=%2Fhome%3Fa%3D1&wizard_handoff=T"),
    ],
)  # fmt: skip
def test_an_address_keeps_all_that_it_had(address: str, expected: str) -> None:
    assert with_parameters(address, {PARAMETER: "T"}) == expected


def test_the_handoff_arrives_as_it_was_made() -> None:
    token = at(NOW).make(JOURNEY)
    query = urlsplit(with_parameters("https://a.example/s?a=1#end", {PARAMETER: token})).query
    assert parse_qsl(query) == [("a", "1"), ("wizard_handoff", token)]


@given(st.dictionaries(st.sampled_from(["utm_source", "utm_campaign", "x"]), st.text(max_size=30), max_size=3))
def test_parameters_arrive_as_they_were_and_take_no_place_of_another(parameters: dict[str, str]) -> None:
    destination = "https://a.example/s?utm_source=ours&empty=#end"
    parts = urlsplit(with_parameters(destination, parameters))
    added = {name: value for name, value in parameters.items() if name != "utm_source"}
    assert parse_qsl(parts.query, keep_blank_values=True) == [("utm_source", "ours"), ("empty", ""), *added.items()]
    assert parts.fragment == "end"


@pytest.mark.parametrize("there", ["utm_source=", "utm_source", "utm%5Fsource=ours", "a=1&utm_source=ours"])
def test_a_tag_that_the_destination_has_is_left_as_it_is_even_empty_or_encoded(there: str) -> None:
    address = f"https://a.example/s?{there}"
    assert with_parameters(address, {"utm_source": "theirs", "utm_term": "x"}) == f"{address}&utm_term=x"
