"""What the data quality card says of subscribers."""

import pytest

from wizard.dashboard.overview.view_subscribers import subscribers_of
from wizard.events.feed_ledger import SubscriberAccount

NOW_MS = 1_795_000_000_000


def account(delivered: int, pending: int = 0, dead: int = 0, lag_ms: int = 0, failing_ms: int = 0) -> SubscriberAccount:
    return SubscriberAccount(
        name="warehouse",
        due=delivered + pending + dead,
        delivered=delivered,
        pending=pending,
        dead=dead,
        oldest_ms=NOW_MS - lag_ms if pending else None,
        last_delivered_ms=NOW_MS,
        failing_since_ms=NOW_MS - failing_ms if failing_ms else None,
        last_error="it is down",
        is_backfilling=False,
        backfilled=0,
    )


@pytest.mark.parametrize(
    ("given", "total", "problem"),
    [
        (account(0), "0 changes of journeys delivered", ""),
        (account(1), "1 change of journeys delivered", ""),
        (
            account(1200, 3, lag_ms=125_000),
            "1,200 changes of journeys delivered, 3 pending (for up to 2 min 5 s)",
            "",
        ),
        (
            account(5, 1, 2),
            "5 changes of journeys delivered, 1 pending, 2 refused",
            "What was refused is missing there",
        ),
        (
            account(5, 1, failing_ms=3 * 3_600_000),
            "5 changes of journeys delivered, 1 pending",
            "Nothing could be delivered for 3 h",
        ),
    ],
)
def test_each_subscriber_has_a_sentence_and_its_problem(given: SubscriberAccount, total: str, problem: str) -> None:
    [shown] = subscribers_of([given], NOW_MS)
    assert (shown.name, shown.sum, shown.problem) == ("warehouse", total, problem)
