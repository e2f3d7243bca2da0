"""Whatever happens, in whatever order, a subscriber's account balances, and in the end all is delivered."""

from collections.abc import Sequence

import pytest
from factories import visit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from subscribing import Recording, account, log_states, once, subscribed

from wizard.events.log import Log
from wizard.subscribers import delivery, pending
from wizard.subscribers.registration import restart_backfill, retry_dead
from wizard.subscribers.subscriber import Unavailable


@pytest.fixture
def log(any_log: Log) -> Log:
    return any_log


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 5), st.integers(1, 9)),
        st.tuples(st.just("erase"), st.integers(0, 5)),
        st.tuples(st.just("round")),
        st.tuples(st.just("down")),
        st.tuples(st.just("up")),
        st.tuples(st.just("refuse"), st.integers(0, 5)),
        st.tuples(st.just("accept")),
        st.tuples(st.just("retry")),
        st.tuples(st.just("backfill")),
        st.tuples(st.just("meanwhile"), st.integers(0, 5), st.integers(1, 9)),
    ),
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, size=st.integers(1, 5))
def test_the_account_balances_after_each_step_and_in_the_end_all_is_delivered(
    log: Log, monkeypatch: pytest.MonkeyPatch, steps: Sequence[tuple[str, int, int]], size: int
) -> None:
    monkeypatch.setattr(pending, "RETRY_MS", (0,))
    with log.database.writer.begin() as connection:
        for table in ("subscribers", "pending_changes", "changes_due", "leases", "erasures", "events", "journeys"):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608
    subscriber = Recording(batch_size=size)
    delivering = subscribed(log, subscriber)
    for what, *given_values in steps:
        _do(log, subscriber, delivering, what, given_values)
        assert account(log).missing == 0
    subscriber.is_down, subscriber.refused, subscriber.before = False, set(), lambda _: None
    retry_dead(log.database, subscriber.name)
    while not delivering.is_done():
        delivering.round()
    assert subscriber.present == log_states(log)
    found = account(log)
    assert (found.pending, found.dead) == (0, 0)
    assert found.due == found.delivered


def _do(log: Log, subscriber: Recording, delivering: delivery.Delivery, what: str, values: Sequence[int]) -> None:
    if what == "append":
        log.append(visit(f"j-{values[0]}")[: values[1]])
    elif what == "erase":
        log.erase([f"j-{values[0]}"])
    elif what == "round":
        try:
            delivering.round()
        except Unavailable:
            assert subscriber.is_down or subscriber.refused
    elif what in ("down", "up"):
        subscriber.is_down = what == "down"
    elif what == "refuse":
        subscriber.refused = subscriber.refused | {f"j-{values[0]}"}
    elif what == "accept":
        subscriber.refused = set()
    elif what == "retry":
        retry_dead(log.database, subscriber.name)
    elif what == "backfill":
        restart_backfill(log.database, subscriber.name)
    else:
        name, number = values
        subscriber.before = once(lambda: log.append(visit(f"j-{name}")[:number]))
