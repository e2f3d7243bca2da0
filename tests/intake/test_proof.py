"""Nothing that was acknowledged is lost, and nothing counts twice: the real server under load, and what may befall it.

The short form runs with every test; `make soak` runs the long one.
"""

import random
import resource
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from load import Acknowledged, Record, Sent, load, send
from loaded_server import (
    environ_for,
    loaded,
    reached,
    wait_until,
    wait_until_all_is_in,
    wait_until_spooling,
    wait_until_written_again,
)
from log_checks import prove
from postgres import Postgres, family
from server import Server, fetch, serving
from sqlalchemy import func, select

from wizard.config import read_settings
from wizard.events.open_log import open_log
from wizard.storage import schema

ENOUGH = 100
"""How many acknowledged events a load makes at least, however slow the machine."""


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """How often a server is killed."""
    return 100 if request.config.getoption("--soak") else 3


@pytest.fixture
def requests(request: pytest.FixtureRequest) -> int:
    """How many requests are sent again."""
    return 1000 if request.config.getoption("--soak") else 200


@pytest.fixture
def seconds(request: pytest.FixtureRequest) -> float:
    """How long a load goes on."""
    return 30.0 if request.config.getoption("--soak") else 1.0


class SmallDisk:
    """A disk that can be filled; or, where the machine mounts none, a limit to the size of the server's files."""

    def __init__(self, folder: Path, *, mounted: bool) -> None:
        self.folder = folder
        self._mounted = mounted
        self._ballast = folder / "ballast"

    def fill(self, server: Server) -> None:
        """Leave no room."""
        if not self._mounted:
            self._limit(server, (self.folder / "wizard.db-wal").stat().st_size)
            return
        with self._ballast.open("wb", buffering=0) as ballast, suppress(OSError):
            while True:
                ballast.write(b"x" * 4096)

    def free(self, server: Server) -> None:
        """Make room again."""
        if self._mounted:
            self._ballast.unlink()
        else:
            self._limit(server, resource.RLIM_INFINITY)

    def _limit(self, server: Server, size_bytes: int) -> None:
        for process in family(server.process.pid):
            resource.prlimit(process, resource.RLIMIT_FSIZE, (size_bytes, resource.RLIM_INFINITY))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", "size=40m", "wizard-tests", str(folder)]
    mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    yield SmallDisk(folder, mounted=mounted)
    if mounted:
        # Lazily: the log's writer in this process keeps a file open for some seconds after it has proved all.
        subprocess.run([shutil.which("umount") or "umount", "--lazy", str(folder)], check=True)


def killed_again_and_again(folder: Path, environ: Mapping[str, str], kills: int) -> None:
    """Kill a server under load, `kills` times, and see that it has kept its word."""
    acknowledged: list[Acknowledged] = []
    for number in range(kills):
        with serving(folder, "--workers", "2", environ=environ) as server, load([server.port], seed=number) as record:
            enough = random.Random(number).randint(20, 200)  # noqa: S311  # no secret
            wait_until(partial(reached, record, enough), f"{enough} acknowledged events")
            server.kill()
        loaded(record, enough)
        acknowledged += record.acknowledged
    with serving(folder, environ=environ) as server:
        wait_until_all_is_in(server)
    prove(environ, acknowledged)


@pytest.mark.parametrize("durability", ["crash", "power-loss"])
def test_killed_under_load_a_server_loses_nothing_on_sqlite(tmp_path: Path, kills: int, durability: str) -> None:
    times = kills if durability == "crash" else kills // 3
    killed_again_and_again(tmp_path, environ_for(tmp_path, WIZARD_DURABILITY=durability), times)


