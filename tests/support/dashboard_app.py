"""Logs, applications and selections for the tests of the dashboard."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from factories import CONTEXT, NOV_1
from flask import Flask
from sqlalchemy import insert
from support import settings
from werkzeug.datastructures import MultiDict

from wizard.analytics.selection import Selection, read_selection
from wizard.app import create_app, recorder_of
from wizard.demo import load
from wizard.demo.visits import Demo
from wizard.events.attribution import Attribution
from wizard.events.log import DAY_MS, Log
from wizard.events.model import WizardView
from wizard.events.open_log import open_log
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.storage.schema import journeys

UTC = ZoneInfo("UTC")
NOW_MS = NOV_1 + 28 * DAY_MS - 12 * 3_600_000
"""Noon of a day, so that the last 28 days begin on November 1."""


@contextmanager
def opened(url: str) -> Iterator[Log]:
    """The log at `url`, migrated, and closed at the end."""
    log = open_log(settings(database_url=url))
    try:
        yield log
    finally:
        log.database.dispose()


@contextmanager
def dashboard_on(url: str, **environ: str) -> Iterator[Flask]:
    """The application on the log at `url`, at NOW_MS."""
    app = create_app(settings(database_url=url, **environ), clock=lambda: NOW_MS)
    try:
        yield app
    finally:
        recorder_of(app).close()


def add_demo(log: Log, count: int, days: int = 60) -> None:
    """Fill an empty log with demo visits until NOW_MS."""
    load.add(log, Demo(QUESTIONS, STRATEGY, 7).visits(count, days, NOW_MS), lambda _: None)


def add_views(log: Log, beginnings: Mapping[str, int], **slots: str) -> None:
    """Add journeys of a first view alone, each at its time in milliseconds."""
    at = replace(CONTEXT, attribution=Attribution(**slots))
    log.append([WizardView(replace(at, journey_id=name, ts_ms=ms)) for name, ms in beginnings.items()])


def add_rows(log: Log, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows into `journeys`. Missing columns are 0 or empty."""
    nothing = {column.name: 0 if column.type.python_type is int else "" for column in journeys.c if not column.nullable}
    with log.database.writer.begin() as connection:
        connection.execute(insert(journeys), [nothing | {"answers": "{}"} | dict(row) for row in rows])


def selected(query: str) -> Selection:
    """The selection of a query string at NOW_MS. Asserts that it has no errors."""
    reading = read_selection(MultiDict(parse_qsl(query)), UTC, NOW_MS)
    assert not reading.problems
    return reading.selection
