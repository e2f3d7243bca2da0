"""Data quality: the ledger's sum in words, and an alarm where events are unaccounted for or still waiting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from wizard.dashboard.labels import plural
from wizard.dashboard.overview.view_subscribers import SubscriberView
from wizard.dashboard.phrases import days_in_words
from wizard.events.ledger import Account, Ledger

NAMED_DAYS = 3
"""The most days that an alarm names one by one."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that is wrong: what that means for the figures, and what to do; `details` say what it is."""

    heading: str
    meaning: str
    advice: str
    command: str = ""
    details: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class LedgerView:
    """The sum in words, what was rejected for which reason, and what is wrong; the subscribers of the change feed.

    `upkeep` says what is done to keep the log.
    """

    is_balanced: bool
    sum: str
    rejected: Sequence[tuple[str, int]]
    alarms: Sequence[Alarm]
    subscribers: Sequence[SubscriberView] = ()
    upkeep: str = ""


SPOOLED = Alarm(
    "The newest visits are not included yet.",
    "The log can't be written right now, so new events wait on their server. Nothing is lost: they are added "
    "automatically once the log is back.",
    "If this lasts for some minutes, contact the server's operator; the server's log says why",
)


def ledger_of(ledger: Ledger, *, is_spooling: bool) -> LedgerView:
    """The ledger of whole days, UTC."""
    total = ledger.total
    waiting = f", {total.waiting:,} not stored yet" if total.waiting else ""
    accounted = (
        f"{_of(total.received, 'event')} received: {total.stored:,} stored, {_of(total.duplicate, 'duplicate')} "
        f"(a refresh or a double click), {total.bot:,} from bots, {total.rejected:,} rejected{waiting}"
    )
    rejected = sorted(ledger.reasons.items(), key=lambda item: (-item[1], item[0]))
    named = [(reason.replace("_", " ") or "no reason given", count) for reason, count in rejected]
    wrong = {day: ledger.days[day] for day in ledger.problems()}
    alarms = [*([_unbalanced(wrong)] if wrong else []), *([SPOOLED] if is_spooling else [])]
    return LedgerView(not wrong, accounted, named, alarms)


def _unbalanced(wrong: Mapping[str, Account]) -> Alarm:
    """An event is of one visit, so that figures can be off by as many visits as there are such events."""
    off = {_day(day): _off(account) for day, account in wrong.items()}
    most = sum(count for parts in off.values() for count in parts.values())
    where = next(iter(off)) if len(off) == 1 else "one of these days"
    lines = [f"{day} (UTC): {_in_words(parts)}" for day, parts in list(off.items())[:NAMED_DAYS]]
    more = len(off) - NAMED_DAYS
    return Alarm(
        "Some of these figures may be off.",
        f"Every figure that includes {where} may be off by up to {_of(most, 'visit')}. Other days are right.",
        "Contact the server's operator",
        "wizard ledger",
        [*lines, f"And {_of(more, 'day')} more"] if more > 0 else lines,
    )


def _off(account: Account) -> Mapping[str, int]:
    """By how many events a day does not add up, by what that is called. What was lost is among what was received."""
    unexplained = account.unaccounted - min(account.lost, max(account.unaccounted, 0))
    found = {
        "lost": account.lost,
        "received without being counted": max(unexplained, 0),
        "counted without being received": max(-unexplained, 0),
        "missing since they were stored": max(account.missing, 0),
        "stored without being counted": max(-account.missing, 0),
    }
    return {what: count for what, count in found.items() if count}


def _in_words(parts: Mapping[str, int]) -> str:
    return ", ".join(f"{_of(count, 'event')} {what}" for what, count in parts.items())


def _of(count: int, what: str) -> str:
    return f"{count:,} {plural(count, what)}"


def _day(day: str) -> str:
    return days_in_words(date.fromisoformat(day), date.fromisoformat(day))
