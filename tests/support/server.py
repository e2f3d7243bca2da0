"""The real server as a user would start it, and a visit to it over a socket."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin
from urllib.request import Request, urlopen

from bs4 import BeautifulSoup
from support import BROWSER, ENVIRON

START_SECONDS = 30
STOP_SECONDS = 20


@dataclass
class Server:
    """A server that runs, and where."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Its own address."""
        return f"http://127.0.0.1:{self.port}"

    def wait_for_log(self, text: str) -> None:
        """Wait until it has logged `text`."""
        for _ in range(STOP_SECONDS * 20):
            if text in self.log.read_text():
                return
            time.sleep(0.05)
        raise AssertionError(f"it did not say {text!r}, but:\n{self.log.read_text()[-4000:]}")

    def kill(self) -> None:
        """End it and its workers as nothing can be prepared for."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)

    def readiness(self) -> dict[str, object]:
        """What it says of itself."""
        told: dict[str, object] = json.loads(fetch(f"{self.url}/readyz")[1])
        return told

    def stop(self) -> int:
        """Ask it to stop as an operator would; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def free_port() -> int:
    """A port that nobody listens on."""
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
    """`wizard serve` with `words`, running in `folder`; what it logged is shown when it does not come up."""
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
        yield server
    finally:
        server.stop()


def _wait_until_ready(server: Server) -> None:
    for _ in range(START_SECONDS * 20):
        if server.process.poll() is not None:
            break
        try:
            with urlopen(f"{server.url}/readyz") as response:  # noqa: S310  # our own server
                if response.status == 200:
                    return
        except HTTPError:
            break
        except (URLError, ConnectionError):
            time.sleep(0.05)
    raise AssertionError(f"the server did not come up; it said:\n{server.log.read_text()[-4000:]}")


def fetch(address: str, form: Mapping[str, str] | None = None, **headers: str) -> tuple[int, str, str]:
    """The status, the text and the final address of a request, all redirects followed."""
    data = urlencode(form).encode() if form is not None else None
    sent = {"User-Agent": BROWSER, **{name.replace("_", "-"): value for name, value in headers.items()}}
    request = Request(address, data, sent)  # noqa: S310  # our own server
    try:
        with urlopen(request) as response:  # noqa: S310  # our own server
            return response.status, response.read().decode(), response.url
    except HTTPError as error:
        return error.code, error.read().decode(), address


def visit(servers: Sequence[str], answers: Mapping[str, str]) -> BeautifulSoup:
    """The result of answering as `answers` has it, taking the servers at these addresses in turn."""
    address = "/"
    status, text, final = fetch(servers[0] + address)
    for turn in range(1, 5):
        assert status == 200, text
        page = BeautifulSoup(text, "html.parser")
        if not page.form:
            return page
        form = {str(field["name"]): str(field["value"]) for field in page.select("input[type=hidden]")}
        form[form["step"]] = answers[form["step"]]
        server = servers[turn % len(servers)]
        status, text, final = fetch(urljoin(server, str(page.form["action"])), form)
        assert final.startswith(server)
    raise AssertionError("no result after four answers")
