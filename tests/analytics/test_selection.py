"""A selection stands in an address, and is read from it again; what can't be read is told and left out."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
from factories import CONTEXT, NOV_1, log_on
from hypothesis import given
from hypothesis import strategies as st
from log_strategies import EMBEDS, HOSTILE
from sqlalchemy import func, select
from visits import Visitor
from werkzeug.datastructures import MultiDict

from wizard.analytics.conditions import CONDITIONS, DID, OUTCOMES, THEN
from wizard.analytics.date_range import SPANS, read_span
from wizard.analytics.quoting import quoted
from wizard.analytics.scope import Suspects
from wizard.analytics.selection import LEFT_OUT, MOST_VALUES, Reading, Selection, read_selection
from wizard.events.attribution import Attribution
from wizard.events.dimensions import DIMENSIONS
from wizard.events.log import Log
from wizard.events.model import QuestionView, ResultView, Suspicion
from wizard.questionnaire.questions import QUESTIONS
from wizard.storage.schema import journeys

ZONE = ZoneInfo("Europe/Berlin")
NOVEMBER = {"since": "2026-11-01", "until": "2026-11-30"}


def read(address: str) -> Reading:
    """What is read from an address's query."""
    return read_selection(MultiDict(parse_qsl(address, keep_blank_values=True)), ZONE, NOV_1)


def selected(**filters: str) -> Selection:
    return Selection(read_span(NOVEMBER, ZONE, NOV_1), filters)


def those(log: Log, selection: Selection) -> set[str]:
    """The journeys of a selection."""
    with log.database.reader.connect() as connection:
        return set(connection.execute(select(journeys.c.journey_id).where(*selection.where())).scalars())


# --- in an address

names = st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True)
choices = st.from_regex(r"[a-z0-9][a-z0-9_]{0,9}", fullmatch=True)
texts = st.sampled_from([*HOSTILE, *map("".join, EMBEDS)]) | st.text(
    st.characters(exclude_categories=["C"]), max_size=20
)
conditions = st.one_of(
    st.tuples(st.just("outcome"), st.sampled_from([*OUTCOMES])),
    st.tuples(st.just("then"), st.sampled_from([*THEN])),
    st.tuples(st.sampled_from(["recommended", "declined"]), names),
    st.tuples(st.just("did"), st.builds("{}.{}".format, names, st.sampled_from([*DID]))),
    st.tuples(st.just("answer"), st.builds("{}.{}".format, names, choices)),
    st.tuples(st.just("changed"), st.builds("{}.{}.{}".format, names, choices, choices)),
    st.tuples(st.just("edge"), st.builds("{}.{}".format, names, names)),
)
spans = st.sampled_from([{"period": name} for name in SPANS]) | st.sampled_from(
    [NOVEMBER, {"since": "2026-10-25T00:30:00+02:00", "until": "2026-10-25T00:30:00Z"}]
)


@given(
    span=spans,
    filters=st.dictionaries(st.sampled_from([*DIMENSIONS]), texts),
    held=st.lists(conditions, max_size=6, unique=True),
    suspects=st.sampled_from(["excluded", "included", "only"]),
)
def test_a_selection_is_read_again_from_its_own_address(
    span: Mapping[str, str], filters: Mapping[str, str], held: list[tuple[str, str]], suspects: Suspects
) -> None:
    held.sort(key=lambda each: [*CONDITIONS].index(each[0]))
    selection = Selection(read_span(span, ZONE, NOV_1), filters, tuple(held), suspects)
    assert read(selection.query()) == Reading(selection, ())


@pytest.mark.parametrize(
    ("value", "written"),
    [("", "source=-"), ("-", "source=--"), ("--x", "source=---x"), ("a-", "source=a-"), ("a b&c", "source=a+b%26c")],
)
def test_a_value_that_is_not_known_is_a_dash_and_one_that_begins_with_it_has_one_more(value: str, written: str) -> None:
    assert selected(source=value).query() == f"since=2026-11-01&until=2026-11-30&{written}"


def test_parameters_are_in_one_order_whatever_order_they_were_given_in() -> None:
    address = "answer=who.job&device=mobile&source=news&outcome=started&period=7d"
    assert read(address).selection.query() == "period=7d&source=news&device=mobile&outcome=started&answer=who.job"


def test_more_parameters_are_at_the_end() -> None:
    assert selected(source="a").query(after="1 2") == "since=2026-11-01&until=2026-11-30&source=a&after=1+2"


def test_what_is_empty_or_not_of_the_selection_is_passed_over() -> None:
    reading = read("period=&source=&did=&outcome=&after=7&utm_source=x&page=-")
    assert reading == Reading(Selection(read_span({}, ZONE, NOV_1), {"page": ""}), ())


