"""The ledger's state in a line: quiet while every event is accounted for, and loud when one is not."""

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.conversions.ledger import Ledger

NAMED_DAYS = 3
"""Days that do not balance are told one by one up to so many."""


@dataclass(frozen=True, slots=True)
class LedgerView:
    """The sum in words, what was rejected for which reason, and what is wrong; the last is empty where all is well."""

    sum: str
    rejected: Sequence[tuple[str, int]]
    wrong: Sequence[str]


def ledger_of(ledger: Ledger, *, is_spooling: bool) -> LedgerView:
    """The ledger of whole days, UTC."""
    total = ledger.total
    accounted = (
        f"{total.received:,} received = {total.stored:,} stored + {total.duplicate:,} duplicates + "
        f"{total.bot:,} from bots + {total.rejected:,} rejected"
    )
    rejected = sorted(ledger.reasons.items(), key=lambda item: (-item[1], item[0]))
    named = [(reason.replace("_", " ") or "no reason given", count) for reason, count in rejected]
    return LedgerView(accounted, named, [*_problems(ledger), *_spooled(is_spooling=is_spooling)])


def _problems(ledger: Ledger) -> list[str]:
    found = list(ledger.problems().items())
    lines = [f"The ledger does not balance on {day}: {' and '.join(problems)}." for day, problems in found[:NAMED_DAYS]]
    more = len(found) - NAMED_DAYS
    return [*lines, f"Nor does it on {more} more days."] if more > 0 else lines


def _spooled(*, is_spooling: bool) -> list[str]:
    if not is_spooling:
        return []
    return [
        "Events are being spooled: the log can't be written just now, so what visitors do waits in files beside it. "
        "These figures lack that until it is back; nothing is lost."
    ]
