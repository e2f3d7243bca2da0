"""The application under test, a client of it, and the databases that its log may be in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse import Warehouses
from clickhouse import running as running_clickhouse
from factories import DATABASES, address, log_on, sqlite_log
from flask import Flask
from hypothesis import settings as hypothesis_settings
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from openid_provider import Provider, provider
from postgres import Postgres, running
from recorded_client import Watched
from support import ENVIRON, Client, client_of, empty_log, settings

from wizard.app import create_app, recorder_of
from wizard.events.log import Log
from wizard.files.bundled import bundled
from wizard.storage.warehouse import Warehouse

# The machines are shared: how long an example takes says nothing about us.
hypothesis_settings.register_profile("shared", deadline=None, max_examples=50)
hypothesis_settings.register_profile("soak", deadline=None, max_examples=1000)
hypothesis_settings.load_profile("shared")


class Compiled(BytecodeCache):
    """Templates that some application has compiled: many tests have an application of their own."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Find what was compiled from this very source."""
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self._code[bucket.key] = bucket.bytecode_to_string()


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Compiled()}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="the long form of what is proved under load or by examples")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--soak"):
        hypothesis_settings.load_profile("soak")


@pytest.fixture(scope="session")
def shared_app() -> Flask:
    app = create_app(settings())
    app.testing = True
    return app


@pytest.fixture
def app() -> Flask:
    """An application of the test's own, to change as it likes."""
    return create_app(settings())


@pytest.fixture
def client(shared_app: Flask) -> Client:
    return client_of(shared_app)


@pytest.fixture
def two_locales(tmp_path: Path) -> Flask:
    """An application that speaks English and, in one heading at least, German."""
    english = (bundled("wording") / "en.toml").read_text("utf-8")
    (tmp_path / "en.toml").write_text(english, "utf-8")
    german = english.replace("Who do you want PostHog for?", "Wer soll PostHog nutzen?")
    (tmp_path / "de.toml").write_text(german, "utf-8")
    return create_app(settings(wording_dir=str(tmp_path)))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of our own, started by the first test that asks for it."""
    with running() as cluster:
        yield cluster


@pytest.fixture
def postgresql_url(postgres: Postgres) -> Iterator[str]:
    """A new, migrated database on PostgreSQL."""
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[Postgres]:
    """A PostgreSQL as in production, for the tests that stop it; they start it again."""
    with running(durable=True) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def clickhouse() -> Iterator[Warehouses]:
    """A ClickHouse server of our own, started by the first test that asks for it."""
    with running_clickhouse(in_memory=True) as found:
        yield found


@pytest.fixture(scope="session")
def clickhouse_shards() -> Iterator[Warehouses]:
    """Two ClickHouse servers that are the shards of a cluster."""
    with running_clickhouse(shards=2, in_memory=True) as found:
        yield found


@pytest.fixture
def warehouse(clickhouse: Warehouses) -> Iterator[Warehouse]:
    """An empty warehouse on one server."""
    with clickhouse.warehouse() as made:
        yield made


@pytest.fixture(params=["server", "shards"])
def any_warehouse(request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    """An empty warehouse, on one server and on two shards in turn."""
    name = "clickhouse_shards" if request.param == "shards" else "clickhouse"
    servers: Warehouses = request.getfixturevalue(name)
    with servers.warehouse() as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty log, on each database in turn."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_url"))
    return empty_log(tmp_path)


@pytest.fixture(params=DATABASES)
def any_log(request: pytest.FixtureRequest) -> Iterator[Log]:
    """An empty log, on each database in turn."""
    log = log_on(request.param, request)
    yield log
    log.database.dispose()


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """An empty SQLite log, which the commands that a test runs read and write, too."""
    log = sqlite_log(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name, value in {**ENVIRON, "WIZARD_DATABASE_URL": address(log)}.items():
        monkeypatch.setenv(name, value)
    yield log
    log.database.dispose()


@pytest.fixture
def watched() -> Iterator[Watched]:
    app = create_app(settings())
    yield Watched(app, client_of(app))
    recorder_of(app).close()


@pytest.fixture(scope="session")
def running_provider() -> Iterator[Provider]:
    """The certified OpenID provider, started once."""
    with provider() as found:
        yield found


@pytest.fixture
def openid(running_provider: Provider) -> Provider:
    """The OpenID provider as it is by itself, which says what the test tells it to."""
    running_provider.say()
    return running_provider
