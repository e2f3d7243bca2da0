"""The contract of the log: the same tests on SQLite and on PostgreSQL."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from processes import append_each, append_shuffled, in_processes, migrate_at, shuffled
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from visits import BEGAN_MS, DAY_MS, STEPS, Request, Visitor, first_by_id, visits

from wizard.events.attribution import ATTRIBUTION, Attribution
from wizard.events.erasures import Erased
from wizard.events.log import Appended, Log, Tally, day_of
from wizard.events.model import Event, QuestionView
from wizard.events.projection import Folded, JourneyRow, StepRow, fold
from wizard.storage import schema
from wizard.storage.database import open_database

CLIENTS = 4
TODAY, TOMORROW = day_of(BEGAN_MS), day_of(BEGAN_MS) + DAY_MS
HOSTILE = (
    "🧙\u200d♀️ 你好 مرحبا",
    "'; DROP TABLE events; --",
    '"quoted" \\ back\\slashed',
    "%s %(name)s :name $1 ?",
    "=cmd|' /C calc'!A0",
    "{}[],\t",
    "ß" * 100,
    "𝒳" * 100,
)


def finished(journey_id: str = "journey-1", **about: Any) -> Visitor:
    """Somebody who answers every question: nine requests, of seven events that differ."""
    return Visitor(journey_id=journey_id, **about).arrive().answer("hobby").answer("avoid")


def hand_over(log: Log, requests: Iterable[Request]) -> Appended:
    """Append request by request; what came of all of them."""
    done = [log.append(request.asked, request.implied) for request in requests]
    return Appended(sum(each.stored for each in done), sum(each.duplicate for each in done))


def folded_rows(log: Log) -> dict[str, Folded]:
    """What is stored of each journey, without the log's own help."""
    with log.database.reader.connect() as connection:
        journeys = [JourneyRow(**row) for row in connection.execute(select(schema.journeys)).mappings()]
        steps = [StepRow(**row) for row in connection.execute(select(schema.journey_steps)).mappings()]
    found = {
        journey.journey_id: Folded(
            journey,
            tuple(sorted((row for row in steps if row.journey_id == journey.journey_id), key=lambda row: row.step)),
        )
        for journey in journeys
    }
    assert {row.journey_id for row in steps} <= found.keys(), "a step has no journey"
    return found


def folded_anew(events: Iterable[Event]) -> dict[str, Folded]:
    """What a fold of all the events at once comes to."""
    journeys: dict[str, list[Event]] = {}
    for event in first_by_id(events).values():
        journeys.setdefault(event.context.journey_id, []).append(event)
    return {journey_id: fold(trail, STEPS) for journey_id, trail in journeys.items()}


def ledger(log: Log) -> dict[Tally, int]:
    """The sums of the ledger over all workers."""
    table = schema.ledger.c
    sums = select(table.day_ms, table.outcome, table.reason, func.sum(table.events)).group_by(
        table.day_ms, table.outcome, table.reason
    )
    with log.database.reader.connect() as connection:
        return {Tally(day, outcome, reason): int(events) for day, outcome, reason, events in connection.execute(sums)}


def total(log: Log, outcome: str) -> int:
    return sum(events for tally, events in ledger(log).items() if tally.outcome == outcome)


def assert_balanced(log: Log) -> None:
    """What the ledger promises, for each day."""
    sums = Counter(ledger(log))
    for day_ms in {tally.day_ms for tally in sums}:
        of_day = {outcome: sums[Tally(day_ms, outcome)] for outcome in ("received", "stored", "duplicate", "erased")}
        of_day["rejected"] = sums[Tally(day_ms, "rejected", "erased")]
        assert of_day["received"] == of_day["stored"] + of_day["duplicate"] + of_day["rejected"]
        assert of_day["stored"] == log.count(day_ms, day_ms + DAY_MS) + of_day["erased"]


