"""The real server while its parts are killed one by one, its journal fills up, and its log comes and goes.

The short form runs with every test; `make soak` runs the long one.
"""

import os
import random
import signal
from pathlib import Path

import pytest
from load import Acknowledged, load
from loaded_server import environ_for, ledger, loaded, reached, wait_until, wait_until_all_is_in, wait_until_spooling
from log_checks import prove
from postgres import Postgres, family, words_of
from server import Server, fetch, serving, visit

PATH = {"who": "team", "team_size": "2_10", "hosting": "avoid"}
SMALL_JOURNAL = 256 * 1024


def processes(server: Server) -> tuple[int, list[int]]:
    """The ingest process, and the workers."""
    ingest, workers = 0, []
    for process in family(server.process.pid)[1:]:
        words = words_of(process)
        if b"spawn_main" in words:
            ingest = process
        elif words and b"resource_tracker" not in words:
            workers.append(process)
    return ingest, workers


def test_whichever_part_is_killed_nothing_is_lost_and_nothing_counts_twice(
    request: pytest.FixtureRequest, tmp_path: Path, durable_postgres: Postgres
) -> None:
    """A worker (which ends the server), the ingest process, or PostgreSQL; under load, with two workers."""
    rounds = 40 if request.config.getoption("--soak") else 1
    chance = random.Random(rounds)  # noqa: S311  # no secret
    acknowledged: list[Acknowledged] = []
    with durable_postgres.database() as url:
        environ = environ_for(tmp_path, url)
        for number in range(rounds):
            environ["WIZARD_DURABILITY"] = chance.choice(["crash", "power-loss"])
            with (
                serving(tmp_path, "--workers", "2", environ=environ) as server,
                load([server.port], seed=number) as record,
            ):
                ingest, workers = processes(server)
                assert len(workers) == 2
                for what in chance.sample(["ingest", "stop", "crash"], 3):
                    enough = len(record.acknowledged) + chance.randint(20, 100)
                    wait_until(lambda: reached(record, enough), f"{enough} acknowledged events")  # noqa: B023
                    if what == "ingest":
                        os.kill(ingest, signal.SIGKILL)
                    else:
                        durable_postgres.stop() if what == "stop" else durable_postgres.kill()
                        durable_postgres.start()
                enough = len(record.acknowledged) + 50
                wait_until(lambda: reached(record, enough), f"{enough} acknowledged events")  # noqa: B023
                os.kill(chance.choice(workers), signal.SIGKILL)
                server.process.wait(20)
            loaded(record, 100)
            acknowledged += record.acknowledged
        with serving(tmp_path, environ=environ) as server:
            wait_until_all_is_in(server)
        prove(environ, acknowledged)


def test_visits_go_on_while_the_journal_is_full_and_what_had_no_room_is_counted(
    tmp_path: Path, durable_postgres: Postgres
) -> None:
    with durable_postgres.database() as url:
        environ = environ_for(tmp_path, url, WIZARD_JOURNAL_BYTES=str(SMALL_JOURNAL))
        with serving(tmp_path, environ=environ) as server:
            visit([server.url], PATH)
            server.wait_until_stored()
            durable_postgres.stop()
            wait_until_spooling(server)
            with load([server.port]) as record:
                wait_until(lambda: server.readiness()["log"] == "losing", "the journal is full")
                enough = len(record.acknowledged) + 50
                wait_until(lambda: reached(record, enough), "visits go on")
            loaded(record, 100)
            visit([server.url], PATH)
            assert fetch(f"{server.url}/readyz")[0] == 200, "visitors can be served"
            durable_postgres.start()
            server.wait_until_stored()
            before = ledger(environ)
            visit([server.url], PATH)
            server.wait_until_stored()
        after = ledger(environ)
    assert before["lost"] > 0
    assert after["lost"] == before["lost"]
    assert after["stored"] - before["stored"] == 8, "there is room again"
    accounted = sum(after[name] for name in ("stored", "duplicate", "bot", "rejected", "lost"))
    assert (after["received"], after["present"], after["waiting"]) == (accounted, after["stored"], 0)


def test_files_and_threads_do_not_grow_while_the_log_comes_and_goes(
    request: pytest.FixtureRequest, tmp_path: Path, durable_postgres: Postgres
) -> None:
    rounds = 20 if request.config.getoption("--soak") else 3
    requests = 2000 if request.config.getoption("--soak") else 200

    def usage(server: Server) -> list[tuple[int, int]]:
        ingest, workers = processes(server)
        return [
            (len(list(Path(f"/proc/{each}/fd").iterdir())), len(list(Path(f"/proc/{each}/task").iterdir())))
            for each in (ingest, *workers)
        ]

    def use(server: Server) -> None:
        with load([server.port]) as record:
            wait_until(lambda: len(record.sent) > requests, "enough requests")
        loaded(record, 1)

    with durable_postgres.database() as url:
        environ = environ_for(tmp_path, url)
        with serving(tmp_path, environ=environ) as server:
            found = []
            for _ in range(rounds):
                use(server)
                durable_postgres.stop()
                wait_until_spooling(server)
                use(server)
                durable_postgres.start()
                server.wait_until_stored()
                found.append(usage(server))
            for before, after in zip(found[1], found[-1], strict=True):
                assert after[0] <= before[0] + 2, found
                assert after[1] <= before[1] + 2, found
        prove(environ, [])
