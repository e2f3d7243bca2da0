"""Processes that write to a journal: one to be killed, one whose disk is full. Also run as a program, by the tests."""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from wizard.events.attribution import Attribution
from wizard.events.log import Log
from wizard.events.model import Context, Event, QuestionAnswer, QuestionView
from wizard.intake.ingest import Ingest
from wizard.intake.journal import Journal
from wizard.intake.recorder import Recorder
from wizard.storage.database import open_database
from wizard.storage.migrate import migrate

SMALL_BYTES = 256 * 1024
"""The least that a journal may have: four segments of 64 KB."""

DISK_BYTES = 24 * 1024 * 1024
JOURNAL_BYTES = 4 * 1024 * 1024
NOW_MS = 1_700_000_000_000


def context(journey: str) -> Context:
    return Context(
        journey_id=journey,
        ts_ms=NOW_MS,
        turn=0,
        answers={},
        entry="fresh",
        continued_from="",
        flow_version="1",
        wording_version="w",
        locale="en",
        device="desktop",
        attribution=Attribution(utm_source="newsletter", utm_term="schön"),
    )


def answer(journey: str, given: str = "team") -> Event:
    return QuestionAnswer(context(journey), "who", given, 1200)


def view(journey: str) -> Event:
    return QuestionView(context(journey), "who")


def new_log(folder: Path) -> Log:
    """An empty log in `folder`."""
    database = open_database(f"sqlite:///{folder}/wizard.db")
    migrate(database)
    return Log(database, ("who",))


def recorder_in(folder: Path, log: Log, journal_bytes: int = SMALL_BYTES, *, flush: bool = False) -> Recorder:
    """A recorder whose journal is in `folder`; nothing is ingested until it is called to."""
    return Recorder(log, folder, lambda: Journal(folder, journal_bytes, flush=flush), lambda: NOW_MS)


def ingest_all(folder: Path, log: Log) -> None:
    """Ingest all journals of `folder` into `log`, as the ingest process would."""
    ingest = Ingest(folder, log, lambda: NOW_MS)
    try:
        assert ingest.acquire_lead()
        while ingest.round():
            pass
    finally:
        ingest.release()


def write_until_killed(folder: Path) -> None:
    """Write to a journal from three threads, and say what was acknowledged."""
    recorder = recorder_in(folder, new_log(folder), 64 * 1024 * 1024)

    def client(name: int) -> None:
        for number in range(100_000):
            journey = f"{os.getpid()}-{name}-{number}"
            time.sleep(0.001)
            if recorder.record([answer(journey)], [view(journey)]):
                os.write(1, f"{journey}\n".encode())

    for name in range(3):
        threading.Thread(target=client, args=(name,)).start()


def fill_up(folder: Path, fill: Callable[[], None], free: Callable[[], None]) -> None:
    """Write to a journal on a full disk until it is full itself, and bring it in when there is room."""
    log, recorder = new_log(folder), recorder_in(folder / "journals", new_log(folder), JOURNAL_BYTES)
    recorder.record([answer("before")])
    assert recorder.ingest()
    fill()
    taken = 0
    while recorder.record([answer(f"journey-{taken}")]):
        taken += 1
        if taken % 500 == 0:
            recorder.ingest()
    told = {"taken": taken, "waiting": recorder.waiting, "state": recorder.state}
    free()
    assert recorder.ingest()
    recorder.close()
    sys.stdout.write(json.dumps({**told, "in_log": log.count()}))


def fill_up_disk(folder: Path) -> None:
    """The same on a file system of its own, which only this process sees and which goes with it."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", folder], check=True)  # noqa: S607
    ballast = folder / "ballast"

    def fill() -> None:
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError as error:
                assert error.strerror == "No space left on device"  # noqa: PT017

    fill_up(folder, fill, ballast.unlink)


def fill_up_quota(folder: Path) -> None:
    """The same where no file of the log may grow, which needs no rights."""
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    wal = folder / "wizard.db-wal"
    fill_up(
        folder,
        lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (max(wal.stat().st_size, JOURNAL_BYTES // 4 - 1), most)),
        lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )


if __name__ == "__main__":
    {"write": write_until_killed, "disk": fill_up_disk, "quota": fill_up_quota}[sys.argv[1]](Path(sys.argv[2]))
