"""Counts the visits under way: those with an event in the last five minutes, by the page of the wizard they are at."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, select

from wizard.analytics.scope import unindexed
from wizard.analytics.selection import Selection
from wizard.events.dimensions import DIMENSIONS
from wizard.events.model import KINDS
from wizard.events.transitions import RESULT
from wizard.storage.schema import events, journeys

RECENT_MS = 5 * 60_000
MATERIALIZED = "MATERIALIZED"

AT_RESULT = ("result_view", "cta_click")
VISITED = tuple(name for name, kind in KINDS.items() if kind.has_state and name != "wizard_view")
"""The kinds of events that say on which page a visitor is.

A signup is reported from elsewhere, days later; the first view of a visit has the time and turn of the page it shows.
"""


@dataclass(frozen=True, slots=True)
class UnderWay:
    """How many visits are under way.

    `pages` are the steps of the flow and RESULT, in the flow's order, with how many are there; steps of an earlier flow
    come last. `embeds` are the embed pages, those with the most visits first; it is empty of what was opened directly.
    """

    visits: int
    pages: Mapping[str, int]
    embeds: Mapping[str, int]


def read_under_way(connection: Connection, selection: Selection, steps: Sequence[str], now_ms: int) -> UnderWay:
    """The visits of `selection`, whatever its span, with an event in the five minutes up to `now_ms`.

    `steps` are those of the flow, in its order. Raises SQLAlchemyError.
    """
    pages: Counter[str] = Counter()
    embeds: Counter[str] = Counter()
    for page, embed, visits in connection.execute(_counted(selection, now_ms)):
        pages[page] += visits
        embeds[embed] += visits
    known = [*steps, RESULT]
    order = [*known, *sorted(set(pages) - set(known))]
    by_visits = sorted(embeds.items(), key=lambda item: (-item[1], item[0]))
    return UnderWay(pages.total(), {page: pages[page] for page in order if pages[page]}, dict(by_visits))


def _counted(selection: Selection, now_ms: int) -> Select[Any]:
    """How many visits are at each page, for each embed page; the page is that of the last event by time, then turn."""
    own = events.c
    page = case((own.event.in_(AT_RESULT), RESULT), else_=own.step).label("page")
    # An answer begins its turn: what is shown after it has the same turn, and on a fast server the same time.
    latest_first = [own.ts_ms.desc(), own.turn.desc(), case((own.event == "question_answer", 1), else_=0), page]
    number = func.row_number().over(partition_by=own.journey_id, order_by=latest_first).label("number")
    recent = (
        select(own.journey_id, page, number)
        .where(own.ts_ms > now_ms - RECENT_MS, own.ts_ms <= now_ms)
        .where(*unindexed([own.event.in_(VISITED)]))
        .cte("recent")
        .prefix_with(MATERIALIZED)
    )
    embed = DIMENSIONS["page"].value.label("embed")
    selected = and_(journeys.c.journey_id == recent.c.journey_id, *unindexed(selection.narrowing()))
    return (
        select(recent.c.page, embed, func.count())
        .select_from(recent.join(journeys, selected))
        .where(recent.c.number == 1)
        .group_by(recent.c.page, embed)
    )
