"""Requests as visitors send them, sent by wrk, and what they cost the server."""

# For scripts; it starts wrk.
# ruff: noqa: INP001, S603

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import reports
from chromium import NotMeasured

from wizard.clock import system_ms
from wizard.config import read_settings
from wizard.dashboard.access.invitations import invite
from wizard.dashboard.access.roles import Role
from wizard.events.attribution import Attribution
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.rules import Answers
from wizard.visitor.journey import Journey, Seal, new_journey

SCRIPT = Path(__file__).parent / "load.lua"
KEY = "a key that nothing but measurements is signed with"
SETTINGS = {
    "WIZARD_SECRET_KEYS": KEY,
    "WIZARD_PUBLIC_URL": "https://wizard.example",
    "WIZARD_TRUSTED_PROXIES": "1",
}
ADDRESSES = 10_000
"""How many addresses visitors come from, each in a network of its own."""

JOURNEYS = 30_000
CONNECTIONS, CONNECTIONS_AT_HALF = 16, 64
ANSWERED = {"who": "team", "team_size": "2_10", "hosting": "own_servers"}
READING_MS = 5000
"""How long the visitors have had the page."""

MOST_SPREAD = 5
STORED_S = 120
KB = 1 << 10
TICKS = os.sysconf("SC_CLK_TCK")
RESULT = re.compile(r"^RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$", re.MULTILINE)
SEAL = Seal([KEY], 24)
EMAIL = "one@example.com"


@dataclass
class Target:
    """Requests, as load.lua reads them, to a server that is the process `pid`.

    Runs go on where the one before left off, so that no journey answers twice; `sent` is how far that is.
    With `settles`, a run includes that what it recorded comes into the log.
    """

    port: int
    pid: int
    requests: Sequence[str]
    cookie: str = ""
    sent: int = 0
    settles: bool = False
    connections: int = CONNECTIONS


@dataclass(frozen=True)
class Run:
    """What one run came to."""

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    bytes: float


def journey(answers: Answers) -> Journey:
    """A journey with these answers, begun a moment ago."""
    begun = new_journey(QUESTIONS, "en", {}, Attribution(), system_ms() - READING_MS)
    return begun.with_answers(QUESTIONS, answers, begun.started_ms + READING_MS // 2) if answers else begun


def pages(answers: Answers, path: str = "/") -> Sequence[str]:
    """Requests for the page of journeys with these answers, each of its own."""
    return [f"GET\t{path}?journey={SEAL.seal(journey(answers))}\t" for _ in range(JOURNEYS)]


def answers() -> Sequence[str]:
    """First answers, each of a journey of its own."""
    return [f"POST\t/\t{_answer(journey({}))}" for _ in range(JOURNEYS)]


def _answer(given: Journey) -> str:
    token = SEAL.sign_form(given, "who", given.started_ms)
    return urlencode({"journey": SEAL.seal(given), "step": "who", "csrf_token": token, "who": "team"})


def run(target: Target, seconds: int, rate: float | None = None) -> Run:
    """Send the requests in turns for so long; where there is a `rate`, about so many a second. Raises NotMeasured."""
    if not (wrk := shutil.which("wrk")):
        raise NotMeasured("wrk sends the requests; on Debian: apt-get install wrk")
    connections = CONNECTIONS_AT_HALF if rate else target.connections
    delay_ms = round(connections / rate * 1000) if rate else 0
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        file.write("\n".join(target.requests) + "\n")
        file.flush()
        load = (
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "--timeout",
            f"{STORED_S}s",
            "-s",
            str(SCRIPT),
            f"http://127.0.0.1:{target.port}",
            "--",
        )
        given = (file.name, str(target.sent % len(target.requests)), str(delay_ms), *filter(None, [target.cookie]))
        before = cpu_seconds(target.pid)
        done = subprocess.run([wrk, *load, *given], capture_output=True, text=True, check=False)
        if target.settles:
            wait_until_stored(target.port)
        cpu = cpu_seconds(target.pid) - before
    if not (found := RESULT.search(done.stdout)):
        raise NotMeasured(f"wrk said:\n{done.stdout}{done.stderr}")
    sent, micros, p50, p99, errors, size = map(int, found.groups())
    if errors or not sent:
        raise NotMeasured(f"{errors} of {sent} requests failed:\n{target.requests[0][:200]}\n{done.stdout}")
    target.sent += sent + connections
    return Run(sent / micros * 1e6, p50 / 1000, p99 / 1000, cpu / sent * 1e6, size / sent)


def wait_until_stored(port: int) -> None:
    """Wait until no event waits in a journal. Raises NotMeasured when that takes too long."""
    for _ in range(STORED_S * 20):
        with urlopen(f"http://127.0.0.1:{port}/readyz") as response:
            if not json.load(response).get("waiting"):
                return
        time.sleep(0.05)
    raise NotMeasured(f"events wait for more than {STORED_S} s after a run")


def memory_mb(pid: int) -> float:
    """The memory that a process and those that it has started hold."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
    return int(status.split("VmRSS:")[1].split()[0]) / KB + sum(memory_mb(int(child)) for child in children)


def cpu_seconds(pid: int) -> float:
    """The CPU that a process and those that it has started have used."""
    own = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
    return (int(own[11]) + int(own[12])) / TICKS + sum(cpu_seconds(int(child)) for child in children)


def log_of(events: int, folder: Path) -> Mapping[str, str]:
    """The settings of a log of demo data with so many events, made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{events}.db"
    settings = {"WIZARD_DATABASE_URL": f"sqlite:///{log}", "WIZARD_TIME_ZONE": reports.ZONE.key}
    reports.make(log, log.with_suffix(".parquet"), events, {**os.environ, **settings})
    return settings


def sign_in(port: int, environ: Mapping[str, str], role: Role = "viewer") -> str:
    """The cookie of somebody who has signed in to the dashboard, with this `role`."""
    link = urlsplit(invite(read_settings(environ), SETTINGS["WIZARD_PUBLIC_URL"], EMAIL, 1, role=role))
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1", "Host": "wizard.example"}
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", f"{link.path}?{link.query}", headers=headers)
    first = connection.getresponse()
    page = first.read().decode()
    fields = {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)}
    action = re.search(r'<form[^>]* action="([^"]*)"', page)
    form = {**headers, "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    form["Cookie"] = first.getheader("Set-Cookie", "").partition(";")[0]
    connection.request("POST", unescape(action[1]) if action else link.path, urlencode(fields), form)
    response = connection.getresponse()
    if response.status != HTTPStatus.SEE_OTHER or not (cookie := response.getheader("Set-Cookie")):
        raise NotMeasured(f"signing in failed: {response.status} {page[:500]}")
    return cookie.partition(";")[0]
