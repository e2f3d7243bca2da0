"""Runs a real PgBouncer in front of the tests' PostgreSQL, on loopback."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from postgres import ROLE, Postgres, unprivileged
from server import free_port

WAIT_SECONDS = 20
MISSING = "no PgBouncer on this machine; `make system` installs it or says how"

Mode = Literal["session", "transaction", "statement"]


@contextmanager
def pooling(cluster: Postgres, mode: Mode, *settings: str) -> Iterator[int]:
    """Run a PgBouncer in pool mode `mode` for all databases of the cluster. Yields its port.

    Only three connections to the server are pooled, so that one client's transactions use different ones.
    """
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, MISSING
    folder, port, user = Path(tempfile.mkdtemp(prefix="wizard-pgb-")), free_port(), unprivileged()
    (folder / "users").write_text(f'"{ROLE}" ""\n')
    lines = (
        "[databases]",
        f"* = host={cluster.folder}",
        "[pgbouncer]",
        "listen_addr = 127.0.0.1",
        f"listen_port = {port}",
        "unix_socket_dir =",
        "auth_type = trust",
        f"auth_file = {folder}/users",
        f"pool_mode = {mode}",
        f"default_pool_size = {30 if mode == 'session' else 3}",
        "server_round_robin = 1",
        *settings,
    )
    (folder / "pgbouncer.ini").write_text("\n".join(lines) + "\n")
    for path in (folder, *folder.iterdir()):
        if user:
            shutil.chown(path, user)
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, folder / "pgbouncer.ini"],
            user=user,
            extra_groups=[] if user else None,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(port, process, log)
        yield port
    finally:
        process.kill()
        process.wait(WAIT_SECONDS)
        shutil.rmtree(folder)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"PgBouncer did not start; its output:\n{log.read_text()[-4000:]}") from error
            time.sleep(0.02)
        else:
            return
