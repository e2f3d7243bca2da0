"""The overview's five key figures, each with its rate and its change."""

from dataclasses import dataclass, replace

from wizard.analytics.overview import Overview
from wizard.analytics.rates import Rate
from wizard.analytics.report import Figures
from wizard.dashboard.labels import METRIC_NAMES, duration, interval, percent
from wizard.dashboard.overview.view_links import Links, Number
from wizard.dashboard.overview.view_words import Change, change_of, change_of_time
from wizard.dashboard.phrases import length_in_words


@dataclass(frozen=True, slots=True)
class Share:
    """A rate as it is read, its interval in short, and that in words."""

    text: str
    interval: str
    words: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its number (`time` in its place where it is a time), and what stands beside it."""

    key: str
    name: str
    meaning: str
    number: Number
    before: Number
    change: Change
    time: str = ""
    time_before: str = ""
    share: Share | None = None
    share_of: str = "starters"
    beside: Number | None = None
    beside_text: str = ""
    caution: str = ""


LATE = "Recent visits may still convert."
"""A fall of conversions is no bad news while it may be for this alone."""

MEANINGS = {
    "started": "gave at least one answer",
    "finished": "reached a result",
    "clicked": "clicked a recommendation",
    "converted": (
        "signed up, as reported by the signup service; the rate is of those who clicked, without visitors whose "
        "browsers send Global Privacy Control, since their signups can't be reported"
    ),
    "time": "half of those who finished took at most this long, from their first page to their first result",
}


def share_of(rate: Rate, of: str) -> Share:
    """A rate of those who are called `of`."""
    words = f"95% confidence interval: {interval(rate)}% of {of}." if rate.of else "No rate yet: no visitors to count."
    return Share(percent(rate), interval(rate), words)


def figures_of(overview: Overview, links: Links) -> tuple[Figure, ...]:
    """The five, in their order."""
    now, before = overview.now, overview.before
    than = length_in_words(overview.selection.span)
    return (
        Figure(
            "started",
            METRIC_NAMES["started"],
            MEANINGS["started"],
            links.journeys(now.started, ("outcome", "started")),
            links.before(before.started, ("outcome", "started")),
            change_of(now.started, before.started, (now.started, before.started), than),
            beside=links.journeys(now.viewed, ("outcome", "viewed")),
            beside_text="viewed it",
        ),
        *(_counted(key, now, before, links, than) for key in ("finished", "clicked", "converted")),
        _time(overview, links, than),
    )


def _counted(key: str, now: Figures, before: Figures, links: Links, than: str) -> Figure:
    count, earlier = getattr(now, key), getattr(before, key)
    is_signup = key == "converted"
    of = (now.handoff, before.handoff) if is_signup else (now.started, before.started)
    change = change_of(count, earlier, of, than)
    is_late = is_signup and links.selection.span.is_open
    share_of_whom = "those who clicked" if is_signup else "starters"
    return Figure(
        key,
        METRIC_NAMES[key],
        MEANINGS[key],
        links.journeys(count, ("outcome", key)),
        links.before(earlier, ("outcome", key)),
        replace(change, is_good=None) if is_late and change.is_good is False else change,
        caution=LATE if is_late and now.started else "",
        share=share_of(now.conversion if is_signup else now.of_started(count), share_of_whom),
        share_of=share_of_whom,
        beside_text=f"Signup value {now.value:,.0f}" if is_signup and now.value else "",
    )


def _time(overview: Overview, links: Links, than: str) -> Figure:
    finished, earlier = overview.now.finished, overview.before.finished
    return Figure(
        "time",
        "Median time to a result",
        MEANINGS["time"],
        links.journeys(finished, ("outcome", "finished")),
        links.before(earlier, ("outcome", "finished")),
        change_of_time(overview.median_ms, overview.median_before_ms, (finished, earlier), than),
        time=duration(overview.median_ms),
        time_before=duration(overview.median_before_ms),
    )
