"""Data quality: what each subscriber of the change feed has got and is owed, in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from wizard.dashboard.labels import duration, plural
from wizard.events.feed_ledger import SubscriberAccount


@dataclass(frozen=True, slots=True)
class SubscriberView:
    """A subscriber's name, what became of its changes, and what is wrong, if anything is."""

    name: str
    sum: str
    problem: str


def subscribers_of(accounts: Iterable[SubscriberAccount], now_ms: int) -> list[SubscriberView]:
    """The subscribers by name; none where nothing follows the log."""
    return [SubscriberView(account.name, _sum(account, now_ms), _problem(account, now_ms)) for account in accounts]


def _sum(account: SubscriberAccount, now_ms: int) -> str:
    parts = [f"{account.delivered:,} {plural(account.delivered, 'change')} of journeys delivered"]
    if account.pending:
        lag_ms = account.lag_ms(now_ms)
        waiting = f" (for up to {duration(lag_ms)})" if lag_ms else ""
        parts.append(f"{account.pending:,} pending{waiting}")
    if account.dead:
        parts.append(f"{account.dead:,} refused")
    if account.is_backfilling:
        parts.append(f"{account.backfilled:,} earlier {plural(account.backfilled, 'journey')} added so far")
    return ", ".join(parts)


def _problem(account: SubscriberAccount, now_ms: int) -> str:
    if account.failing_since_ms is not None:
        return f"Nothing could be delivered for {duration(account.failing_ms(now_ms))}"
    return "What was refused is missing there" if account.dead else ""
