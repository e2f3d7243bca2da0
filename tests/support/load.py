"""Simulates visits by several clients at once, and records the events that the server acknowledged."""

import http.client
import random
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

from support import BROWSER, KEY, every_path

from wizard.visitor.journey import Journey, Seal

PATHS = list(every_path())
SEAL = Seal([KEY], 24)
NAMED = re.compile(r'name="(journey|step|csrf_token)"[^>]* value="([^"]*)"')
RECOMMENDATION_LINK = re.compile(r'href="(/go/[^"]+)"')
TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Acknowledged:
    """An event that a response of the server implies, by the values that identify it in the log."""

    event: str
    journey_id: str
    turn: int
    step: str | None = None
    answer: str | None = None
    deployment: str | None = None


@dataclass(frozen=True)
class Sent:
    """A request that can be sent again."""

    method: str
    address: str
    body: str | None = None


@dataclass
class Record:
    """The requests that clients sent, the acknowledged events, and unexpected errors."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def send(port: int, request: Sent) -> tuple[int, str, str]:
    """The status, text and `Location` of the response. Raises OSError or HTTPException if there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    headers = {"User-Agent": BROWSER}
    if request.body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request(request.method, request.address, request.body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.getheader("Location", "")
    finally:
        connection.close()


def journey_in(address: str) -> Journey:
    """The journey in an address."""
    return SEAL.open(parse_qs(urlsplit(address).query)["journey"][0])


class Client:
    """One client, which sends each request to a random one of `ports`, along random paths."""

    def __init__(self, ports: Sequence[int], seed: int, record: Record) -> None:
        self.record = record
        self._ports = ports
        self._random = random.Random(seed)  # noqa: S311  # a load, and no secret

    def visit(self) -> None:
        """Make a complete visit, sometimes sending an answer twice. Raises if the server ends meanwhile."""
        path = self._random.choice(PATHS)
        status, text, _ = self._send(Sent("GET", "/"), keep=False)
        while status == 200 and 'name="step"' in text:
            fields = {name: unescape(value) for name, value in NAMED.findall(text)}
            self._seen(fields["journey"], fields["step"])
            step = fields["step"]
            post = Sent("POST", "/", urlencode({**fields, step: path[step]}))
            for _ in range(2 if self._random.random() < 0.2 else 1):
                status, text, address = self._send(post)
            assert status == 303, f"{status}: {text[:500]}"
            after = journey_in(address)
            self._acknowledge(Acknowledged("question_answer", after.id, after.turn, step=step, answer=path[step]))
            status, text, _ = self._send(Sent("GET", address))
        assert status == 200, f"{status}: {text[:500]}"
        self._click(unescape(self._random.choice(RECOMMENDATION_LINK.findall(text))))

    def _click(self, address: str) -> None:
        journey = journey_in(address)
        self._acknowledge(Acknowledged("result_view", journey.id, journey.turn))
        status, text, _ = self._send(Sent("GET", address))
        assert status == 303, f"{status}: {text[:500]}"
        deployment = urlsplit(address).path.removeprefix("/go/")
        self._acknowledge(Acknowledged("cta_click", journey.id, journey.turn, deployment=deployment))

    def _seen(self, token: str, step: str) -> None:
        journey = SEAL.open(token)
        self._acknowledge(Acknowledged("question_view", journey.id, journey.turn, step=step))

    def _acknowledge(self, what: Acknowledged) -> None:
        self.record.acknowledged.append(what)

    def _send(self, request: Sent, *, keep: bool = True) -> tuple[int, str, str]:
        answer = send(self._random.choice(self._ports), request)
        if keep:
            self.record.sent.append(request)
        return answer


@contextmanager
def load(
    ports: Sequence[int], clients: int = 4, seed: int = 1, kind: Callable[[Sequence[int], int, Record], Client] = Client
) -> Iterator[Record]:
    """Run visits by several clients of a `kind` during the block. Their record is complete at its end.

    Connection errors are expected, since tests end servers; other errors are recorded as failures.
    """
    record, stop = Record(), threading.Event()
    each = [kind(ports, seed * 1000 + number, record) for number in range(clients)]

    def visit_on(client: Client) -> None:
        while not stop.is_set():
            try:
                client.visit()
            except (OSError, http.client.HTTPException):
                stop.wait(0.05)
            except Exception as error:  # noqa: BLE001  # reported by the test, not by a thread
                client.record.failures.append(repr(error))

    threads = [threading.Thread(target=visit_on, args=[client]) for client in each]
    for thread in threads:
        thread.start()
    try:
        yield record
    finally:
        stop.set()
        for thread in threads:
            thread.join()
