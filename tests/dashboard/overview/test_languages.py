"""A PostgreSQL that sorts by a language, as most do, shows the same as one that sorts by bytes, and as fast."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from factories import NOV_1, visit
from postgres import Postgres
from sqlalchemy import event

from wizard.analytics.date_range import read_span
from wizard.analytics.log_contents import has_demo
from wizard.analytics.selection import Selection
from wizard.dashboard.journeys.paging import FIRST, Place, read_page
from wizard.events.log import Log
from wizard.questionnaire.questions import QUESTIONS
from wizard.storage.database import open_database
from wizard.storage.migrate import migrate

LANGUAGES = ("en-US", "da-DK", "cs-CZ", "es-ES-u-co-trad", "en-US-u-ka-shifted", "en-US-u-kf-upper")
IDS = (
    "a-b",
    "a.b",
    "a_b",
    "AB",
    "ab",
    "A.b",
    "Zz",
    "zz",
    "_a",
    "-a",
    ".a",
    "0a",
    "demp",
    "Demo.1",
    "DEMO.1",
    "demo",
    "demo-1",
)


@contextmanager
def log_in(language: str, postgres: Postgres) -> Iterator[Log]:
    """A log in a database that sorts by `language`."""
    name = f"in_{language.lower().replace('-', '_')}"
    provider = f"LOCALE_PROVIDER icu ICU_LOCALE '{language}'"
    postgres.execute(f"CREATE DATABASE {name} TEMPLATE template0 {provider} LOCALE 'C'")
    database = open_database(postgres.url(name))
    try:
        migrate(database)
        yield Log(database, tuple(step.name for step in QUESTIONS.steps))
    finally:
        database.dispose()
        postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=LANGUAGES)
def log(request: pytest.FixtureRequest, postgres: Postgres) -> Iterator[Log]:
    with log_in(request.param, postgres) as log:
        yield log


def test_demo_data_is_told_from_what_only_looks_like_it(log: Log) -> None:
    for name in IDS:
        log.append(visit(name))
    with log.database.reader.connect() as connection:
        assert not has_demo(connection)
    log.append(visit("demo.0a1"))
    with log.database.reader.connect() as connection:
        assert has_demo(connection)


def test_demo_data_is_looked_for_in_one_place_of_an_index(log: Log) -> None:
    told: list[tuple[str, Any]] = []
    with log.database.reader.begin() as connection:
        event.listen(connection, "before_cursor_execute", lambda *given: told.append(given[2:4]))
        has_demo(connection)
        [(statement, values)] = told
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # so few rows are read whole, sooner
        plan = connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars().all()
    assert any("Index Cond" in line for line in plan), plan


def test_pages_of_journeys_that_began_at_once_neither_repeat_nor_leave_out_any(log: Log) -> None:
    for name in IDS:
        log.append(visit(name, NOV_1))
    span = read_span({"since": "2026-11-01", "until": "2026-11-01"}, ZoneInfo("UTC"), NOV_1)
    place: Place | None = FIRST
    found: list[str] = []
    while place:
        page = read_page(log.database, Selection(span), place, size=2)
        found += [row.journey_id for row in page.rows]
        last, place = page, page.older
    assert sorted(found) == sorted(IDS)
    back = [row.journey_id for row in reversed(last.rows)]
    while last.newer:
        last = read_page(log.database, Selection(span), last.newer, size=2)
        back += [row.journey_id for row in reversed(last.rows)]
    assert back == found[::-1]
