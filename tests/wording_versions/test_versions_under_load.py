"""Texts are published and rolled back under visitors: each visit has one version, on every server, and says which.

The short form runs with every test; `--soak` runs the long one.
"""

import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from load import RECOMMENDATION_LINK, SEAL, Client, Record, Sent, load
from loaded_server import environ_for, loaded, wait_until, wait_until_all_is_in, wait_until_spooling
from log_checks import prove
from postgres import Postgres
from published_versions import FILES, LABELLED, labelled, publish, roll_back
from server import Server, fetch, serving
from sqlalchemy.exc import OperationalError

from wizard.config import read_settings
from wizard.events.open_log import open_log
from wizard.storage.database import Database
from wizard.wording_versions.store import read_versions

LABEL = re.compile("⟦([0-9]+)⟧")
JOURNEY = re.compile(r'name="journey"[^>]* value="([^"]*)"')
EACH_SECONDS = 0.4
"""How long a version is the newest: so, none of the last twenty is older than 8 seconds."""

WITHIN_SECONDS = 5
"""How soon all servers have to serve a version."""


@dataclass
class Seen:
    """What the pages of all visits were: by journey, its version in the journey, and the labels of its texts."""

    versions: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    labels: dict[str, set[frozenset[str]]] = field(default_factory=lambda: defaultdict(set))
    pages: int = 0

    def add(self, text: str) -> None:
        """Note a page, if it is one of a journey."""
        tokens = [unescape(token) for token in JOURNEY.findall(text)]
        if links := RECOMMENDATION_LINK.findall(text):
            tokens = parse_qs(urlsplit(unescape(links[0])).query)["journey"]
        if tokens:
            journey = SEAL.open(tokens[0])
            self.versions[journey.id].add(journey.wording)
            self.labels[journey.id].add(frozenset(LABEL.findall(text)))
            self.pages += 1


class Reader(Client):
    """A client that notes the texts of its pages, leaves out an answer now and then, and changes its language."""

    def __init__(self, ports: Sequence[int], seed: int, record: Record, seen: Seen) -> None:
        super().__init__(ports, seed, record)
        self._seen_pages = seen
        self._chance = random.Random(seed)  # noqa: S311  # a load, and no secret

    def _send(self, request: Sent, *, keep: bool = True) -> tuple[int, str, str]:
        if request.body and self._chance.random() < 0.2:
            status, text, _ = super()._send(Sent("POST", "/", request.body.rpartition("&")[0]), keep=False)
            assert status == 422, f"{status}: {text[:500]}"
            self._seen_pages.add(text)
        if request.method == "GET" and "journey=" in request.address and self._chance.random() < 0.3:
            request = Sent("GET", f"{request.address}&locale={self._chance.choice(LABELLED)}")
        status, text, location = super()._send(request, keep=keep)
        assert status < 500, f"{status}: {text[:500]}"
        self._seen_pages.add(text)
        return status, text, location


class Publisher:
    """Publishes a version with a label of its own again and again, and rolls back each third time."""

    def __init__(self, database: Database) -> None:
        self.labels: dict[int, frozenset[str]] = {0: frozenset()}
        self._database = database
        self._stop = threading.Event()
        self._failures: list[Exception] = []
        self._thread = threading.Thread(target=self._run)

    def publish(self) -> int:
        """Publish one version. Returns its number."""
        number = max(self.labels) + 1
        restored = number - 3
        self.labels[number] = self.labels[restored] if number % 3 == 0 else frozenset([str(number)])
        if number % 3 == 0:
            assert roll_back(self._database, restored) == number
        else:
            assert publish(self._database, labelled_by(number)) == number
        return number

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """Publish during the block."""
        self._thread.start()
        try:
            yield
        finally:
            self.stop()

    def stop(self) -> None:
        """Publish nothing further by itself. Raises what went wrong."""
        self._stop.set()
        self._thread.join()
        assert not self._failures, self._failures

    def _run(self) -> None:
        try:
            while not self._stop.wait(EACH_SECONDS):
                self.publish()
        except Exception as error:  # noqa: BLE001  # reported by the test, not by a thread
            self._failures.append(error)


def labelled_by(number: int) -> Mapping[str, Mapping[str, str]]:
    """Texts that all say `number`, over whatever was published before."""
    return labelled(f"⟦{number}⟧")


@pytest.fixture
def visits(request: pytest.FixtureRequest) -> int:
    """How many visits walk through the versions."""
    return 10_000 if request.config.getoption("--soak") else 60


@contextmanager
def opened(environ: Mapping[str, str]) -> Iterator[Database]:
    log = open_log(read_settings(environ))
    yield log.database
    log.database.dispose()


def proved(environ: Mapping[str, str], seen: Seen, labels: Mapping[int, frozenset[str]], record: Record) -> None:
    """Each visit's pages had the texts of one version, which its journey and all of its events say."""
    with opened(environ) as database:
        events: dict[str, set[str]] = defaultdict(set)
        with database.snapshot() as connection:
            published = {each.version for each in read_versions(connection)}
            for row in connection.exec_driver_sql("SELECT journey_id, wording_version FROM events"):
                events[row.journey_id].add(row.wording_version)
    for journey_id, versions in seen.versions.items():
        assert len(versions) == 1, f"{journey_id} has had {versions}"
        (version,) = versions
        assert version in published | {""}
        number = int(version.partition("-")[0] or 0)
        assert seen.labels[journey_id] == {labels[number]}, f"{journey_id}, of version {number}"
        assert events.get(journey_id, {version or FILES.version}) == {version or FILES.version}
    assert len(events) >= len(seen.versions) * 0.9
    prove(environ, record.acknowledged)


