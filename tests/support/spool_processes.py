"""Programs that write to a spool: one to be killed, one on a full disk. The tests run this module as a script."""

import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from wizard.events.attribution import Attribution
from wizard.events.log import Log
from wizard.events.model import Context, Event, QuestionAnswer, QuestionView
from wizard.intake.spool import Spool
from wizard.storage.database import open_database
from wizard.storage.migrate import migrate

SMALL_BYTES = 64 * 1024
DISK_BYTES = 4 * 1024 * 1024


def context(journey: str) -> Context:
    return Context(
        journey_id=journey,
        ts_ms=1_700_000_000_000,
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


def write_until_killed(folder: Path) -> None:
    """Write to a spool from three threads, and print the acknowledged journeys."""
    spool = Spool(folder)

    def client(name: int) -> None:
        for number in range(100_000):
            journey = f"{os.getpid()}-{name}-{number}"
            if spool.write([answer(journey)], [view(journey)]):
                os.write(1, f"{journey}\n".encode())

    for name in range(3):
        threading.Thread(target=client, args=(name,)).start()


def fill_up(folder: Path, fill: Callable[[], None], free: Callable[[], None]) -> None:
    """Write to a log until its disk is full, then to a spool until that is full; free space, replay, print counts."""
    log, spool = new_log(folder), Spool(folder / "spool", SMALL_BYTES)
    fill()
    logged = spooled = 0
    while True:
        event = answer(f"journey-{logged + spooled}")
        try:
            log.append([event])
            logged += 1
        except SQLAlchemyError:
            if not spool.write([event]):
                break
            spooled += 1
    counts = {"logged": logged, "spooled": spooled, "waiting": spool.waiting, "lost": spool.lost}
    free()
    sys.stdout.write(json.dumps({**counts, "replayed": spool.replay(log.append), "in_log": log.count()}))


def fill_up_disk(folder: Path) -> None:
    """`fill_up` on a file system mounted for this process only."""
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
    """`fill_up` with a limit on the size of files, which needs no privileges."""
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    fill_up(
        folder,
        lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_BYTES, most)),
        lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )


if __name__ == "__main__":
    {"write": write_until_killed, "disk": fill_up_disk, "quota": fill_up_quota}[sys.argv[1]](Path(sys.argv[2]))
