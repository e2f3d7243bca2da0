"""Describes a selection in words: its period and its conditions."""

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from wizard.analytics.conditions import DID, OUTCOMES, THEN
from wizard.analytics.date_range import Span
from wizard.analytics.scope import Suspects
from wizard.dashboard.labels import DASH, Names, moment, plural
from wizard.events.labels import SUSPICION_WORDS
from wizard.events.transitions import RESULT, START

SUSPECT_WORDS: Mapping[Suspects, str] = {
    "excluded": "Excluded",
    "included": "Included",
    "only": "Only",
}
"""The choice of suspect visits."""


def suspects_in_words(counts: Mapping[str, int], suspects: Suspects) -> str:
    """How many suspect visits there are, why, and whether they are counted.

    Empty where there is none, unless these alone were asked for.
    """
    total = sum(counts.values())
    if not total:
        return "Suspect visits only: none" if suspects == "only" else ""
    reasons = ", ".join(f"{SUSPICION_WORDS[mark]} {count:,}" for mark, count in counts.items() if count)
    return f"Suspect visits {SUSPECT_WORDS[suspects].lower()}: {total:,} ({reasons})"


def too_young_in_words(journeys: int, window_days: int | None) -> str:
    """How many journeys are left out because they are younger than the window; empty where there is none."""
    if not journeys or window_days is None:
        return ""
    days = f"{window_days} {plural(window_days, 'day')}"
    return f"{journeys:,} {plural(journeys, 'journey')} not counted yet: younger than {days}."


def span_in_words(span: Span, zone: ZoneInfo) -> str:
    """From when to when: 26 Oct - 22 Nov 2026 (with a longer dash); with times where they are not whole days."""
    if not span.name and (len(span.since), len(span.until)) != (len("2026-11-01"),) * 2:
        return _times(span.period.since_ms or 0, span.period.until_ms or 0, zone)
    return days_in_words(span.first, span.last)


def days_in_words(first: date, last: date) -> str:
    """Two dates, both included, as shortly as they can be said."""
    if first == last:
        return f"{_day(last)} {last.year}"
    begin = _day(first) if first.year == last.year else f"{_day(first)} {first.year}"
    return f"{begin} {DASH} {_day(last)} {last.year}"


def length_in_words(span: Span) -> str:
    """The name of the period before: the day before, the 28 days before, or the same time before."""
    if "T" in span.since or "T" in span.until:
        return "the same time before"
    days = (span.last - span.first).days + 1
    return "the day before" if days == 1 else f"the {days:,} days before"


def before_in_words(span: Span, zone: ZoneInfo) -> str:
    """The same with its dates, and with the time of day where the span is not over."""
    than, since_ms, until_ms = length_in_words(span), span.before.since_ms or 0, span.before.until_ms or 0
    if "T" in span.since or "T" in span.until:
        return f"{than} ({_times(since_ms, until_ms, zone)})"
    last = moment(max(until_ms - 1, since_ms), zone)
    dates = days_in_words(moment(since_ms, zone).date(), last.date())
    until = f", until this time of day ({moment(until_ms, zone):%H:%M})" if span.is_open else ""
    return f"{than} ({dates}){until}"


def condition_words(name: str, value: str, names: Names) -> str:
    """A condition, such as Dropped off at Team size."""
    one, _, other = value.partition(".")
    if name == "outcome":
        words = OUTCOMES[value].words
    elif name == "then":
        words = THEN[value].words
    elif name == "recommended":
        words = f"Recommended {names.deployment(value)}"
    elif name == "declined":
        words = f"Asked for {names.deployment(value)}, not offered"
    elif name == "did":
        words = f"{DID[other].words} {names.step(one)}"
    elif name == "answer":
        words = f"Answered {names.step(one)}: {names.answer(one, other)}"
    elif name == "changed":
        words = _changed_words(one, other, names)
    else:
        words = _edge_words(one, other, names)
    return words


def _changed_words(step: str, answers: str, names: Names) -> str:
    first, _, current = answers.partition(".")
    before, now = names.answer(step, first), names.answer(step, current)
    changed = f"Changed the answer to {names.step(step)}"
    return f"{changed} and back to {now}" if first == current else f"{changed} from {before} to {now}"


def _edge_words(one: str, other: str, names: Names) -> str:
    target = "a result" if other == RESULT else names.step(other)
    return f"Entered at {target}" if one == START else f"Went from {names.step(one)} to {target}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _times(since_ms: int, until_ms: int, zone: ZoneInfo) -> str:
    ends = (moment(ms, zone) for ms in (since_ms, until_ms))
    return f" {DASH} ".join(f"{_day(end.date())} {end.year}, {end:%H:%M}" for end in ends)
