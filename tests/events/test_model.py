"""Events: an id that follows from what happened and from nothing else, and a record that comes back as it was."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import pytest
from hypothesis import given
from visits import first_by_id, visits

from wizard.events.attribution import ATTRIBUTION, Attribution
from wizard.events.canonical import canonical
from wizard.events.model import (
    KINDS,
    OWN,
    Context,
    Conversion,
    CtaClick,
    Event,
    QuestionAnswer,
    QuestionError,
    QuestionView,
    ResultView,
    WizardView,
)
from wizard.events.record import from_record, to_record

AT = Context(
    journey_id="journey-1",
    ts_ms=1_700_000_000_123,
    turn=2,
    answers={"who": "team", "team_size": "2_10"},
    entry="continued",
    continued_from="journey-0",
    flow_version="11111111",
    wording_version="22222222",
    locale="pt-BR",
    device="mobile",
    attribution=Attribution(
        utm_source="news",
        utm_medium="mail",
        utm_campaign="spring 🌱",
        utm_term="'",
        utm_content='"',
        referrer_host="blog.example",
        embed_origin="https://www.example",
    ),
)
ANSWERS = '{"team_size":"2_10","who":"team"}'

EVENTS: Mapping[str, tuple[Event, str]] = {
    "wizard_view": (WizardView(AT), f'["journey-1","wizard_view",2,null,{ANSWERS},null]'),
    "question_view": (QuestionView(AT, "hosting"), f'["journey-1","question_view",2,"hosting",{ANSWERS},null]'),
    "question_answer": (
        QuestionAnswer(AT, "team_size", "2_10", 1234),
        f'["journey-1","question_answer",2,"team_size",{ANSWERS},"2_10"]',
    ),
    "question_error": (
        QuestionError(AT, "hosting", "missing"),
        f'["journey-1","question_error",2,"hosting",{ANSWERS},"missing"]',
    ),
    "result_view": (
        ResultView(AT, "team", "private_cloud", ("on_premise", "cloud")),
        f'["journey-1","result_view",2,null,{ANSWERS},null]',
    ),
    "cta_click": (CtaClick(AT, "cloud", "alternative"), f'["journey-1","cta_click",2,null,{ANSWERS},"cloud"]'),
    "conversion": (
        Conversion(replace(AT, turn=0, answers={}), "cloud", 49.5),
        '["journey-1","conversion",0,null,{},"cloud"]',
    ),
}
"""An event of each kind, and what its id is a hash of, written down by hand."""

EACH = pytest.mark.parametrize("event", [event for event, _ in EVENTS.values()], ids=list(EVENTS))


def test_every_kind_of_event_is_looked_at_here() -> None:
    assert list(EVENTS) == list(KINDS), "give each kind its example in EVENTS, in tests/events/test_model.py"


@pytest.mark.parametrize(("event", "told"), EVENTS.values(), ids=list(EVENTS))
def test_an_id_is_the_sha_256_of_what_happened(event: Event, told: str) -> None:
    assert event.event_id == hashlib.sha256(told.encode("ascii")).hexdigest()


def test_an_id_is_written_in_ascii_whatever_the_answer_is() -> None:
    event = QuestionAnswer(replace(AT, journey_id="é", answers={"who": "😀"}), "who", "😀", 1)
    told = r'["\u00e9","question_answer",2,"who",{"who":"\ud83d\ude00"},"\ud83d\ude00"]'
    assert event.event_id == hashlib.sha256(told.encode("ascii")).hexdigest()


def test_a_kind_of_event_without_an_identity_is_refused() -> None:
    with pytest.raises(TypeError, match="identity"):

        @dataclass(frozen=True)
        class VideoPlay(Event):
            name: ClassVar[str] = "video_play"
            video: str

    with pytest.raises(TypeError, match="identity"):

        @dataclass(frozen=True)
        class Misspelt(Event):
            name: ClassVar[str] = "misspelt"
            identity: ClassVar[tuple[str, ...]] = ("film",)
            video: str


def test_a_new_kind_of_event_has_all_of_its_identity_in_its_id() -> None:
    @dataclass(frozen=True)
    class VideoPlay(Event):
        name: ClassVar[str] = "video_play"
        identity: ClassVar[tuple[str, ...]] = ("video", "second")
        video: str
        second: int
        is_muted: bool

    plays = [VideoPlay(AT, "tour", 0, True), VideoPlay(AT, "tour", 5, True), VideoPlay(AT, "demo", 0, True)]  # noqa: FBT003
    assert len({play.event_id for play in plays}) == 3
    assert plays[0].event_id == replace(plays[0], is_muted=False).event_id


SAME: Mapping[str, dict[str, Any]] = {
    "when it was told": {"ts_ms": 1},
    "how the journey began": {"entry": "fresh", "continued_from": ""},
    "the questionnaire's version": {"flow_version": "33333333"},
    "the texts": {"wording_version": "33333333"},
    "the language": {"locale": "de"},
    "the device": {"device": "desktop"},
    "the attribution": {"attribution": Attribution()},
    "Global Privacy Control": {"gpc": 1},
    "whether it looks automated": {"suspect": "burst"},
    "the order of the answers": {"answers": {"team_size": "2_10", "who": "team"}},
}


@EACH
@pytest.mark.parametrize("changed", SAME.values(), ids=list(SAME))
def test_an_id_does_not_change_with(event: Event, changed: dict[str, Any]) -> None:
    if isinstance(event, Conversion):
        changed = {name: value for name, value in changed.items() if name != "answers"}
    assert replace(event, context=replace(event.context, **changed)).event_id == event.event_id


def test_an_id_does_not_depend_on_the_time_of_an_answer_or_the_value_of_a_conversion() -> None:
    assert QuestionAnswer(AT, "who", "team", 1).event_id == QuestionAnswer(AT, "who", "team", 2).event_id
    assert Conversion(AT, "cloud", 1.0).event_id == Conversion(AT, "cloud", None).event_id
    assert CtaClick(AT, "cloud", "recommended").event_id == CtaClick(AT, "cloud", "alternative").event_id


DIFFERENT: Mapping[str, Event] = {
    "another journey": QuestionAnswer(replace(AT, journey_id="journey-2"), "team_size", "2_10", 1),
    "another turn": QuestionAnswer(replace(AT, turn=3), "team_size", "2_10", 1),
    "other answers before it": QuestionAnswer(
        replace(AT, answers={"team_size": "2_10", "who": "job"}), "team_size", "2_10", 1
    ),
    "fewer answers before it": QuestionAnswer(replace(AT, answers={"team_size": "2_10"}), "team_size", "2_10", 1),
    "another step": QuestionAnswer(AT, "who", "2_10", 1),
    "another answer": QuestionAnswer(AT, "team_size", "11_50", 1),
    "an error of that name": QuestionError(AT, "team_size", "2_10"),
    "a view of that step": QuestionView(AT, "team_size"),
}


@pytest.mark.parametrize("other", DIFFERENT.values(), ids=list(DIFFERENT))
def test_an_id_changes_with(other: Event) -> None:
    assert other.event_id != EVENTS["question_answer"][0].event_id


TELLING = ("step", "answer", "error", "deployment")


@given(visits())
def test_events_of_one_visit_that_differ_in_what_happened_differ_in_id(visitor: Any) -> None:
    said = {
        canonical([e.name, e.context.turn, dict(e.context.answers), *(getattr(e, name, None) for name in TELLING)])
        for e in visitor.events
    }
    assert len(first_by_id(visitor.events)) == len(said)


@EACH
def test_a_record_comes_back_as_the_event_that_it_was(event: Event) -> None:
    record = to_record(event)
    assert from_record(record) == event
    assert from_record(json.loads(json.dumps(record))) == event
    assert from_record({**record, "something_else": 1}).event_id == event.event_id


@EACH
def test_a_record_has_plain_values_under_the_names_of_the_properties(event: Event) -> None:
    record = to_record(event)
    assert set(record) == {"event", *event.properties()}
    assert record["event"] == event.name
    assert record["event_id"] == event.event_id
    assert all(value is None or isinstance(value, (str, int, float)) for value in record.values())


@EACH
def test_the_properties_of_an_event_are_its_context_its_attribution_and_its_own(event: Event) -> None:
    context = {field.name for field in fields(Context)} - {"attribution"}
    assert set(event.properties()) == {"event_id", *context, *ATTRIBUTION, *OWN[event.name]}
    assert event.properties()["utm_campaign"] == "spring 🌱"


def test_a_result_that_declines_nothing_comes_back_so() -> None:
    event = ResultView(AT, "team", "cloud", ())
    assert from_record(to_record(event)) == event


@pytest.mark.parametrize(
    "broken",
    [
        {"event": "page_view"},
        {"answers": "no JSON"},
        {"answers": None},
    ],
    ids=str,
)
def test_a_record_that_is_none_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_record({**to_record(EVENTS["cta_click"][0]), **broken})


@pytest.mark.parametrize("missing", ["event", "journey_id", "answers", "utm_term", "deployment"])
def test_a_record_with_something_missing_is_refused(missing: str) -> None:
    record = to_record(EVENTS["cta_click"][0])
    del record[missing]
    with pytest.raises(KeyError):
        from_record(record)


LATER = ("embed_path", "gpc", "suspect")


def test_a_record_from_before_a_property_was_there_is_read_without_it() -> None:
    event = WizardView(replace(AT, attribution=replace(AT.attribution, embed_path="")))
    assert from_record({name: value for name, value in to_record(event).items() if name not in LATER}) == event
