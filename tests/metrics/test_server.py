"""The real server with metrics on, asked as Prometheus asks it."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from postgres import Postgres, family, words_of
from prometheus_client.parser import text_string_to_metric_families
from published_versions import FILES, publish
from server import Server, fetch, free_port, serving, visit
from support import BROWSER, ENVIRON

from wizard.clock import system_ms
from wizard.maintenance.backup_age import record_backup
from wizard.storage.database import open_database
from wizard.subscribers.registration import register

PATH = {"who": "team", "team_size": "2_10", "hosting": "avoid"}
WAIT_SECONDS = 30
ROOT = Path(__file__).parents[2]

Labels = frozenset[tuple[str, str]]
Samples = dict[tuple[str, Labels], float]


@dataclass
class Metered:
    """A running server, and where its metrics are."""

    server: Server
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/metrics"

    def text(self) -> str:
        status, text, _ = fetch(self.url)
        assert status == 200
        return text

    def samples(self) -> Samples:
        return parsed(self.text())

    def value(self, name: str, **labels: str) -> float:
        """The sum of all samples of that name with these labels."""
        wanted = set(labels.items())
        return sum(value for (each, has), value in self.samples().items() if each == name and wanted <= has)

    def wait_for(self, name: str, least: float, **labels: str) -> float:
        """Wait until the metric has reached a value. Returns it."""
        deadline = time.monotonic() + WAIT_SECONDS
        while (found := self.value(name, **labels)) < least:
            assert time.monotonic() < deadline, (name, found, self.server.log.read_text()[-3000:])
            time.sleep(0.05)
        return found


def parsed(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family_ in text_string_to_metric_families(text)
        for sample in family_.samples
    }


def environ(port: int, **more: str) -> dict[str, str]:
    return {**ENVIRON, "WIZARD_METRICS_ADDRESS": f"127.0.0.1:{port}", **more}


@contextmanager
def metered(folder: Path, *words: str, port: int | None = None, **more: str) -> Iterator[Metered]:
    port = port or free_port()
    with serving(folder, *words, environ=environ(port, **more)) as server:
        found = Metered(server, port)
        found.wait_for("wizard_build_info", 1)
        yield found


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metered]:
    folder = tmp_path_factory.mktemp("metered")
    with metered(folder, "--workers", "2") as running:
        database = open_database(f"sqlite:///{folder}/var/wizard.db")
        register(database, ["warehouse"])  # or there are no metrics of subscribers
        record_backup(database, system_ms())  # or there is none of backups
        database.dispose()
        running.wait_for("wizard_subscriber_backfilling", 1, subscriber="warehouse")
        running.wait_for("wizard_backup_timestamp_seconds", 1)
        running.wait_for("wizard_retention_timestamp_seconds", 1)
        yield running


def workers(server: Server) -> list[int]:
    """The processes of granian, which Python forked."""
    words = {process: words_of(process) for process in family(server.process.pid)[1:]}
    return [process for process, own in words.items() if own and b"multiprocessing" not in own]


def promtool() -> str:
    found = shutil.which("promtool")
    assert found, "no promtool on this machine; `make system` installs it or says how"
    return found


def counter_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("var/spool/metrics-*/*.db"))


def test_requests_of_all_workers_are_counted_by_route_method_and_status(two_workers: Metered) -> None:
    server, before = two_workers.server, two_workers.samples()
    for _ in range(20):
        visit([server.url], PATH)
    fetch(f"{server.url}/go/cloud", Accept="text/html")
    fetch(f"{server.url}/nowhere")
    after = two_workers.samples()

    def more(name: str, **labels: str) -> float:
        key = (name, frozenset(labels.items()))
        return after.get(key, 0) - before.get(key, 0)

    assert more("wizard_http_requests_total", route="/", method="GET", status="200") == 80
    assert more("wizard_http_requests_total", route="/", method="POST", status="303") == 60
    assert more("wizard_http_requests_total", route="none", method="GET", status="404") == 1
    assert more("wizard_http_request_duration_seconds_count", route="/", method="GET") == 80
    assert more("wizard_http_request_duration_seconds_bucket", route="/", method="POST", le="+Inf") == 60
    assert more("wizard_http_request_duration_seconds_sum", route="/", method="GET") > 0
    assert not [line for line in server.log.read_text().splitlines() if '"level": "ERROR"' in line]


def test_prometheus_finds_no_fault_with_the_names_and_texts(two_workers: Metered) -> None:
    visit([two_workers.server.url], PATH)
    fetch(f"{two_workers.server.url}/?journey=x")  # a reason for a refusal
    two_workers.server.wait_until_stored()
    two_workers.wait_for("wizard_ledger_rejected_events", 1)
    checked = subprocess.run(
        [promtool(), "check", "metrics"], input=two_workers.text().encode(), capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_visitors_can_not_reach_the_metrics_nor_scrapers_the_pages(two_workers: Metered) -> None:
    assert fetch(f"{two_workers.server.url}/metrics")[0] == 404
    for path in ("/", "/growth", "/metrics/", "/readyz"):
        assert fetch(f"http://127.0.0.1:{two_workers.port}{path}")[0] == 404


def test_what_anybody_can_ask_for_makes_no_labels(two_workers: Metered) -> None:
    server = two_workers.server
    for number in range(60):
        fetch(f"{server.url}/nowhere/{number}?x={number}")
        fetch(f"{server.url}/static/{number}.css")
        with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
            connection.sendall(b"ODD%d / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % number)
            while connection.recv(4096):
                pass
    known = {(dict(labels).get("route"), dict(labels).get("method")) for _, labels in two_workers.samples()}
    assert not [each for each in known if "nowhere" in str(each) or "ODD" in str(each) or ".css" in str(each)]
    assert ("none", "other") in known or ("/", "other") in known
    assert two_workers.value("wizard_http_requests_total", method="other") == 60
    assert two_workers.value("wizard_http_requests_total", route="/static/<path:name>", status="404") == 60


def test_the_ledger_is_that_of_the_command(two_workers: Metered) -> None:
    server = two_workers.server
    visit([server.url], PATH)
    fetch(f"{server.url}/", User_Agent="curl/8.5.0")
    fetch(f"{server.url}/?journey=x")
    server.wait_until_stored()
    command = subprocess.run(
        [sys.executable, "-m", "wizard", "ledger", "--json"],
        cwd=server.log.parent,
        env={**os.environ, **ENVIRON},
        capture_output=True,
        check=True,
    )
    ledger = json.loads(command.stdout)
    wanted = {name: count for name, count in ledger["total"].items() if name != "present"}
    assert wanted["bot"]
    assert wanted["rejected"]
    two_workers.wait_for("wizard_ledger_events", wanted["received"], outcome="received")
    samples = two_workers.samples()
    found = {
        dict(labels)["outcome"]: value for (name, labels), value in samples.items() if name == "wizard_ledger_events"
    }
    assert found == wanted
    reasons = {
        dict(labels)["reason"]: value
        for (name, labels), value in samples.items()
        if name == "wizard_ledger_rejected_events"
    }
    assert reasons == ledger["rejected_by_reason"]


def test_batches_are_counted_and_nothing_waits_when_all_is_quiet(two_workers: Metered) -> None:
    two_workers.server.wait_until_stored()
    before = two_workers.value("wizard_ingest_events_total")
    visit([two_workers.server.url], PATH)
    two_workers.server.wait_until_stored()
    assert two_workers.wait_for("wizard_ingest_events_total", before + 8) == before + 8
    assert two_workers.value("wizard_ingest_batch_duration_seconds_count") > 0
    for name in ("waiting_events", "waiting_bytes", "oldest_event_age_seconds"):
        assert two_workers.value(f"wizard_journal_{name}") == 0, name
    assert two_workers.value("wizard_journal_free_bytes") > 0.9 * 2**30
    assert two_workers.value("wizard_log_writable") == two_workers.value("wizard_log_readable") == 1
    assert abs(two_workers.value("wizard_log_written_timestamp_seconds") - time.time()) < 30


def test_every_metric_is_in_the_docs_and_no_other(two_workers: Metered) -> None:
    served = set(re.findall(r"^# TYPE (\w+) ", two_workers.text(), re.MULTILINE))
    described = set(re.findall(r"^\| `(wizard_\w+)", (ROOT / "docs" / "metrics.md").read_text("utf-8"), re.MULTILINE))
    assert described == served


def test_the_version_of_the_texts_is_the_one_that_visitors_get(tmp_path: Path) -> None:
    with metered(tmp_path) as running:
        labels = {"locale": "de", "version": FILES.version}
        assert running.value("wizard_wording_info", **labels) == 1
        assert running.value("wizard_wording_version_number") == 0
        database = open_database(f"sqlite:///{tmp_path}/var/wizard.db")
        number = publish(database, {"de": {"site.name": "Wegweiser"}})
        database.dispose()
        running.wait_for("wizard_wording_version_number", number)
        assert running.value("wizard_wording_info", **labels) == 0
        (version,) = {dict(own)["version"] for name, own in running.samples() if name == "wizard_wording_info"}
        assert version == running.server.readiness()["wording_version"]


def test_counters_of_a_killed_worker_are_not_lost_before_the_server_ends(tmp_path: Path) -> None:
    """granian stops when a worker was killed. Until then, what was counted stays."""
    with metered(tmp_path, "--workers", "2") as running:
        server = running.server
        for _ in range(10):
            visit([server.url], PATH)
        server.process.send_signal(signal.SIGSTOP)  # so that it can't stop the others
        for worker in workers(server):
            os.kill(worker, signal.SIGKILL)
        assert running.value("wizard_http_requests_total", route="/") == 70
        server.process.send_signal(signal.SIGCONT)
        assert server.process.wait(WAIT_SECONDS) == 1
    assert not list(tmp_path.glob("var/spool/metrics-*"))


def test_workers_that_are_started_anew_go_on_with_the_counters_and_files_of_others(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    times = 3 if request.config.getoption("--soak") else 2
    with metered(tmp_path, "--workers", "1") as running:
        server = running.server
        files = set[str]()
        for number in range(1, times + 1):
            visit([server.url], PATH)
            before = workers(server)
            server.process.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + WAIT_SECONDS
            while set(workers(server)) & set(before) or len(workers(server)) != 1:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            files |= set(counter_files(tmp_path))
            assert running.value("wizard_http_requests_total", route="/") == 7 * number
    assert files == {f"{kind}_{slot}.db" for kind in ("counter", "histogram") for slot in range(3)}


def test_nothing_is_left_of_a_server_before(tmp_path: Path) -> None:
    port = free_port()
    with metered(tmp_path, "--workers", "2", port=port) as running:
        visit([running.server.url], PATH)
        assert running.server.stop() == 0
    assert not list(tmp_path.glob("var/spool/metrics-*"))
    with metered(tmp_path, "--workers", "2", port=port) as running:
        assert running.value("wizard_http_requests_total", route="/") == 0, "a counter begins again at 0"
        assert running.value("wizard_ledger_events", outcome="stored") == 8, "and the log does not"
        running.server.kill()
    assert len(list(tmp_path.glob("var/spool/metrics-*"))) == 1
    with metered(tmp_path, "--workers", "2", port=port) as running:
        assert running.value("wizard_http_requests_total", route="/") == 0
        assert len(list(tmp_path.glob("var/spool/metrics-*"))) == 1


def test_while_the_log_is_stopped_the_rest_is_served_and_the_journal_shows_what_waits(
    tmp_path: Path, durable_postgres: Postgres
) -> None:
    with durable_postgres.database() as url, metered(tmp_path, WIZARD_DATABASE_URL=url) as running:
        visit([running.server.url], PATH)
        running.server.wait_until_stored()
        durable_postgres.freeze()
        try:
            visit([running.server.url], PATH)
            began = time.monotonic()
            while running.value("wizard_log_readable"):  # what was read before is served for some seconds
                assert time.monotonic() - began < WAIT_SECONDS
                time.sleep(0.2)
            began = time.monotonic()
            samples = running.samples()
            assert time.monotonic() - began < 5
            assert not [name for name, _ in samples if name.startswith("wizard_ledger_")]
            assert running.value("wizard_http_requests_total", route="/") == 14
            assert running.wait_for("wizard_journal_waiting_events", 8) == 8
            assert running.value("wizard_journal_waiting_bytes") > 1000
            assert running.wait_for("wizard_journal_oldest_event_age_seconds", 1) < WAIT_SECONDS
        finally:
            durable_postgres.thaw()
        running.wait_for("wizard_ledger_events", 16, outcome="stored")
        running.server.wait_until_stored()
        assert running.value("wizard_journal_waiting_events") == 0


def test_a_log_that_was_removed_is_reported_and_counted_as_failures(tmp_path: Path) -> None:
    with metered(tmp_path) as running:
        log = tmp_path / "var" / "wizard.db"
        visit([running.server.url], PATH)
        running.server.wait_until_stored()  # so that each process has opened it, that of the metrics at its start
        away = log.rename(tmp_path / "away.db")
        visit([running.server.url], PATH)
        running.wait_for("wizard_ingest_failures_total", 1)
        assert running.value("wizard_log_writable") == 0
        deadline = time.monotonic() + WAIT_SECONDS
        while running.value("wizard_log_readable"):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert not log.exists(), "no empty log was made in its place"
        away.rename(log)
        running.wait_for("wizard_log_writable", 1)
        running.wait_for("wizard_ledger_events", 16, outcome="stored")


def test_the_batches_of_a_worker_that_takes_over_are_counted(tmp_path: Path) -> None:
    with metered(tmp_path, "--workers", "1") as running:
        started = [process for process in family(running.server.process.pid) if b"spawn_main" in words_of(process)]
        metrics = _holder_of(running.port, started)
        for process in set(started) - {metrics}:
            os.kill(process, signal.SIGKILL)
        visit([running.server.url], PATH)
        running.server.wait_until_stored()
        assert running.value("wizard_ingest_events_total") == 8


def _holder_of(port: int, processes: list[int]) -> int:
    """The one of the processes that listens on the port."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    [inode] = [line[9] for line in lines if line[1].endswith(f":{port:04X}") and line[3] == "0A"]
    [found] = [
        process
        for process in processes
        for file in Path(f"/proc/{process}/fd").iterdir()
        if file.is_symlink() and str(file.readlink()) == f"socket:[{inode}]"
    ]
    return found


