"""Metrics of subscribers: what the ledger has of each, and none where there is no subscriber."""

from factories import visit
from sqlalchemy import text
from subscribing import Recording, ready

from wizard.clock import system_ms
from wizard.events.log import Log
from wizard.metrics.ledger_reader import LedgerReader
from wizard.metrics.subscriber_collector import SubscriberCollector
from wizard.subscribers.registration import register


def samples(log: Log, now_ms: int) -> dict[tuple[str, ...], float]:
    """The values by name and labels."""
    collector = SubscriberCollector(LedgerReader(log.database, fresh_seconds=0), lambda: now_ms)
    return {
        (sample.name.removeprefix("wizard_subscriber_"), *sample.labels.values()): sample.value
        for family in collector.collect()
        for sample in family.samples
    }


def test_without_subscribers_there_are_no_metrics_of_them(log: Log) -> None:
    assert samples(log, system_ms()) == {}


def test_each_subscriber_has_its_counts_and_times(log: Log) -> None:
    ready(log, Recording(name="one"))
    for each in visit()[:3]:
        log.append([each])
    register(log.database, ["two"])
    now_ms = system_ms()
    with log.database.writer.begin() as connection:
        connection.execute(text(f"UPDATE pending_changes SET noted_ms = {now_ms - 5000}"))  # noqa: S608
        connection.execute(text(f"UPDATE subscribers SET failing_since_ms = {now_ms - 3000} WHERE name = 'one'"))  # noqa: S608
    assert samples(log, now_ms) == {
        ("changes", "one", "due"): 3,
        ("changes", "one", "delivered"): 0,
        ("changes", "one", "pending"): 3,
        ("changes", "one", "dead"): 0,
        ("changes", "two", "due"): 0,
        ("changes", "two", "delivered"): 0,
        ("changes", "two", "pending"): 0,
        ("changes", "two", "dead"): 0,
        ("lag_seconds", "one"): 5,
        ("lag_seconds", "two"): 0,
        ("failing_seconds", "one"): 3,
        ("failing_seconds", "two"): 0,
        ("backfilling", "one"): 0,
        ("backfilling", "two"): 1,
    }


def test_the_oldest_change_is_found_among_many(log: Log) -> None:
    """Those that a delivery has not come to yet have the greatest ids."""
    ready(log, Recording(name="one"))
    with log.database.writer.begin() as connection:
        connection.execute(
            text(
                "WITH RECURSIVE n(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM n WHERE n < 19999) "
                "INSERT INTO pending_changes SELECT 'one', printf('%08d', n), 1, 0, 1, 1000000 - n, 0, 0, 0 FROM n"
            )
        )
        connection.execute(text("INSERT INTO changes_due VALUES ('one', 1, 20000)"))
    assert samples(log, 1_000_000)["lag_seconds", "one"] == 19.999