def assert_exactly(log: Log, events: Sequence[Event]) -> None:
    """The log holds each of the events once and nothing else, and its rows and ledger say the same."""
    expected = first_by_id(events)
    stored = list(log.read())
    assert Counter(event.event_id for event in stored) == Counter(expected.keys())
    assert folded_rows(log) == folded_anew(stored)
    assert log.rebuild(list({event.context.journey_id for event in events}), write=False) == 0
    assert_balanced(log)


def empty(log: Log) -> None:
    with log.database.writer.begin() as connection:
        for table in schema.METADATA.sorted_tables:
            connection.execute(delete(table))


@pytest.fixture
def log(address: str) -> Iterator[Log]:
    """A log in the database that the class names."""
    database = open_database(address)
    yield Log(database, STEPS)
    database.dispose()


def another(log: Log) -> Log:
    """The same log, as another process opens it."""
    return Log(open_database(log.database.url.render_as_string(hide_password=False)), STEPS)


def at_once(log: Log, *works: Callable[[Log], object]) -> None:
    """Do all of the works at the same time, each with the log as another process opens it."""
    barrier = Barrier(len(works))

    def work(todo: Callable[[Log], object]) -> None:
        own = another(log)
        own.count()  # connected
        barrier.wait()
        try:
            todo(own)
        finally:
            own.database.dispose()

    with ThreadPoolExecutor(len(works)) as pool:
        list(pool.map(work, works))


any_visits = st.integers(1, 3).flatmap(
    lambda number: st.tuples(*(visits(f"journey-{index}") for index in range(number)))
)
on_one_database = hypothesis_settings(
    max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
)


