"""Visits as the log has them, and a log that holds some, for the tests of what reads it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, text
from support import empty_log, settings

from wizard.events.attribution import Attribution
from wizard.events.log import DAY_MS, Log
from wizard.events.model import (
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
from wizard.events.open_log import open_log
from wizard.storage import schema

NOV_1 = 1_793_491_200_000
"""2026-11-01, midnight, UTC."""

DATABASES = ("sqlite", "postgresql")
"""What a log can be in."""

CONTEXT = Context(
    journey_id="j-1",
    ts_ms=NOV_1,
    turn=0,
    answers={},
    entry="fresh",
    continued_from="",
    flow_version="1",
    wording_version="w",
    locale="en",
    device="desktop",
    attribution=Attribution(),
)


def visit(journey_id: str = "j-1", began_ms: int = NOV_1, **slots: str) -> list[Event]:
    """A hobbyist's visit of nine events: one error, a result, a click, and a conversion worth 20."""
    at = replace(CONTEXT, journey_id=journey_id, ts_ms=began_ms, attribution=Attribution(**slots))
    one = replace(at, ts_ms=began_ms + 5_000, turn=1, answers={"who": "hobby"})
    two = replace(at, ts_ms=began_ms + 8_000, turn=2, answers={"who": "hobby", "hosting": "avoid"})
    later = replace(two, ts_ms=began_ms + 60_000)
    return [
        WizardView(at),
        QuestionView(at, "who"),
        QuestionError(replace(at, ts_ms=began_ms + 1_000), "who", "missing"),
        QuestionAnswer(one, "who", "hobby", 5_000),
        QuestionView(one, "hosting"),
        QuestionAnswer(two, "hosting", "avoid", 3_000),
        ResultView(two, "visionary", "cloud", ("private_cloud",)),
        CtaClick(replace(two, ts_ms=began_ms + 9_500), "cloud", "recommended"),
        Conversion(replace(later, answers={}), "cloud", 20.0),
    ]


def multiply(log: Log, events: int) -> None:
    """Let there be so many events at least, all alike but for their ids, written by the database itself."""
    log.append(visit())
    others = ", ".join(name for name in schema.events.c.keys() if not name.endswith("_id"))  # noqa: SIM118
    with log.database.writer.begin() as connection:
        connection.execute(delete(schema.events).where(schema.events.c.event != "result_view"))
        connection.execute(
            text(
                f"WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < {events - 1}) "  # noqa: S608
                f"INSERT INTO events (journey_id, event_id, {others}) "
                f"SELECT journey_id || n, substr(event_id, 1, 40) || n, {others} FROM events, n"
            )
        )


def sqlite_log(folder: Path) -> Log:
    """An empty log in a file of `folder`."""
    return open_log(settings(database_url=empty_log(folder, "log.db")))


def log_on(database: str, request: pytest.FixtureRequest) -> Log:
    """An empty log in one of the DATABASES."""
    if database == "sqlite":
        return sqlite_log(request.getfixturevalue("tmp_path"))
    return open_log(settings(database_url=request.getfixturevalue("postgresql_url")))


def address(log: Log) -> str:
    """What `WIZARD_DATABASE_URL` names this log by."""
    return log.database.url.render_as_string(hide_password=False)


def fill(log: Log, journey_ids: Sequence[str], began_ms: int = NOV_1, apart_ms: int = DAY_MS) -> list[Event]:
    """Let each of these journeys be a whole visit, the next one `apart_ms` after the one before; their events."""
    visits = [visit(name, began_ms + number * apart_ms) for number, name in enumerate(journey_ids)]
    for events in visits:
        log.append(events)
    return [event for events in visits for event in events]
