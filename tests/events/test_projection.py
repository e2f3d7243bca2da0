"""Folding a journey's events into its rows: each case that the docs name, and any visit in any order."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import expected
from visits import BEGAN_MS, STEPS, Visitor, first_by_id, visits

from wizard.events.attribution import ATTRIBUTION, Attribution
from wizard.events.cell import CELL, TAGS, cell_and_tags
from wizard.events.model import (
    Context,
    Conversion,
    Event,
    QuestionAnswer,
    QuestionView,
    ResultView,
    Suspicion,
)
from wizard.events.projection import Folded, JourneyRow, StepRow, fold

HOBBY = {"who": "hobby", "hosting": "avoid"}
TEAM = {"who": "team", "team_size": "2_10", "hosting": "own_servers"}
EVERYTHING = {"who": "organisation", "team_size": "51_plus", "hosting": "enjoy"}
HOBBY_EDGES = ("start>who", "who>hosting", "hosting>result")
CAMPAIGN = Attribution(utm_source="news", utm_campaign="spring")


def folded(visitor: Visitor) -> Folded:
    """The rows of a visit, each event of it told once."""
    return fold(first_by_id(visitor.events).values(), STEPS)


def through(answers: Mapping[str, str], **about: Any) -> Visitor:
    """A visit that gives these answers, one after the other."""
    visitor = Visitor(**about).arrive()
    for choice in answers.values():
        visitor.answer(choice)
    return visitor


def step(visitor: Visitor, name: str) -> StepRow:
    return next(row for row in folded(visitor).steps if row.step == name)


def assert_holds(row: object, values: Mapping[str, object]) -> None:
    assert {name: getattr(row, name) for name in values} == dict(values)


JOURNEYS: list[tuple[str, Visitor, dict[str, object]]] = [
    (
        "looked, and left",
        Visitor().arrive(),
        {"viewed": 1, "started": 0, "finished": 0, "furthest_step": "who", "answers": "{}", "persona": ""},
    ),
    (
        "left before the last question",
        through({"who": "team", "team_size": "2_10"}),
        {"started": 1, "finished": 0, "furthest_step": "hosting", "finished_ms": None, "recommended": ""},
    ),
    (
        "finished",
        through(HOBBY),
        {
            "viewed": 1,
            "started": 1,
            "finished": 1,
            "clicked": 0,
            "converted": 0,
            "furthest_step": "hosting",
            "persona": expected(HOBBY).persona,
            "recommended": expected(HOBBY).recommended,
            "began_ms": BEGAN_MS,
            "finished_ms": BEGAN_MS + 4000,
            "last_ms": BEGAN_MS + 4000,
        },
    ),
    ("was declined something", through(TEAM), {"declined": "on_premise", "recommended": "private_cloud"}),
    (
        "browser's Back, and another answer in the same turn",
        through({"who": "hobby"}).browser_back().answer("job"),
        {"answers": '{"who":"job"}', "furthest_step": "hosting"},
    ),
    (
        "browser's Back over two pages, and another answer: the old way has come further, so it stands",
        through(HOBBY).browser_back(2).answer("job"),
        {"answers": '{"hosting":"avoid","who":"hobby"}', "persona": "visionary", "finished": 1},
    ),
    (
        "browser's Back over two pages, and as far again: the later of the two",
        through(HOBBY).browser_back(2).answer("job").answer("just_me"),
        {"answers": '{"team_size":"just_me","who":"job"}', "persona": "visionary", "finished": 1},
    ),
    (
        "browser's Back to A after A and B, and A again: a replay, so the row stays at B",
        Visitor().arrive().answer("team").browser_back().answer("job").browser_back().answer("team"),
        {"answers": '{"who":"job"}'},
    ),
    (
        "browser's Back to A after A and B, and something new after A: the higher turn wins",
        Visitor().arrive().answer("team").browser_back().answer("job").browser_back().answer("team").answer("2_10"),
        {"answers": '{"team_size":"2_10","who":"team"}'},
    ),
    (
        "change link on the result, answered by a server whose clock is behind: the last turn wins",
        replace(through(HOBBY), pace_ms=-60_000).back_to("hosting").answer("enjoy"),
        {"persona": "enthusiast", "recommended": "on_premise", "last_ms": BEGAN_MS + 5000},
    ),
    (
        "change link on the result, and left at the next question: the result was still seen",
        through(HOBBY).back_to("who").answer("organisation"),
        {"finished": 1, "persona": "visionary", "answers": '{"hosting":"avoid","who":"organisation"}'},
    ),
    (
        "local trial, seen in its own right",
        through(TEAM).try_locally(),
        {"persona": "enthusiast", "answers": '{"hosting":"own_servers","team_size":"just_me","who":"job"}'},
    ),
    (
        "link with every answer in it: a result, and nothing started",
        through({}, entry="prefilled", prefilled=HOBBY),
        {"viewed": 1, "started": 0, "finished": 1, "furthest_step": "", "entry": "prefilled", "persona": "visionary"},
    ),
    (
        "gone on with after it expired",
        through({"hosting": "avoid"}, entry="continued", continued_from="journey-0", prefilled={"who": "hobby"}),
        {"entry": "continued", "continued_from": "journey-0", "started": 1, "finished": 1},
    ),
    (
        "page prerendered, and answered",
        Visitor().arrive(logged=False).answer("hobby", logged=False).answer("avoid"),
        {"viewed": 1, "started": 1, "finished": 1},
    ),
    (
        "followed the recommended way out",
        through(HOBBY).click("cloud"),
        {"clicked": 1, "clicked_deployment": "cloud", "clicked_position": "recommended", "converted": 0},
    ),
    (
        "followed two ways out: the last counts",
        through(HOBBY).click("cloud").click("on_premise"),
        {"clicked": 1, "clicked_deployment": "on_premise", "clicked_position": "alternative"},
    ),
    (
        "clicked from a result that was prerendered",
        Visitor().arrive().answer("hobby").answer("avoid", logged=False).click("cloud"),
        {"finished": 1, "clicked": 1, "persona": "visionary"},
    ),
    (
        "signed up, for nothing that was told",
        through(HOBBY).click("cloud").convert("cloud"),
        {"converted": 1, "converted_deployment": "cloud", "value": None},
    ),
    (
        "signed up twice: the last deployment, and the sum",
        through(HOBBY).convert("on_premise", 1.5).convert("cloud", 20),
        {"converted": 1, "converted_deployment": "cloud", "value": 21.5},
    ),
    (
        "signed up for the same again: known already",
        through(HOBBY).convert("cloud", 20).convert("cloud", 20),
        {"converted": 1, "value": 20},
    ),
    (
        "worth nothing is not the same as not known",
        through(HOBBY).convert("cloud", 0),
        {"value": 0.0},
    ),
    (
        "campaign first told late",
        replace(through({"who": "hobby"}), attribution=CAMPAIGN).answer("avoid"),
        {"utm_source": "news", "utm_campaign": "spring", "utm_term": ""},
    ),
    (
        "campaign told twice: the last",
        replace(through({"who": "hobby"}, attribution=CAMPAIGN), attribution=Attribution(utm_source="ads")).answer(
            "avoid"
        ),
        {"utm_source": "ads", "utm_campaign": "spring"},
    ),
    (
        "device first not known",
        replace(through({"who": "hobby"}, device="unknown"), device="tablet").answer("avoid"),
        {"device": "tablet"},
    ),
    ("device never known", through(HOBBY, device="unknown"), {"device": "unknown"}),
    (
        "texts changed on the way: those that it began with",
        replace(through({"who": "hobby"}), wording_version="ffff0000").answer("avoid"),
        {"wording_version": "abcd1234"},
    ),
]


@pytest.mark.parametrize(("visitor", "row"), [case[1:] for case in JOURNEYS], ids=[case[0] for case in JOURNEYS])
def test_the_row_of_a_journey_has_the_expected_values(visitor: Visitor, row: Mapping[str, object]) -> None:
    assert_holds(folded(visitor).journey, row)


def slow(visitor: Visitor, pace_ms: int) -> Visitor:
    return replace(visitor, pace_ms=pace_ms)


STEP_ROWS: list[tuple[str, Visitor, str, dict[str, object]]] = [
    ("viewed", Visitor().arrive(), "who", {"viewed": 1, "answered": 0, "answer": "", "elapsed_ms": None}),
    ("answered", through(HOBBY), "who", {"viewed": 1, "answered": 1, "answer": "hobby", "elapsed_ms": 1000}),
    (
        "answered anew: the answer of the last, the time of the first",
        slow(through(HOBBY).back_to("who"), 70_000).answer("job"),
        "who",
        {"answer": "job", "elapsed_ms": 1000, "changes": 1, "went_back": 1},
    ),
    (
        "changed there and back again: twice",
        through(HOBBY).back_to("hosting").answer("enjoy").back_to("hosting").answer("avoid"),
        "hosting",
        {"answer": "avoid", "changes": 2, "went_back": 2},
    ),
    (
        "went back, and stayed with the answer",
        through(HOBBY).back_to("hosting").answer("avoid"),
        "hosting",
        {"changes": 0, "went_back": 1},
    ),
    (
        "reloaded the page gone back to: once",
        through(HOBBY).back_to("who").reload().reload(),
        "who",
        {"went_back": 1},
    ),
    (
        "browser's Back, and another answer: a change, which nothing went back for",
        through({"who": "team"}).browser_back().answer("job"),
        "who",
        {"answer": "job", "changes": 1, "went_back": 0},
    ),
    (
        "browser's Back, and the same answer: nothing",
        through({"who": "team"}).browser_back().answer("team"),
        "who",
        {"answer": "team", "changes": 0, "went_back": 0, "viewed": 1},
    ),
    ("refused for two reasons", Visitor().arrive().err("missing").err("invalid"), "who", {"errors": 2, "answered": 0}),
    ("refused twice alike: one and the same", Visitor().arrive().err().err(), "who", {"errors": 1}),
    ("refused again in a later turn", through(HOBBY).back_to("who").err().browser_back(3).err(), "who", {"errors": 2}),
    ("error of another step", Visitor().arrive().err().answer("hobby"), "hosting", {"errors": 0}),
    (
        "prefilled, and not asked",
        through({"hosting": "avoid"}, entry="prefilled", prefilled={"who": "hobby"}),
        "who",
        {"prefilled": 1, "viewed": 0, "answered": 0, "answer": "hobby", "elapsed_ms": None},
    ),
    (
        "asked beside what was prefilled",
        through({"hosting": "avoid"}, entry="prefilled", prefilled={"who": "hobby"}),
        "hosting",
        {"prefilled": 0, "viewed": 1, "answered": 1},
    ),
    (
        "prefilled ahead of the question that is asked",
        through({}, entry="prefilled", prefilled={"hosting": "avoid"}),
        "hosting",
        {"prefilled": 1, "viewed": 0},
    ),
    (
        "prefilled, then changed: answered like any other",
        through({}, entry="prefilled", prefilled=HOBBY).back_to("hosting").answer("enjoy"),
        "hosting",
        {"prefilled": 0, "answered": 1, "answer": "enjoy", "changes": 0, "went_back": 1},
    ),
    (
        "prefilled, looked at and left",
        through({}, entry="prefilled", prefilled=HOBBY).back_to("hosting"),
        "hosting",
        {"prefilled": 1, "viewed": 1, "answered": 0, "answer": "avoid"},
    ),
    (
        "set by the local trial: what was given is counted, what stands is told",
        through(TEAM).try_locally(),
        "who",
        {"answered": 1, "answer": "job", "changes": 0, "prefilled": 0},
    ),
    (
        "no longer asked after a change: what was given remains",
        through(EVERYTHING).back_to("who").answer("hobby"),
        "team_size",
        {"answered": 1, "answer": "51_plus", "viewed": 1},
    ),
    (
        "page prerendered, and answered: it was viewed",
        Visitor().arrive().answer("hobby", logged=False).answer("avoid"),
        "hosting",
        {"viewed": 1, "answered": 1},
    ),
]


@pytest.mark.parametrize(
    ("visitor", "name", "row"), [case[1:] for case in STEP_ROWS], ids=[case[0] for case in STEP_ROWS]
)
def test_the_row_of_a_step_has_the_expected_values(visitor: Visitor, name: str, row: Mapping[str, object]) -> None:
    assert_holds(step(visitor, name), row)


def test_a_prefilled_answer_that_does_not_fit_the_first_question_given_leaves_no_row() -> None:
    visitor = through({"who": "hobby"}, entry="prefilled", prefilled={"team_size": "2_10"})
    assert [row.step for row in folded(visitor).steps] == ["hosting", "who"]


def test_every_row_of_a_journey_begins_when_its_earliest_event_does() -> None:
    visitor = slow(Visitor().arrive(), -5).answer("hobby").answer("avoid")
    begins = {row.began_ms for row in folded(visitor).steps} | {folded(visitor).journey.began_ms}
    assert begins == {min(event.context.ts_ms for event in visitor.events)}


def bare_conversion(turn_zero: Context) -> Event:
    """A conversion as it comes from outside, long after: of the visit it knows the journey alone."""
    context = replace(turn_zero, ts_ms=turn_zero.ts_ms + 10**9, turn=0, answers={}, locale="", device="unknown")
    return Conversion(replace(context, entry="fresh", flow_version="", wording_version=""), "cloud", 5.0)


def test_a_conversion_does_not_change_how_the_journey_began() -> None:
    visitor = through(HOBBY, entry="continued", continued_from="journey-0")
    later = [event for event in first_by_id(visitor.events).values() if event.context.turn > 0]
    row = fold([bare_conversion(later[0].context), *later], STEPS).journey
    assert_holds(row, {"entry": "continued", "locale": "en", "wording_version": "abcd1234", "converted": 1})
    assert json.loads(row.answers) == HOBBY


def test_a_conversion_alone_is_a_journey_of_which_nothing_else_is_known() -> None:
    found = fold([bare_conversion(Visitor().arrive().events[0].context)], STEPS)
    assert_holds(
        found.journey, {"viewed": 0, "started": 0, "finished": 0, "converted": 1, "value": 5.0, "answers": "{}"}
    )
    assert found.steps == ()


def test_a_step_that_the_questionnaire_no_longer_has_comes_before_all_others() -> None:
    events = first_by_id(through({"who": "team"}).events).values()
    assert fold(events, ("who",)).journey.furthest_step == "who"
    assert fold(events, ("team_size", "who")).journey.furthest_step == "who"
    assert fold(events, ("who", "team_size")).journey.furthest_step == "team_size"


def test_two_answers_of_one_turn_in_one_millisecond_have_a_fixed_order() -> None:
    visitor = slow(Visitor().arrive(), 0).answer("hobby").browser_back().answer("job").browser_back().answer("team")
    events = list(first_by_id(visitor.events).values())
    assert fold(events, STEPS) == fold(events[::-1], STEPS)


@given(visits(), st.randoms(use_true_random=False))
def test_the_rows_are_the_same_in_any_order(visitor: Visitor, chance: Any) -> None:
    events = list(first_by_id(visitor.events).values())
    if not events:
        return
    as_told = fold(events, STEPS)
    chance.shuffle(events)
    assert fold(events, STEPS) == as_told


def test_a_conversion_that_repeats_what_was_known_then_does_not_hide_what_is_known_by_now() -> None:
    visitor = Visitor(prefilled=HOBBY, attribution=Attribution(utm_campaign="spring")).arrive()
    visitor.attribution = Attribution(utm_campaign="pricing", utm_term="only there")
    journey = folded(visitor.convert("cloud")).journey
    assert (journey.utm_campaign, journey.utm_term) == ("spring", "only there")


@given(visits(), st.sampled_from(ATTRIBUTION))
def test_of_where_a_visitor_came_from_the_last_counts_that_anything_but_a_conversion_tells(
    visitor: Visitor, slot: str
) -> None:
    told = sorted(
        first_by_id(visitor.events).values(),
        key=lambda event: (
            not isinstance(event, Conversion),
            event.context.turn,
            event.context.ts_ms,
            event.event_id,
        ),
    )
    known = [value for event in told if (value := getattr(event.context.attribution, slot))]
    if told:
        assert getattr(folded(visitor).journey, slot) == (known[-1] if known else "")


@given(visits())
def test_the_rows_of_any_visit_make_sense_together(visitor: Visitor) -> None:
    if not visitor.events:
        return
    found = folded(visitor)
    journey = found.journey
    given = Counter(event.step for event in first_by_id(visitor.events).values() if isinstance(event, QuestionAnswer))
    assert journey.clicked <= journey.finished
    assert journey.started == int(any(row.answered for row in found.steps))
    assert bool(journey.persona) == bool(journey.finished)
    assert journey.began_ms <= (journey.finished_ms or journey.last_ms) <= journey.last_ms
    assert journey.furthest_step in {"", *(row.step for row in found.steps if row.viewed)}
    for row in found.steps:
        assert row.answered <= row.viewed, "somebody answered a page that nobody saw"
        assert row.answered + row.prefilled <= 1
        assert bool(row.answer) == bool(row.answered or row.prefilled)
        assert (row.elapsed_ms is None) == (not row.answered)
        assert row.changes <= max(0, given[row.step] - 1)


EDGES: list[tuple[str, Visitor, set[str]]] = [
    ("looked, and left", Visitor().arrive(), {"start>who"}),
    ("answered all", through(HOBBY), set(HOBBY_EDGES)),
    (
        "took the long way",
        through(TEAM),
        {"start>who", "who>team_size", "team_size>hosting", "hosting>result"},
    ),
    ("refused, and reloaded: nowhere", Visitor().arrive().err().reload(), {"start>who"}),
    (
        "link with every answer in it",
        through({}, entry="prefilled", prefilled=HOBBY),
        {"start>result"},
    ),
    (
        "link with one answer in it",
        through({"hosting": "avoid"}, entry="prefilled", prefilled={"who": "hobby"}),
        {"start>hosting", "hosting>result"},
    ),
    (
        "link that answers ahead: over what it has",
        through({"who": "hobby"}, entry="prefilled", prefilled={"hosting": "avoid"}),
        {"start>who", "who>result"},
    ),
    (
        "the page's own link back: no answer led there",
        through(HOBBY).back_to("who"),
        {"start>who", "who>hosting", "hosting>result"},
    ),
    (
        "back, and another way: both were taken",
        through(HOBBY).back_to("who").answer("team"),
        {"start>who", "who>hosting", "who>team_size", "hosting>result"},
    ),
    (
        "changed at the end: the same way twice is one",
        through(HOBBY).back_to("hosting").answer("enjoy"),
        {"start>who", "who>hosting", "hosting>result"},
    ),
    (
        "two tabs at one turn: each way of both",
        Visitor().arrive().answer("hobby").browser_back().answer("team"),
        {"start>who", "who>hosting", "who>team_size"},
    ),
    (
        "page that never loaded: it leads nowhere",
        Visitor().arrive().answer("hobby", logged=False),
        {"start>who"},
    ),
    (
        "page that never loaded, and answered all the same",
        Visitor().arrive().answer("hobby", logged=False).answer("avoid"),
        {"start>who", "who>hosting", "hosting>result"},
    ),
    (
        "result that never loaded, and back: the answer did not lead to the page gone back to",
        through({"who": "hobby"}).answer("avoid", logged=False).back_to("who"),
        {"start>who", "who>hosting"},
    ),
    (
        "back within the millisecond of the result, by a server whose clock is behind",
        replace(through(HOBBY), pace_ms=-5).back_to("who"),
        {"start>who", "who>hosting", "hosting>result"},
    ),
    (
        "link with every answer in it that never loaded, and back",
        Visitor(entry="prefilled", prefilled=HOBBY).arrive(logged=False).back_to("who"),
        set(),
    ),
    (
        "another way to what was seen before, which then never loaded: that way led nowhere",
        through(HOBBY).back_to("who").answer("job").back_to("who").answer("hobby", logged=False),
        {"start>who", "who>hosting", "hosting>result", "who>team_size"},
    ),
    (
        "link with every answer in it that never loaded, and the local trial: no first page was seen",
        Visitor(entry="prefilled", prefilled=TEAM).arrive(logged=False).try_locally(),
        set(),
    ),
    (
        "local trial: no answer of theirs led to its result",
        through(TEAM).try_locally(),
        {"start>who", "who>team_size", "team_size>hosting", "hosting>result"},
    ),
    ("clicked and signed up: nowhere else", through(HOBBY).click("cloud").convert("cloud"), set(HOBBY_EDGES)),
]


@pytest.mark.parametrize(("visitor", "edges"), [case[1:] for case in EDGES], ids=[case[0] for case in EDGES])
def test_the_edges_are_where_the_first_page_and_each_answer_led(visitor: Visitor, edges: set[str]) -> None:
    found = folded(visitor).journey.edges.split()
    assert found == sorted(found), "alike in whatever order they were taken, so that they share a cell"
    assert set(found) == edges
    assert len(found) == len(edges)


@given(visits())
def test_every_edge_leads_from_an_answer_to_a_page_that_had_none_yet(visitor: Visitor) -> None:
    if not visitor.events:
        return
    given_to = {event.step for event in visitor.events if isinstance(event, QuestionAnswer)}
    asked = {
        event.step
        for event in visitor.events
        if isinstance(event, QuestionView) and event.step not in event.context.answers
    }
    asked |= {"result" for event in visitor.events if isinstance(event, ResultView)}
    for edge in folded(visitor).journey.edges.split():
        source, _, target = edge.partition(">")
        assert source in {"start", *given_to}
        assert target in asked
        assert source != target


ELAPSED: list[tuple[str, Visitor, int | None]] = [
    ("without a result", Visitor().arrive().answer("hobby"), None),
    ("from the first page on", through(HOBBY), 4000),
    ("with refusals and reloads in between", Visitor().arrive().err().reload().answer("hobby").answer("avoid"), 6000),
    ("until the first result, whatever came later", through(HOBBY).back_to("hosting").answer("enjoy"), 4000),
    ("link to the result: at once", through({}, entry="prefilled", prefilled=HOBBY), 0),
    (
        "another result, by a server whose clock is behind: the first by the clock",
        replace(through(HOBBY), pace_ms=-1000).back_to("hosting").answer("enjoy"),
        3000,
    ),
    (
        "answered on a server whose clock is behind: from the earliest event by the clock",
        replace(Visitor(pace_ms=-5000).arrive(), pace_ms=1000).answer("hobby").answer("avoid"),
        3000,
    ),
    (
        "page that never loaded: from the answer on, which implies it",
        Visitor().arrive(logged=False).answer("hobby").answer("avoid"),
        3000,
    ),
    ("signed up days later", replace(through(HOBBY), pace_ms=3 * 86_400_000).convert("cloud"), 4000),
]


@pytest.mark.parametrize(("visitor", "elapsed_ms"), [case[1:] for case in ELAPSED], ids=[case[0] for case in ELAPSED])
def test_the_time_to_a_result_is_from_the_first_event_to_the_first_result(
    visitor: Visitor, elapsed_ms: int | None
) -> None:
    assert folded(visitor).journey.elapsed_ms == elapsed_ms


def cell(journey: JourneyRow) -> int:
    return int(cell_and_tags(asdict(journey))["cell"])


def tags(journey: JourneyRow) -> int:
    return int(cell_and_tags(asdict(journey))["tags"])


def test_journeys_that_are_alike_in_what_is_counted_share_a_cell() -> None:
    one = folded(through(HOBBY, attribution=CAMPAIGN)).journey
    other = folded(
        replace(through({"who": "hobby"}, journey_id="journey-2", attribution=CAMPAIGN, now_ms=5), pace_ms=77)
        .err()
        .answer("avoid")
    ).journey
    assert one.cell == other.cell == cell(one)


@pytest.mark.parametrize("name", CELL)
def test_journeys_that_differ_in_one_column_that_is_counted_are_of_two_cells(name: str) -> None:
    journey = folded(through(HOBBY)).journey
    value = getattr(journey, name)
    changed: Any = 1 - value if isinstance(value, int) else f"{value}x"
    other = replace(journey, **{name: changed})
    assert cell(other) != cell(journey)


def fast_then(*paces: Suspicion) -> Visitor:
    """A visit whose answers carry these marks, one after the other."""
    visitor = Visitor().arrive()
    for choice, mark in zip(("team", "2_10", "avoid"), paces, strict=False):
        visitor.suspect = mark
        visitor.answer(choice)
    return visitor


SUSPECTS: list[tuple[str, Visitor, str]] = [
    ("nothing marked", through(HOBBY), ""),
    ("all of it in a burst", Visitor(suspect="burst").arrive(), "burst"),
    ("every answer fast", fast_then("fast", "fast", "fast"), "fast"),
    ("one answer slow", fast_then("fast", "", "fast"), ""),
    ("its last answer in a burst", fast_then("fast", "", "burst"), "burst"),
    ("fast views and no answer", Visitor(suspect="fast").arrive(), ""),
]


@pytest.mark.parametrize(("visitor", "mark"), [case[1:] for case in SUSPECTS], ids=[case[0] for case in SUSPECTS])
def test_a_journey_is_suspect_by_its_own_events_in_whatever_order_they_come(visitor: Visitor, mark: str) -> None:
    for events in (visitor.events, visitor.events[::-1]):
        found = fold(events, STEPS)
        assert found.journey.suspect == mark
        assert {step.suspect for step in found.steps} == {mark}


def test_a_click_with_global_privacy_control_has_no_handoff() -> None:
    followed = folded(through(HOBBY).click("cloud")).journey
    private = folded(replace(through(HOBBY), gpc=1).click("cloud")).journey
    both = folded(replace(through(HOBBY).click("cloud"), gpc=1).click("on_premise")).journey
    assert [(row.clicked, row.handoff) for row in (followed, private, both)] == [(1, 1), (1, 0), (1, 1)]


def test_a_signup_proves_that_a_click_had_a_handoff() -> None:
    private = folded(replace(through(HOBBY), gpc=1).click("cloud").convert("cloud")).journey
    assert (private.converted, private.handoff) == (1, 1)


@pytest.mark.parametrize("name", TAGS)
@pytest.mark.parametrize("changed", [{"started": 0}, {"suspect": "burst"}, {"suspect": "fast"}], ids=str)
def test_a_tag_makes_no_cell_of_its_own_for_a_journey_that_has_not_started_or_is_suspect(
    name: str, changed: dict[str, Any]
) -> None:
    one = replace(folded(through(HOBBY)).journey, **changed)
    own: Any = "a value of its own"
    other = replace(one, **{name: own})
    assert cell(other) == cell(one)
    assert tags(other) != tags(one)
    assert 0 not in (tags(one), tags(other))


def test_the_cell_of_a_journey_that_has_started_includes_its_tags() -> None:
    journey = folded(through(HOBBY, attribution=CAMPAIGN)).journey
    assert tags(journey) == journey.tags == 0


def test_a_value_does_not_slip_from_one_column_into_the_next() -> None:
    journey = folded(through(HOBBY)).journey
    moved = [replace(journey, utm_source="ab"), replace(journey, utm_source="a", utm_campaign="b")]
    assert len({cell(each) for each in moved}) == 2


@given(visits())
def test_every_cell_is_a_number_that_both_databases_hold(visitor: Visitor) -> None:
    if visitor.events:
        found = folded(visitor).journey
        assert 0 <= found.cell < 2**63
        assert 0 <= found.tags < 2**63
        assert (found.cell, found.tags) == (cell(found), tags(found))
