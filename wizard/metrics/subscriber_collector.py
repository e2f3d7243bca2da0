"""What is looked up of the change feed's subscribers when metrics are asked for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from wizard.clock import Clock
from wizard.events.feed_ledger import SubscriberAccount
from wizard.metrics.ledger_reader import LedgerReader

OUTCOMES = ("due", "delivered", "pending", "dead")


@dataclass(eq=False)  # a registry keeps them by identity
class SubscriberCollector(Collector):
    """The accounts of the subscribers, as the ledger has them."""

    reader: LedgerReader
    clock: Clock

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The metrics of each subscriber; none where there is none, or the log can't be read."""
        ledger = self.reader.read()
        if ledger is None or not ledger.subscribers:
            return
        changes = GaugeMetricFamily(
            "wizard_subscriber_changes",
            "Changes of journeys for each subscriber by outcome, of all servers that share the log.",
            labels=["subscriber", "outcome"],
        )
        for account in ledger.subscribers:
            for outcome in OUTCOMES:
                changes.add_metric([account.name, outcome], getattr(account, outcome))
        yield changes
        yield from self._times(ledger.subscribers)

    def _times(self, accounts: Sequence[SubscriberAccount]) -> Iterator[GaugeMetricFamily]:
        now_ms = self.clock()
        yield _gauge(
            "lag_seconds",
            "How long the oldest pending change has been waiting; 0 if none waits.",
            accounts,
            lambda account: account.lag_ms(now_ms) / 1000,
        )
        yield _gauge(
            "failing_seconds",
            "For how long nothing can be delivered; 0 while it can.",
            accounts,
            lambda account: account.failing_ms(now_ms) / 1000,
        )
        yield _gauge(
            "backfilling",
            "1 while the subscriber is filled with the journeys that were in the log before.",
            accounts,
            lambda account: float(account.is_backfilling),
        )


def _gauge(
    name: str, meaning: str, accounts: Sequence[SubscriberAccount], value: Callable[[SubscriberAccount], float]
) -> GaugeMetricFamily:
    found = GaugeMetricFamily(f"wizard_subscriber_{name}", meaning, labels=["subscriber"])
    for account in accounts:
        found.add_metric([account.name], value(account))
    return found
