"""Visits under way are those of a recount of the raw events."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from factories import CONTEXT, DATABASES, NOV_1, SOURCES, WAREHOUSES, log_on, sqlite_log, visit
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from log_strategies import LogCase, log_cases
from reference_embeds import reference_under_way
from reference_overview import ReferenceJourney
from reference_report import trails
from sqlalchemy import delete
from werkzeug.datastructures import MultiDict

from wizard.analytics.date_range import named
from wizard.analytics.selection import Selection, read_selection
from wizard.analytics.under_way import UnderWay, _counted, read_under_way
from wizard.events.log import DAY_MS, Log
from wizard.events.model import Conversion, QuestionAnswer, QuestionView, WizardView
from wizard.questionnaire.questions import QUESTIONS
from wizard.storage import schema

MINUTE_MS = 60_000
ORDER = [step.name for step in QUESTIONS.steps]


@pytest.fixture(params=SOURCES)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    found = log_on(request.param, request)
    yield found
    found.database.dispose()


@pytest.fixture(params=DATABASES)
def recounted(request: pytest.FixtureRequest) -> Iterator[Log]:
    found = log_on(request.param, request)
    yield found
    found.database.dispose()


@pytest.fixture(params=WAREHOUSES)
def copied(request: pytest.FixtureRequest) -> Iterator[Log]:
    found = log_on(request.param, request)
    yield found
    found.database.dispose()


def selected(of: LogCase, **given: str) -> Selection:
    return read_selection(MultiDict(given), of.zone, of.now_ms).selection


def under_way(log: Log, now_ms: int, selection: Selection) -> UnderWay:
    with log.database.snapshot() as connection:
        return read_under_way(connection, selection, ORDER, now_ms)


SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.differing_executors]


@hypothesis_settings(suppress_health_check=SHARED)
@given(of=log_cases(), data=st.data())
def test_visits_under_way_equal_a_recount(recounted: Log, of: LogCase, data: st.DataObject) -> None:
    assert_recounted(recounted, of, data)


@hypothesis_settings(max_examples=4, suppress_health_check=SHARED)
@given(of=log_cases(), data=st.data())
def test_visits_under_way_equal_a_recount_on_clickhouse(copied: Log, of: LogCase, data: st.DataObject) -> None:
    assert_recounted(copied, of, data)


def assert_recounted(log: Log, of: LogCase, data: st.DataObject) -> None:
    with log.database.writer.begin() as connection:
        for table in schema.METADATA.sorted_tables:
            connection.execute(delete(table))
    for batch in of.batches:
        log.append(batch)
    times = [event.context.ts_ms for event in of.events] or [of.now_ms]
    later_ms = data.draw(st.sampled_from([0, 1, -1, MINUTE_MS, 5 * MINUTE_MS - 1, 5 * MINUTE_MS]))
    now_ms = data.draw(st.sampled_from(times)) + later_ms
    journeys = [ReferenceJourney(trail) for trail in trails(log.read())]
    suspects = data.draw(st.sampled_from(["", "include", "only"]))
    filters = data.draw(st.sampled_from([{}, {"language": "en"}, {"page": "-"}]))
    kept = [
        each
        for each in journeys
        if (suspects == "include" or bool(each.suspect) == (suspects == "only"))
        and all(each.values[name] == value.removeprefix("-") for name, value in filters.items())
    ]
    found = under_way(log, now_ms, selected(of, **filters, suspects=suspects))
    pages, embeds = reference_under_way(kept, now_ms)
    assert (dict(found.pages), dict(found.embeds)) == (pages, embeds)
    assert found.visits == sum(pages.values()) == sum(embeds.values())


def at(log: Log, now_ms: int) -> UnderWay:
    """The visits under way at a time, under no filter."""
    return under_way(log, now_ms, Selection(named("28d", ZoneInfo("UTC"), now_ms)))


def test_a_visit_is_at_the_last_page_that_it_saw_for_five_minutes(log: Log) -> None:
    log.append(visit("j-1", embed_origin="https://example.com", embed_path="/a"))
    log.append(visit("j-2", NOV_1 + 6_000)[:2])
    found = at(log, NOV_1 + 7_000)
    assert (found.visits, list(found.pages.items())) == (2, [("who", 1), ("hosting", 1)])
    assert found.embeds == {"": 1, "https://example.com/a": 1}
    assert at(log, NOV_1 + 9_500).pages == {"who": 1, "result": 1}
    assert at(log, NOV_1 + 9_499 + 5 * MINUTE_MS).pages == {"result": 1}
    assert at(log, NOV_1 + 9_500 + 5 * MINUTE_MS) == UnderWay(0, {}, {})


def test_what_is_shown_in_the_millisecond_of_an_answer_comes_after_it(log: Log) -> None:
    one = replace(CONTEXT, turn=1, answers={"who": "hobby"})
    log.append([WizardView(CONTEXT), QuestionView(CONTEXT, "who")])
    log.append([QuestionView(one, "hosting"), QuestionAnswer(one, "who", "hobby", 900)])
    assert at(log, NOV_1).pages == {"hosting": 1}


def test_a_signup_days_later_is_no_visit_under_way(log: Log) -> None:
    log.append(visit())
    log.append([Conversion(replace(CONTEXT, ts_ms=NOV_1 + DAY_MS), "on_premise", None)])
    assert at(log, NOV_1 + DAY_MS).visits == 0


def test_suspect_visits_are_left_out_and_those_with_privacy_control_count(log: Log) -> None:
    for name, changes in (("j-1", {"suspect": "burst"}), ("j-2", {"gpc": 1})):
        log.append([replace(each, context=replace(each.context, **changes)) for each in visit(name)[:2]])
    assert at(log, NOV_1).pages == {"who": 1}


def test_questions_of_an_earlier_flow_come_last(log: Log) -> None:
    for number, step in enumerate(("hosting", "a_step_of_old", "who")):
        log.append([QuestionView(replace(CONTEXT, journey_id=f"j-{number}"), step)])
    assert list(at(log, NOV_1).pages) == ["who", "hosting", "a_step_of_old"]


def test_recent_events_are_found_by_their_time_and_their_journeys_by_their_ids(tmp_path: Path) -> None:
    log = sqlite_log(tmp_path)
    made = _counted(Selection(named("28d", ZoneInfo("UTC"), NOV_1)), NOV_1)
    text = str(made.compile(log.database.reader, compile_kwargs={"literal_binds": True}))
    with log.database.reader.connect() as connection:
        plan = "\n".join(str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))
    assert "SEARCH events USING INDEX ix_events_ts_ms (ts_ms>? AND ts_ms<?)" in plan
    assert "SEARCH journeys USING INDEX sqlite_autoindex_journeys_1 (journey_id=?)" in plan
    log.database.dispose()
