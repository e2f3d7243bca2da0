"""Signups on the overview: the time from click to signup per deployment, and how complete the last days are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from wizard.analytics.completeness import COMPLETE_MS, LEAST_SIGNUPS, READ_MS, Completeness
from wizard.analytics.daily import Day
from wizard.analytics.signups import ClickToSignup, Signups
from wizard.dashboard.labels import DASH, Names, duration
from wizard.dashboard.overview.view_links import Links, Number
from wizard.events.log import DAY_MS

BUCKETS = (
    "Under 1 h",
    "1 to 6 h",
    "6 to 24 h",
    "1 to 2 d",
    "2 to 4 d",
    "4 to 7 d",
    "7 to 14 d",
    "14 to 30 d",
    "Over 30 d",
)
"""The buckets of `wizard.analytics.signups` in words."""

LAST_DAYS = 7
"""How many days are listed with their share."""

UNKNOWN = (
    f"How many signups of recent visits are still to come is not known: it takes {LEAST_SIGNUPS} signups of visits "
    f"that began {COMPLETE_MS // DAY_MS} to {(COMPLETE_MS + READ_MS) // DAY_MS} days ago."
)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bar: its label, so many signups, their share, and its width on the scale that all bars have in common."""

    label: str
    count: int
    share: str
    width: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """The signups at one deployment, or at all; `others` are those without a time, by the reason why."""

    name: str
    signups: Number
    median: str
    p90: str
    buckets: tuple[Bucket, ...]
    others: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class SignupDay:
    """One day: its date, its overview, who clicked and converted, and the share that has usually come in by now."""

    date: str
    name: str
    href: str | None
    clicked: int
    converted: int
    share: str
    is_immature: bool


@dataclass(frozen=True, slots=True)
class SignupsView:
    """The histograms (that of all first, if there are several), the last days, and a line on how complete they are."""

    histograms: tuple[Histogram, ...]
    prefilled: Number
    days: tuple[SignupDay, ...]
    line: str


def signups_of(
    signups: Signups, completeness: Completeness, days: Sequence[Day], links: Links, names: Names
) -> SignupsView:
    """The signups of a selection, whose `days` are in order, as is their completeness."""
    every = links.journeys(signups.total.signups, ("outcome", "converted"))
    named = [(names.deployment(key), found) for key, found in signups.by_deployment.items()]
    widest = max((_share(count, found) for _, found in named for count in found.histogram), default=0.0)
    if len(named) == 1:
        listed = [(named[0][0], every, signups.total)]
    else:
        listed = [(name, Number(found.signups), found) for name, found in named]
        listed = [("All signups", every, signups.total), *listed] if named else []
    return SignupsView(
        histograms=tuple(_histogram(*each, widest) for each in listed),
        prefilled=links.journeys(signups.prefilled, ("outcome", "linked_converted")),
        days=_days(completeness, days, links),
        line=completeness_in_words(completeness),
    )


def completeness_in_words(completeness: Completeness) -> str:
    """How complete the signups of the period are, in a sentence; empty where they are complete, or no visits began."""
    if not completeness.is_known:
        return UNKNOWN
    share = completeness.share
    if share is None or share == 1:
        return ""
    return f"{_about(share)} of the signups of this period have usually come in by now."


def completeness_in_short(completeness: Completeness) -> str:
    """The same in a few words."""
    if not completeness.is_known:
        return "Recent visits may still convert."
    share = completeness.share
    return "" if share is None or share == 1 else f"{_about(share)} are usually in by now."


def _about(share: float) -> str:
    whole = round(100 * share)
    if whole in (0, 100):
        return "Less than 1%" if whole == 0 else "Over 99%"
    return f"About {whole}%"


def _histogram(name: str, signups: Number, found: ClickToSignup, widest: float) -> Histogram:
    buckets = tuple(
        Bucket(label, count, f"{_share(count, found):.0%}", _width(_share(count, found), widest))
        for label, count in zip(BUCKETS, found.histogram, strict=True)
    )
    others = (("No click recorded", found.without_click), ("Before the first click", found.before_click))
    return Histogram(
        name=name,
        signups=signups,
        median=duration(found.median_ms),
        p90=duration(found.p90_ms),
        buckets=buckets,
        others=tuple(each for each in others if each[1]),
    )


def _share(count: int, found: ClickToSignup) -> float:
    return count / found.timed if found.timed else 0.0


def _width(share: float, widest: float) -> str:
    return f"{100 * share / widest:.1f}%" if widest else "0%"


def _days(completeness: Completeness, days: Sequence[Day], links: Links) -> tuple[SignupDay, ...]:
    """The last days that have begun, the latest first. Days that are counted in part have no link."""
    span = links.selection.span
    are_whole = "T" not in span.since + span.until
    rows = []
    for day, share in zip(reversed(days), reversed(completeness.days), strict=True):
        if not share.has_begun:
            continue
        at = date.fromisoformat(day.date)
        rows.append(
            SignupDay(
                date=day.date,
                name=f"{at:%a} {at.day} {at:%b}",
                href=links.days(day.date, day.date) if are_whole else None,
                clicked=day.counts["clicked"],
                converted=day.counts["converted"],
                share=DASH if share.share is None else f"{int(100 * share.share)}%",
                is_immature=share.is_immature,
            )
        )
    return tuple(rows[:LAST_DAYS])
