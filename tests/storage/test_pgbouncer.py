"""The log behind PgBouncer, which may give each transaction another connection to the server."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner
from pgbouncer import Mode, pooling
from postgres import ROLE, Postgres
from server import serving
from server import visit as visit_server
from sqlalchemy import make_url
from support import ENVIRON, settings
from visits import STEPS, Visitor

from wizard.cli import wizard
from wizard.events.log import Log
from wizard.events.open_log import open_log
from wizard.storage.database import LogError, open_database
from wizard.storage.migrate import migrate
from wizard.storage.schema import VERSION

MODES: tuple[Mode, ...] = ("session", "transaction")
PATH = {"who": "team", "team_size": "2_10", "hosting": "avoid"}


@pytest.fixture(params=MODES)
def pooled(request: pytest.FixtureRequest, postgres: Postgres) -> Iterator[str]:
    """The address of a new database without tables, through a PgBouncer."""
    with postgres.new_database() as direct, pooling(postgres, request.param) as port:
        name = make_url(direct).database
        yield f"postgresql+psycopg://{ROLE}@127.0.0.1:{port}/{name}"


def test_a_log_behind_pgbouncer_is_migrated_written_by_many_at_once_and_read(pooled: str) -> None:
    database = open_database(pooled)
    assert migrate(database) == ("", VERSION)
    database.dispose()
    log = open_log(settings(database_url=pooled))
    visitors = [Visitor(f"visitor-{number}").arrive().answer("hobby").answer("avoid") for number in range(24)]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(3):  # the same statements again and again: a driver would prepare them
            list(threads.map(lambda visitor: log.append(visitor.events), visitors))
    events = [event for visitor in visitors for event in visitor.events]
    assert {event.event_id for event in log.read()} == {event.event_id for event in events}
    assert log.rebuild([visitor.journey_id for visitor in visitors], write=False) == 0
    log.database.dispose()


def test_each_transaction_behind_pgbouncer_has_its_limits_and_leaves_none(pooled: str) -> None:
    database = open_database(pooled)
    for _ in range(6):
        with database.writer.connect() as connection:
            assert connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == "5s"
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
        with database.reader.connect() as connection:
            assert connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == "0"
    database.dispose()


def test_a_server_behind_pgbouncer_takes_visits_and_reports_them(
    pooled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {**ENVIRON, "WIZARD_DATABASE_URL": pooled}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert CliRunner().invoke(wizard, ["migrate"]).exit_code == 0
    with serving(tmp_path, environ=environ) as server:
        visit_server([server.url], PATH)
        server.wait_until_stored()
    for words in (["ledger"], ["rebuild", "--check"], ["report"], ["export"], ["sign-ins"]):
        done = CliRunner().invoke(wizard, words)
        assert done.exit_code == 0, done.output
    database = open_database(pooled)
    assert Log(database, STEPS).count() == 8
    database.dispose()


def test_a_pgbouncer_that_allows_no_transactions_is_reported_in_one_line(
    postgres: Postgres, postgresql_url: str
) -> None:
    with pooling(postgres, "statement") as port:
        url = f"postgresql+psycopg://{ROLE}@127.0.0.1:{port}/{make_url(postgresql_url).database}"
        with pytest.raises(LogError, match=r"^WIZARD_DATABASE_URL: .* not allowed in statement pooling mode.*$"):
            open_log(settings(database_url=url))