def test_killed_under_load_a_server_loses_nothing_on_postgresql(
    tmp_path: Path, kills: int, durable_postgres: Postgres
) -> None:
    with durable_postgres.database() as url:
        killed_again_and_again(tmp_path, environ_for(tmp_path, url), kills // 3)


def test_two_servers_share_one_log(tmp_path: Path, seconds: float, any_database: str) -> None:
    environ = environ_for(tmp_path, any_database)
    with (
        serving(tmp_path, environ=environ) as one,
        serving(tmp_path, environ=environ) as two,
        load([one.port, two.port]) as record,
    ):
        threading.Event().wait(seconds)
        wait_until(partial(reached, record, ENOUGH), "enough acknowledged events")
    loaded(record, ENOUGH)
    prove(environ, record.acknowledged)


@contextmanager
def under_load(folder: Path, environ: Mapping[str, str]) -> Iterator[tuple[Server, Record]]:
    """A server under load while the block runs, which by the end of it has to have kept its word."""
    with serving(folder, environ=environ) as server:
        with load([server.port]) as record:
            yield server, record
            wait_until(partial(reached, record, ENOUGH), "enough acknowledged events")
        wait_until_all_is_in(server)
        assert fetch(f"{server.url}/readyz")[0] == 200
    loaded(record, ENOUGH)
    prove(environ, record.acknowledged)


def test_a_database_that_stops_and_starts_again_costs_nothing(
    tmp_path: Path, seconds: float, durable_postgres: Postgres
) -> None:
    with durable_postgres.database() as url, under_load(tmp_path, environ_for(tmp_path, url)) as (server, _):
        for end in (durable_postgres.stop, durable_postgres.kill):
            threading.Event().wait(seconds / 4)
            end()
            wait_until_spooling(server)
            threading.Event().wait(seconds / 4)
            durable_postgres.start()
            wait_until_written_again(server)


def test_a_database_that_no_longer_answers_holds_up_visitors_for_seconds_and_costs_nothing(
    tmp_path: Path, seconds: float, durable_postgres: Postgres
) -> None:
    with durable_postgres.database() as url, under_load(tmp_path, environ_for(tmp_path, url)) as (server, record):
        threading.Event().wait(seconds / 4)
        durable_postgres.freeze()
        try:
            wait_until_spooling(server)
            enough = len(record.acknowledged) + 50
            wait_until(lambda: reached(record, enough), "visits go on")
        finally:
            durable_postgres.thaw()
        wait_until_written_again(server)


def test_a_full_disk_costs_nothing(small_disk: SmallDisk, tmp_path: Path, seconds: float) -> None:
    with under_load(tmp_path, environ_for(small_disk.folder)) as (server, _):
        threading.Event().wait(seconds / 2)
        small_disk.fill(server)
        wait_until_spooling(server)
        threading.Event().wait(seconds / 2)
        assert int(str(server.readiness()["waiting"])) > 0
        small_disk.free(server)
        wait_until_written_again(server)


def test_requests_sent_again_three_times_move_no_count(tmp_path: Path, requests: int, any_database: str) -> None:
    """In any order, by eight clients. The bare address is left out: it begins another journey."""
    environ = environ_for(tmp_path, any_database)
    with serving(tmp_path, "--workers", "2", environ=environ) as server:
        with load([server.port]) as record:
            wait_until(lambda: len(record.sent) > requests * 1.5, "enough requests")
        loaded(record, requests)
        once = list(dict.fromkeys(record.sent))[:requests]
        assert len(once) == requests
        wait_until_all_is_in(server)
        before = everything(environ)
        again = once * 3
        random.Random(1).shuffle(again)  # noqa: S311  # no secret
        answers = replay(server.port, again, clients=8)
        assert set(answers) == {200, 303}
        assert len(answers) == 3 * requests
        wait_until_all_is_in(server)
        assert everything(environ) == before
    prove(environ, record.acknowledged)


def replay(port: int, requests: Sequence[Sent], clients: int) -> list[int]:
    """Send the requests again, by several clients at once; the status of each answer."""
    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(lambda request: send(port, request)[0], requests))


def everything(environ: Mapping[str, str]) -> dict[str, object]:
    """What there is in the log: every row but the ledger's, and what the ledger says is stored."""
    log = open_log(read_settings(environ))
    try:
        with log.database.reader.connect() as connection:
            found: dict[str, object] = {
                table.name: sorted(connection.execute(select(table)).all(), key=str)
                for table in (schema.events, schema.journeys, schema.journey_steps)
            }
            stored = select(func.sum(schema.ledger.c.events)).where(schema.ledger.c.outcome == "stored")
            return {**found, "stored": int(connection.execute(stored).scalar_one())}
    finally:
        log.database.dispose()
