"""The single writer of SQLite: queued work is committed together, and each caller gets its own outcome."""

import fcntl
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import IntegrityError, OperationalError

from wizard.storage import database as database_module
from wizard.storage import single_writer as writing_module
from wizard.storage.database import Database, open_database
from wizard.storage.single_writer import DirectWriter, SingleWriter, writer_for

DEADLINE_SECONDS = 20
WORKER = r"""
import os, sys, threading
from sqlalchemy import text
from wizard.storage.database import open_database
from wizard.storage.single_writer import writer_for

path, name, pieces, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
writes = writer_for(open_database("sqlite:///" + path, "power-loss"))

def client(own):
    for number in range(pieces):
        said = f"{name}-{own}-{number}"
        writes.write(lambda connection: connection.execute(text("INSERT INTO said VALUES (:said)"), {"said": said}))
        os.write(1, (said + "\n").encode())

clients = [threading.Thread(target=client, args=(own,)) for own in range(threads)]
[each.start() for each in clients]
[each.join() for each in clients]
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path}/wizard.db", "power-loss")
    with database.writer.begin() as connection:
        connection.execute(text("CREATE TABLE said (word TEXT PRIMARY KEY)"))
    yield database
    database.dispose()


def say(word: str, after: str = "") -> Callable[[Connection], str]:
    """Work that writes `word` down, and then does `after`."""

    def work(connection: Connection) -> str:
        connection.execute(text("INSERT INTO said VALUES (:word)"), {"word": word})
        if after:
            connection.exec_driver_sql(after)
        return word

    return work


def said(database: Database) -> set[str]:
    with database.reader.connect() as connection:
        return set(connection.execute(text("SELECT word FROM said")).scalars())


@contextmanager
def locked(database: Database) -> Iterator[sqlite3.Connection]:
    """Somebody else is writing."""
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield other
    finally:
        other.close()


def together(database: Database, works: Sequence[Callable[[Connection], str]]) -> list[Future[str]]:
    """The outcomes of these, which have all queued before any of them could begin."""
    writes = writer_for(database)
    asked = threading.Semaphore(0)
    put = writes._changed.notify_all  # type: ignore[attr-defined]  # noqa: SLF001

    def counted() -> None:
        put()
        asked.release()

    writes._changed.notify_all = counted  # type: ignore[attr-defined]  # noqa: SLF001
    with ThreadPoolExecutor(len(works)) as clients:
        with locked(database):
            futures = [clients.submit(writes.write, work) for work in works]
            for _ in works:
                assert asked.acquire(timeout=DEADLINE_SECONDS)
        return futures


def test_queued_work_is_committed_together_and_each_caller_gets_its_own_outcome(database: Database) -> None:
    commits: list[Connection] = []
    event.listen(database.writer, "commit", commits.append)
    outcomes = together(database, [say(word) for word in "abcdefgh"])
    assert [future.result() for future in outcomes] == list("abcdefgh")
    assert said(database) == set("abcdefgh")
    assert len(commits) == 1


def test_failing_work_does_not_affect_other_queued_work(database: Database) -> None:
    works = [say("a"), say("b", "INSERT INTO said VALUES ('b')"), say("c", "SELECT nonsense"), say("d")]
    a, b, c, d = together(database, works)
    assert (a.result(), d.result()) == ("a", "d")
    assert isinstance(b.exception(), IntegrityError)
    assert isinstance(c.exception(), OperationalError)
    assert said(database) == {"a", "d"}


def test_when_sqlite_rolls_back_the_whole_transaction_every_caller_gets_the_error(database: Database) -> None:
    # A disk that is full may do this; a statement can ask for it.
    undoing = say("b", "INSERT OR ROLLBACK INTO said VALUES ('b')")
    outcomes = together(database, [say("a"), undoing, say("c")])
    assert [type(future.exception()) for future in outcomes] == [IntegrityError] * 3
    assert said(database) == set()


def test_a_database_that_can_not_grow_refuses_without_losing_what_it_had(database: Database) -> None:
    assert writer_for(database).write(say("a")) == "a"
    event.listen(database.writer, "begin", lambda connection: connection.exec_driver_sql("PRAGMA max_page_count=1"))
    refused = together(database, [say("x" * 100_000), say("y" * 100_000), say("z" * 100_000)])
    assert all("full" in str(future.exception()) for future in refused)
    assert said(database) == {"a"}


def test_a_commit_that_fails_fails_everybody_and_the_next_one_works(database: Database) -> None:
    def fail(_: Connection) -> None:
        raise OSError(28, "No space left on device")

    event.listen(database.writer, "commit", fail)
    outcomes = together(database, [say("a"), say("b")])
    assert [type(future.exception()) for future in outcomes] == [OSError] * 2
    assert said(database) == set()
    event.remove(database.writer, "commit", fail)
    assert writer_for(database).write(say("c")) == "c"


def test_work_that_raises_system_exit_leaves_no_caller_waiting(database: Database) -> None:
    def leave(_: Connection) -> str:
        raise SystemExit(3)

    writes = writer_for(database)
    with pytest.raises(SystemExit):
        writes.write(leave)
    assert writes.write(say("a")) == "a"


def test_a_write_to_a_locked_database_times_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(database_module, "WAIT_SECONDS", 0.2)
    database = open_database(f"sqlite:///{tmp_path}/wizard.db")
    writes = writer_for(database)
    writes.write(lambda connection: connection.exec_driver_sql("CREATE TABLE said (word TEXT PRIMARY KEY)"))
    with locked(database), pytest.raises(OperationalError, match="locked"):
        writes.write(say("a"))
    assert writes.write(say("b")) == "b"
    assert said(database) == {"b"}
    database.dispose()


def test_work_that_can_not_start_in_time_is_cancelled(monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    monkeypatch.setattr(writing_module, "WAIT_SECONDS", 0.2)
    turn = os.open(f"{database.path}-turn", os.O_CREAT | os.O_RDWR)  # as if another process was stuck with the lock
    fcntl.flock(turn, fcntl.LOCK_EX)
    writes = writer_for(database)
    with pytest.raises(OperationalError, match="other writes have kept the log busy"):
        writes.write(say("a"))
    os.close(turn)
    monkeypatch.undo()
    assert writes.write(say("b")) == "b"
    assert said(database) == {"b"}


def test_without_a_lock_file_it_still_writes(database: Database) -> None:
    Path(f"{database.path}-turn").mkdir()
    assert writer_for(database).write(say("a")) == "a"


def test_the_thread_ends_when_there_is_nothing_to_write_and_begins_again(
    monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    monkeypatch.setattr(writing_module, "IDLE_SECONDS", 0.01)
    writes = writer_for(database)
    for word in "abc":
        assert writes.write(say(word)) == word
        thread = writes._thread  # type: ignore[attr-defined]  # noqa: SLF001
        if thread:
            thread.join(DEADLINE_SECONDS)
            assert not thread.is_alive()
    assert said(database) == set("abc")


def test_a_process_that_was_forked_has_a_writer_of_its_own(database: Database) -> None:
    code = """
