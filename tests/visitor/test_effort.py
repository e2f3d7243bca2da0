"""What the first question says of how long a visit takes: only what the log knows."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from factories import DATABASES, NOV_1, log_on
from flask import Flask
from sqlalchemy.exc import OperationalError
from support import Client
from visits import Visitor

from wizard.analytics.typical_time import read_typical_ms
from wizard.events.log import DAY_MS, Log
from wizard.visitor.effort import READ_EVERY_SECONDS, UNTIMED, Effort, TypicalEffort, effort_of
from wizard.visitor.services import services


@pytest.fixture(params=DATABASES)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    log = log_on(request.param, request)
    yield log
    log.database.dispose()


def finished(name: str, pace_ms: int, began_ms: int = NOV_1) -> Visitor:
    """Somebody who answers both questions of one person, after `pace_ms` each."""
    return Visitor(name, now_ms=began_ms, pace_ms=pace_ms).arrive().answer("hobby").answer("avoid")


def typical_ms(log: Log, least: int) -> int | None:
    with log.database.snapshot() as connection:
        return read_typical_ms(connection, NOV_1, least)


def test_the_median_is_of_visits_that_finished_and_began_at_the_first_question(log: Log) -> None:
    visitors = [finished(f"v{pace}", pace) for pace in (4000, 9000, 50_000)]
    took = sorted(visitor.events[-1].context.ts_ms - NOV_1 for visitor in visitors)
    visitors += [
        finished("long ago", 1, NOV_1 - DAY_MS),
        Visitor("left", now_ms=NOV_1).arrive().answer("hobby"),
        Visitor("linked", now_ms=NOV_1, entry="prefilled", prefilled={"who": "hobby"}).arrive().answer("avoid"),
    ]
    suspect = [replace(e, context=replace(e.context, suspect="burst")) for e in finished("bot", 1).events]
    log.append([event for visitor in visitors for event in visitor.events] + suspect)
    assert typical_ms(log, 3) == took[1]
    assert typical_ms(log, 4) is None


@pytest.mark.parametrize(
    ("median_ms", "effort"),
    [
        (None, UNTIMED),
        (0, Effort("question.effort_seconds", 10)),
        (10_000, Effort("question.effort_seconds", 10)),
        (10_001, Effort("question.effort_seconds", 20)),
        (50_000, Effort("question.effort_seconds", 50)),
        (50_001, Effort("question.effort_minute")),
        (90_000, Effort("question.effort_minute")),
        (90_001, UNTIMED),
    ],
)
def test_a_time_is_told_coarsely_and_a_long_one_not_at_all(median_ms: int | None, effort: Effort) -> None:
    assert effort_of(median_ms) == effort


def test_the_first_question_says_what_a_visit_takes_and_no_other_page_does(client: Client) -> None:
    page = client.page("/")
    assert page.one(".effort").get_text() == "2 or 3 questions, no sign-up"
    assert client.answer(page, "job").all(".effort") == []
    assert client.answer(page, None).all(".effort") == []
    assert client.page("/?who=job").all(".effort") == []
    services(client.application).effort.current = Effort("question.effort_seconds", 40)
    assert client.page("/").one(".effort").get_text() == "2 or 3 questions, about 40 seconds, no sign-up"
    services(client.application).effort.current = Effort("question.effort_minute")
    assert client.page("/").one(".effort").get_text() == "2 or 3 questions, about a minute, no sign-up"


def test_a_log_that_is_down_takes_the_time_from_the_page_and_nothing_else(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    effort = services(client.application).effort
    effort.current = Effort("question.effort_minute")

    def fail(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("down"))

    monkeypatch.setattr("wizard.visitor.effort.read_typical_ms", fail)
    effort.read()
    assert effort.current == UNTIMED
    assert client.page("/").status == 200


def test_it_is_read_again_every_hour_in_the_background(shared_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    made = services(shared_app)
    effort = TypicalEffort(made.log, made.clock)
    read: list[str] = []
    waited: list[float] = []
    monkeypatch.setattr(effort, "read", lambda: read.append("read"))

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return len(waited) == 2

    effort.start(wait).join(10)
    assert (read, waited) == (["read", "read"], [READ_EVERY_SECONDS] * 2)
