"""The ledger's state for those who read figures: quiet while every event is accounted for, and loud when one is not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from wizard.dashboard.phrases import days_in_words
from wizard.events.ledger import Account, Ledger

NAMED_DAYS = 3
"""Days that do not balance are told one by one up to so many."""


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
    """The sum in words, what was rejected for which reason, and what is wrong."""

    is_balanced: bool
    sum: str
    rejected: Sequence[tuple[str, int]]
    alarms: Sequence[Alarm]


SPOOLED = Alarm(
    "The newest visits are not in these figures yet.",
    "The log can't be written to just now, so what visitors do waits beside it. Nothing is lost by that: it comes in "
    "by itself once the log is back.",
    "If this stays for some minutes, tell whoever runs the server; its own log says why",
)


def ledger_of(ledger: Ledger, *, is_spooling: bool) -> LedgerView:
    """The ledger of whole days, UTC."""
    total = ledger.total
    accounted = (
        f"{total.received:,} came in, of which {total.stored:,} were new, {total.duplicate:,} were there already "
        f"(a refresh, a double click), {total.bot:,} came from bots, and {total.rejected:,} were refused"
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
    told = [f"{day} (UTC): {_in_words(parts)}" for day, parts in list(off.items())[:NAMED_DAYS]]
    more = len(off) - NAMED_DAYS
    return Alarm(
        "Some of these figures may be off.",
        f"Every number that takes in {where} may be off, by up to {_of(most, 'visit')}. Other days are right.",
        "Tell whoever runs the server",
        "wizard ledger",
        [*told, f"And {_of(more, 'day')} more"] if more > 0 else told,
    )


def _off(account: Account) -> Mapping[str, int]:
    """By how many events a day does not add up, by what that is called. What was lost is among what came in."""
    unexplained = account.unaccounted - min(account.lost, max(account.unaccounted, 0))
    found = {
        "lost": account.lost,
        "came in without being counted": max(unexplained, 0),
        "counted without having come in": max(-unexplained, 0),
        "gone since they were written down": max(account.missing, 0),
        "there without having been counted": max(-account.missing, 0),
    }
    return {what: count for what, count in found.items() if count}


def _in_words(parts: Mapping[str, int]) -> str:
    return ", ".join(f"{_of(count, 'event')} {what}" for what, count in parts.items())


def _of(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _day(day: str) -> str:
    return days_in_words(date.fromisoformat(day), date.fromisoformat(day))
