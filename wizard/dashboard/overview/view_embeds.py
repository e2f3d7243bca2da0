"""The table of embed pages: each page's state in words, its figures, and a link to its overview."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from wizard.analytics.embed_history import State
from wizard.analytics.embeds import EmbedPage, Embeds
from wizard.analytics.rates import Rate
from wizard.dashboard.labels import DASH, moment, plural
from wizard.dashboard.overview.view_links import Links

MOST_ROWS = 50
FINE = 10
"""A median of fewer journeys is shown to the half."""


class StateWords(NamedTuple):
    """A state's name, and the sign before it, which tells it apart without colour."""

    name: str
    mark: str


STATE_WORDS: dict[State, StateWords] = {
    "broken": StateWords("Broken", "\N{MULTIPLICATION X}"),
    "not_starting": StateWords("Not starting", "\N{MULTIPLICATION X}"),
    "new": StateWords("New", "+"),
    "fewer": StateWords("Fewer than usual", "\N{BLACK DOWN-POINTING TRIANGLE}"),
    "usual": StateWords("As usual", ""),
}
LOUD: frozenset[State] = frozenset({"broken", "not_starting"})


@dataclass(frozen=True, slots=True)
class EmbedRow:
    """One embed page. `why` gives the numbers behind a state, `is_loud` says that the page needs to be looked at."""

    page: str
    href: str
    state: StateWords
    why: str
    is_loud: bool
    is_new: bool
    today: int
    usual: str
    last_week: int
    week_before: int
    starts: str
    starts_before: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class EmbedsView:
    """The rows, a sentence about the pages that are left out, and until when today's journeys are counted.

    `since` is the first of the days that were read.
    """

    rows: tuple[EmbedRow, ...]
    others: str
    at: str
    since: str


def embeds_of(found: Embeds, links: Links, zone: ZoneInfo, now_ms: int) -> EmbedsView:
    """The view of the embed pages that were found; times are those of clocks in `zone`."""
    now, since = moment(now_ms, zone), moment(found.since_ms, zone)
    rows = tuple(_row(each, links, zone, now, since) for each in found.pages[:MOST_ROWS])
    return EmbedsView(rows, _others(found.pages[MOST_ROWS:]), f"{now:%H:%M}", _day(since))


def _row(each: EmbedPage, links: Links, zone: ZoneInfo, now: datetime, since: datetime) -> EmbedRow:
    first, last = moment(each.first_ms, zone), moment(each.last_ms, zone)
    return EmbedRow(
        page=each.page,
        href=links.overview(links.selection.also(page=each.page)),
        state=STATE_WORDS[each.state],
        why=_why(each),
        is_loud=each.state in LOUD,
        is_new=each.state == "new",
        today=each.today,
        usual=_count(each.usual),
        last_week=each.last_week,
        week_before=each.week_before,
        starts=_percent(each.starts),
        starts_before=_percent(each.starts_before),
        first=f"{_day(first)} or earlier" if first.date() == since.date() else _day(first),
        last=f"{last:%H:%M}" if last.date() == now.date() else f"{_day(last)}, {last:%H:%M}",
    )


def _why(each: EmbedPage) -> str:
    if each.state == "broken":
        return f"no visits since, {_count(each.expected)} are usual"
    if each.state == "not_starting":
        return f"{each.unanswered:,} {plural(each.unanswered, 'visit')} without an answer"
    return ""


def _count(count: float | None) -> str:
    if count is None:
        return DASH
    return f"{round(count):,}" if count >= FINE else f"{count:g}"


def _percent(rate: Rate) -> str:
    return DASH if rate.rate is None else f"{rate.rate:.0%}"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b}"


def _others(rest: Sequence[EmbedPage]) -> str:
    if not rest:
        return ""
    journeys = sum(each.last_week for each in rest)
    return f"{len(rest):,} more {plural(len(rest), 'page')}, with {journeys:,} visits in the last 7 days."