def walk(seen: Seen, visits: int) -> None:
    """Wait until so many visits have begun."""
    deadline = time.monotonic() + 60 + visits / 5
    while len(seen.versions) < visits:
        assert time.monotonic() < deadline, f"{len(seen.versions)} of {visits} visits have begun"
        time.sleep(0.05)


def served_everywhere(database: Database, servers: Sequence[Server]) -> float:
    """Wait until all servers serve the newest version, and return how many seconds that took."""
    with database.snapshot() as connection:
        (newest,) = read_versions(connection, most=1)
    began = time.monotonic()
    for server in servers:
        wait_until(partial(serves, server, newest.version), f"{server.url} serves {newest.version}")
    return time.monotonic() - began


def serves(server: Server, version: str) -> bool:
    return server.readiness()["wording_version"] == version


def test_on_two_servers_each_visit_has_one_version(tmp_path: Path, visits: int, postgresql_url: str) -> None:
    """One of the servers is killed, and started again."""
    environ = environ_for(tmp_path, postgresql_url)
    other, seen = {**environ, "WIZARD_SPOOL_DIR": f"{tmp_path}/spool-2"}, Seen()
    with opened(environ) as database, ExitStack() as servers:
        one, two = (servers.enter_context(serving(tmp_path, environ=own)) for own in (environ, other))
        publisher, ports = Publisher(database), [one.port, two.port]
        with load(ports, kind=partial(Reader, seen=seen)) as record, publisher.publishing():
            walk(seen, visits // 2)
            ports.remove(two.port)
            two.kill()
            walk(seen, visits * 3 // 4)
            again = servers.enter_context(serving(tmp_path, environ=other))
            ports.append(again.port)
            walk(seen, visits)
        publisher.publish()
        assert served_everywhere(database, [one, again]) < WITHIN_SECONDS
        wait_until_all_is_in(one)
        wait_until_all_is_in(again)
    loaded(record, visits * 2)
    proved(environ, seen, publisher.labels, record)


def test_on_sqlite_each_visit_has_one_version(tmp_path: Path, visits: int) -> None:
    """The server is killed, and started again."""
    environ, seen = environ_for(tmp_path), Seen()
    with ExitStack() as servers:
        before = servers.enter_context(serving(tmp_path, "--workers", "2", environ=environ))
        database = servers.enter_context(opened(environ))
        publisher, ports = Publisher(database), [before.port]
        with load(ports, kind=partial(Reader, seen=seen)) as record, publisher.publishing():
            walk(seen, visits // 2)
            before.kill()
            after = servers.enter_context(serving(tmp_path, "--workers", "2", environ=environ))
            ports[:] = [after.port]
            walk(seen, visits)
        publisher.publish()
        assert served_everywhere(database, [after]) < WITHIN_SECONDS
        wait_until_all_is_in(after)
    loaded(record, visits * 2)
    proved(environ, seen, publisher.labels, record)


def test_while_the_database_is_gone_the_last_versions_are_served(tmp_path: Path, durable_postgres: Postgres) -> None:
    with durable_postgres.database() as url:
        environ, seen = environ_for(tmp_path, url), Seen()
        with opened(environ) as database, serving(tmp_path, environ=environ) as server:
            publisher = Publisher(database)
            for _ in range(3):
                publisher.publish()
                served_everywhere(database, [server])
            with load([server.port], kind=partial(Reader, seen=seen)) as record:
                walk(seen, 10)
                durable_postgres.stop()
                wait_until_spooling(server)
                walk(seen, len(seen.versions) + 15)
                durable_postgres.start()
                wait_until(partial(can_publish, publisher), "a version is published again")
                assert served_everywhere(database, [server]) < WITHIN_SECONDS
            wait_until_all_is_in(server)
        loaded(record, 50)
        assert {version.partition("-")[0] for (version,) in seen.versions.values()} <= {"3", "4"}
        proved(environ, seen, publisher.labels, record)


def can_publish(publisher: Publisher) -> bool:
    try:
        publisher.publish()
    except OperationalError:
        return False
    return True


def test_a_newer_version_is_read_at_once_for_a_visit_that_began_with_it(tmp_path: Path, postgresql_url: str) -> None:
    """However soon after the publish: another server has served its first page."""
    environ = environ_for(tmp_path, postgresql_url)
    with opened(environ) as database, ExitStack() as servers:
        one, two = (servers.enter_context(serving(tmp_path, environ=environ)) for _ in range(2))
        publisher = Publisher(database)
        for number in range(1, 3):
            version = publisher.publish()
            wait_until(partial(labelled_page, one, "", publisher.labels[number]), "a server serves it")
            address = f"/?journey={JOURNEY.findall(fetch(one.url)[1])[0]}"
            assert labelled_page(two, address, publisher.labels[version])


def labelled_page(server: Server, address: str, labels: frozenset[str]) -> bool:
    status, text, _ = fetch(f"{server.url}{address}")
    return status == 200 and frozenset(LABEL.findall(text)) == labels
