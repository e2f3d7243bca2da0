"""A journey takes 300 events; beyond that, clicks and conversions alone. The same on both databases."""

from collections.abc import Iterator

import pytest
from dashboard_app import opened
from sqlalchemy import event as sql_event
from visits import BEGAN_MS, Visitor

from wizard.events.admission import MAX_EVENTS
from wizard.events.attribution import Attribution
from wizard.events.ledger import read_ledger
from wizard.events.log import Appended, Log
from wizard.events.model import Context, Conversion, CtaClick, Event, QuestionAnswer, QuestionView, ResultView
from wizard.events.periods import Period
from wizard.storage import schema

ALWAYS = Period(None, None)


@pytest.fixture
def any_log(any_database: str) -> Iterator[Log]:
    with opened(any_database) as log:
        yield log


def at(turn: int, answers: dict[str, str] | None = None, journey_id: str = "journey-1") -> Context:
    return Context(
        journey_id, BEGAN_MS + turn, turn, answers or {}, "fresh", "", "1", "1", "en", "desktop", Attribution()
    )


def views(first: int, end: int) -> list[Event]:
    return [QuestionView(at(turn), "who") for turn in range(first, end)]


def test_what_is_beyond_the_limit_is_rejected_and_the_ledger_says_so(any_log: Log) -> None:
    assert any_log.append(views(0, MAX_EVENTS - 1)) == Appended(MAX_EVENTS - 1, 0, 0)
    assert any_log.append(views(MAX_EVENTS - 2, MAX_EVENTS + 5)) == Appended(1, 1, 5)
    assert any_log.append([QuestionAnswer(at(900), "who", "team", 10)], views(899, 900)) == Appended(0, 0, 1)
    assert any_log.count() == MAX_EVENTS
    ledger = read_ledger(any_log.database, ALWAYS)
    assert ledger.reasons == {"too-long": 6}
    assert not ledger.problems()


def test_a_journey_that_is_full_keeps_others_from_nothing(any_log: Log) -> None:
    any_log.append(views(0, MAX_EVENTS))
    other = Visitor(journey_id="journey-2").arrive().answer("hobby").answer("avoid")
    appended = any_log.append([*views(700, 705), *other.events])
    assert appended.rejected == 5
    row = any_log.journey("journey-2")
    assert row
    assert row.finished == 1


def test_clicks_and_conversions_always_pass_with_the_result_that_a_click_implies(any_log: Log) -> None:
    any_log.append(views(0, MAX_EVENTS))
    answers = {"who": "hobby", "hosting": "avoid"}
    result = ResultView(at(50, answers), "visionary", "cloud", ())
    click = CtaClick(at(50, answers), "cloud", "recommended")
    assert any_log.append([click], [QuestionView(at(999), "who"), result]) == Appended(2, 0, 0)
    assert any_log.append([Conversion(at(0), "cloud", 9.5)]) == Appended(1, 0, 0)
    row = any_log.journey("journey-1")
    assert row
    assert (row.finished, row.clicked, row.converted, row.value) == (1, 1, 1, 9.5)
    assert any_log.rebuild(["journey-1"], write=False) == 0


def test_a_duplicate_is_found_by_its_id_without_reading_the_journey(any_log: Log) -> None:
    events = views(0, 40)
    any_log.append(events)
    read: list[str] = []

    def on_execute(_: object, __: object, statement: str, *___: object) -> None:
        read.append(statement)

    sql_event.listen(any_log.database.writer, "before_cursor_execute", on_execute)
    assert any_log.append(events[7:9]) == Appended(0, 2, 0)
    of_events = [statement for statement in read if f"FROM {schema.events.name}" in statement]
    assert of_events
    assert not [statement for statement in of_events if "answers" in statement], "only ids are read"


@pytest.mark.parametrize("length", [10, MAX_EVENTS])
def test_what_an_append_reads_of_a_journey_is_bounded(any_log: Log, length: int) -> None:
    any_log.append(views(0, length))
    for turn in range(2000, 2005):
        any_log.append([QuestionAnswer(at(turn), "who", "team", 10)], views(turn, turn + 1))
    assert any_log.count() <= MAX_EVENTS
