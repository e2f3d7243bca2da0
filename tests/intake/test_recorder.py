"""What happens is taken down, whatever the log is doing; and what is counted beside it arrives, too."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DataError, OperationalError
from support import settings

from wizard.config import Settings
from wizard.events.attribution import Attribution
from wizard.events.log import Appended, Log, Tallies
from wizard.events.model import Context, Event, QuestionView, WizardView
from wizard.events.open_log import open_log
from wizard.intake.recorder import Recorder
from wizard.intake.spool import Spool
from wizard.storage import schema

NOW_MS = 1_800_000_000_000


class Failing(Log):
    """A log that can be made to fail as a full disk or a database that is gone does."""

    is_down = False
    poisoned = ""

    def append(self, asked: Sequence[Event], implied: Sequence[Event] = ()) -> Appended:  # type: ignore[override]
        self._fail()
        if any(event.context.journey_id == self.poisoned for event in asked):
            raise DataError("INSERT", {}, Exception("invalid byte sequence"))
        return super().append(asked, implied)

    def tally(self, tallies: Tallies) -> None:
        self._fail()
        super().tally(tallies)

    def _fail(self) -> None:
        if self.is_down:
            raise OperationalError("INSERT", {"utm_source": "secret"}, Exception("database or disk is full"))


@dataclass
class Taking:
    """A recorder and the log behind it."""

    recorder: Recorder
    log: Failing
    settings: Settings

    def view(self, name: str = "a") -> None:
        context = Context(name, NOW_MS, 0, {}, "fresh", "", "f", "w", "en", "mobile", Attribution())
        self.recorder.record([WizardView(context), QuestionView(context, "who")])

    @property
    def state(self) -> str:
        return self.recorder.state

    def counts(self) -> dict[str, int]:
        table = schema.ledger.c
        found = select(table.outcome, func.sum(table.events)).group_by(table.outcome)
        with self.log.database.reader.connect() as connection:
            return {outcome: int(count) for outcome, count in connection.execute(found)}


@pytest.fixture
def taking(request: pytest.FixtureRequest) -> Iterator[Taking]:
    made = settings()
    log = Failing(open_log(made).database, ("who",))
    size_bytes = getattr(request, "param", 1_000_000)
    recorder = Recorder(log, lambda: Spool(made.spool_dir, size_bytes), lambda: NOW_MS)
    yield Taking(recorder, log, made)
    log.is_down = False
    recorder.close()


def test_what_is_taken_down_is_in_the_log_at_once(taking: Taking) -> None:
    taking.view()
    assert [event.name for event in taking.log.trail("a")] == ["question_view", "wizard_view"]
    assert taking.recorder.state == "ok"


def test_while_the_log_can_not_be_written_events_wait_and_come_in_once_when_it_can(
    taking: Taking, caplog: pytest.LogCaptureFixture
) -> None:
    taking.view("before")
    taking.log.is_down = True
    for name in ("a", "b", "a"):
        taking.view(name)
    assert (taking.recorder.state, taking.recorder.waiting) == ("spooling", 6)
    taking.recorder.tend()
    assert (taking.recorder.state, taking.recorder.waiting) == ("spooling", 6)
    taking.log.is_down = False
    taking.recorder.tend()
    assert (taking.recorder.state, taking.recorder.waiting) == ("ok", 0)
    assert taking.log.count() == 6
    assert taking.counts() == {"received": 8, "stored": 6, "duplicate": 2}
    told = [record.getMessage() for record in caplog.records]
    assert told[0] == "the log can't be written: events go to the spool (database or disk is full)"
    assert told[-1] == "the log can be written again"
    assert len(told) == 3, "told once, not for each event"
    assert "secret" not in caplog.text


def test_that_the_log_can_not_be_written_is_found_out_though_nobody_comes(taking: Taking) -> None:
    taking.log.is_down = True
    taking.recorder.tend()
    assert taking.state == "spooling"
    taking.log.is_down = False
    taking.recorder.tend()
    assert taking.state == "ok"


@pytest.mark.parametrize("taking", [3 * 4096], indirect=True)
def test_what_no_longer_fits_is_counted_and_said_loudly(taking: Taking, caplog: pytest.LogCaptureFixture) -> None:
    taking.log.is_down = True
    for number in range(20):
        taking.view(f"journey-{number}")
    waiting = taking.recorder.waiting
    assert taking.state == "losing"
    assert 0 < waiting < 40
    assert any(record.levelname == "CRITICAL" and "are lost" in record.getMessage() for record in caplog.records)
    taking.log.is_down = False
    taking.recorder.tend()
    assert taking.state == "ok"
    assert taking.counts() == {"received": 40, "stored": waiting, "lost": 40 - waiting}
    taking.recorder.tend()
    assert taking.counts()["lost"] == 40 - waiting, "told once"


def test_what_is_counted_beside_waits_in_memory_until_it_can_be_added(taking: Taking) -> None:
    taking.recorder.count("bot", events=2)
    taking.recorder.count("rejected", "tampered")
    assert taking.counts() == {}
    taking.log.is_down = True
    taking.recorder.tend()
    taking.log.is_down = False
    taking.recorder.count("bot")
    taking.recorder.tend()
    taking.recorder.tend()
    assert taking.counts() == {"received": 4, "bot": 3, "rejected": 1}


def test_once_started_it_tends_by_itself_and_a_last_time_at_the_end(taking: Taking) -> None:
    taking.recorder.start()
    taking.log.is_down = True
    taking.view()
    taking.log.is_down = False
    for _ in range(200):
        if taking.log.count() == 2:
            break
        threading.Event().wait(0.05)
    assert taking.log.count() == 2
    taking.recorder.count("bot")
    taking.recorder.close()
    assert taking.counts()["bot"] == 1


def test_many_at_once_are_all_taken_down(taking: Taking) -> None:
    def visit(worker: int) -> None:
        for number in range(25):
            taking.view(f"{worker}-{number}")
            taking.recorder.count("bot")

    threads = [threading.Thread(target=visit, args=[worker]) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taking.recorder.tend()
    assert taking.counts() == {"received": 300, "stored": 200, "bot": 100}


def test_what_waits_in_another_workers_spool_is_known_too(taking: Taking) -> None:
    other = Recorder(open_log(taking.settings), lambda: Spool(taking.settings.spool_dir, 1_000_000), lambda: NOW_MS)
    assert not other.is_behind()
    taking.log.is_down = True
    taking.view()
    assert (other.state, other.is_behind(), taking.recorder.is_behind()) == ("ok", True, True)
    taking.log.is_down = False
    taking.recorder.tend()
    assert (other.is_behind(), taking.recorder.is_behind()) == (False, False)
    other.close()


def test_an_event_that_the_log_will_never_take_holds_up_nobody(taking: Taking) -> None:
    taking.log.poisoned = "bad"
    taking.view("bad")
    taking.view("good")
    assert taking.state == "ok"
    taking.recorder.tend()
    assert [event.context.journey_id for event in taking.log.read()] == ["good", "good"]
    assert (taking.state, taking.recorder.waiting) == ("ok", 0)
    assert taking.counts() == {"received": 4, "stored": 2, "lost": 2}
    assert "invalid byte sequence" in (taking.settings.spool_dir / "refused.jsonl").read_text()


def test_a_log_that_never_answers_holds_no_visitor_for_long(taking: Taking, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()
    append = taking.log.append

    def hang(asked: Sequence[Event], implied: Sequence[Event] = ()) -> Appended:
        answer.wait(60)
        return append(asked, implied)

    monkeypatch.setattr(taking.log, "append", hang)
    recorder = Recorder(taking.log, lambda: Spool(taking.settings.spool_dir, 1_000_000), lambda: NOW_MS, 0.2)
    taking.recorder = recorder
    taking.view()
    assert (recorder.state, recorder.waiting) == ("spooling", 2)
    answer.set()
    recorder.tend()
    assert (recorder.state, recorder.waiting, taking.log.count()) == ("ok", 0, 2)
