"""A journey of many events: in linear time, a page at a time; and every kind of event has its own words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import pytest
from dashboard_app import dashboard_on
from dashboard_sign_in import signed_in
from factories import CONTEXT, NOV_1, visit
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from wizard.app import recorder_of
from wizard.dashboard.journeys import timeline as timelines
from wizard.dashboard.journeys.timeline import EVENTS_ON_A_PAGE, Timeline, sorted_events, timeline
from wizard.dashboard.labels import Names
from wizard.events import admission
from wizard.events.model import Conversion, Event, QuestionAnswer, QuestionView, WizardView
from wizard.files.bundled import bundled
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import required_texts
from wizard.questionnaire.wording_files import load

NAMES = Names(load(bundled("wording") / "en.toml", required_texts(QUESTIONS, STRATEGY)))
UTC = ZoneInfo("UTC")


def toggling(turns: int) -> list[Event]:
    """A visitor who changes the same answer for ever, and signs up now and then."""
    events: list[Event] = [WizardView(CONTEXT), QuestionView(CONTEXT, "who")]
    for turn in range(1, turns + 1):
        answer = "hobby" if turn % 2 else "team"
        at = replace(CONTEXT, turn=turn, ts_ms=NOV_1 + turn * 1000, answers={"who": answer})
        events += [QuestionAnswer(at, "who", answer, 900), QuestionView(at, "who")]
        if turn % 10 == 0:
            events.append(Conversion(replace(at, ts_ms=at.ts_ms + 1), "cloud", float(turn)))
    return events


def pages_of(events: Sequence[Event]) -> list[Timeline]:
    ordered = sorted_events(events)
    first = timeline(ordered, NAMES, UTC)
    return [first, *(timeline(ordered, NAMES, UTC, number) for number in range(2, first.last + 1))]


def test_twenty_thousand_events_take_no_more_steps_for_each_than_two_thousand(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0

    def counted(event: Event) -> int:
        nonlocal steps
        steps += 1
        return event.context.ts_ms

    monkeypatch.setattr(timelines, "_when", counted)
    taken = []
    for turns in (952, 9_523):
        steps = 0
        events = toggling(turns)
        timeline(sorted_events(events), NAMES, UTC, 10_000)
        taken.append(steps / len(events))
    assert len(events) > 19_990
    assert taken[1] <= taken[0] * 1.5, "the later the event, the more it takes"


def test_only_the_events_of_a_page_are_put_into_words(monkeypatch: pytest.MonkeyPatch) -> None:
    said = 0
    whole = timelines.in_words

    def counted(*arguments: object) -> object:
        nonlocal said
        said += 1
        return whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(timelines, "in_words", counted)
    timeline(sorted_events(toggling(9_523)), NAMES, UTC, 7)
    assert said == EVENTS_ON_A_PAGE


def test_the_pages_together_tell_all_events_once_and_in_order() -> None:
    events = toggling(400)
    pages = pages_of(events)
    assert [page.first for page in pages] == [1 + number * EVENTS_ON_A_PAGE for number in range(len(pages))]
    assert {page.count for page in pages} == {len(events)}
    entries = [each for page in pages for each in page.entries]
    assert len(entries) == len(events)
    assert [each.iso for each in entries] == sorted(each.iso for each in entries)
    assert [len(page.entries) for page in pages[:-1]] == [EVENTS_ON_A_PAGE] * (len(pages) - 1)


def test_a_later_page_knows_what_was_answered_on_an_earlier_one() -> None:
    for page in pages_of(toggling(400))[1:]:
        answers = [each.words for each in page.entries if each.kind == "question_answer"]
        assert {said.text for said in answers} == {"Changed the answer to"}
        assert all(len(said.marks) == 1 for said in answers)
        assert page.entries[0].after or page.entries[0].kind == "question_view"


@pytest.mark.parametrize("events", [[], toggling(1)])
def test_few_events_are_one_page(events: list[Event]) -> None:
    for number in (-1, 0, 1, 2, 10**9):
        page = timeline(sorted_events(events), NAMES, UTC, number)
        assert (page.number, page.last, page.count) == (1, 1, len(events))


@dataclass
class Placed:
    """Where an event of a random trail is: a turn, a time, and whether it is a conversion."""

    turn: int
    ts_ms: int
    converts: bool


def inserted(events: Sequence[Event]) -> list[Event]:
    """What the order is, worked out step by step: each conversion behind the last event that is not later."""
    rest = [event for event in events if not isinstance(event, Conversion)]
    ordered = sorted(rest, key=lambda event: (event.context.turn, event.context.ts_ms))
    conversions = [event for event in events if isinstance(event, Conversion)]
    for conversion in sorted(conversions, key=lambda event: event.context.ts_ms):
        before = [place for place, event in enumerate(ordered) if event.context.ts_ms <= conversion.context.ts_ms]
        ordered.insert(before[-1] + 1 if before else 0, conversion)
    return ordered


@given(st.lists(st.builds(Placed, st.integers(0, 5), st.integers(0, 20), st.booleans()), max_size=25))
def test_conversions_come_behind_the_last_event_that_is_not_later(placed: list[Placed]) -> None:
    events: list[Event] = []
    for number, each in enumerate(placed):
        at = replace(CONTEXT, turn=each.turn, ts_ms=each.ts_ms)
        events.append(Conversion(at, "cloud", float(number)) if each.converts else QuestionView(at, f"s{number}"))
    assert sorted_events(events) == inserted(events)


@pytest.fixture
def room(tmp_path: object) -> Iterator[Flask]:
    with dashboard_on(f"sqlite:///{tmp_path}/log.db") as app:
        yield app


def test_a_long_journey_has_links_to_its_other_pages(room: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "MAX_EVENTS", 1000)  # as in a log from before there was a limit
    recorder_of(room).log.append(toggling(300))
    client = signed_in(room)
    seen, address = [], "/growth/journeys/j-1?period=28d"
    while address:
        page = client.page(address)
        assert page.status == 200
        seen.append(page.one(".place").get_text())
        later = page.all(".pager a[rel=next]")
        address = str(later[0]["href"]) if later else ""
    assert seen == [
        "Events 1 to 200 of 632",
        "Events 201 to 400 of 632",
        "Events 401 to 600 of 632",
        "Events 601 to 632 of 632",
    ]
    links = {link.get_text(strip=True): str(link["href"]) for link in page.all(".pager a")}
    assert links["First"] == "/growth/journeys/j-1?period=28d"
    assert links["\N{LEFTWARDS ARROW} Earlier".replace(" ", "")] == "/growth/journeys/j-1?period=28d&timeline_page=3"


def test_a_page_that_can_not_be_read_is_the_first_and_one_too_far_the_last(room: Flask) -> None:
    recorder_of(room).log.append([*toggling(150), *visit("j-2")])
    client = signed_in(room)
    for number, first in (("x", 1), ("0", 1), ("-1", 1), ("\N{SUPERSCRIPT TWO}", 1), ("2", 201), ("999999999", 201)):
        page = client.page(f"/growth/journeys/j-1?timeline_page={number}")
        assert page.all(".place strong")[0].get_text() == str(first)
    short = client.page("/growth/journeys/j-2?timeline_page=2")
    assert not short.all(".pager, .place")
    assert len(short.all(".timeline > li")) == len(visit())


def test_every_kind_of_event_of_a_visit_has_words_of_its_own() -> None:
    kinds = {event.name: event for event in visit()}
    said = {timelines.in_words(event, {}, NAMES).text for event in kinds.values()}
    assert len(said) == len(kinds)
    assert not said & {name.replace("_", " ").capitalize() for name in kinds}
    assert [event.name for event in kinds.values() if not event.summary()] == ["wizard_view"]


@dataclass(frozen=True)
class VideoPlay(Event):
    """A kind of event that is declared, and nothing more."""

    name = "video_play"
    identity = ("video",)
    video: str
    from_second: int


def test_a_kind_without_words_is_shown_by_its_name_and_its_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timelines, "PLACES", {**timelines.PLACES, VideoPlay.name: len(timelines.PLACES)})
    events = timelines.sorted_events([VideoPlay(CONTEXT, "tour", 5), WizardView(CONTEXT)])
    shown = timelines.timeline(events, NAMES, UTC).entries
    assert [each.words for each in shown] == [
        timelines.Words("Opened the wizard"),
        timelines.Words("Video play", answer="video tour, from second 5"),
    ]
