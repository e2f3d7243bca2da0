"""Starts the real server with `wizard serve`, and visits it over HTTP."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin
from urllib.request import Request, urlopen

from bs4 import BeautifulSoup
from support import BROWSER, ENVIRON

START_SECONDS = 30
STOP_SECONDS = 20
POLL_SECONDS = 0.02


@dataclass
class Server:
    """A running server, its port and its log file."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self.port}"

    def wait_for_log(self, text: str) -> None:
        """Wait until it has logged `text`."""
        for _ in _polls(STOP_SECONDS):
            if text in self.log.read_text():
                return
        raise AssertionError(f"it did not log {text!r}, but:\n{self.log.read_text()[-4000:]}")

    def kill(self) -> None:
        """Kill it and its workers with SIGKILL."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)

    def readiness(self) -> dict[str, object]:
        """The JSON of `/readyz`."""
        state: dict[str, object] = json.loads(fetch(f"{self.url}/readyz")[1])
        return state

    def wait_until_stored(self) -> None:
        """Wait until everything that happened is in the log."""
        for _ in _polls(STOP_SECONDS):
            told = self.readiness()
            if (told["log"], told["waiting"]) == ("ok", 0):
                return
        raise AssertionError(f"events still wait: {self.readiness()}")

    def stop(self) -> int:
        """Stop it with SIGTERM. Returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def _polls(seconds: float) -> Iterator[None]:
    """Yields again and again, with pauses, until so many seconds have passed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(POLL_SECONDS)


def free_port() -> int:
    """An unused port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    folder: Path,
    *words: str,
    environ: Mapping[str, str] | None = None,
    command: Sequence[str] = (sys.executable, "-m", "wizard"),
) -> Iterator[Server]:
    """Run `wizard serve` with `words` in `folder`. Fails with its log if it does not start."""
    port = free_port()
    log = folder / f"server-{port}.log"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WIZARD_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "serve", "--port", str(port), *words],
            cwd=folder,
            env={**clean, **(ENVIRON if environ is None else environ)},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(process, port, log)
    try:
        _wait_until_ready(server)
        # A worker that is told to stop before it handles signals is waited for, and killed 10 seconds later.
        for number in range(1, _workers(words) + 1):
            server.wait_for_log(f"Started worker-{number}")
        yield server
    finally:
        server.stop()


def _workers(words: Sequence[str]) -> int:
    return int(words[words.index("--workers") + 1]) if "--workers" in words else 1


def _wait_until_ready(server: Server) -> None:
    for _ in _polls(START_SECONDS):
        if server.process.poll() is not None:
            break
        with suppress(URLError, ConnectionError):
            try:
                with urlopen(f"{server.url}/readyz") as response:  # noqa: S310  # our own server
                    if response.status == 200:
                        return
            except HTTPError:
                break
    raise AssertionError(f"the server did not start; its log:\n{server.log.read_text()[-4000:]}")


def fetch(address: str, form: Mapping[str, str] | None = None, **headers: str) -> tuple[int, str, str]:
    """The status, the text and the final URL of a request after all redirects."""
    data = urlencode(form).encode() if form is not None else None
    sent = {"User-Agent": BROWSER, **{name.replace("_", "-"): value for name, value in headers.items()}}
    request = Request(address, data, sent)  # noqa: S310  # our own server
    try:
        with urlopen(request) as response:  # noqa: S310  # our own server
            return response.status, response.read().decode(), response.url
    except HTTPError as error:
        return error.code, error.read().decode(), address


def visit(servers: Sequence[str], answers: Mapping[str, str]) -> BeautifulSoup:
    """Answer the questions with `answers`, on each of the servers in turn. Returns the result page."""
    address = "/"
    status, text, final = fetch(servers[0] + address)
    for turn in range(1, 5):
        assert status == 200, text
        page = BeautifulSoup(text, "html.parser")
        form = {str(field["name"]): str(field["value"]) for field in page.select("input[type=hidden]")}
        if "step" not in form or page.form is None:
            return page
        form[form["step"]] = answers[form["step"]]
        server = servers[turn % len(servers)]
        status, text, final = fetch(urljoin(server, str(page.form["action"])), form)
        assert final.startswith(server)
    raise AssertionError("no result after four answers")
