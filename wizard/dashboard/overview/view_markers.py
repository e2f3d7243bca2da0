"""The markers of the trend: releases and notes, each with its day, in words, and with the overviews around it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from wizard.analytics.notes import Note
from wizard.analytics.releases import Release
from wizard.dashboard.labels import moment, plural
from wizard.dashboard.overview.view_links import Links
from wizard.dashboard.phrases import days_in_words

AROUND = timedelta(days=14)
"""How long before and after a marker its overviews last."""

ONE_DAY = timedelta(days=1)
MOST_SHOWN = 3
"""How many markers are listed at once; the others are folded."""

VERSIONS = ("version", "wording")
"""The dimensions that a release changes, by their keys."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A release, or a note, on a local date.

    `href` is the overview from that day on, compared with as long a time before; None for a day that is yet to come.
    `links` lead to more: the text of each, and its address. `who` wrote a note.
    """

    kind: Literal["release", "note"]
    date: date
    label: str
    href: str | None
    links: tuple[tuple[str, str], ...] = ()
    who: str = ""

    @property
    def day(self) -> str:
        """The date in words."""
        return days_in_words(self.date, self.date)


@dataclass(frozen=True, slots=True)
class MarkersView:
    """The markers, the latest first: those that are listed, those that are folded, and how many there are in words."""

    shown: Sequence[Marker]
    folded: Sequence[Marker]
    folded_in_words: str


def markers_of(
    releases: Sequence[Release], notes: Sequence[Note], links: Links, zone: ZoneInfo, now_ms: int
) -> tuple[Marker, ...]:
    """The markers of a span, in the order of time. Their addresses keep the filters, but for those by version."""
    today = moment(now_ms, zone).date()
    together: dict[tuple[date, str, bool], list[Release]] = defaultdict(list)
    for each in releases:
        together[moment(each.at_ms, zone).date(), each.kind, each.returns].append(each)
    found = [_of_releases(day, group, links, today) for (day, *_), group in together.items()]
    found += [_of_note(note, links, today) for note in reversed(notes)]
    return tuple(sorted(found, key=lambda each: each.date))


def listed(markers: Sequence[Marker]) -> MarkersView:
    """The markers as the line below the trend lists them."""
    latest = tuple(reversed(markers))
    folded = latest[MOST_SHOWN:]
    counts = ((len([each for each in folded if each.kind == kind]), kind) for kind in ("release", "note"))
    words = " and ".join(f"{count:,} more {plural(count, kind)}" for count, kind in counts if count)
    return MarkersView(latest[:MOST_SHOWN], folded, words)


def _of_releases(day: date, releases: Sequence[Release], links: Links, today: date) -> Marker:
    """The marker of what was released on one day: one version, or several one after the other."""
    first = releases[0]
    what = "questionnaire" if first.kind == "version" else "wording"
    versions = ", ".join(each.version for each in releases)
    label = f"Earlier {what} again ({versions})" if first.returns else f"New {what} ({versions})"
    filters = (("Only this version", first.version), ("Only the version before", first.before))
    more = [(text, _around(links, day, today, **{first.kind: value})) for text, value in filters]
    return Marker("release", day, label, _from(links, day, today), tuple(more) if len(releases) == 1 else ())


def _of_note(note: Note, links: Links, today: date) -> Marker:
    day = date.fromisoformat(note.day)
    return Marker("note", day, note.text, _from(links, day, today) if day <= today else None, who=note.who)


def _from(links: Links, day: date, today: date) -> str:
    """Two weeks from `day` on, or as much of them as there has been."""
    return _overview(links, day, min(day + AROUND - ONE_DAY, today))


def _around(links: Links, day: date, today: date, **filters: str) -> str:
    """Two weeks before `day` and two weeks from it on, with these filters."""
    return _overview(links, day - AROUND, min(day + AROUND - ONE_DAY, today), **filters)


def _overview(links: Links, first: date, last: date, **filters: str) -> str:
    selection = links.selection.without(*VERSIONS).also(**filters)
    span = replace(selection.span, name="", since=first.isoformat(), until=last.isoformat())
    return links.overview(replace(selection, span=span))