class LogContract:
    """What a log must do, whatever database it is in."""

    # --- append

    def test_what_is_appended_can_be_read(self, log: Log) -> None:
        events = list(first_by_id(finished().click("cloud").convert("cloud", 49.5).events).values())
        assert log.append(events) == Appended(stored=len(events), duplicate=0)
        assert log.trail("journey-1") == sorted(
            events, key=lambda event: (event.context.turn, event.context.ts_ms, event.event_id)
        )
        assert log.count() == len(events)
        assert_exactly(log, events)

    def test_a_stored_event_is_a_duplicate_and_changes_nothing(self, log: Log) -> None:
        visitor = finished()
        hand_over(log, visitor.requests)
        before, rows = list(log.read()), folded_rows(log)
        later = [
            replace(event, context=replace(event.context, ts_ms=event.context.ts_ms + 500, device="mobile"))
            for event in before
        ]
        assert log.append(later) == Appended(stored=0, duplicate=len(later))
        assert list(log.read()) == before
        assert folded_rows(log) == rows
        assert_balanced(log)

    def test_an_event_twice_in_one_append_is_stored_once(self, log: Log) -> None:
        event = Visitor().arrive().events[0]
        assert log.append([event, event, event]) == Appended(stored=1, duplicate=2)
        assert_exactly(log, [event])

    def test_nothing_appended_is_nothing_counted(self, log: Log) -> None:
        assert log.append([]) == Appended(0, 0)
        assert ledger(log) == {}

    def test_an_implied_event_is_stored_if_absent(self, log: Log) -> None:
        answered = Visitor().arrive(logged=False).answer("hobby").requests[0]
        assert log.append(answered.asked, answered.implied) == Appended(stored=3, duplicate=0)
        assert_exactly(log, [*answered.asked, *answered.implied])

    def test_an_implied_event_counts_as_nothing_if_present(self, log: Log) -> None:
        arrived, answered, *_ = Visitor().arrive().answer("hobby").requests
        log.append(arrived.asked)
        assert log.append(answered.asked, answered.implied) == Appended(stored=1, duplicate=0)
        assert log.append(answered.asked, answered.implied) == Appended(stored=0, duplicate=1)
        assert total(log, "received") == len(arrived.asked) + 2
        assert_balanced(log)

    def test_an_event_that_is_implied_beside_being_asked_for_is_no_duplicate_of_itself(self, log: Log) -> None:
        arrived, answered, *_ = Visitor().arrive().answer("hobby").requests
        together = log.append([*arrived.asked, *answered.asked], answered.implied)
        assert together == Appended(stored=3, duplicate=0)
        assert total(log, "received") == 3

    def test_many_journeys_in_one_append_are_all_folded(self, log: Log) -> None:
        events = list(chain.from_iterable(finished(f"journey-{number}").events for number in range(300)))
        log.append(events)
        assert_exactly(log, events)

    def test_a_step_whose_prefilled_answer_no_longer_fits_loses_its_row(self, log: Log) -> None:
        visitor = Visitor(entry="prefilled", prefilled={"team_size": "2_10"}).arrive()
        hand_over(log, visitor.requests)
        assert [row.step for row in folded_rows(log)["journey-1"].steps] == ["team_size", "who"]
        hand_over(log, visitor.answer("hobby").requests)
        assert [row.step for row in folded_rows(log)["journey-1"].steps] == ["hosting", "who"]
        assert_exactly(log, visitor.events)

    @pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
    def test_any_text_comes_back_as_it_was(self, log: Log, text: str) -> None:
        attribution = Attribution(*[text] * len(ATTRIBUTION))
        visitor = finished(f"journey {text}", attribution=attribution, continued_from=text)
        hand_over(log, visitor.requests)
        assert log.trail(visitor.journey_id)[0].context.attribution == attribution
        journey = log.journey(visitor.journey_id)
        assert journey is not None
        assert journey.utm_source == journey.continued_from == text
        assert_exactly(log, visitor.events)

    def test_a_failing_append_leaves_nothing_half_done(self, log: Log) -> None:
        events = finished().events
        log.append(events[:2])
        before = list(log.read()), folded_rows(log), ledger(log)
        with log.database.writer.begin() as connection:
            connection.execute(text("ALTER TABLE ledger RENAME TO elsewhere"))  # the last that is written
        with pytest.raises(DBAPIError):
            log.append(events[2:])
        with log.database.writer.begin() as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO ledger"))
        assert (list(log.read()), folded_rows(log), ledger(log)) == before
        log.append(events[2:])
        assert_exactly(log, events)

    # --- any order

    @on_one_database
    @given(found=any_visits, chance=st.randoms(use_true_random=False))
    def test_the_rows_follow_from_the_events_in_any_order_and_batches(
        self, log: Log, found: Sequence[Visitor], chance: random.Random
    ) -> None:
        empty(log)
        events = list(chain.from_iterable(visitor.events for visitor in found))
        told = first_by_id(events)
        waiting = [told[event.event_id] for event in events]
        chance.shuffle(waiting)
        while waiting:
            size = chance.randint(1, 5)
            log.append(waiting[:size])
            del waiting[:size]
        assert_exactly(log, events)
        assert folded_rows(log) == folded_anew(events)
        assert (total(log, "stored"), total(log, "duplicate")) == (len(told), len(events) - len(told))

    @on_one_database
    @given(found=any_visits, chance=st.randoms(use_true_random=False))
    def test_requests_may_be_repeated_and_reordered(
        self, log: Log, found: Sequence[Visitor], chance: random.Random
    ) -> None:
        empty(log)
        requests = list(chain.from_iterable(visitor.requests for visitor in found))
        told = requests + chance.choices(requests, k=len(requests) // 2) if requests else []
        chance.shuffle(told)
        done = hand_over(log, told)
        events = list(chain.from_iterable(visitor.events for visitor in found))
        assert_exactly(log, events)
        assert done == Appended(total(log, "stored"), total(log, "duplicate"))
        assert done.stored == len(first_by_id(events))

    # --- at once

    def test_the_same_events_appended_by_many_at_once_are_stored_once(self, log: Log) -> None:
        events = finished().events
        at_once(log, *[lambda own, seed=seed: append_each(own, shuffled(events, seed)) for seed in range(CLIENTS)])
        assert_exactly(log, events)
        assert total(log, "received") == CLIENTS * len(events)

    def test_different_events_of_one_journey_appended_at_once_make_one_row(self, log: Log) -> None:
        visitor = finished().click("cloud").click("on_premise").back_to("who").answer("job").answer("just_me")
        events = list(first_by_id(visitor.events).values())
        shares = [events[start::CLIENTS] for start in range(CLIENTS)]
        at_once(log, *[lambda own, share=share: append_each(own, share) for share in shares])
        assert_exactly(log, events)
        assert total(log, "duplicate") == 0

    def test_appends_that_share_several_journeys_do_not_wait_for_each_other_forever(self, log: Log) -> None:
        events = [Visitor(f"journey-{number}").arrive().events[0] for number in range(20)]
        batches = [shuffled(events, seed) for seed in range(CLIENTS)]
        at_once(log, *[lambda own, batch=batch: [own.append(batch) for _ in range(10)] for batch in batches])
        assert_exactly(log, events)
        assert total(log, "received") == CLIENTS * 10 * len(events)

    def test_processes_that_append_the_same_journeys_at_once_agree(self, log: Log) -> None:
        events = list(chain.from_iterable(finished(f"journey-{number}").events for number in range(5)))
        url = log.database.url.render_as_string(hide_password=False)
        done = in_processes(append_shuffled, *[(url, events, seed) for seed in range(CLIENTS)])
        assert sum(each.stored for each in done) == len(first_by_id(events))
        assert sum(each.stored + each.duplicate for each in done) == CLIENTS * len(events) == total(log, "received")
        assert_exactly(log, events)

    def test_appending_erasing_and_rebuilding_at_once_leave_rows_that_match_their_events(self, log: Log) -> None:
        names = [f"journey-{number}" for number in range(6)]
        events = list(chain.from_iterable(finished(name).events for name in names))
        at_once(
            log,
            lambda own: append_each(own, shuffled(events, 1)),
            lambda own: append_each(own, shuffled(events, 2)),
            lambda own: [own.erase(names[::-1]) for _ in range(5)],
            lambda own: [own.rebuild(names, write=True) for _ in range(5)],
        )
        assert folded_rows(log) == folded_anew(log.read())
        assert log.rebuild(names, write=False) == 0
        assert_balanced(log)

    def test_counts_added_at_once_add_up(self, log: Log) -> None:
        refused = {Tally(TODAY, "received"): 2, Tally(TODAY, "rejected", "tampered"): 1, Tally(TODAY, "bot"): 1}
        at_once(log, *[lambda own: [own.tally(refused) for _ in range(10)]] * CLIENTS)
        assert ledger(log) == {tally: CLIENTS * 10 * events for tally, events in refused.items()}

    # --- read

    def test_a_range_is_read_in_the_order_of_time_and_has_its_start_but_not_its_end(self, log: Log) -> None:
        visitors = [finished(f"journey-{number}", now_ms=BEGAN_MS + number * 137) for number in range(20)]
        events = [*first_by_id(chain.from_iterable(visitor.events for visitor in visitors)).values()]
        log.append(shuffled(events, 1))
        times = sorted(event.context.ts_ms for event in events)
        since_ms, until_ms = times[10], times[-10]
        for since, until in ((None, None), (since_ms, None), (None, until_ms), (since_ms, until_ms)):
            within = [t for t in times if (since is None or t >= since) and (until is None or t < until)]
            assert [event.context.ts_ms for event in log.read(since, until)] == within
            assert log.count(since, until) == len(within)
        assert list(log.read(until_ms, since_ms)) == []

    def test_the_log_can_be_written_while_it_is_read(self, log: Log) -> None:
        events = list(first_by_id(chain.from_iterable(finished(f"j-{n}").events for n in range(400))).values())
        log.append(events)
        reading = log.read()
        first = next(reading)
        log.append(finished("another").events)
        log.erase(["j-0"])
        assert 1 + sum(1 for _ in reading) == len(events), "what is read is the log as it was"
        assert first in events

    def test_what_is_not_there_is_nothing(self, log: Log) -> None:
        assert log.trail("nobody") == []
        assert log.journey("nobody") is None
        assert list(log.read()) == []
        assert log.count() == 0
        assert log.erase(["nobody"]) == Erased(0, 0)
        assert log.rebuild(["nobody"], write=True) == 0
        assert ledger(log) == {}

    def test_journeys_are_found_by_when_they_began_the_oldest_first(self, log: Log) -> None:
        for days in (3, 1, 2):
            log.append(Visitor(f"journey-{days}", now_ms=BEGAN_MS + days * DAY_MS).arrive().events)
        assert log.journeys_begun_before(BEGAN_MS + 3 * DAY_MS, 10) == ["journey-1", "journey-2"]
        assert log.journeys_begun_before(BEGAN_MS + 3 * DAY_MS, 1) == ["journey-1"]

    # --- erase

    def test_erasing_deletes_whole_journeys_and_keeps_the_others(self, log: Log) -> None:
        for name in ("kept", "one", "two"):
            log.append(finished(name).click("cloud").events)
        kept, rows = log.trail("kept"), folded_rows(log)["kept"]
        events = len(log.trail("one")) + len(log.trail("two"))
        assert log.erase(["one", "two", "one", "nobody"]) == Erased(journeys=2, events=events)
        assert list(log.read()) == sorted(kept, key=lambda event: event.context.ts_ms)
        assert folded_rows(log) == {"kept": rows}
        assert total(log, "erased") == events
        assert_balanced(log)

    def test_what_is_erased_is_counted_on_the_days_of_its_events(self, log: Log) -> None:
        visitor = replace(finished(), now_ms=BEGAN_MS + DAY_MS).click("cloud")
        log.append(visitor.events)
        per_day = Counter(day_of(event.context.ts_ms) for event in log.trail("journey-1"))
        log.erase(["journey-1"])
        erased = {tally.day_ms: events for tally, events in ledger(log).items() if tally.outcome == "erased"}
        assert erased == per_day
        assert set(erased) == {TODAY, TOMORROW}

    def test_nothing_of_an_erased_journey_is_stored_again(self, log: Log) -> None:
        events = finished().events
        log.append(events)
        assert not log.is_erased("journey-1")
        log.erase(["journey-1"])
        log.erase(["journey-1"])
        assert log.append(events[1:], events[:1]) == Appended(0, 0, len(events) - 1)
        assert (log.count(), log.journey("journey-1")) == (0, None)
        assert log.is_erased("journey-1")
        assert total(log, "rejected") == len(events) - 1
        assert_balanced(log)

    def test_an_erased_journey_is_known_by_a_mark_that_is_made_with_a_key(self, log: Log) -> None:
        log.append(finished().events)
        own = Log(log.database, STEPS, lambda: ["one key"])
        own.erase(["journey-1"])
        assert not log.is_erased("journey-1"), "without the key, the mark says nothing"
        assert not own.is_erased("journey-2")
        rotated = Log(log.database, STEPS, lambda: ["another key", "one key"])
        assert rotated.is_erased("journey-1")
        rotated.erase(["journey-1"])
        with log.database.reader.connect() as connection:
            assert "journey-1" not in str(connection.execute(select(schema.erasures)).all())

    # --- the ledger

    def test_events_are_counted_on_their_own_day(self, log: Log) -> None:
        late = [event for event in Visitor(now_ms=TOMORROW - 1).arrive().events if isinstance(event, QuestionView)]
        early = Visitor(now_ms=TOMORROW).arrive().err().events[-1]
        log.append([*late, early, early])
        assert ledger(log) == {
            Tally(TODAY, "received"): 1,
            Tally(TODAY, "stored"): 1,
            Tally(TOMORROW, "received"): 2,
            Tally(TOMORROW, "stored"): 1,
            Tally(TOMORROW, "duplicate"): 1,
        }

    def test_each_reason_is_counted_by_itself(self, log: Log) -> None:
        log.tally({Tally(TODAY, "rejected", "tampered"): 2, Tally(TODAY, "rejected", "expired"): 1})
        log.tally({Tally(TODAY, "rejected", "tampered"): 1, Tally(TOMORROW, "bot"): 5})
        log.tally({})
        assert ledger(log) == {
            Tally(TODAY, "rejected", "tampered"): 3,
            Tally(TODAY, "rejected", "expired"): 1,
            Tally(TOMORROW, "bot"): 5,
        }

    # --- what the database itself refuses, and what is put right

    def test_the_database_refuses_to_change_an_event(self, log: Log) -> None:
        log.append(finished().events)
        before = list(log.read())
        with pytest.raises(DBAPIError, match="events are immutable"), log.database.writer.begin() as connection:
            connection.execute(update(schema.events).values(answer="job"))
        assert list(log.read()) == before

    def test_the_database_refuses_the_same_event_twice(self, log: Log) -> None:
        log.append(finished().events)
        with log.database.writer.begin() as connection:
            row = dict(connection.execute(select(schema.events)).mappings().first() or {})
        with pytest.raises(DBAPIError), log.database.writer.begin() as connection:
            connection.execute(insert(schema.events), [row])

    @pytest.mark.parametrize(
        "tamper",
        [
            update(schema.journeys).values(persona="enterprise"),
            update(schema.journeys).values(began_ms=1),
            update(schema.journeys).values(value=1.0),
            update(schema.journey_steps).where(schema.journey_steps.c.step == "who").values(answer="job"),
            update(schema.journey_steps).values(elapsed_ms=None),
            delete(schema.journeys),
            delete(schema.journey_steps),
            delete(schema.journey_steps).where(schema.journey_steps.c.step == "hosting"),
            insert(schema.journey_steps).values(
                journey_id="journey-1",
                step="orphan",
                began_ms=1,
                viewed=1,
                answered=0,
                answer="",
                errors=0,
                changes=0,
                went_back=0,
                prefilled=0,
            ),
        ],
        ids=lambda statement: " ".join(str(statement).split())[:50],
    )
    def test_rows_that_were_changed_are_found_and_corrected(self, log: Log, tamper: Any) -> None:
        for name in ("journey-1", "untouched"):
            log.append(finished(name).events)
        right = folded_rows(log)
        with log.database.writer.begin() as connection:
            mine = tamper if tamper.is_insert else tamper.where(tamper.table.c.journey_id == "journey-1")
            connection.execute(mine)
        assert log.rebuild(["journey-1", "untouched"], write=False) == 1, "found, and left"
        assert log.rebuild(["journey-1", "untouched"], write=True) == 1
        assert folded_rows(log) == right
        assert log.rebuild(["journey-1", "untouched"], write=True) == 0

    def test_rows_of_a_journey_without_events_are_deleted(self, log: Log) -> None:
        log.append(finished().events)
        with log.database.writer.begin() as connection:
            connection.execute(delete(schema.events))
        assert log.rebuild(["journey-1"], write=True) == 1
        assert folded_rows(log) == {}

    def test_a_thousand_journeys_are_rebuilt_or_erased_at_once(self, log: Log) -> None:
        names = [f"journey-{number}" for number in range(1000)]
        log.append([Visitor(name).arrive().events[0] for name in names])
        assert log.rebuild(names, write=True) == 0
        assert log.erase(names) == Erased(1000, 1000)


class TestLogOnSqlite(LogContract):
    @pytest.fixture
    def address(self, tmp_path: Path) -> str:
        address = f"sqlite:///{tmp_path}/log.db"
        migrate_at(address)
        return address


class TestLogOnPostgresql(LogContract):
    @pytest.fixture
    def address(self, postgresql_url: str) -> str:
        return postgresql_url

    def test_reads_are_streamed_from_the_server(self, log: Log) -> None:
        log.append(list(chain.from_iterable(finished(f"journey-{number}").events for number in range(400))))
        reading = log.read()
        next(reading)
        with log.database.writer.connect() as connection:
            asked = connection.execute(text("SELECT query FROM pg_stat_activity WHERE state = 'idle in transaction'"))
            assert [query.split()[0] for query in asked.scalars()] == ["FETCH"]

    def test_a_database_that_isolates_its_transactions_more_than_we_ask_for_does_no_harm(self, log: Log) -> None:
        name = log.database.url.database
        with log.database.writer.begin() as connection:
            connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'"))
        log.database.dispose()
        self.test_different_events_of_one_journey_appended_at_once_make_one_row(log)
