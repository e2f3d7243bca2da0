"""Writes a report as tables for people, and as JSON with everything in it for programs."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wizard.analytics.rates import Rate
from wizard.analytics.report import Figures, Report
from wizard.analytics.stages import JOURNEYS, KEY_FIGURES, PREFILLED, STAGES
from wizard.analytics.step_figures import StepFigures
from wizard.commands.options import several
from wizard.dashboard.phrases import suspects_in_words
from wizard.events.periods import EPOCH, Period, iso
from wizard.text_table import text_table

FEW = 100
"""With fewer visitors than this, a rate's interval is up to 20 points wide, or wider."""
GROUPS_SHOWN = 25
LABEL_CHARACTERS = 40
DASH = "\N{EN DASH}"
NOT_KNOWN = "(not known)"
NO_RESULT = "(no result)"
Cell = str
Row = Sequence[Cell]


def as_record(report: Report) -> dict[str, Any]:
    """The whole report as JSON has it; docs/reports.md describes it."""
    period = report.scope.period
    ends = (period.since_ms, period.until_ms)
    since, until = (None if ms is None else iso(ms) for ms in ends)
    return {
        "since": since,
        "until": until,
        "time_zone": report.zone.key,
        "by": report.by,
        "suspects": dict(report.suspects),
        "suspects_are": report.scope.suspects,
        "total": _figures(report.total),
        "groups": [{"group": group.split, **_figures(group)} for group in report.groups],
    }


def as_text(report: Report) -> str:
    """The report as a person reads it in a terminal."""
    period, suspects = report.scope.period, suspects_in_words(report.suspects, report.scope.suspects)
    title = f"Journeys that began {_span(period, report.zone)}"
    if not report.total.counts[JOURNEYS]:
        return "\n".join([f"{title}: none.", suspects or _what_to_do(period)])
    funnel = "\n".join(filter(None, (text_table(_funnel(report.total), numbers=True), suspects)))
    parts = [title, funnel, *_prefilled(report.total), text_table(_steps(report.total.steps), numbers=True)]
    if report.by:
        shown = report.groups if report.by == "day" else report.groups[:GROUPS_SHOWN]
        tables = (_groups(report.by, shown), _group_steps(report.by, report.total, shown))
        parts += [text_table(rows, numbers=True) for rows in tables]
        if len(shown) < len(report.groups):
            parts.append(f"Not shown: {len(report.groups) - len(shown):,} more of {report.by}; --json has all of them.")
    if any(group.counts["started"] < FEW for group in (report.total, *report.groups)):
        parts.append(f"Where fewer than {FEW} started, go by the intervals: a rate alone can be off by ten points.")
    return "\n\n".join(parts)


def _rate(rate: Rate) -> dict[str, Any]:
    low, high = rate.interval or (None, None)
    return {"count": rate.count, "of": rate.of, "rate": rate.rate, "low": low, "high": high}


def _figures(figures: Figures) -> dict[str, Any]:
    counts = figures.counts
    return {
        JOURNEYS: counts[JOURNEYS],
        **{key: _rate(counts.rate(key)) if stage.is_of_started else counts[key] for key, stage in STAGES.items()},
        "value": round(figures.value, 2),
        "unstarted": {key: figures.unstarted[key] for key in PREFILLED},
        "steps": [_step(step) for step in figures.steps],
    }


def _step(step: StepFigures) -> dict[str, Any]:
    return {
        "step": step.step,
        "reached": step.reached,
        "answered": _rate(step.of_reached(step.answered)),
        "dropped_off": _rate(step.of_reached(step.reached - step.answered)),
        "met_error": _rate(step.of_reached(step.wanderings.met_error)),
        "errors": step.wanderings.errors,
        "went_back": _rate(step.of_reached(step.wanderings.went_back)),
        "changed": _rate(step.of_reached(step.wanderings.changed)),
        "median_ms": step.times.median_ms,
        "p90_ms": step.times.p90_ms,
    }


def _funnel(total: Figures) -> Iterable[Row]:
    yield "", "journeys", "rate", "95% interval", "out of"
    for key, stage in STAGES.items():
        rate = total.counts.rate(key)
        shares = (_percent(rate), _interval(rate), stage.rate_of) if stage.is_of_started else ("", "", "")
        yield key, f"{total.counts[key]:,}", *shares
    if total.value:
        yield "value", f"{total.value:,.2f}", "", "", ""