import os, sys
from sqlalchemy import text
from wizard.storage.database import open_database
from wizard.storage.single_writer import writer_for
database = open_database("sqlite:///" + sys.argv[1])
writes = writer_for(database)
def say(word):
    writes.write(lambda connection: connection.execute(text("INSERT INTO said VALUES (:word)"), {"word": word}))
say("before")
child = os.fork()
if not child:
    database.writer.dispose(close=False)
say("child" if not child else "parent")
if child:
    sys.exit(os.waitpid(child, 0)[1])
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(database.path)], capture_output=True, timeout=DEADLINE_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert said(database) == {"before", "parent", "child"}


@dataclass(frozen=True)
class Worker:
    """A process that writes in several threads at once, and says what was acknowledged."""

    process: subprocess.Popen[bytes]
    output: Path

    @property
    def acknowledged(self) -> list[str]:
        return self.output.read_text().splitlines()


@contextmanager
def working(database: Database, count: int, pieces: int) -> Iterator[list[Worker]]:
    """This many processes, which write this many pieces of work in each of three threads."""
    workers = []
    for name in map(str, range(count)):
        output = database.path.with_name(f"said-by-{name}")
        with output.open("wb") as file:
            words = [sys.executable, "-c", WORKER, str(database.path), name, str(pieces), "3"]
            workers.append(Worker(subprocess.Popen(words, stdout=file), output))
    try:
        yield workers
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.wait(DEADLINE_SECONDS)


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_several_processes_take_turns_and_end_at_once_when_they_are_done(database: Database) -> None:
    with working(database, count=3, pieces=20) as workers:
        assert [worker.process.wait(DEADLINE_SECONDS) for worker in workers] == [0, 0, 0]
    acknowledged = [word for worker in workers for word in worker.acknowledged]
    assert len(acknowledged) == 3 * 3 * 20
    assert said(database) == set(acknowledged)


def test_acknowledged_writes_survive_the_end_of_their_process_and_others_go_on(database: Database) -> None:
    with working(database, count=2, pieces=100_000) as (killed, other):
        wait_until(lambda: len(killed.acknowledged) > 50)
        killed.process.kill()
        killed.process.wait(DEADLINE_SECONDS)
        before = len(other.acknowledged)
        wait_until(lambda: len(other.acknowledged) > before + 50)
    assert {*killed.acknowledged, *other.acknowledged} <= said(database)


@pytest.mark.parametrize(("durability", "synchronous"), [("crash", 1), ("power-loss", 2)])
def test_the_setting_says_whether_each_commit_is_on_the_disk(tmp_path: Path, durability: str, synchronous: int) -> None:
    database = open_database(f"sqlite:///{tmp_path}/wizard.db", durability)  # type: ignore[arg-type]
    mode = writer_for(database).write(lambda connection: connection.exec_driver_sql("PRAGMA synchronous").scalar_one())
    assert mode == synchronous
    database.dispose()


def test_postgresql_groups_commits_itself(tmp_path: Path) -> None:
    assert isinstance(writer_for(open_database("postgresql+psycopg://nobody@127.0.0.1:1/none")), DirectWriter)
    assert isinstance(writer_for(open_database(f"sqlite:///{tmp_path}/wizard.db")), SingleWriter)


def test_direct_writes_are_committed_or_rolled_back(database: Database) -> None:
    writes = DirectWriter(database.writer)
    assert writes.write(say("a")) == "a"
    with pytest.raises(IntegrityError):
        writes.write(say("b", "INSERT INTO said VALUES ('a')"))
    assert said(database) == {"a"}
