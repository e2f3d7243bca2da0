"""The process that delivers: kills lose nothing and repeat harmlessly, and another server takes over."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from multiprocessing import active_children
from pathlib import Path

import pytest
from factories import address, fill, sqlite_log, visit
from loaded_server import wait_until
from postgres import Postgres, family
from sqlalchemy import select
from subscribing import FILE_VARIABLE, InFile, account, file_subscribers, log_states
from support import ENVIRON
from trace_receiver import receiving, values

from wizard.config import Settings, read_settings
from wizard.events.log import Log
from wizard.events.open_log import open_log
from wizard.storage.subscriber_tables import leases
from wizard.subscribers.delivery_loop import DeliveryLoop, LeaseTaken
from wizard.subscribers.registration import register
from wizard.subscribers.subscriber_process import running_subscribers
from wizard.web.logs import LOGGING

TAKEN_OVER_SECONDS = 15


@pytest.fixture
def received(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InFile:
    """What the subscriber of processes has got."""
    path = tmp_path / "received.db"
    monkeypatch.setenv(FILE_VARIABLE, str(path))
    return InFile(path)


@pytest.fixture
def settings(log: Log, tmp_path: Path) -> Settings:
    return of(address(log), tmp_path)


def of(url: str, folder: Path) -> Settings:
    return read_settings({**ENVIRON, "WIZARD_DATABASE_URL": url, "WIZARD_SPOOL_DIR": str(folder / "spool")})


def texts(log: Log) -> dict[str, str]:
    return {name: repr(state) for name, state in log_states(log).items()}


def is_delivered(log: Log, received: InFile) -> bool:
    return received.present() == texts(log) and account(log, received.name).pending == 0


def supervisors() -> list[int]:
    return [each.pid or 0 for each in active_children() if each.name == "wizard-subscribers"]


def children() -> Iterator[int]:
    """The processes that deliver."""
    for supervisor in supervisors():
        with suppress(FileNotFoundError):
            yield from family(supervisor)[1:]


def owners(log: Log) -> list[str]:
    with log.database.reader.connect() as connection:
        return list(connection.execute(select(leases.c.owner)).scalars())


def test_a_server_without_subscribers_has_no_such_process(settings: Settings) -> None:
    with running_subscribers(settings, LOGGING):
        assert supervisors() == []


def test_it_is_started_anew_when_it_is_killed_and_nothing_is_missing(
    any_log: Log, tmp_path: Path, received: InFile
) -> None:
    log, settings = any_log, of(address(any_log), tmp_path)
    fill(log, [f"before-{number}" for number in range(30)])
    with running_subscribers(settings, LOGGING, file_subscribers):
        killed: set[int] = set()
        for number in range(60):
            log.append(visit(f"j-{number}"))
            if number % 10 == 0:
                log.erase([f"j-{number - 5}", f"before-{number // 10}"])
            if number % 20 == 10:
                wait_until(lambda: bool({*children()} & {*received.pids()} - killed), "it delivers")
                for child in {*children()} - killed:
                    os.kill(child, signal.SIGKILL)
                    killed.add(child)
        wait_until(lambda: is_delivered(log, received), "all is delivered")
    assert len(killed) == 3
    assert len(received.pids()) == 4
    assert supervisors() == []


def test_another_server_takes_over_when_one_is_killed(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = of(postgresql_url, tmp_path)
    log = open_log(settings)
    one, two = (InFile(tmp_path / f"{name}.db") for name in ("one", "two"))
    with ExitStack() as stack:
        monkeypatch.setenv(FILE_VARIABLE, str(one.path))
        stack.enter_context(running_subscribers(settings, LOGGING, file_subscribers))
        log.append(visit("j-1"))
        wait_until(lambda: one.present() == texts(log), "the first server delivers")
        [first] = supervisors()
        monkeypatch.setenv(FILE_VARIABLE, str(two.path))
        stack.enter_context(running_subscribers(settings, LOGGING, file_subscribers))
        log.append(visit("j-2"))
        wait_until(lambda: one.present() == texts(log), "the first server goes on")
        assert two.present() == {}
        for process in reversed(family(first)):
            os.kill(process, signal.SIGKILL)
        began = time.monotonic()
        log.append(visit("j-3"))
        wait_until(lambda: "j-3" in two.present(), "the second server delivers")
        assert time.monotonic() - began < TAKEN_OVER_SECONDS
        wait_until(lambda: account(log, "file").pending == 0, "nothing is pending")
    assert one.present().keys() | two.present().keys() == texts(log).keys()
    log.database.dispose()


def test_a_server_that_stops_hands_over_at_once(settings: Settings, log: Log, received: InFile) -> None:
    for number in range(2):
        log.append(visit(f"j-{number}"))
        with running_subscribers(settings, LOGGING, file_subscribers):
            wait_until(lambda: is_delivered(log, received), "all is delivered")
            assert owners(log)
        assert owners(log) == []
    assert len(received.pids()) == 2


def test_it_ends_with_its_supervisor_and_its_server(settings: Settings, received: InFile, log: Log) -> None:
    with running_subscribers(settings, LOGGING, file_subscribers):
        log.append(visit())
        wait_until(lambda: is_delivered(log, received), "it runs")
        found = list(children())
        [supervisor] = supervisors()
        os.kill(supervisor, signal.SIGKILL)
        wait_until(lambda: not any(Path(f"/proc/{child}").exists() for child in found), "it has ended")


def test_it_waits_for_a_log_that_is_down(
    tmp_path: Path, durable_postgres: Postgres, received: InFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with durable_postgres.database() as url:
        settings = of(url, tmp_path)
        log = open_log(settings)
        register(log.database, [received.name])
        monkeypatch.setattr("wizard.subscribers.subscriber_process._register", lambda *_: None)
        log.append(visit())
        log.database.dispose()
        durable_postgres.stop()
        with running_subscribers(settings, LOGGING, file_subscribers):
            wait_until(lambda: any(children()), "it runs")
            durable_postgres.start()
            wait_until(lambda: "j-1" in received.present(), "it delivers")
            durable_postgres.stop()
            durable_postgres.start()
            log.append(visit("j-2"))
            wait_until(lambda: is_delivered(log, received), "it delivers again")
        log.database.dispose()


def test_a_server_of_an_older_version_leaves_it_to_newer_ones(
    log: Log, received: InFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(log.database, [received.name])
    log.append(visit())
    looked = threading.Event()

    def newer(_: object) -> str:
        looked.set()
        return "9999"

    monkeypatch.setattr("wizard.subscribers.delivery_loop.read_version", newer)
    loop = DeliveryLoop(log.database, received, threading.Event())
    thread = threading.Thread(target=loop.run)
    thread.start()
    assert looked.wait(10)
    loop.stop.set()
    thread.join()
    assert account(log, received.name).pending == 1
    assert owners(log) == []


def test_who_waits_for_a_lease_in_vain_says_so(log: Log, received: InFile) -> None:
    register(log.database, [received.name])
    holder = DeliveryLoop(log.database, received, threading.Event(), lease_seconds=1)
    thread = threading.Thread(target=holder.run)
    thread.start()
    try:
        log.append(visit())
        wait_until(lambda: is_delivered(log, received), "it delivers")
        with pytest.raises(LeaseTaken, match="another process delivers to 'file'"):
            DeliveryLoop(log.database, received, threading.Event(), lease_seconds=1).run_until_empty()
    finally:
        holder.stop.set()
        thread.join()
    DeliveryLoop(log.database, received, threading.Event()).run_until_empty()


def test_each_batch_that_is_delivered_has_a_span_with_its_number_of_changes(
    tmp_path: Path, received: InFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = sqlite_log(tmp_path)
    fill(log, [f"j-{number}" for number in range(30)])
    with receiving() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "600000")  # so that they are sent when it ends
        with running_subscribers(of(address(log), tmp_path), LOGGING, file_subscribers):
            wait_until(lambda: is_delivered(log, received), "all is delivered")
        spans = receiver.spans()
    assert {span.name for span in spans} == {"subscriber batch"}
    assert {key for span in spans for key in values(span.attributes)} == {"wizard.changes"}
    assert sum(int(values(span.attributes)["wizard.changes"]) for span in spans) == 30
    assert b"j-1" not in b"".join(receiver.bodies)
    log.database.dispose()
