"""Runs a real ClickHouse for tests: a server, or the servers of two shards, on loopback.

The server is a shared library from npm, which has clickhouse-local with its listener. It knows no users and no Keeper.
It has died of a connection that was reset, so each server is started again when it ends by itself.
"""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

from npm_packages import installed

from wizard.storage.warehouse import Warehouse, open_warehouse
from wizard.warehouse.migrate import migrate

WAIT_SECONDS = 60
HOST = "127.0.0.1"
CLUSTER = "wizard"
LISTEN = "SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP; SELECT count() FROM table"
MEMORY, ROOM_BYTES = Path("/dev/shm"), 2 << 30  # noqa: S108
PROGRAM = Path(__file__).with_name("clickhouse_process.py")


class ClickHouse:
    """One server, with its data in a new folder of `parent`. `cluster` lists the native ports of a cluster's shards."""

    def __init__(self, parent: Path | None = None, port: int | None = None, cluster: Sequence[int] = ()) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="wizard-ch-", dir=parent))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.http_port, self.native_port = _free_port(), port or _free_port()
        self.starts = 0
        self._library = installed("clickhouse") / "@chdb" / "lib-linux-x64-gnu" / "libchdb.so"
        (self.folder / "config.xml").write_text(_configuration(cluster), "utf-8")
        self._process: subprocess.Popen[bytes] | None = None
        self._is_wanted = False
        self._keeper: threading.Thread | None = None

    def start(self) -> None:
        """Start it, for the first time or again, and wait until it answers."""
        assert self._keeper is None, "it is running"
        self._is_wanted = True
        self._launch()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()
        self.wait()

    def wait(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"ClickHouse did not start; it said:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it as a crash would, and leave it so."""
        self._is_wanted = False
        if self._process:
            self._process.kill()
        if self._keeper:
            self._keeper.join(WAIT_SECONDS)
            self._keeper = None

    def crash(self) -> None:
        """End it as a crash would; it is started again by itself."""
        assert self._process
        self._process.kill()

    def freeze(self) -> None:
        """Pause it, so that it accepts connections but never responds."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume after `freeze`."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def remove(self) -> None:
        """End it, and delete its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def execute(self, statement: str, database: str = "default") -> str:
        """What a statement answers, as tab-separated text. Raises AssertionError where it fails."""
        connection = http.client.HTTPConnection(HOST, self.http_port, timeout=WAIT_SECONDS)
        try:
            connection.request("POST", f"/?{urlencode({'database': database})}", body=statement.encode())
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
        finally:
            connection.close()
        assert response.status == http.client.OK, text
        return text

    def url(self, database: str) -> str:
        """The URL of a database, for `WIZARD_WAREHOUSE_URL`."""
        return f"clickhousedb://{HOST}:{self.http_port}/{database}"

    def _launch(self) -> None:
        self.starts += 1
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, PROGRAM, self._library),
                    f"--config-file={self.folder / 'config.xml'}",
                    f"--path={self.data}",
                    f"--http_port={self.http_port}",
                    f"--tcp_port={self.native_port}",
                    f"--listen_host={HOST}",
                    "--structure=x String",
                    "--input-format=LineAsString",
                    f"--query={LISTEN}",
                ],
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def _keep(self) -> None:
        while self._is_wanted:
            assert self._process
            assert self._process.stdin
            self._process.wait()
            self._process.stdin.close()
            if self._is_wanted:
                self._launch()

    def _answers(self) -> bool:
        with suppress(OSError, http.client.HTTPException, AssertionError):
            return self.execute("SELECT 1") == "1\n"
        return False


class Warehouses:
    """One server, or two shards, with a database for each test."""

    def __init__(self, servers: Sequence[ClickHouse], *, is_cluster: bool) -> None:
        self.servers = servers
        self._is_cluster = is_cluster
        self._made = 0
        self._shared: Warehouse | None = None

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a database without tables; it is dropped afterwards."""
        self._made += 1
        name = f"test_{self._made}"
        for server in self.servers:
            server.wait()
            server.execute(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            for server in self.servers:
                server.wait()
                server.execute(f"DROP DATABASE IF EXISTS {name} SYNC")

    @contextmanager
    def warehouse(self) -> Iterator[Warehouse]:
        """An empty warehouse, with its tables."""
        with self.database() as url:
            made = open_warehouse(url)
            migrate(made)
            yield made
            made.dispose()

    def url(self, database: str) -> str:
        """The value of `WIZARD_WAREHOUSE_URL` for a database."""
        url = self.servers[0].url(database)
        if not self._is_cluster:
            return url
        shards = [("shard", f"{HOST}:{server.http_port}") for server in self.servers]
        return f"{url}?{urlencode([('cluster', CLUSTER), *shards], safe=':')}"

    def shared(self) -> Warehouse:
        """A warehouse with its tables, always the same one: for tests that empty it themselves."""
        if self._shared is None:
            for server in self.servers:
                server.execute("CREATE DATABASE shared")
            self._shared = open_warehouse(self.url("shared"))
            migrate(self._shared)
        return self._shared


@contextmanager
def running(shards: int = 0, *, in_memory: bool = False) -> Iterator[Warehouses]:
    """A running server, or so many shards; deleted at the end. `in_memory`, flushing to disk takes no time."""
    ports = [_free_port() for _ in range(shards)]
    parent = _memory() if in_memory else None
    servers = [ClickHouse(parent, port, ports) for port in ports] or [ClickHouse(parent)]
    try:
        for server in servers:
            server.start()
        yield Warehouses(servers, is_cluster=bool(shards))
    finally:
        for server in servers:
            server.remove()


def _memory() -> Path | None:
    """A file system in memory with room for small tables, where there is one."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    return MEMORY if has_room and os.access(MEMORY, os.W_OK) else None


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


def _configuration(cluster: Sequence[int]) -> str:
    shards = "".join(f"<shard><replica><host>{HOST}</host><port>{port}</port></replica></shard>" for port in cluster)
    # With the two threads that clickhouse-local has for them, mutations wait for merges.
    threads = "<background_pool_size>16</background_pool_size>"
    servers = f"<remote_servers><{CLUSTER}>{shards}</{CLUSTER}></remote_servers>"
    return f"<clickhouse>{threads}{servers}</clickhouse>"
