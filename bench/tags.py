"""The dashboard's overview of journeys with tags of their own against that of as many journeys with the same tags.

    python bench/tags.py [--journeys 60000] [--rounds 5]

Makes a SQLite log for each case in a temporary folder, and asks its own server's code for `/growth`, without a network.
"""

# A script that prints what it measured.
# ruff: noqa: INP001, T201

import argparse
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

from flask.testing import FlaskClient
from measure import best_of, machine, table
from sqlalchemy import insert

from wizard.app import create_app, recorder_of
from wizard.config import read_settings
from wizard.dashboard.services import sign_ins
from wizard.events.attribution import Attribution
from wizard.events.log import DAY_MS
from wizard.events.model import Context, Event, QuestionAnswer, QuestionView, WizardView
from wizard.events.projection import Folded, fold
from wizard.questionnaire.questions import QUESTIONS
from wizard.storage.database import open_database
from wizard.storage.migrate import migrate
from wizard.storage.schema import journey_steps, journeys

CAMPAIGN = ("utm_campaign",)
FIVE = ("utm_source", "utm_campaign", "referrer_host", "embed_origin", "embed_path")
OTHER = ("utm_medium", "utm_term", "utm_content")
STEPS = tuple(step.name for step in QUESTIONS.steps)


class Case(NamedTuple):
    """Which tags each journey has, whether their values are its own, and whether it has answered a question."""

    slots: tuple[str, ...]
    is_own: bool
    has_started: bool = False


CASES = {
    "viewed, equal tags": Case(CAMPAIGN, is_own=False),
    "viewed, utm_campaign distinct": Case(CAMPAIGN, is_own=True),
    "viewed, five tags distinct": Case(FIVE, is_own=True),
    "viewed, utm_medium, utm_term, utm_content distinct": Case(OTHER, is_own=True),
    "started, equal tags": Case(CAMPAIGN, is_own=False, has_started=True),
    "started, utm_campaign distinct": Case(CAMPAIGN, is_own=True, has_started=True),
}


def main() -> None:
    """Make the logs, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--journeys", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(f"{given.journeys:,} journeys in 28 days; {machine()}\n")
    with tempfile.TemporaryDirectory() as folder:
        now_ms = time.time_ns() // 1_000_000
        clients = {
            name: opened(made(Path(folder) / f"{number}.db", given.journeys, now_ms, case))
            for number, (name, case) in enumerate(CASES.items())
        }
        found = best_of(given.rounds, {name: partial(page, client) for name, client in clients.items()})
    equal = ("viewed, equal tags", "started, equal tags")
    rows = []
    for name, (seconds, size) in found.items():
        against = found[equal[name.startswith("started")]][0]
        rows.append((name, f"{seconds * 1000:.0f}", f"{seconds / against:.2f}", f"{size:,}"))
    print(table(("overview", "ms", "ratio to equal tags", "bytes"), rows))


def made(path: Path, count: int, now_ms: int, case: Case) -> str:
    """A log of so many journeys, by its address."""
    address = f"sqlite:///{path}"
    database = open_database(address)
    migrate(database)
    folded = list(rows(count, now_ms, case))
    with database.writer.begin() as connection:
        connection.execute(insert(journeys), [asdict(each.journey) for each in folded])
        connection.execute(insert(journey_steps), [asdict(step) for each in folded for step in each.steps])
    database.dispose()
    return address


def rows(count: int, now_ms: int, case: Case) -> Iterator[Folded]:
    """Journeys that began in the last 27 days."""
    chance = Random(1)  # noqa: S311  # the same each time
    for number in range(count):
        value = f"{chance.getrandbits(40):x}" if case.is_own else "same"
        at = Context(
            journey_id=f"{chance.getrandbits(90):x}-{number}",
            ts_ms=now_ms - chance.randrange(1, 27 * DAY_MS),
            turn=0,
            answers={},
            entry="fresh",
            continued_from="",
            flow_version="1",
            wording_version="w",
            locale="en",
            device="desktop",
            attribution=Attribution(**dict.fromkeys(case.slots, value)),
        )
        events: list[Event] = [WizardView(at), QuestionView(at, "who")]
        if case.has_started:
            later = replace(at, ts_ms=at.ts_ms + 5000, turn=1, answers={"who": "hobby"})
            events += [QuestionAnswer(later, "who", "hobby", 5000), QuestionView(later, "hosting")]
        yield fold(events, STEPS)


def opened(address: str) -> FlaskClient:
    """A client that has signed in to the dashboard of this log."""
    app = create_app(read_settings({"WIZARD_DATABASE_URL": address, "WIZARD_SECRET_KEYS": "k" * 40}))
    client = app.test_client()
    link = sign_ins(app).invite("one@example.com", 1)
    page_of_link = client.get("/growth/sign-in", query_string={"link": link}).text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page_of_link))
    client.post("/growth/sign-in", data=fields)
    recorder_of(app).close()
    return client


def page(client: FlaskClient) -> int:
    """How large the overview is."""
    response = client.get("/growth?period=28d")
    if response.status_code != 200:  # noqa: PLR2004  # OK
        raise SystemExit(f"/growth answered {response.status}")
    return len(response.data)


if __name__ == "__main__":
    main()
