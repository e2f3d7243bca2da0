"""The markers of the trend: releases, published versions and notes, each in words, with the overviews around it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from wizard.analytics.notes import Note
from wizard.analytics.overview import Overview
from wizard.analytics.publishes import Publish
from wizard.analytics.releases import Release
from wizard.dashboard.charts.trend_model import MARKER_KINDS, MarkerKind
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
class Happened:
    """What there are markers of: releases that were found in visits, published versions of the texts, and notes."""

    releases: Sequence[Release] = ()
    publishes: Sequence[Publish] = ()
    notes: Sequence[Note] = ()


@dataclass(frozen=True, slots=True)
class Marker:
    """A release, a published version, or a note, on a local date.

    `href` is the overview from that day on, compared with as long a time before; None for a day that is yet to come.
    `links` lead to more: the text of each, and its address. `who` wrote a note, or published `number` at `at_ms`, which
    is `time` on the clock.
    """

    kind: MarkerKind
    date: date
    label: str
    href: str | None
    links: tuple[tuple[str, str], ...] = ()
    who: str = ""
    number: int = 0
    at_ms: int = 0
    time: str = ""

    @property
    def day(self) -> str:
        """The date in words."""
        return days_in_words(self.date, self.date)

    @property
    def kind_words(self) -> str:
        """What it is, in a word."""
        return MARKER_KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class MarkersView:
    """The markers, the latest first: those that are listed, those that are folded, and how many there are in words."""

    shown: Sequence[Marker]
    folded: Sequence[Marker]
    folded_in_words: str


def happened_in(overview: Overview) -> Happened:
    """What there are markers of in the period of an overview."""
    return Happened(overview.releases, overview.publishes, overview.notes)


def markers_of(happened: Happened, links: Links, zone: ZoneInfo, now_ms: int) -> tuple[Marker, ...]:
    """The markers of a span, in the order of time. Their addresses keep the filters, but for those by version."""
    today = moment(now_ms, zone).date()
    together: dict[tuple[date, str, bool], list[Release]] = defaultdict(list)
    for each in happened.releases:
        together[moment(each.at_ms, zone).date(), each.kind, each.returns].append(each)
    found = [_of_releases(day, group, links, today) for (day, *_), group in together.items()]
    found += [_of_publish(publish, links, zone, today) for publish in happened.publishes]
    found += [_of_note(note, links, today) for note in reversed(happened.notes)]
    return tuple(sorted(found, key=lambda each: each.date))


def listed(markers: Sequence[Marker]) -> MarkersView:
    """The markers as the line below the trend lists them."""
    latest = tuple(reversed(markers))
    folded = latest[MOST_SHOWN:]
    notes = len([each for each in folded if each.kind == "note"])
    counts = ((len(folded) - notes, "release"), (notes, "note"))
    words = " and ".join(f"{count:,} more {plural(count, noun)}" for count, noun in counts if count)
    return MarkersView(latest[:MOST_SHOWN], folded, words)


def _of_releases(day: date, releases: Sequence[Release], links: Links, today: date) -> Marker:
    """The marker of what was released on one day: one version, or several one after the other."""
    first = releases[0]
    what = "questionnaire" if first.kind == "version" else "wording"
    versions = ", ".join(each.version for each in releases)
    label = f"Earlier {what} again ({versions})" if first.returns else f"New {what} ({versions})"
    more = _by_version(links, day, today, first) if len(releases) == 1 else ()
    return Marker("release", day, label, _from(links, day, today), more)


def _of_publish(publish: Publish, links: Links, zone: ZoneInfo, today: date) -> Marker:
    at = moment(publish.at_ms, zone)
    restored = publish.restored_number
    source = f" (rollback to {f'version {restored}' if restored else 'the files'})" if restored is not None else ""
    note = f": {publish.note}" if publish.note else ""
    return Marker(
        "publish",
        at.date(),
        f"Version {publish.number}{source}{note}",
        _from(links, at.date(), today),
        _by_version(links, at.date(), today, publish),
        publish.who,
        publish.number,
        publish.at_ms,
        f"{at:%H:%M}",
    )


def _by_version(links: Links, day: date, today: date, of: Release | Publish) -> tuple[tuple[str, str], ...]:
    """Links to the two weeks on either side: of what was released only, and of what was there before only."""
    kind = of.kind if isinstance(of, Release) else "wording"
    filters = (("Only this version", of.version), ("Only the version before", of.before))
    return tuple((text, _around(links, day, today, **{kind: value})) for text, value in filters)


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
