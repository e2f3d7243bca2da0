"""Folders and files of counters, of processes that end in every way."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from wizard.metrics.slots import BYTES, VARIABLE, MetricsError, counter_folder

PROCESS = """
import sys
from wizard.config import read_settings
from wizard.metrics.meter import open_meter
meter = open_meter(read_settings({"WIZARD_METRICS_ADDRESS": "127.0.0.1:9464"}))
for line in sys.stdin:
    if not hasattr(meter, "count_request"):
        print("off", flush=True)
    else:
        eval(line)
        print("done", flush=True)
"""
ONE_REQUEST = "meter.count_request('/', 'GET', '200', 0.01)"


class Process:
    """A process with a meter that does what it is told."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def run(self, what: str) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def process(**environ: str) -> Iterator[Process]:
    with subprocess.Popen(
        [sys.executable, "-c", PROCESS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **environ},
    ) as started:
        yield Process(started)
        started.kill()


def total(folder: Path, name: str = "wizard_http_requests_total") -> float:
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    return sum(sample.value for metric in registry.collect() for sample in metric.samples if sample.name == name)


def sizes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in folder.glob("*.db")}


def test_counters_never_go_back_and_files_become_no_more_however_many_processes_are_killed(tmp_path: Path) -> None:
    with counter_folder(tmp_path) as folder:
        for number in range(1, 9):
            with process() as one, process() as other:
                assert (one.run(ONE_REQUEST), other.run(ONE_REQUEST)) == ("done", "done")
                one.kill()
                other.kill()
            assert total(folder) == 2 * number
        assert sizes(folder) == {f"{kind}_{slot}.db": BYTES[kind] for kind in BYTES for slot in range(2)}


def test_the_files_never_grow_whatever_is_counted(tmp_path: Path) -> None:
    """They are mapped into memory: on a full disk, growing would end the process."""
    with counter_folder(tmp_path) as folder, process() as one:
        route = "'/' + 'r' * 100 + str(number)"
        for count, status in ((400, "200"), (2000, "number")):
            call = f"meter.count_request({route}, 'OPTIONS', str({status}), 0.01)"
            assert one.run(f"[{call} for number in range({count})]") == "done"
        assert one.run("[meter.count_request('/', 'GET', str(number), 0.01) for number in range(2000)]") == "done"
        assert sizes(folder) == {f"{kind}_0.db": size for kind, size in BYTES.items()}
        assert total(folder) == 4400
        assert total(folder, "wizard_http_request_duration_seconds_count") == 4400


def test_a_process_that_can_make_no_files_is_not_counted_and_goes_on(tmp_path: Path) -> None:
    with counter_folder(tmp_path) as folder:
        (folder / "slot-0").mkdir()  # no process can take a slot
        with process() as one:
            assert one.run(ONE_REQUEST) == "off"


def test_a_file_that_a_killed_process_left_unfinished_is_made_anew(tmp_path: Path) -> None:
    with counter_folder(tmp_path) as folder:
        (folder / "histogram_0.part").write_bytes(bytes(100))
        assert total(folder) == 0
        with process() as one:
            assert one.run(ONE_REQUEST) == "done"
        assert sizes(folder) == {f"{kind}_0.db": size for kind, size in BYTES.items()}


def test_the_folder_of_a_running_server_is_kept_and_that_of_a_killed_one_removed(tmp_path: Path) -> None:
    left = tmp_path / "metrics-left"
    left.mkdir()
    (left / "counter_0.db").write_bytes(bytes(100))
    with counter_folder(tmp_path) as one, counter_folder(tmp_path) as other:
        assert one != other
        assert sorted(tmp_path.glob("metrics-*")) == sorted([one, other])
        assert one.stat().st_mode & 0o777 == 0o700
        assert os.environ[VARIABLE] == str(other)
    assert not list(tmp_path.iterdir())
    assert VARIABLE not in os.environ


def test_a_variable_of_the_operator_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "theirs")
    with counter_folder(tmp_path):
        assert os.environ[VARIABLE] != "theirs"
    assert os.environ[VARIABLE] == "theirs"


def test_a_folder_that_can_not_be_made_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with (
        pytest.raises(MetricsError, match=r"^WIZARD_SPOOL_DIR: .* \(No space left on device\); allowed: "),
        counter_folder(tmp_path),
    ):
        pass