def _prefilled(total: Figures) -> list[str]:
    if not total.unstarted["finished"]:
        return []
    counts = ", ".join(several(total.unstarted[key], each.noun) for key, each in PREFILLED.items())
    return [f"Prefilled links (not in the funnel): {counts}."]


def _steps(steps: Iterable[StepFigures]) -> Iterable[Row]:
    yield (
        "step",
        "reached",
        "answered",
        "",
        "95% interval",
        "dropped off",
        "errors",
        "went back",
        "changed",
        "median",
        "p90",
    )
    for step in steps:
        answered = step.of_reached(step.answered)
        dropped = step.of_reached(step.reached - step.answered)
        wandered = (step.wanderings.met_error, step.wanderings.went_back, step.wanderings.changed)
        yield (
            step.step,
            f"{step.reached:,}",
            f"{step.answered:,}",
            _percent(answered),
            _interval(answered),
            _percent(dropped),
            *(_percent(step.of_reached(count)) for count in wandered),
            _seconds(step.times.median_ms),
            _seconds(step.times.p90_ms),
        )


def _groups(by: str, groups: Iterable[Figures]) -> Iterable[Row]:
    rates = [key for key in KEY_FIGURES if STAGES[key].is_of_started]
    yield by, *(cell for key in STAGES for cell in ((key, "") if key in rates else (key,))), "value"
    for group in groups:
        cells = [
            cell
            for key in STAGES
            for cell in (_percent_and_interval(group.counts.rate(key)) if key in rates else (f"{group.counts[key]:,}",))
        ]
        yield _label(by, group.split), *cells, f"{group.value:,.2f}"


def _group_steps(by: str, total: Figures, groups: Iterable[Figures]) -> Iterable[Row]:
    """How many of a step's own visitors answered it, and the median of the time that they took."""
    names = [step.step for step in total.steps]
    yield f"{by}: answered", *(cell for name in names for cell in (name, "", "median"))
    for group in groups:
        steps = {step.step: step for step in group.steps}
        found = [steps.get(name) for name in names]
        rates = [step.of_reached(step.answered) if step else Rate(0, 0) for step in found]
        medians = [_seconds(step.times.median_ms if step else None) for step in found]
        cells = [
            cell for rate, median in zip(rates, medians, strict=True) for cell in (*_percent_and_interval(rate), median)
        ]
        yield _label(by, group.split), *cells


def _label(by: str, value: str) -> str:
    if not value:
        return NO_RESULT if by in ("persona", "deployment") else NOT_KNOWN
    return value if len(value) <= LABEL_CHARACTERS else f"{value[: LABEL_CHARACTERS - 1]}…"


def _percent(rate: Rate) -> str:
    return DASH if rate.rate is None else f"{rate.rate:.1%}"


def _interval(rate: Rate) -> str:
    return "" if rate.interval is None else DASH.join(f"{100 * end:.1f}" for end in rate.interval)


def _percent_and_interval(rate: Rate) -> tuple[str, str]:
    return _percent(rate), _interval(rate)


def _seconds(ms: int | None) -> str:
    return DASH if ms is None else f"{ms / 1000:,.1f} s"


def _span(period: Period, zone: ZoneInfo) -> str:
    """The period in words, its ends as clocks in `zone` show them."""
    words = []
    if period.since_ms is not None:
        words.append(f"from {_moment(period.since_ms, zone)}")
    if period.until_ms is not None:
        words.append(f"until before {_moment(period.until_ms, zone)}")
    return f"{' '.join(words) or 'at any time'} ({zone.key})"


def _moment(ms: int, zone: ZoneInfo) -> str:
    at: datetime = (EPOCH + timedelta(milliseconds=ms)).astimezone(zone)
    is_midnight = (at.hour, at.minute, at.second) == (0, 0, 0)
    return at.date().isoformat() if is_midnight else at.isoformat(" ", "seconds")


def _what_to_do(period: Period) -> str:
    if period == Period():
        return "The log is empty. `wizard serve` fills it; `wizard demo-data --journeys 1000` makes some to look at."
    return "Try another period, or none."
