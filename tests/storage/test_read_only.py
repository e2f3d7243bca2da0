"""A server starts only where it can write its log; reports need only read it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from cli_runner import failing, run
from factories import visit
from mount_namespace import mounting
from postgres import ROLE, Postgres, programs
from sqlalchemy import func, make_url, select, text
from support import ENVIRON, empty_log, settings

from wizard.events.open_log import open_log
from wizard.storage import schema
from wizard.storage.database import Database, LogError, open_database
from wizard.storage.write_check import require_writable

READING = (
    ["report"],
    ["ledger"],
    ["export"],
    ["journey", "j-1"],
    ["sign-ins"],
    ["shared", "list"],
    ["rebuild", "--check"],
)
WRITING = (
    ["rebuild"],
    ["purge", "--older-than", "9d"],
    ["sign-out", "--email", "one@example.com"],
    ["sign-in-link", "--email", "one@example.com"],
)
READER = "only_reads"


def filled(url: str) -> str:
    """The same, of a log that holds a visit."""
    log = open_log(settings(database_url=url))
    log.append(visit())
    log.database.dispose()
    return url


def set_environ(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    environ = {**ENVIRON, "WIZARD_DATABASE_URL": url, "WIZARD_PUBLIC_URL": "https://wizard.example.com"}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def read_only_role(postgres: Postgres, postgresql_url: str) -> Iterator[str]:
    """A log that holds a visit, as a role sees it that may only read."""
    name = str(make_url(filled(postgresql_url)).database)
    postgres.execute(f"CREATE ROLE {READER} LOGIN")
    postgres.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}", database=name)
    yield postgresql_url.replace(f"//{ROLE}@", f"//{READER}@")
    postgres.execute(f"DROP OWNED BY {READER}", database=name)
    postgres.execute(f"DROP ROLE {READER}")


@pytest.fixture(scope="module")
def standby(postgres: Postgres) -> Iterator[str]:
    """A log that holds a visit, on a PostgreSQL that follows another one."""
    with ExitStack() as stack:
        name = str(make_url(filled(stack.enter_context(postgres.database()))).database)
        following = Postgres()
        stack.callback(following.remove)
        subprocess.run(
            [
                programs() / "pg_basebackup",
                "-h",
                postgres.folder,
                "-U",
                ROLE,
                "-D",
                following.folder / "data",
                "-X",
                "s",
            ],
            check=True,
            capture_output=True,
            cwd=following.folder,
            user=following.user,
            extra_groups=[] if following.user else None,
        )
        (following.folder / "data" / "standby.signal").touch()
        following.start()
        yield following.url(name)


@pytest.fixture(params=["read_only_role", "standby"])
def only_read(request: pytest.FixtureRequest) -> str:
    """A PostgreSQL log that can be read and not written."""
    return str(request.getfixturevalue(request.param))


def test_reports_need_only_read(only_read: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_environ(monkeypatch, only_read)
    for words in READING:
        run(*words)


def test_what_has_to_write_says_in_one_line_that_it_can_not(
    only_read: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_environ(monkeypatch, only_read)
    for words in (["serve"], *WRITING):
        said = failing(monkeypatch, capsys, *words)
        assert said.startswith(f"wizard: WIZARD_DATABASE_URL: given {make_url(only_read).database} on ")
        assert "which can't be written (" in said
        assert said.endswith("; allowed: a primary server, and a role that may SELECT, INSERT, UPDATE and DELETE")


@pytest.mark.parametrize("table", [table.name for table in schema.METADATA.sorted_tables])
def test_a_role_that_may_not_write_one_of_the_tables_stops_the_start(
    postgres: Postgres, postgresql_url: str, table: str
) -> None:
    name = str(make_url(postgresql_url).database)
    postgres.execute(f"CREATE ROLE {READER} LOGIN")
    try:
        postgres.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {READER}", database=name)
        url = postgresql_url.replace(f"//{ROLE}@", f"//{READER}@")
        open_log(settings(database_url=url)).database.dispose()
        postgres.execute(f"REVOKE INSERT ON {table} FROM {READER}", database=name)
        with pytest.raises(LogError, match=rf"permission denied for table {table}"):
            open_log(settings(database_url=url))
    finally:
        postgres.execute(f"DROP OWNED BY {READER}", database=name)
        postgres.execute(f"DROP ROLE {READER}")


def test_the_proof_that_the_log_can_be_written_leaves_nothing(any_database: str) -> None:
    database = open_database(any_database)
    before = rows_by_table(database)
    require_writable(database)
    assert rows_by_table(database) == before
    assert sum(before.values()) == before["log_state"]
    database.dispose()


def rows_by_table(database: Database) -> dict[str, int]:
    with database.reader.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in schema.METADATA.sorted_tables
        }


EACH = """
import io, json, sys
from wizard.cli import main
out, done = sys.stdout, []
for words in json.loads(sys.argv[1]):
    sys.argv = ["wizard", *words]
    sys.stdout, sys.stderr = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    try:
        main()
    except SystemExit as end:
        sys.stdout.flush(), sys.stderr.flush()
        done.append((end.code, *(each.buffer.getvalue().decode() for each in (sys.stdout, sys.stderr))))