def test_without_the_setting_nothing_is_counted_and_no_process_started(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert len(family(server.process.pid)) - len(workers(server)) <= 3, "the main process, and that of ingest"
        assert not list(tmp_path.glob("var/spool/metrics-*"))
        loaded = Path(f"/proc/{workers(server)[0]}/maps").read_text()
        assert "prometheus" not in loaded


@pytest.mark.parametrize(("command", "file"), [("config", "prometheus.yml"), ("rules", "prometheus-alerts.yml")])
def test_prometheus_takes_the_examples_of_the_docs(command: str, file: str) -> None:
    checked = subprocess.run(
        [promtool(), "check", command, str(ROOT / "docs" / file)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "FAILED" not in checked.stdout + checked.stderr


def test_the_alerts_of_the_docs_fire_when_they_should() -> None:
    tested = subprocess.run(
        [promtool(), "test", "rules", str(Path(__file__).with_name("alerts.yml"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_alerts_ask_only_for_metrics_that_are_served(two_workers: Metered) -> None:
    served = {name for name, _ in two_workers.samples()}
    rules = (ROOT / "docs" / "prometheus-alerts.yml").read_text("utf-8")
    asked = set(re.findall(r"\b(wizard_\w+)", rules))
    assert asked
    assert asked <= served


def complaint(folder: Path, address: str, *words: str) -> str:
    """What the server says instead of starting."""
    with (
        pytest.raises(AssertionError) as error,
        serving(folder, *words, environ={**ENVIRON, "WIZARD_METRICS_ADDRESS": address}),
    ):
        pass
    lines = [line for line in str(error.value).splitlines() if line.startswith("wizard: ")]
    assert len(lines) == 1, error.value
    assert "Traceback" not in str(error.value)
    return lines[0]


def test_a_port_that_is_taken_stops_the_start_with_one_line(two_workers: Metered, tmp_path: Path) -> None:
    taken = f"127.0.0.1:{two_workers.port}"
    said = complaint(tmp_path, taken)
    assert said.startswith(
        f"wizard: WIZARD_METRICS_ADDRESS: given '{taken}', where the server can't listen "
        "(Address already in use); allowed: an IP address"
    )
    assert not list(tmp_path.glob("var/spool/metrics-*"))


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "[::]"])  # noqa: S104
def test_the_address_of_visitors_is_refused(host: str, tmp_path: Path) -> None:
    port = free_port()
    said = complaint(tmp_path, f"{host}:{port}", "--port", str(port))
    assert "which is the address of the wizard itself; allowed: " in said


def test_an_address_of_another_machine_stops_the_start_with_one_line(tmp_path: Path) -> None:
    assert "(Cannot assign requested address)" in complaint(tmp_path, f"192.0.2.1:{free_port()}")


def test_stalled_clients_do_not_keep_others_from_the_metrics(two_workers: Metered) -> None:
    stalled = [socket.create_connection(("127.0.0.1", two_workers.port), 5) for _ in range(20)]
    for each in stalled:
        each.sendall(b"GET /metrics HTTP/1.1\r\n")
    began = time.monotonic()
    assert two_workers.value("wizard_build_info") == 1
    assert time.monotonic() - began < 5
    for each in stalled:
        each.close()


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ({"Accept": "text/plain;version=0.0.4"}, "text/plain; version=0.0.4"),
        ({"Accept": "application/openmetrics-text;version=1.0.0"}, "application/openmetrics-text; version=1.0.0"),
    ],
)
def test_it_answers_in_the_format_that_prometheus_asks_for(
    two_workers: Metered, sent: Mapping[str, str], kind: str
) -> None:
    with urlopen(Request(two_workers.url, headers={"User-Agent": BROWSER, **sent})) as response:  # noqa: S310
        assert response.headers["Content-Type"].startswith(kind)
