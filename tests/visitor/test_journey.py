"""A sealed journey opens to itself, and to nothing else."""

import string
from dataclasses import fields, replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import HOSTING, KEY, TEAM_SIZE, WHO

from wizard.events.attribution import Attribution, clean
from wizard.questionnaire.questions import QUESTIONS
from wizard.visitor.journey import (
    HOUR_MS,
    MAX_TOKEN_CHARACTERS,
    Journey,
    JourneyExpired,
    JourneyTampered,
    Seal,
    new_journey,
)

NOW = 1_800_000_000.0
OLD, NEW = "an old key that is to be retired soon", "a new key that takes over from that one"

text = st.text(max_size=20)
journeys = st.builds(
    Journey,
    id=st.text(alphabet=string.ascii_letters + string.digits, min_size=1, max_size=30),
    started_ms=st.integers(0, 2**42),
    answered_ms=st.integers(0, 2**42),
    flow_version=text,
    locale=text,
    answers=st.dictionaries(text, text, max_size=4),
    turn=st.integers(0, 1000),
    entry=st.sampled_from(["fresh", "prefilled", "continued"]),
    attribution=st.builds(Attribution, utm_source=text, utm_campaign=text, referrer_host=text),
    continued_from=text,
    campaign=text,
    is_preview=st.booleans(),
    wording=text,
)


def seal_at(seconds: float, *keys: str, hours: int = 24) -> Seal:
    return Seal(keys or (KEY,), hours, clock=lambda: int(seconds * 1000))


def begun(answers: dict[str, str] | None = None) -> Journey:
    return new_journey(QUESTIONS, "en", answers or {}, Attribution(), int(NOW * 1000))


@given(journeys)
def test_a_sealed_journey_opens_to_itself(journey: Journey) -> None:
    assert seal_at(0).open(seal_at(0).seal(journey)) == journey


@given(journeys, st.data())
def test_any_change_to_a_sealed_journey_is_refused(journey: Journey, data: st.DataObject) -> None:
    token = seal_at(0).seal(journey)
    position = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(exclude_characters=token[position]))
    for changed in (
        token[:position] + other + token[position + 1 :],
        token[:position] + token[position + 1 :],
        token[:position] + other + token[position:],
        token[:position],
    ):
        with pytest.raises(JourneyTampered):
            seal_at(0).open(changed)


@given(st.text() | st.text(alphabet=string.ascii_letters + ".-_=", min_size=20))
def test_garbage_is_refused(garbage: str) -> None:
    with pytest.raises(JourneyTampered):
        seal_at(0).open(garbage)


def test_a_token_longer_than_any_of_ours_is_refused_unread() -> None:
    journey = replace(begun(), flow_version="x" * MAX_TOKEN_CHARACTERS)
    with pytest.raises(JourneyTampered):
        seal_at(NOW).open(_uncompressed(journey))


def _uncompressed(journey: Journey) -> str:
    token = seal_at(NOW).seal(replace(journey, flow_version="".join(chr(0x4E00 + n) for n in range(3000))))
    assert len(token) > MAX_TOKEN_CHARACTERS
    return token


def test_something_else_that_is_signed_with_our_key_is_refused() -> None:
    seal = seal_at(NOW)
    broken = [
        ["id", 1, 0, "v", "en", [], 0, "fresh", {}],
        ["id", float("inf"), 0, "v", "en", {}, 0, "fresh", {}],
        ["id", 1, 0, "v", "en", {}, 0, "fresh", {"no_slot": "x"}],
        ["id", 1, 0, "v", "en", {}, 0, "fresh", {}, "", "", 0, 0, "", "", "more"],
    ]
    for content in ([], ["x"], {"id": "x"}, "text", None, [1, "x", 0, "v", "en", {}, 0, "fresh", {}], 7, *broken):
        with pytest.raises(JourneyTampered):
            seal.open(str(seal._journeys.dumps(content)))  # noqa: SLF001


def test_a_journey_that_an_earlier_version_sealed_goes_on() -> None:
    seal, journey = seal_at(NOW), begun({"who": "job"})
    moment = int(NOW * 1000)
    before = [journey.id, moment, 0, journey.flow_version, "en", {"who": "job"}, 0, "prefilled", {"utm_source": "x"}]
    expected = replace(journey, attribution=Attribution(utm_source="x"))
    assert seal.open(str(seal._journeys.dumps(before))) == expected  # noqa: SLF001
    continued = seal.open(str(seal._journeys.dumps([*before, "x" * 22])))  # noqa: SLF001
    assert continued == replace(expected, continued_from="x" * 22)


def test_the_version_before_can_open_every_journey_until_something_is_published() -> None:
    """It knows no field for the version of the texts, which is the last one, and left out while it is empty."""
    seal, journey = seal_at(NOW), begun()
    most = replace(journey, continued_from="x" * 22, campaign="c", is_preview=True, gpc=True, burst="burst")
    assert seal._journeys.loads(seal.seal(most))[9:] == ["x" * 22, "c", 1, 1, "burst"]  # noqa: SLF001
    published = seal._journeys.loads(seal.seal(replace(journey, wording="12-3fa94c21")))  # noqa: SLF001
    assert published[9:] == ["", "", 0, 0, "", "12-3fa94c21"]


