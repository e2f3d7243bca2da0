"""The overview's key figures, each a tab with its number, its rate and its change."""

from dataclasses import dataclass, replace

from wizard.analytics.overview import Overview
from wizard.analytics.rates import Rate
from wizard.analytics.stages import KEY_FIGURES, STAGES, Stage
from wizard.dashboard.labels import duration, interval, percent
from wizard.dashboard.overview.tabs import TIME
from wizard.dashboard.overview.view_headline import judged
from wizard.dashboard.overview.view_links import Links, Number
from wizard.dashboard.overview.view_signups import completeness_in_short
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
    """One figure: its number (`time` in its place where it is a time), and what stands beside it.

    `href` is the page with its chart, and `is_current` says that it is this one.
    """

    key: str
    name: str
    meaning: str
    href: str
    is_current: bool
    number: Number
    before: Number
    change: Change
    time: str = ""
    time_before: str = ""
    share: Share | None = None
    share_of: str = ""
    beside: Number | None = None
    beside_text: str = ""
    caution: str = ""


TIME_NAME = "Median time to a result"
TIME_MEANING = "half of those who finished took at most this long, from their first page to their first result"


def share_of(rate: Rate, of: str) -> Share:
    """A rate of those who are called `of`."""
    words = f"95% confidence interval: {interval(rate)}% of {of}." if rate.of else "No rate yet: no visitors to count."
    return Share(percent(rate), interval(rate), words)


def figures_of(overview: Overview, links: Links) -> tuple[Figure, ...]:
    """The key figures in the order of the stages, then the median time."""
    than = length_in_words(overview.selection.span)
    return (*(_figure(STAGES[key], overview, links, than) for key in KEY_FIGURES), _time(overview, links, than))


def _figure(stage: Stage, overview: Overview, links: Links, than: str) -> Figure:
    key, now, before = stage.key, overview.now.counts, overview.before.counts
    of = stage.rate_of if stage.is_of_started else key
    change = change_of(now[key], before[key], (now[of], before[of]), than)
    figure = Figure(
        key,
        stage.label,
        stage.meaning,
        links.overview(metric=key),
        links.asked.figure == key,
        links.journeys(now[key], ("outcome", key)),
        links.before(before[key], ("outcome", key)),
        _judged(change, overview, key),
    )
    if not stage.is_of_started:
        return replace(figure, beside=links.journeys(now["viewed"], ("outcome", "viewed")), beside_text="viewed it")
    members = STAGES[of].members
    return replace(
        figure,
        share=share_of(now.rate(key), members),
        share_of=members,
        beside_text=f"Signup value {overview.now.value:,.0f}" if key == "converted" and overview.now.value else "",
        caution=completeness_in_short(overview.completeness) if stage.is_late and now["started"] else "",
    )


def _time(overview: Overview, links: Links, than: str) -> Figure:
    finished, earlier = overview.now.counts["finished"], overview.before.counts["finished"]
    times = overview.median_ms, overview.median_before_ms
    change = change_of_time(*times, (finished, earlier), than)
    return Figure(
        TIME,
        TIME_NAME,
        TIME_MEANING,
        links.overview(metric=TIME),
        links.asked.figure == TIME,
        links.journeys(finished, ("outcome", "finished")),
        links.before(earlier, ("outcome", "finished")),
        _judged(change, overview, "time"),
        time=duration(overview.median_ms),
        time_before=duration(overview.median_before_ms),
    )


def _judged(change: Change, overview: Overview, key: str) -> Change:
    """The change with its colour, which it has only where it is beyond chance among all that is compared."""
    if change.is_good is None:
        return change
    is_good = judged(overview.headline, key, rose=change.tone == "up", is_mature=overview.completeness.is_mature)
    return replace(change, is_good=is_good)
