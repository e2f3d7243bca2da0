"""A reference implementation of what is said of embed pages and of visits under way: journey by journey, in local time.

It is written from docs/reports.md, and shares no code with the queries under test.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from reference_overview import ReferenceJourney

HALF_HOUR, WEEK = timedelta(minutes=30), timedelta(days=7)
FIVE_MINUTES_MS = 300_000


def reference_embeds(journeys: Iterable[ReferenceJourney], zone: ZoneInfo, now_ms: int) -> dict[str, dict[str, Any]]:
    """The figures of each embed page."""
    now = local(now_ms, zone)
    first = now.date() - 4 * WEEK
    found: dict[str, list[ReferenceJourney]] = defaultdict(list)
    for each in journeys:
        is_counted = each.flags["viewed"] and not each.suspect and each.values["page"]
        if is_counted and each.began_ms <= now_ms and local(each.began_ms, zone).date() >= first:
            found[each.values["page"]].append(each)
    return {page: ReferencePage(own, zone, now).figures() for page, own in found.items()}


def local(ms: int, zone: ZoneInfo) -> datetime:
    """What clocks in `zone` show, without a zone."""
    moment = datetime.fromtimestamp(ms // 1000, UTC) + timedelta(milliseconds=ms % 1000)
    return moment.astimezone(zone).replace(tzinfo=None)


@dataclass(frozen=True)
class ReferencePage:
    """The journeys of one page."""

    journeys: Sequence[ReferenceJourney]
    zone: ZoneInfo
    now: datetime

    @cached_property
    def times(self) -> list[tuple[datetime, bool]]:
        """When each began, and whether it started; what clocks that were set back show later than now is now."""
        return [(min(local(each.began_ms, self.zone), self.now), each.flags["started"]) for each in self.journeys]

    @cached_property
    def dates(self) -> set[date]:
        return {local(each.began_ms, self.zone).date() for each in self.journeys}

    def figures(self) -> dict[str, Any]:
        usual = [self.by_now(back) for back in range(7, 29, 7) if self.was_there(back)]
        silence = self.silence()
        return {
            "first_ms": min(each.began_ms for each in self.journeys),
            "last_ms": max(each.began_ms for each in self.journeys),
            "today": self.by_now(0),
            "usual": median(usual) if usual else None,
            "expected": median(silence) if silence else None,
            "last_week": self.between(self.now - WEEK, self.now),
            "week_before": self.between(self.now - 2 * WEEK, self.now - WEEK),
            "starts": self.starts(self.now - WEEK, self.now),
            "starts_before": self.starts(self.now - 2 * WEEK, self.now - WEEK),
            "unanswered": self.unanswered(),
        }

    def by_now(self, back: int) -> int:
        day = self.now - timedelta(days=back)
        return sum(at.date() == day.date() and at.time() <= day.time() for at, _ in self.times)

    def between(self, after: datetime, until: datetime) -> int:
        return sum(after < at <= until for at, _ in self.times)

    def starts(self, after: datetime, until: datetime) -> tuple[int, int]:
        own = [started for at, started in self.times if after < at <= until]
        return sum(own), len(own)

    def was_there(self, back: int) -> bool:
        """All day: after the day it was first seen (or from the first of all days on), until it was last seen."""
        day, first = self.now.date() - timedelta(days=back), self.now.date() - 4 * WEEK
        return (min(self.dates) < day or min(self.dates) == first == day) and day <= max(self.dates)

    def silence(self) -> list[int]:
        last = max(at for at, _ in self.times)
        whole = (self.now - last) // HALF_HOUR
        length = min(whole, 96) * HALF_HOUR
        found = []
        for weeks in range(1, 5):
            end = self.now - weeks * WEEK
            begin = end - length
            days = (end.date() - begin.date()).days
            is_before_last = weeks * 336 >= whole
            if is_before_last and self.was_there(7 * weeks) and self.was_there(7 * weeks + days):
                found.append(self.between(begin, end))
        return found

    def unanswered(self) -> int:
        """Those that began half an hour ago or longer, and in a later half hour than the last that started."""
        slots = [((self.now - at) // HALF_HOUR, started) for at, started in self.times]
        last_start = min((slot for slot, started in slots if started), default=10**6)
        return sum(1 <= slot < last_start for slot, _ in slots)


def reference_under_way(
    journeys: Iterable[ReferenceJourney], now_ms: int
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """How many visits are at each page of the wizard, and how many on each embed page."""
    pages: Counter[str] = Counter()
    embeds: Counter[str] = Counter()
    for each in journeys:
        told = [
            event
            for event in each.visit
            if event["event"] != "wizard_view" and now_ms - FIVE_MINUTES_MS < event["ts_ms"] <= now_ms
        ]
        if told:
            latest = max(_place_in_time(event) for event in told)
            pages[min(_page(event) for event in told if _place_in_time(event) == latest)] += 1
            embeds[each.values["page"]] += 1
    return dict(pages), dict(embeds)


def _place_in_time(event: Mapping[str, Any]) -> tuple[int, int, bool]:
    return event["ts_ms"], event["turn"], event["event"] != "question_answer"


def _page(event: Mapping[str, Any]) -> str:
    return "result" if event["event"] in ("result_view", "cta_click") else str(event["step"])
