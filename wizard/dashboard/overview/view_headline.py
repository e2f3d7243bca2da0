"""The overview's headline: the most notable change in a sentence, and the row that accounts for it."""

from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from wizard.analytics.causes import Cause
from wizard.analytics.changes import FEW, LAG, STEP, Tested
from wizard.analytics.headline import TIME, Headline
from wizard.analytics.rates import Rate
from wizard.analytics.stages import STAGES
from wizard.dashboard.labels import Names, duration
from wizard.dashboard.overview.view_changes import PLACES, through
from wizard.dashboard.overview.view_words import MINUS, signed_percent

Judged = Literal["good", "bad", "neutral"]

FINE = 5.0
"""From so many points on, a difference of rates is shown in whole points."""


@dataclass(frozen=True, slots=True)
class HeadlineView:
    """The headline in words, and whether it is good news. `key` is that of the change, if it names one."""

    text: Markup
    tone: Judged = "neutral"
    key: str = ""


@dataclass(frozen=True, slots=True)
class _Said:
    """How a change of a rate begins where it rose and where it fell, and whether a rise is good."""

    rose: str
    fell: str
    is_good: bool = True


RATES = {
    "finished": _Said("More starters finished", "Fewer starters finished"),
    "clicked": _Said("More starters clicked a recommendation", "Fewer starters clicked a recommendation"),
    "converted": _Said("More of those who clicked signed up", "Fewer of those who clicked signed up"),
}

LAGS = Markup(
    "Signups are coming in {}: half within {} of the click, before within {}. "
    "The number of signups can't be judged yet."
)
TIMES = Markup("Visitors took {} to a result: half of them at most {}, before {}.")


def headline_of(headline: Headline, names: Names, than: str, *, is_mature: bool) -> HeadlineView:
    """The headline. `than` is what the period is compared with; `is_mature`: few signups are still to come."""
    now, before = headline.started
    change = headline.change
    if change is None:
        if min(now, before) < FEW:
            few = "Too few visitors to compare" if now < FEW else "There were too few visitors to compare with"
            return HeadlineView(Markup("{}: {:,} started, and {:,} in {}.").format(few, now, before, than))
        return HeadlineView(Markup("Within normal variation of {}: nothing changed beyond chance.").format(than))
    text = _sentence(change, names)
    if change.key not in (LAG, TIME):
        text += Markup(" ") + _cause(change, headline.cause, names)
    return HeadlineView(text, _tone(change, is_mature=is_mature), change.key)


def judged(headline: Headline, key: str, *, rose: bool, is_mature: bool) -> bool | None:
    """Whether a figure's change is good; None where it may be chance, or may yet change.

    A figure changes with the number of starters, or with its own rate: one of the two must have changed beyond chance,
    in the same direction. A stage that is reached late must have changed in its rate, and signups must not be late.
    """
    passed = headline.beyond_chance
    is_late = STAGES[key].is_late if key in STAGES else False
    if is_late and (LAG in passed or (not is_mature and not rose)):
        return None
    causes = (key,) if is_late or key == TIME else (key, "started")
    if not any(cause in passed and passed[cause].rose == rose for cause in causes):
        return None
    return rose != (key == TIME)


def _tone(change: Tested, *, is_mature: bool) -> Judged:
    is_late = change.key in STAGES and STAGES[change.key].is_late
    if change.key in (LAG, TIME) or (is_late and not is_mature and not change.rose):
        return "neutral"
    return "bad" if change.rose == change.key.startswith(STEP) else "good"


def _sentence(change: Tested, names: Names) -> Markup:
    rose = change.rose
    if change.key == LAG:
        return LAGS.format("later" if rose else "sooner", duration(change.now), duration(change.before))
    if change.key == TIME:
        return TIMES.format("longer" if rose else "less time", duration(change.now), duration(change.before))
    more = "More" if rose else "Fewer"
    if change.key == "started":
        by = f" ({signed_percent((change.now - change.before) / change.before)})" if change.before else ""
        return Markup("{} visitors started: {:,} now, {:,} before{}.").format(more, change.now, change.before, by)
    now, before = Rate(change.now, change.now_of), Rate(change.before, change.before_of)
    numbers = f"{_percent(now, before)} now, {_percent(before, now)} before ({_points(now, before)})"
    if change.step:
        return Markup("{} visitors dropped off at “{}”: {}.").format(more, names.question(change.step), numbers)
    said = RATES[change.key]
    return Markup("{}: {}.").format(said.rose if rose else said.fell, numbers)


def _cause(change: Tested, cause: Cause | None, names: Names) -> Markup:
    """The row that accounts for the change, or that none stands out."""
    if cause is None:
        return Markup("No {} stands out.").format(PLACES)
    row = cause.row
    where = through(row.dimension, row.value, names)
    if change.key == "started":
        numbers = f"{row.now.count:,}, was {row.before.count:,}"
    else:
        numbers = f"{_percent(row.now, row.before)}, was {_percent(row.before, row.now)}"
    return Markup("{} {}: {}.").format("Mostly" if cause.is_most else "Especially", where, numbers)


def _percent(rate: Rate, other: Rate) -> str:
    """A rate in percent, with as many digits as it takes to tell it from the other."""
    return f"{rate.rate or 0:.{_digits(rate, other)}%}"


def _points(now: Rate, before: Rate) -> str:
    points = 100 * _difference(now, before)
    return f"{points:+.{_digits(now, before)}f} points".replace("-", MINUS)


def _digits(one: Rate, other: Rate) -> int:
    return 0 if 100 * abs(_difference(one, other)) >= FINE else 1


def _difference(one: Rate, other: Rate) -> float:
    return (one.rate or 0.0) - (other.rate or 0.0)
