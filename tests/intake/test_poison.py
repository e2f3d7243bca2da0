"""An event that the database refuses, by whatever error, is set aside; one that meets an outage waits."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from journaling import NOW_MS, answer, context, ingest_all
from sqlalchemy.exc import DatabaseError

from wizard.events.batch import Batch
from wizard.events.ledger import read_ledger
from wizard.events.log import Log
from wizard.events.model import Event, QuestionAnswer
from wizard.events.periods import Period
from wizard.intake.ingest import Ingest
from wizard.intake.journal import Journal
from wizard.intake.journal_line import encode_events
from wizard.storage import schema
from wizard.storage.database import open_database
from wizard.storage.migrate import migrate

JOURNAL_BYTES = 64 * 1024 * 1024


class Watched(Log):
    """A log that counts its batches."""

    batches = 0

    def ingest(self, batch: Batch) -> int:
        self.batches += 1
        return super().ingest(batch)


@pytest.fixture
def log(any_database: str) -> Iterator[Watched]:
    database = open_database(any_database)
    migrate(database)
    yield Watched(database, ("who",))
    database.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journals"


def put(journal: Journal, *events: Event) -> None:
    assert journal.append(encode_events(events, []), len(events))


def invalid(**values: object) -> Event:
    return QuestionAnswer(
        context("bad"), **cast(dict[str, Any], {"step": "who", "answer": "a", "elapsed_ms": 1, **values})
    )


NO_TYPE = "a value of no type of the database (ProgrammingError)"
POISON: dict[str, Callable[[], Event]] = {
    NO_TYPE: lambda: invalid(answer={"a": 1}),
    "a number out of range": lambda: invalid(elapsed_ms=2**70),
    "half a character": lambda: invalid(answer="te\ud800am"),
}


CASES = [
    *(("sqlite", kind) for kind in POISON),
    *(("postgresql", kind) for kind in POISON if kind != NO_TYPE),  # stores any JSON value as its text
]


@pytest.mark.parametrize(("any_database", "kind"), CASES, indirect=["any_database"])
def test_a_poison_event_is_set_aside_and_all_others_are_stored(
    folder: Path, log: Watched, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    journal, other = Journal(folder, JOURNAL_BYTES), Journal(folder, JOURNAL_BYTES)
    for number in range(40):
        put(journal, answer(f"a-{number}"))
        put(other, answer(f"b-{number}"))
    put(journal, POISON[kind]())
    for number in range(40):
        put(journal, answer(f"c-{number}"))
    journal.close()
    other.close()
    ingest_all(folder, log)
    assert log.count() == 120
    total = read_ledger(log.database, Period()).total
    assert (total.received, total.stored, total.lost, total.missing) == (121, 120, 1, 0)
    assert log.batches < 30, "halves are tried, not each event"
    assert f"question_answer, no. 41 of the journal {journal.name}" in caplog.text
    assert "bad" not in caplog.text, "values are only in the file"
    assert "question_answer" in (folder / "refused.jsonl").read_text()
    assert not list(folder.glob("journal-*"))


def test_a_text_that_is_too_long_for_an_index_is_set_aside_too(folder: Path, postgresql_url: str) -> None:
    """PostgreSQL reports that as an OperationalError, as it reports outages."""
    database = open_database(postgresql_url)
    log = Log(database, ("who",))
    journal = Journal(folder, JOURNAL_BYTES)
    long = "".join(chr(0x4E00 + number * 7 % 20_000) for number in range(5000))
    put(journal, answer("before"))
    put(journal, dataclasses.replace(answer("x"), context=context(long)))
    put(journal, answer("after"))
    journal.close()
    ingest_all(folder, log)
    assert log.count() == 2
    assert read_ledger(database, Period()).total.lost == 1
    database.dispose()


@pytest.mark.parametrize("table", [schema.events, schema.journeys, schema.ledger, schema.journals])
def test_nothing_is_set_aside_while_a_table_is_missing(folder: Path, log: Watched, table: Any) -> None:
    """The same kinds of errors, but about the log."""
    journal = Journal(folder, JOURNAL_BYTES)
    for number in range(10):
        put(journal, answer(f"journey-{number}"))
    with log.database.writer.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table.name} RENAME TO elsewhere")
    ingest = Ingest(folder, log, lambda: NOW_MS)
    assert ingest.acquire_lead()
    for _ in range(3):
        with pytest.raises(DatabaseError):
            ingest.round()
    ingest.release()
    assert not (folder / "refused.jsonl").exists()
    with log.database.writer.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE elsewhere RENAME TO {table.name}")
    journal.close()
    ingest_all(folder, log)
    assert log.count() == 10
    assert read_ledger(log.database, Period()).problems() == {}