out.write(json.dumps(done))
"""
"""A program that runs several commands, which takes less time than a program for each."""


@dataclass(frozen=True)
class Medium:
    """A folder with a log, which can be written or not."""

    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        return {
            **os.environ,
            **ENVIRON,
            "WIZARD_DATABASE_URL": f"sqlite:///{self.folder}/wizard.db",
            "WIZARD_PUBLIC_URL": "https://wizard.example.com",
            "WIZARD_SPOOL_DIR": f"{self.folder.parent}/spool",
        }

    def run(self, *commands: Sequence[str]) -> list[tuple[int, str, str]]:
        """How each of these ends, and what it prints and says, where the folder can't be written, by root neither."""
        script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'
        unshare = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
        done = subprocess.run(
            [*unshare, "sh", "-c", script, "sh", str(self.folder), sys.executable, "-c", EACH, json.dumps(commands)],
            env=self.environ,
            cwd=self.folder.parent,
            capture_output=True,
            timeout=60,
            check=True,
        )
        return [(code, out, error) for code, out, error in json.loads(done.stdout)]


@pytest.fixture
def medium(tmp_path: Path) -> Medium:
    folder = tmp_path / "medium"
    folder.mkdir()
    if not mounting(folder):
        pytest.skip("this machine lets us mount nothing")
    filled(empty_log(folder))
    return Medium(folder)


def test_reports_work_on_a_medium_that_can_not_be_written(medium: Medium) -> None:
    before = {path.name: path.read_bytes() for path in medium.folder.iterdir()}
    done = medium.run(*READING)
    assert [(code, error) for code, _, error in done] == [(0, "")] * len(READING)
    assert '"event":"conversion"' in done[2][1]
    after = {path.name: path.read_bytes() for path in medium.folder.iterdir()}
    assert before == after


def test_a_server_on_a_medium_that_can_not_be_written_does_not_start(medium: Medium) -> None:
    for code, _, error in medium.run(["serve"], *WRITING):
        assert code == 1
        assert error == (
            f"wizard: WIZARD_DATABASE_URL: given {medium.folder}/wizard.db, which can't be written; "
            "allowed: a file that this user may write, in a folder that it may write\n"
        )


def test_an_older_log_on_a_medium_that_can_not_be_written_says_so(medium: Medium) -> None:
    database = open_database(medium.environ["WIZARD_DATABASE_URL"])
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE wizard_version SET version_num = '0003'"))
    database.dispose()
    [(code, _, error)] = medium.run(["report"])
    assert code == 1
    assert "the log's tables are at version 0003" in error
    assert error.count("\n") == 1


def test_content_of_the_write_ahead_log_is_never_ignored(medium: Medium) -> None:
    database = open_database(medium.environ["WIZARD_DATABASE_URL"])
    with closing(database.writer.raw_connection()):  # keeps the write-ahead log from being emptied
        filled(medium.environ["WIZARD_DATABASE_URL"])
        (copy := medium.folder / "copy").mkdir()
        for name in ("wizard.db", "wizard.db-wal"):
            shutil.copy(medium.folder / name, copy / name)
        [(code, out, error)] = Medium(copy).run(["export"])
        [in_use] = medium.run(["export"])
    database.dispose()
    assert in_use[0] == 0
    assert '"event":"conversion"' in in_use[1]
    assert (code == 1 and error.count("\n") == 1) or '"event":"conversion"' in out