def test_a_condition_twice_is_one_and_two_different_ones_hold_both() -> None:
    reading = read("did=who.left&did=who.left&did=hosting.reached&answer=who.job&answer=team_size.2_10")
    assert reading.selection.conditions == (
        ("did", "who.left"),
        ("did", "hosting.reached"),
        ("answer", "who.job"),
        ("answer", "team_size.2_10"),
    )


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("outcome", "won"),
        ("then", "stayed"),
        ("recommended", "Cloud"),
        ("recommended", "cloud' OR 1=1"),
        ("declined", "a,b"),
        ("declined", "%"),
        ("did", "who"),
        ("did", "who.won"),
        ("did", ".left"),
        ("did", "who.left.left"),
        ("answer", "who"),
        ("answer", "who.<b>"),
        ("answer", "1.2"),
        ("changed", "who"),
        ("changed", "who.team"),
        ("changed", "who.team.hobby.team"),
        ("changed", "who..team"),
        ("edge", "who"),
        ("edge", "who>hosting"),
        ("edge", "who.hosting.result"),
        ("edge", "who.hosting start"),
        ("edge", f"who.{'x' * 65}"),
        ("edge", "who.\u202eresult\x00"),
    ],
)
def test_a_condition_that_can_not_be_read_is_told_and_left_out(condition: str, value: str) -> None:
    reading = read_selection(MultiDict([(condition, value), ("period", "7d")]), ZONE, NOV_1)
    assert reading.selection == Selection(read_span({"period": "7d"}, ZONE, NOV_1))
    told = f"{quoted(value)} can't be read as {CONDITIONS[condition].name}{LEFT_OUT}"
    assert reading.problems == (told,)
    assert told.isprintable() or "\u2068" in told, "nothing in it turns around what follows"


def test_more_values_of_a_condition_than_a_database_takes_are_told_and_left_out(log: Log) -> None:
    values = [("did", f"step{number}.reached") for number in range(3000)]
    reading = read_selection(MultiDict(values), ZONE, NOV_1)
    assert reading.selection.conditions == tuple(values[:MOST_VALUES])
    (problem,) = reading.problems
    assert problem.startswith(f"What is beyond {MOST_VALUES} conditions on what happened at a question")
    with log.database.reader.connect() as connection:
        assert connection.execute(select(journeys).where(*reading.selection.where())).all() == []


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_a_value_that_no_database_holds_is_told_and_left_out(dimension: str) -> None:
    reading = read_selection(MultiDict({"period": "7d", dimension: "a\0b", "did": "who.left"}), ZONE, NOV_1)
    assert reading.selection == Selection(read_span({"period": "7d"}, ZONE, NOV_1), {}, (("did", "who.left"),))
    (problem,) = reading.problems
    assert problem == f"“ab” can't be read as {DIMENSIONS[dimension].name.lower()}{LEFT_OUT}"


def test_a_span_that_can_not_be_read_is_told_and_is_the_last_28_days() -> None:
    reading = read("since=tomorrow&until=2026-11-01&source=news")
    assert reading.selection == Selection(read_span({}, ZONE, NOV_1), {"source": "news"})
    (problem,) = reading.problems
    assert problem == "“tomorrow” can't be read as a date. These are the last 28 days"


def test_every_problem_is_told() -> None:
    assert len(read("period=8d&outcome=won&did=who&did=x.y&answer=1").problems) == 5


def test_also_adds_conditions_and_replaces_filters_and_without_takes_either_away() -> None:
    one = selected(source="a", device="mobile").also(("outcome", "started"))
    more = one.also(("did", "who.left"), source="b", page="")
    assert more.filters == {"source": "b", "device": "mobile", "page": ""}
    assert more.conditions == (("outcome", "started"), ("did", "who.left"))
    assert one.filters == {"source": "a", "device": "mobile"}, "the first is as it was"
    assert more.without("source", "page", "did") == one.without("source")
    assert more.without("outcome", "did", "source", "page", "device") == selected()
    assert replace(more, suspects="only").without("suspects") == more
    assert replace(more, suspects="only").without("source").suspects == "only"


@pytest.mark.parametrize("text", ["excluded", "included", "all", "ONLY", "1", "only\0"])
def test_a_choice_of_suspect_visits_that_can_not_be_read_is_told_and_leaves_them_out(text: str) -> None:
    reading = read_selection(MultiDict([("suspects", text), ("period", "7d")]), ZONE, NOV_1)
    assert reading.selection == Selection(read_span({"period": "7d"}, ZONE, NOV_1))
    told = f"{quoted(text)} can't be read as a choice of suspect visits, which are left out"
    assert reading.problems == (told,)


