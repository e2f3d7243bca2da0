"""Whatever arrives in whatever order, and whatever is copied in between: in the end, all rows are the same."""

import tempfile
from dataclasses import replace
from pathlib import Path

from clickhouse import Warehouses
from factories import sqlite_log
from hypothesis import given, settings
from hypothesis import strategies as st
from log_strategies import LogCase, log_cases
from shipping import assert_equal, ship_journeys

from wizard.events.model import Event

EXAMPLES = 8
"""Each has a database of its own."""


def over_days(event: Event) -> Event:
    """The event of a visit that takes days, so that many begin on another day once an earlier event arrives."""
    context = event.context
    return replace(event, context=replace(context, ts_ms=context.ts_ms + context.turn * 10 * 3_600_000))


@settings(max_examples=EXAMPLES)
@given(of=log_cases(), data=st.data())
def test_copies_of_any_state_add_up_to_the_last(clickhouse: Warehouses, of: LogCase, data: st.DataObject) -> None:
    seen: set[str] = set()
    with tempfile.TemporaryDirectory() as folder, clickhouse.warehouse() as warehouse:
        log = sqlite_log(Path(folder))
        for number, batch in enumerate(of.batches):
            log.append([over_days(event) for event in batch])
            seen |= {event.context.journey_id for event in batch}
            if seen and number % 3 == 0:
                some = data.draw(st.sets(st.sampled_from(sorted(seen)), min_size=len(seen) // 2))
                ship_journeys(log, warehouse, sorted(some))
        ship_journeys(log, warehouse, sorted(seen))
        assert_equal(log, warehouse)
        log.database.dispose()