@pytest.mark.parametrize("characters", ["\u4e00\u9fff", "\U0001f300\U0001faff", "A~", "\xa1\u07ff"])
def test_the_longest_journey_that_a_visitor_can_have_fits(characters: str) -> None:
    first, last = map(ord, characters)
    chance = Random(7)  # noqa: S311  # not a secret
    drawn = ("".join(chr(chance.randint(first, last)) for _ in range(100)) for _ in range(len(fields(Attribution)) + 1))
    *slots, campaign = map(clean, drawn)
    assert all(slots)
    journey = replace(
        begun({"who": "organisation", "team_size": "51_plus", "hosting": "own_servers"}),
        attribution=Attribution(*slots),
        campaign=campaign,
        continued_from="x" * 22,
        wording="999999999-3fa94c21",
    )
    assert len(seal_at(NOW).seal(journey)) < MAX_TOKEN_CHARACTERS


def test_the_first_key_signs_and_all_of_them_verify() -> None:
    journey = begun()
    by_old, by_new = seal_at(NOW, OLD).seal(journey), seal_at(NOW, NEW).seal(journey)
    assert by_old != by_new
    rotating = seal_at(NOW, NEW, OLD)
    assert rotating.seal(journey) == by_new
    assert rotating.open(by_old) == rotating.open(by_new) == journey
    with pytest.raises(JourneyTampered):
        seal_at(NOW, NEW).open(by_old)


def test_a_form_is_signed_across_a_rotation_too() -> None:
    journey = begun()
    token = seal_at(NOW, OLD).sign_form(journey, "who", 7)
    assert seal_at(NOW, NEW, OLD).served_ms(journey, "who", token) == 7
    assert seal_at(NOW, NEW).served_ms(journey, "who", token) is None


@pytest.mark.parametrize(("age_hours", "expired"), [(-1, False), (0, False), (24, False), (24.001, True), (1000, True)])
def test_a_journey_lasts_24_hours_from_its_last_answer_whatever_the_clocks_of_two_servers_say(
    age_hours: float, expired: bool
) -> None:
    journey = begun().with_answers(QUESTIONS, {"who": "job"}, int(NOW * 1000) + HOUR_MS)
    later = seal_at(NOW + 3600 + age_hours * 3600)
    token = seal_at(NOW).seal(journey)
    if not expired:
        assert later.open(token) == journey
        return
    with pytest.raises(JourneyExpired) as error:
        later.open(token)
    assert error.value.journey == journey


def test_a_form_is_signed_for_its_journey_its_step_and_its_moment_alone() -> None:
    seal, journey = seal_at(NOW), begun()
    token = seal.sign_form(journey, "who", 1_800_000_000_123)
    assert seal.served_ms(journey, "who", token) == 1_800_000_000_123
    for other in (begun(), journey.with_answers(QUESTIONS, {"who": "job"}, 1)):
        assert seal.served_ms(other, "who", token) is None
    assert seal.served_ms(journey, "hosting", token) is None
    served, _, signature = token.partition(".")
    later = f"{int(served, 16) + 1:x}.{signature}"
    for wrong in (
        "",
        "x",
        token[:-1],
        token + "x",
        "é",
        seal.seal(journey),
        later,
        f"0{token}",
        signature,
        f".{signature}",
    ):
        assert seal.served_ms(journey, "who", wrong) is None


@given(
    st.lists(st.tuples(st.sampled_from(["who", "team_size", "hosting"]), st.sampled_from([*WHO, *TEAM_SIZE, *HOSTING])))
)
def test_the_turn_never_goes_down_and_counts_each_answer_that_is_new(changes: list[tuple[str, str]]) -> None:
    journey = begun()
    for step, choice in changes:
        following = journey.with_answers(QUESTIONS, {step: choice}, journey.answered_ms + 1)
        is_new = journey.answers.get(step) != choice
        assert following.turn == journey.turn + is_new
        assert following.id == journey.id
        assert following.started_ms == journey.started_ms
        assert (following == journey) == (not is_new)
        journey = following


def test_a_new_journey_takes_from_a_link_what_fits() -> None:
    assert begun().entry == "fresh"
    prefilled = begun({"who": "hobby", "team_size": "2_10", "hosting": "sky"})
    assert prefilled.answers == {"who": "hobby"}
    assert prefilled.entry == "prefilled"
    assert prefilled.turn == 0
    assert begun({"who": "nobody"}).entry == "fresh"
    ids = {begun().id for _ in range(200)}
    assert len(ids) == 200
    assert not {name[0] for name in ids} & set("-_"), "a spreadsheet would take it for a formula"


def test_a_continued_journey_keeps_its_answers_under_an_id_that_follows_from_the_old_one() -> None:
    old = begun().with_answers(QUESTIONS, {"who": "job"}, int(NOW * 1000))
    first = old.continued(QUESTIONS, int(NOW * 1000) + 25 * HOUR_MS)
    assert first.answers == {"who": "job"}
    assert first.entry == "continued"
    assert first.continued_from == old.id
    assert first.turn == 0
    assert first.id == old.continued(QUESTIONS, 0).id
    assert first.id not in (old.id, begun().continued(QUESTIONS, 0).id)
    assert first.continued(QUESTIONS, 0).id != first.id