# --- in a log


@pytest.fixture(params=["sqlite", "postgresql"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    log = log_on(request.param, request)
    yield log
    log.database.dispose()


def test_every_value_is_found_and_nothing_else_however_odd_it_is(log: Log) -> None:
    odd = [text for text in HOSTILE if text]
    told = {f"journey-{number}": Attribution(utm_source=text, utm_campaign=text) for number, text in enumerate(odd)}
    told["nothing"] = Attribution()
    told |= {
        f"page-{number}": Attribution(embed_origin=origin, embed_path=path)
        for number, (origin, path) in enumerate(EMBEDS)
        if origin
    }
    for name, attribution in told.items():
        log.append(Visitor(name, now_ms=NOV_1, attribution=attribution).arrive().events)
    for name, attribution in told.items():
        selection = selected(
            source=attribution.utm_source,
            campaign=attribution.utm_campaign,
            page=attribution.embed_origin + attribution.embed_path,
        )
        assert those(log, selection) == {name}
        assert those(log, read(selection.query()).selection) == {name}
    assert those(log, selected(page="")) == {name for name in told if not name.startswith("page")}


def test_a_value_that_nobody_has_finds_nobody(log: Log) -> None:
    log.append(Visitor("one", now_ms=NOV_1).arrive().events)
    for dimension in DIMENSIONS:
        for value in ("x" * 10_000, "%", "_", "'", "\\", "/x", "https://", "%s :name", "\u202e"):
            reading = read_selection(MultiDict({**NOVEMBER, dimension: value}), ZONE, NOV_1)
            assert reading.selection.filters == {dimension: value}
            assert those(log, reading.selection) == set()


def test_a_part_of_a_name_is_not_the_name(log: Log) -> None:
    visitor = Visitor("one", now_ms=NOV_1).arrive().answer("team").answer("2_10").answer("own_servers")
    log.append(visitor.events)
    for condition in (
        ("edge", "who.team_siz"),
        ("edge", "ho.team_size"),
        ("edge", "who.teamxsize"),
        ("declined", "on_prem"),
        ("declined", "onxpremise"),
        ("declined", "premise"),
        ("answer", "who.tea"),
        ("did", "team.reached"),
        ("recommended", "private"),
    ):
        assert those(log, selected().also(condition)) == set(), condition
    for condition in (
        ("edge", "start.who"),
        ("edge", "who.team_size"),
        ("edge", "hosting.result"),
        ("declined", "on_premise"),
        ("answer", "team_size.2_10"),
        ("did", "team_size.reached"),
        ("recommended", "private_cloud"),
    ):
        assert those(log, selected().also(condition)) == {"one"}, condition


def test_each_of_several_that_were_declined_is_found(log: Log) -> None:
    visitor = Visitor("one", now_ms=NOV_1).arrive().answer("hobby").answer("own_cloud")
    result = visitor.events[-1]
    two = type(result)(result.context, "visionary", "cloud", ("private_cloud", "on_premise"))  # type: ignore[call-arg]
    log.append([*visitor.events[:-1], two])
    for name in ("private_cloud", "on_premise"):
        assert those(log, selected().also(("declined", name))) == {"one"}
    assert those(log, selected().also(("declined", "cloud"))) == set()


def test_an_underscore_is_no_sign_for_any_letter(log: Log) -> None:
    later = replace(CONTEXT, turn=1, answers={"teamxsize": "2_10"})
    log.append([QuestionView(CONTEXT, "teamxsize"), ResultView(later, "team", "cloud", ("onxpremise",))])
    for condition in (("edge", "start.team_size"), ("declined", "on_premise")):
        assert those(log, selected().also(condition)) == set(), condition
    for condition in (("edge", "start.teamxsize"), ("declined", "onxpremise")):
        assert those(log, selected().also(condition)) == {CONTEXT.journey_id}, condition


def test_how_far_journeys_came_and_what_they_then_did(log: Log) -> None:
    hobby = {"who": "hobby", "hosting": "avoid"}
    own = {
        name: Visitor(name, now_ms=NOV_1).arrive()
        for name in ("looked", "stopped", "stayed", "clicked", "private", "signed_up")
    }
    own["stopped"].answer("hobby")
    for name in ("stayed", "clicked", "private", "signed_up"):
        own[name].answer("hobby").answer("avoid")
    linked = {
        name: Visitor(name, now_ms=NOV_1, entry="prefilled", prefilled=hobby).arrive()
        for name in ("link", "link_clicked", "link_signed_up")
    }
    everybody = {**own, **linked}
    everybody["clicked"].click("cloud")
    everybody["private"].click("cloud")
    everybody["link_clicked"].click("on_premise")
    for name in ("signed_up", "link_signed_up"):
        everybody[name].convert("cloud")
    for name, visitor in everybody.items():
        gpc = int(name == "private")
        log.append([replace(event, context=replace(event.context, gpc=gpc)) for event in visitor.events])
    assert {name: those(log, selected().also(("outcome", name))) for name in OUTCOMES} == {
        "viewed": set(everybody),
        "started": {"stopped", "stayed", "clicked", "private", "signed_up"},
        "finished": {"stayed", "clicked", "private", "signed_up"},
        "clicked": {"clicked", "private"},
        "handoff": {"clicked", "signed_up"},
        "converted": {"signed_up"},
        "not_started": {"looked", *linked},
        "not_finished": {"stopped"},
        "not_clicked": {"stayed", "signed_up"},
        "linked": set(linked),
        "linked_clicked": {"link_clicked"},
        "linked_converted": {"link_signed_up"},
    }
    assert {name: those(log, selected().also(("then", name))) for name in THEN} == {
        "followed": {"clicked", "private"},
        "alternative": {"link_clicked"},
        "left": {"stayed", "signed_up", "link", "link_signed_up"},
    }


def test_what_was_done_at_a_step_is_that_of_its_own_visitors(log: Log) -> None:
    linked = Visitor("linked", now_ms=NOV_1, entry="prefilled", prefilled={"who": "hobby"}).arrive().back_to("who")
    asked = Visitor("asked", now_ms=NOV_1).arrive().err().answer("hobby").back_to("who").answer("job")
    stayed = Visitor("stayed", now_ms=NOV_1).arrive()
    for visitor in (linked, asked, stayed):
        log.append(visitor.events)
    found = {what: those(log, selected().also(("did", f"who.{what}"))) for what in DID}
    assert found == {
        "reached": {"asked", "stayed"},
        "answered": {"asked"},
        "left": {"stayed"},
        "met_error": {"asked"},
        "went_back": {"asked"},
        "changed": {"asked"},
    }
    assert those(log, selected().also(("answer", "who.job"))) == {"asked"}
    assert those(log, selected().also(("answer", "who.hobby"))) == set(), "a link's answer was not given there"
    both = selected().also(("did", "who.reached"), ("did", "hosting.reached"))
    assert those(log, both) == {"asked"}, "of one journey, both must hold"


def test_suspect_journeys_are_selected_only_where_they_are_asked_for(log: Log) -> None:
    marks: dict[str, Suspicion] = {"person": "", "burst": "burst", "fast": "fast"}
    for name, mark in marks.items():
        events = Visitor(name, now_ms=NOV_1).arrive().answer("hobby").events
        log.append([replace(event, context=replace(event.context, suspect=mark)) for event in events])
    assert those(log, read("since=2026-11-01&until=2026-11-30").selection) == {"person"}
    assert those(log, read("since=2026-11-01&until=2026-11-30&suspects=include").selection) == set(marks)
    assert those(log, read("since=2026-11-01&until=2026-11-30&suspects=only").selection) == {"burst", "fast"}
    answered = selected().also(("answer", "who.hobby"))
    assert those(log, answered) == {"person"}
    assert those(log, replace(answered, suspects="only")) == {"burst", "fast"}


@pytest.mark.parametrize(("offset_ms", "inside"), [(-1, False), (0, True)])
def test_a_journey_is_in_the_span_from_its_first_millisecond_until_before_its_end(
    log: Log, offset_ms: int, inside: bool
) -> None:
    span = selected().span.period
    log.append(Visitor("first", now_ms=(span.since_ms or 0) + offset_ms).arrive().events)
    log.append(Visitor("last", now_ms=(span.until_ms or 0) + offset_ms).arrive().events)
    assert those(log, selected()) == ({"first"} if inside else {"last"})


def test_without_a_span_all_journeys_are_narrowed(log: Log) -> None:
    for name, now_ms in (("long_ago", 1), ("now", NOV_1)):
        log.append(Visitor(name, now_ms=now_ms, device="mobile").arrive().events)
    narrowed = select(func.count()).select_from(journeys).where(*selected(device="mobile").narrowing())
    with log.database.reader.connect() as connection:
        assert connection.execute(narrowed).scalar_one() == 2


def test_steps_and_choices_have_names_that_an_address_can_hold() -> None:
    today = date(2026, 11, 1).isoformat()
    for step in QUESTIONS.steps:
        for choice in step.choices:
            address = f"since={today}&until={today}&did={step.name}.reached&answer={step.name}.{choice.id}"
            assert read(address).problems == ()
