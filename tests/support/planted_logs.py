"""Logs of two periods with a known difference, or none, written as rows; for tests of what the headline says."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import count
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from factories import NOV_1
from sqlalchemy import delete
from werkzeug.datastructures import MultiDict

from wizard.analytics.headline import Headline
from wizard.analytics.overview import Overview, read_overview
from wizard.analytics.selection import Selection, read_selection
from wizard.events.bulk import write_rows
from wizard.events.cell import CELL, cell_and_tags
from wizard.events.log import DAY_MS, Log
from wizard.events.periods import iso
from wizard.events.projection import JourneyRow, StepRow
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.storage.schema import journey_steps, journeys

UTC = ZoneInfo("UTC")
DAYS = 28
SINCE_MS = NOV_1
BEFORE_MS = SINCE_MS - DAYS * DAY_MS
UNTIL_MS = SINCE_MS + DAYS * DAY_MS
NOW_MS = UNTIL_MS + DAY_MS
"""The period ended a day ago, so that many of its signups are still to come."""

STARTERS = 2000
STARTED = 0.7
WEEKDAYS = (1.2, 1.3, 1.3, 1.2, 1.0, 0.5, 0.5)
SOURCES = {"": 0.3, "search": 0.3, "newsletter": 0.2, "social": 0.12, "partner": 0.08}
CAMPAIGNS = ("launch", "spring")
DEVICES = {"desktop": 0.6, "mobile": 0.35, "tablet": 0.05}
LOCALES = {"en": 0.7, "de": 0.2, "fr": 0.1}
PAGES = {"": 0.5, "/pricing": 0.3, "/docs": 0.2}
LEFT = {"team_size": 0.08, "hosting": 0.10}
TEAMS = 0.6
CLICKED = 0.45
HANDOFF = 0.95
CONVERTED = 0.25
LAG_MS = 1.2 * DAY_MS
SPREAD = 1.0
"""Half of the signups come within LAG_MS of the click; the logarithms of these times have this deviation."""

JOURNEY_COLUMNS = tuple(journeys.c.keys())
STEP_COLUMNS = tuple(journey_steps.c.keys())


@dataclass(frozen=True)
class Period:
    """What differs in one period: so many times as many visits of a source, drop-offs of devices, times to a signup.

    `varied` is the deviation of a day's mean, relative to it, besides Poisson's.
    """

    starters: float = STARTERS
    traffic: Mapping[str, float] = field(default_factory=dict)
    sources: Mapping[str, float] = field(default_factory=lambda: SOURCES)
    left: Mapping[tuple[str, str], float] = field(default_factory=dict)
    lag: float = 1.0
    varied: float = 0.0
    by_weekday: bool = False


@dataclass(frozen=True)
class Planted:
    """Two periods, and what the headline is to name: the key of a change, and dimension and value of its cause."""

    now: Period = field(default_factory=Period)
    before: Period = field(default_factory=Period)
    key: str = ""
    cause: tuple[str, str] | None = None


def headline(log: Log, planted: Planted, seed: int) -> Headline:
    """What the overview says of a log that is made from the seed, in place of what is in it."""
    return overview(log, planted, seed).headline


def overview(log: Log, planted: Planted, seed: int) -> Overview:
    """The overview of the same."""
    write(log, planted, seed)
    return read_overview(log.database, selection(), UTC, QUESTIONS, STRATEGY, now_ms=NOW_MS)


def selection(**filters: str) -> Selection:
    """The later one of the two periods."""
    given = {"since": iso(SINCE_MS), "until": iso(UNTIL_MS), **filters}
    return read_selection(MultiDict(given), UTC, NOW_MS).selection


def write(log: Log, planted: Planted, seed: int) -> None:
    """Make a log from the seed, in place of what is in it."""
    chance, numbers = Random(seed), count()  # noqa: S311  # no secret
    visits = [
        *_visits(planted.before, BEFORE_MS, chance, numbers),
        *_visits(planted.now, SINCE_MS, chance, numbers),
    ]
    with log.database.writer.begin() as connection:
        for table in (journey_steps, journeys):
            connection.execute(delete(table))
        write_rows(connection, journeys, [journey for journey, _ in visits])
        write_rows(connection, journey_steps, [step for _, steps in visits for step in steps])


def _visits(period: Period, since_ms: int, chance: Random, numbers: Iterator[int]) -> Iterator[tuple[Any, list[Any]]]:
    for day in range(DAYS):
        weight = WEEKDAYS[day % 7] if period.by_weekday else 1.0
        for source, share in period.sources.items():
            mean = period.starters / STARTED / DAYS * weight * share * period.traffic.get(source, 1.0)
            if period.varied and mean:
                mean *= chance.gammavariate(period.varied**-2, period.varied**2)
            for _ in range(poisson(mean, chance)):
                began_ms = since_ms + day * DAY_MS + chance.randrange(DAY_MS)
                yield _visit(period, source, began_ms, f"j{next(numbers)}", chance)


def poisson(mean: float, chance: Random) -> int:
    """A Poisson count."""
    found = 0
    while mean > 0:
        mean += math.log(1 - chance.random())
        found += mean > 0
    return found


def _visit(period: Period, source: str, began_ms: int, name: str, chance: Random) -> tuple[Any, list[Any]]:
    device = _one_of(DEVICES, chance)
    row: dict[str, Any] = {
        "utm_source": source,
        "utm_campaign": chance.choice(CAMPAIGNS) if source else "",
        "referrer_host": f"{source}.example" if source else "",
        "embed_path": _one_of(PAGES, chance),
        "embed_origin": "https://example.com",
        "device": device,
        "locale": _one_of(LOCALES, chance),
    }
    steps, at_ms = ["who"], began_ms
    answered = chance.random() < STARTED
    if answered:
        row["started"] = 1
        row["started_ms"] = began_ms + 4000
        for step in ("team_size", "hosting"):
            if step == "team_size" and chance.random() >= TEAMS:
                continue
            steps.append(step)
            at_ms += 5000 + chance.randrange(5000)
            left = LEFT[step] + period.left.get((device, step), 0.0)
            answered = chance.random() >= left
            if not answered:
                break
    if answered:
        _finish(row, at_ms, period, chance)
        row["elapsed_ms"] = at_ms - began_ms
    return _journey(name, began_ms, row), _steps(name, began_ms, steps, answered=answered)


def _finish(row: dict[str, Any], at_ms: int, period: Period, chance: Random) -> None:
    row |= {"finished": 1, "finished_ms": at_ms, "persona": "team", "recommended": "cloud"}
    if chance.random() >= CLICKED:
        return
    row |= {"clicked": 1, "clicked_ms": at_ms, "clicked_position": "recommended"}
    row["handoff"] = int(chance.random() < HANDOFF)
    if row["handoff"] and chance.random() < CONVERTED:
        converted_ms = at_ms + lag_ms(period.lag, chance)
        if converted_ms < NOW_MS:
            row |= {"converted": 1, "converted_ms": converted_ms}


def lag_ms(times: float, chance: Random) -> int:
    """How long a signup takes."""
    return int(LAG_MS * times * math.exp(SPREAD * chance.gauss(0, 1)))


def _one_of(shares: Mapping[str, float], chance: Random) -> str:
    number = chance.random()
    for value, share in shares.items():
        number -= share
        if number < 0:
            return value
    return next(iter(shares))


BLANK = JourneyRow(
    journey_id="",
    began_ms=0,
    last_ms=0,
    furthest_step="",
    answers="{}",
    entry="fresh",
    continued_from="",
    flow_version="1",
    wording_version="w",
    locale="en",
    device="desktop",
    edges="",
    cell=0,
    suspect="",
    tags=0,
)
_BLANK = {each.name: getattr(BLANK, each.name) for each in fields(BLANK)}
_cells: dict[tuple[Any, ...], Mapping[str, Any]] = {}


def _journey(name: str, began_ms: int, row: Mapping[str, Any]) -> tuple[Any, ...]:
    full = {**_BLANK, "journey_id": name, "began_ms": began_ms, "viewed": 1, **row}
    full["last_ms"] = max(began_ms, *(row.get(f"{flag}_ms", 0) for flag in ("started", "finished", "converted")))
    key = tuple(full[column] for column in CELL)
    if key not in _cells:
        _cells[key] = cell_and_tags(full)
    full |= _cells[key]
    return tuple(full[column] for column in JOURNEY_COLUMNS)


def _steps(name: str, began_ms: int, steps: list[str], *, answered: bool) -> list[tuple[Any, ...]]:
    return [(name, step, began_ms, *_STEP_VALUES[answered or step != steps[-1]]) for step in steps]


def _step_values(*, answered: bool) -> tuple[Any, ...]:
    """All columns of a step but its key and time."""
    answer: dict[str, Any] = {"answered": 1, "answer": "x", "elapsed_ms": 4000} if answered else {}
    row = StepRow(journey_id="", step="", began_ms=0, viewed=1, **answer)
    return tuple(getattr(row, column) for column in STEP_COLUMNS[3:])


_STEP_VALUES = {answered: _step_values(answered=answered) for answered in (True, False)}


def with_share(source: str, share: float) -> Mapping[str, float]:
    """The shares of sources where one of them has this one."""
    others = 1 - SOURCES[source]
    return {name: share if name == source else own * (1 - share) / others for name, own in SOURCES.items()}


def varied(planted: Planted, by: float) -> Planted:
    """The same with days that differ, by their weekdays and by so much besides."""
    periods = (replace(each, varied=by, by_weekday=True) for each in (planted.now, planted.before))
    now, before = periods
    return replace(planted, now=now, before=before)
