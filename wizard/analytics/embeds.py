"""Reads the embed pages: of each, its journeys today beside what is usual, whether it is new, and whether it is broken.

One grouped statement counts the journeys of 28 days and today by page and half hour. Half hours end at the time of day
that it is now, so that every day can be cut off there.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, func, literal, literal_column, select

from wizard.analytics.embed_history import DAY, DAYS, SLOT_MS, STATES, WEEK, History, State
from wizard.analytics.local_days import offset_ms, stretches
from wizard.analytics.rates import Rate
from wizard.analytics.report_queries import local_time
from wizard.analytics.scope import is_selected, unindexed
from wizard.events.log import DAY_MS
from wizard.events.periods import EPOCH, midnight_ms
from wizard.storage.by_store import Quotient
from wizard.storage.moment import Source
from wizard.storage.schema import journeys


@dataclass(frozen=True, slots=True)
class EmbedPage:
    """One embed page: `page` is its origin and path, as the dimension of that name has it.

    `first_ms` and `last_ms` are when its first and last journey began, of those that were read. `today` counts today's
    journeys; `usual` is the median of the same weekday in the four weeks before, up to the same time of day. `expected`
    is the median of the same weeks in the half hours since the last journey, at most two days. Both are None for a page
    that was there in none of these weeks. `last_week` counts the journeys of the 7 days up to now, `week_before` those
    of the 7 days before; `starts` and `starts_before` are the shares of them that started. `unanswered` counts the
    journeys since the last one that started, but for those of the last half hour.
    """

    page: str
    state: State
    first_ms: int
    last_ms: int
    today: int
    usual: float | None
    expected: float | None
    last_week: int
    week_before: int
    starts: Rate
    starts_before: Rate
    unanswered: int


@dataclass(frozen=True, slots=True)
class Embeds:
    """The embed pages that were seen since `since_ms`, by their states, then those with the most journeys first."""

    pages: tuple[EmbedPage, ...]
    since_ms: int


def read_embeds(source: Source, zone: ZoneInfo, now_ms: int) -> Embeds:
    """The embed pages of the 28 days before today and today, `now_ms` being the last millisecond that counts.

    They are known by journeys that were viewed and aren't suspect. Raises SQLAlchemyError and FiguresUnavailable.
    """
    return source.read(lambda moment: embeds_of(moment.figures, zone, now_ms))


def embeds_of(connection: Connection, zone: ZoneInfo, now_ms: int) -> Embeds:
    """The same, read with one connection. Raises SQLAlchemyError."""
    local_ms = now_ms + offset_ms(zone, now_ms)
    first_day = (EPOCH + timedelta(milliseconds=local_ms)).date() - timedelta(days=DAYS)
    since_ms = midnight_ms(first_day, zone)
    rows: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(_counted(since_ms, now_ms, zone)):
        rows[row.page].append(row)
    found = [_page(name, of_page, local_ms) for name, of_page in rows.items()]
    order = sorted(found, key=lambda each: (STATES.index(each.state), -each.last_week, -each.week_before, each.page))
    return Embeds(tuple(order), since_ms)


def _page(name: str, rows: list[Any], local_ms: int) -> EmbedPage:
    history = History(local_ms % DAY_MS)
    for row in rows:
        day_ms, half_hours = divmod(row.slot, DAY_MS)
        day = local_ms // DAY_MS - day_ms
        history.add(day, (day + 1) * DAY - 1 - half_hours, row.viewed, row.started)
    usual, silence = history.usual(), history.silence()
    return EmbedPage(
        page=name,
        state=history.state(),
        first_ms=min(row.first_ms for row in rows),
        last_ms=max(row.last_ms for row in rows),
        today=history.by_now[0],
        usual=median(usual) if usual else None,
        expected=median(silence) if silence else None,
        last_week=history.viewed_in(0, WEEK),
        week_before=history.viewed_in(WEEK, 2 * WEEK),
        starts=history.starts(0, WEEK),
        starts_before=history.starts(WEEK, 2 * WEEK),
        unanswered=history.unanswered()[0],
    )


def _counted(since_ms: int, now_ms: int, zone: ZoneInfo) -> Select[Any]:
    """The journeys of each page in each half hour of each day.

    A slot is the local midnight of its day, plus how many half hours it is after the one that ended 24 hours before the
    time of day that it is now. It comes first in the grouping: rows are read in about its order, and numbers are
    compared faster than texts.
    """
    rows = journeys.c
    local_ms = local_time(rows.began_ms, stretches(zone, since_ms, now_ms))
    of_day_ms, now_of_day_ms = local_ms % DAY_MS, (now_ms + offset_ms(zone, now_ms)) % DAY_MS
    slot = local_ms - of_day_ms + Quotient(of_day_ms + (DAY_MS - 1 - now_of_day_ms), literal(SLOT_MS))
    conditions = [rows.viewed == 1, rows.embed_origin != "", *is_selected(journeys, "excluded")]
    counted = (
        select(
            slot.label("slot"),
            rows.embed_path,
            rows.embed_origin,
            func.count().label("viewed"),
            func.sum(rows.started).label("started"),
            func.min(rows.began_ms).label("first_ms"),
            func.max(rows.began_ms).label("last_ms"),
        )
        .where(rows.began_ms >= since_ms, rows.began_ms <= now_ms, *unindexed(conditions))
        .group_by(literal_column("slot"), rows.embed_path, rows.embed_origin)
        .subquery("counted")
    )
    of = counted.c
    page = (of.embed_origin + of.embed_path).label("page")
    return select(page, of.slot, of.viewed, of.started, of.first_ms, of.last_ms)
