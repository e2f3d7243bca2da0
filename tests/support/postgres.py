"""Runs a real PostgreSQL for tests: a cluster in a temporary folder, with a Unix socket only."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from databases import TEMPLATE, Databases

from wizard.storage.database import open_database
from wizard.storage.migrate import migrate

WAIT_SECONDS = 60
ROLE = "wizard"
MISSING = "no PostgreSQL server on this machine; `make system` installs it or says how"
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
"""Settings that are unsafe at a power loss, for tests that need no durability."""


class Postgres:
    """One cluster. A `durable` one flushes commits to disk, as in production; others are faster.

    PostgreSQL refuses to run as root, so root runs it as the user `postgres`, or else as `nobody`.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._programs = programs()
        self.user = unprivileged()
        # Not one of pytest's folders: the user that PostgreSQL runs as can't access those.
        self.folder = Path(tempfile.mkdtemp(prefix="wizard-pg-"))
        self.log = self.folder / "log"
        self.log.touch()
        self._settings = () if durable else FAST
        self._databases: Databases | None = None
        self._process: subprocess.Popen[bytes] | None = None
        if self.user:
            shutil.chown(self.folder, self.user)

    def start(self) -> None:
        """Start it, for the first time or again, and wait until it accepts connections."""
        if not (self.folder / "data").exists():
            self._make_cluster()
        options = ("listen_addresses=", f"unix_socket_directories={self.folder}", *self._settings)
        words = [word for option in options for word in ("-c", option)]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self.folder / "data", *words],
                cwd=self.folder,
                user=self.user,
                extra_groups=[] if self.user else None,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + WAIT_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"PostgreSQL did not start; its log:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Shut it down cleanly, even with open connections."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it at once, like a crash. It recovers at the next start."""
        self._end(signal.SIGQUIT)

    def freeze(self) -> None:
        """Pause its processes, so that it accepts connections but never responds, as if its disk stalled."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume after `freeze`."""
        self._signal(signal.SIGCONT)

    def remove(self) -> None:
        """End it, and delete its folder."""
        self.kill()
        shutil.rmtree(self.folder)

    def url(self, database: str) -> str:
        """The URL of a database, for `WIZARD_DATABASE_URL`."""
        return f"postgresql+psycopg://{ROLE}@/{database}?host={self.folder}"

    def execute(self, *statements: str, database: str = "postgres") -> None:
        """Run statements, each in a transaction of its own."""
        with self._connect(database) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a database with the empty tables of the log."""
        assert self._databases
        name = self._databases.take()
        try:
            yield self.url(name)
        finally:
            self._databases.give_back(name)

    @contextmanager
    def new_database(self, encoding: str = "UTF8") -> Iterator[str]:
        """The URL of a database without tables; it is dropped afterwards."""
        self.execute(f"CREATE DATABASE new ENCODING '{encoding}' TEMPLATE template0")
        try:
            yield self.url("new")
        finally:
            self.execute("DROP DATABASE new WITH (FORCE)")

    def prepare(self) -> None:
        """Make the migrated template of the tests' databases."""
        self.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
        made = open_database(self.url(TEMPLATE))
        migrate(made)
        made.dispose()
        self._databases = Databases(self._connect)

    def _connect(self, database: str) -> "psycopg.Connection[Any]":
        return psycopg.connect(host=str(self.folder), user=ROLE, dbname=database, autocommit=True)

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _end(self, with_signal: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(with_signal)
            self._process.wait(WAIT_SECONDS)
            self._process = None

    def _signal(self, a_signal: signal.Signals) -> None:
        assert self._process
        for process in family(self._process.pid):
            with suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(process, a_signal)

    def _make_cluster(self) -> None:
        words = ("--no-sync", "--auth=trust", f"--username={ROLE}", "--encoding=UTF8", "--locale=C", "data")
        done = subprocess.run(
            [self._programs / "initdb", *words],
            cwd=self.folder,
            user=self.user,
            extra_groups=[] if self.user else None,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"initdb failed; it said:\n{done.stdout}{done.stderr}"


@contextmanager
def running(*, durable: bool = False) -> Iterator[Postgres]:
    """A running cluster with a migrated template; deleted at the end."""
    cluster = Postgres(durable=durable)
    try:
        cluster.start()
        cluster.prepare()
        yield cluster
    finally:
        cluster.remove()


def family(pid: int) -> list[int]:
    """The ids of a process and all its descendants; one that ends meanwhile may be among them."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        children = []
    return [pid, *(process for child in children for process in family(int(child)))]


def words_of(pid: int) -> bytes:
    """The command line of a process; empty once it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def programs(debian: str = "/usr/lib/postgresql") -> Path:
    """The folder of the server's programs: on PATH, or Debian's newest version."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path(debian).glob("*/bin/initdb"), key=_version)
    assert versions, MISSING
    return versions[-1].parent


def _version(program: Path) -> list[int]:
    return [int(part) for part in program.parts[-3].split(".") if part.isdigit()]


def unprivileged() -> str | None:
    """The user to run PostgreSQL as, if this process is root; else None."""
    if os.geteuid():
        return None
    users = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in users else "nobody"
