"""What happens is recorded, whatever the log is doing; and what is only counted arrives, too."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DataError, OperationalError
from support import settings

from wizard.config import Settings
from wizard.events.attribution import Attribution
from wizard.events.batch import Batch
from wizard.events.log import Log
from wizard.events.model import Context, QuestionView, WizardView
from wizard.events.open_log import open_log
from wizard.intake.journal import Journal
from wizard.intake.recorder import Recorder
from wizard.storage import schema

NOW_MS = 1_800_000_000_000
WAIT_SECONDS = 20


class Failing(Log):
    """A log that can be made to fail as a full disk or a database that is gone does."""

    is_down = False
    poisoned = ""
    answers = threading.Event()

    def ingest(self, batch: Batch) -> int:
        self.answers.wait(WAIT_SECONDS)
        self._fail()
        if any(event.context.journey_id == self.poisoned for record in batch.records for event in record.asked):
            raise DataError("INSERT", {}, Exception("invalid byte sequence"))
        return super().ingest(batch)

    def probe(self) -> None:
        self.answers.wait(WAIT_SECONDS)
        self._fail()
        super().probe()

    def _fail(self) -> None:
        if self.is_down:
            raise OperationalError("INSERT", {"utm_source": "secret"}, Exception("database or disk is full"))


@dataclass
class Taking:
    """A recorder and the log behind it."""

    recorder: Recorder
    log: Failing
    settings: Settings

    def view(self, name: str = "a") -> bool:
        context = Context(name, NOW_MS, 0, {}, "fresh", "", "f", "w", "en", "mobile", Attribution())
        return self.recorder.record([WizardView(context), QuestionView(context, "who")])

    @property
    def said(self) -> tuple[str, int]:
        return self.recorder.state, self.recorder.waiting

    def counts(self) -> dict[str, int]:
        table = schema.ledger.c
        found = select(table.outcome, func.sum(table.events)).group_by(table.outcome)
        with self.log.database.reader.connect() as connection:
            return {outcome: int(count) for outcome, count in connection.execute(found)}


def recorder_of(made: Settings, log: Log, journal_bytes: int = 1_000_000) -> Recorder:
    return Recorder(log, made.spool_dir, lambda: Journal(made.spool_dir, journal_bytes), lambda: NOW_MS)


@pytest.fixture
def taking(request: pytest.FixtureRequest) -> Iterator[Taking]:
    made = settings()
    log = Failing(open_log(made).database, ("who",))
    log.answers.set()
    recorder = recorder_of(made, log, getattr(request, "param", 1_000_000))
    yield Taking(recorder, log, made)
    log.is_down = False
    recorder.close()


def wait_until(taking: Taking, said: tuple[str, int]) -> None:
    for _ in range(WAIT_SECONDS * 50):
        if taking.said == said:
            return
        threading.Event().wait(0.02)
    raise AssertionError(f"{taking.said}, not {said}")


def test_what_is_recorded_is_in_the_journal_at_once_and_in_the_log_when_it_is_ingested(taking: Taking) -> None:
    assert taking.view()
    assert (taking.recorder.waiting, taking.log.count()) == (2, 0)
    assert taking.recorder.ingest()
    assert [event.name for event in taking.log.trail("a")] == ["question_view", "wizard_view"]
    assert taking.said == ("ok", 0)


def test_while_the_log_can_not_be_written_events_wait_and_come_in_once_when_it_can(
    taking: Taking, caplog: pytest.LogCaptureFixture
) -> None:
    taking.view("before")
    taking.recorder.ingest()
    taking.log.is_down = True
    for name in ("a", "b", "a"):
        assert taking.view(name)
        assert not taking.recorder.ingest()
    assert taking.said == ("spooling", 6)
    assert taking.recorder.is_behind()
    assert not taking.recorder.catch_up(0.1)
    taking.log.is_down = False
    assert taking.recorder.catch_up(0.1)
    assert taking.said == ("ok", 0)
    assert taking.log.count() == 6
    assert taking.counts() == {"received": 8, "stored": 6, "duplicate": 2}
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        "the log can't be written: events wait in the journal (database or disk is full)",
        "the log can be written again",
    ], "told once, not for each event"


def test_that_the_log_can_not_be_written_is_found_out_though_nobody_comes(taking: Taking) -> None:
    taking.log.is_down = True
    taking.recorder.ingest()
    assert taking.said == ("spooling", 0)
    taking.log.is_down = False
    taking.recorder.ingest()
    assert taking.said == ("ok", 0)


@pytest.mark.parametrize("taking", [16 * 1024], indirect=True)
def test_what_no_longer_fits_is_counted_and_said_loudly(taking: Taking, caplog: pytest.LogCaptureFixture) -> None:
    taking.log.is_down = True
    taken = [taking.view(f"journey-{number}") for number in range(100)]
    assert taking.recorder.state == "losing"
    assert 0 < sum(taken) < 100
    assert [record.levelname for record in caplog.records] == ["CRITICAL"], "told once"
    assert "are lost" in caplog.text
    taking.log.is_down = False
    assert taking.recorder.ingest()
    assert taking.counts() == {"received": 200, "stored": 2 * sum(taken), "lost": 200 - 2 * sum(taken)}
    assert taking.view("there is room again")
    assert taking.recorder.ingest()
    assert taking.said == ("ok", 0)
    assert taking.counts()["lost"] == 200 - 2 * sum(taken), "counted once"


def test_what_is_only_counted_waits_until_it_can_be_added(taking: Taking) -> None:
    taking.recorder.count("bot", events=2)
    taking.recorder.count("rejected", "tampered")
    assert (taking.counts(), taking.recorder.waiting) == ({}, 3)
    taking.log.is_down = True
    assert not taking.recorder.ingest()
    taking.log.is_down = False
    taking.recorder.count("bot")
    assert taking.recorder.ingest()
    assert taking.recorder.ingest()
    assert taking.counts() == {"received": 4, "bot": 3, "rejected": 1}


def test_once_started_it_brings_in_by_itself_and_a_last_time_at_the_end(taking: Taking) -> None:
    taking.log.is_down = True
    taking.recorder.start()
    taking.view()
    wait_until(taking, ("spooling", 2))
    taking.log.is_down = False
    wait_until(taking, ("ok", 0))
    assert taking.log.count() == 2
    taking.recorder.count("bot")
    taking.recorder.close()
    assert taking.counts()["bot"] == 1
    assert not list(taking.settings.spool_dir.glob("journal-*")), "nothing is left behind"


def test_what_another_process_ingests_is_waited_for(taking: Taking) -> None:
    other = recorder_of(taking.settings, open_log(taking.settings))
    other.start()
    taking.recorder.start()
    for number in range(20):
        taking.view(f"mine-{number}")
        other.count("bot")
    assert taking.recorder.catch_up(WAIT_SECONDS)
    assert taking.log.count() == 40
    assert taking.counts() == {"received": 60, "stored": 40, "bot": 20}
    other.close()  # it led, and the one that is left goes on
    taking.view("then")
    assert taking.recorder.catch_up(WAIT_SECONDS)
    assert taking.log.count() == 42


def test_many_at_once_are_all_recorded(taking: Taking) -> None:
    def visit(worker: int) -> None:
        for number in range(25):
            taking.view(f"{worker}-{number}")
            taking.recorder.count("bot")

    threads = [threading.Thread(target=visit, args=[worker]) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taking.recorder.ingest()
    assert taking.counts() == {"received": 300, "stored": 200, "bot": 100}


def test_what_waits_in_another_processs_journal_is_known_too(taking: Taking) -> None:
    other = recorder_of(taking.settings, open_log(taking.settings))
    assert not other.is_behind()
    taking.log.is_down = True
    taking.view()
    taking.recorder.ingest()
    assert (other.state, other.waiting, other.is_behind()) == ("spooling", 2, True)
    assert other.catch_up(1), "which can be brought in by any process"
    assert (taking.said, taking.log.count()) == (("ok", 0), 2)
    other.close()


def test_an_event_that_the_log_will_never_take_holds_up_nobody(taking: Taking) -> None:
    taking.log.poisoned = "bad"
    for name in ("before", "bad", "after"):
        taking.view(name)
    assert taking.recorder.ingest()
    assert {event.context.journey_id for event in taking.log.read()} == {"before", "after"}
    assert taking.said == ("ok", 0)
    assert taking.counts() == {"received": 6, "stored": 4, "lost": 2}
    refused = taking.settings.spool_dir / "refused.jsonl"
    assert refused.stat().st_mode & 0o777 == 0o600
    assert "invalid byte sequence" in refused.read_text()
    assert '\\"bad\\"' in refused.read_text()


def test_a_log_that_never_answers_holds_up_no_visitor(taking: Taking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.intake.recorder.LATE_MS", 100)
    taking.recorder.start()
    wait_until(taking, ("ok", 0))
    taking.log.answers.clear()
    assert taking.view()
    wait_until(taking, ("spooling", 2))
    taking.log.answers.set()
    wait_until(taking, ("ok", 0))
    assert taking.log.count() == 2


def test_a_stop_with_more_events_than_can_be_stored_in_time_leaves_the_rest_to_the_next_start(
    taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.intake.recorder.FINISH_SECONDS", 0.5)
    real, batches = Failing.ingest, 0

    def slow(log: Failing, batch: Batch) -> int:
        nonlocal batches
        batches += 1
        threading.Event().wait(0.2)
        return real(log, batch)

    for number in range(1500):
        assert taking.view(f"journey-{number}")
    with monkeypatch.context() as patch:
        patch.setattr(Failing, "ingest", slow)
        began = time.monotonic()
        taking.recorder.close()
        assert time.monotonic() - began < 2
    assert 0 < taking.log.count() < 3000
    next_one = recorder_of(taking.settings, taking.log)
    assert next_one.ingest()
    assert taking.counts() == {"received": 3000, "stored": 3000}
    next_one.close()
