"""Changed answers: what counts as a change, of whom, and that changes back are told apart."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from dashboard_app import opened, selected
from factories import NOV_1
from visits import Visitor

from wizard.analytics.changed_answers import ChangedAnswer, ChangedAnswers, read_changed_answers
from wizard.events.attribution import Attribution
from wizard.events.log import DAY_MS, Log

STEPS = ("who", "team_size", "hosting")


@pytest.fixture
def log(any_database: str) -> Iterator[Log]:
    with opened(any_database) as log:
        yield log


def add(log: Log, name: str, *answers: str, source: str = "", at_ms: int = NOV_1) -> None:
    """A visit that answers the first question so, one after the other, by going back to it."""
    visitor = Visitor(name, now_ms=at_ms, attribution=Attribution(utm_source=source)).arrive()
    for place, answer in enumerate(answers):
        if place:
            visitor = visitor.back_to("who")
        visitor = visitor.answer(answer)
    log.append(visitor.events)


def read(log: Log, query: str = "period=28d") -> ChangedAnswers:
    with log.database.snapshot() as connection:
        return read_changed_answers(connection, selected(query), STEPS)


def fill(log: Log) -> None:
    add(log, "kept", "team")
    add(log, "again", "team", "team")
    add(log, "one", "hobby", "team", source="news")
    add(log, "two", "hobby", "organisation", "team", source="news")
    add(log, "three", "team", "hobby")
    add(log, "back", "hobby", "team", "hobby", source="news")
    add(log, "earlier", "hobby", "team", at_ms=NOV_1 - DAY_MS)


def test_changes_go_from_the_first_answer_to_the_current_one(log: Log) -> None:
    fill(log)
    assert read(log) == {
        "who": (
            ChangedAnswer("hobby", "team", 2),
            ChangedAnswer("hobby", "hobby", 1),
            ChangedAnswer("team", "hobby", 1),
        )
    }
    assert [each.is_return for each in read(log)["who"]] == [False, True, False]


@pytest.mark.parametrize(
    ("query", "changes"),
    [
        ("source=news", {("hobby", "team"): 2, ("hobby", "hobby"): 1}),
        ("source=-", {("team", "hobby"): 1}),
        ("answer=who.hobby", {("hobby", "hobby"): 1, ("team", "hobby"): 1}),
        ("changed=who.hobby.team", {("hobby", "team"): 2}),
        ("changed=who.hobby.hobby&source=news", {("hobby", "hobby"): 1}),
        ("source=nowhere", {}),
    ],
)
def test_filters_and_conditions_narrow_the_changes_down(
    log: Log, query: str, changes: dict[tuple[str, str], int]
) -> None:
    fill(log)
    found = read(log, f"period=28d&{query}").get("who", ())
    assert {(each.first, each.current): each.journeys for each in found} == changes


def test_an_answer_that_a_link_brought_is_no_first_answer(log: Log) -> None:
    prefilled = Visitor("linked", entry="prefilled", prefilled={"who": "hobby"}, now_ms=NOV_1).arrive()
    log.append(prefilled.back_to("who").answer("team").events)
    assert read(log) == {}
    log.append(prefilled.back_to("who").answer("organisation").events)
    assert read(log) == {"who": (ChangedAnswer("team", "organisation", 1),)}


def test_suspect_visits_count_only_where_they_are_asked_for(log: Log) -> None:
    visitor = Visitor("burst", now_ms=NOV_1).arrive().answer("hobby").back_to("who").answer("team")
    log.append(replace(event, context=replace(event.context, suspect="burst")) for event in visitor.events)
    assert read(log) == {}
    for choice in ("include", "only"):
        assert read(log, f"period=28d&suspects={choice}") == {"who": (ChangedAnswer("hobby", "team", 1),)}


def test_no_steps_have_no_changes(log: Log) -> None:
    fill(log)
    with log.database.snapshot() as connection:
        assert read_changed_answers(connection, selected("period=28d"), ()) == {}
