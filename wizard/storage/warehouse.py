"""Connects to the warehouse: a ClickHouse server, or a cluster of shards, with a copy of the log to read from.

All statements of the readers run there as they do on the log; `READ_SETTINGS` make ClickHouse answer as SQL databases
do. Every server of a cluster has the tables of all shards under the names of the log's tables, and its own rows in
tables of its own (`own_table`).
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from clickhouse_connect.driver import Client, create_client
from clickhouse_connect.driver.exceptions import ClickHouseError
from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from wizard.errors import WizardError

logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)  # it logs each error that it raises
CONNECT_SECONDS = 3
READ_SECONDS = 60
WRITE_SECONDS = 120
CLUSTER, SHARD = "cluster", "shard"
"""The parameters of the URL that name a cluster, and the HTTP addresses of its shards."""

READ_SETTINGS: Mapping[str, str] = {
    "final": "1",  # of several versions of a row, the newest
    "do_not_merge_across_partitions_select_final": "1",  # all versions of a row are in one partition
    "join_use_nulls": "1",
    "prefer_column_name_to_alias": "1",
    "enable_materialized_cte": "1",  # as AS MATERIALIZED asks for: otherwise each is read as often as it is named
    "distributed_product_mode": "local",  # all rows of a journey are on one shard
}
WRITE_SETTINGS: Mapping[str, str] = {
    "async_insert": "0",
    "distributed_foreground_insert": "1",
    "max_partitions_per_insert_block": "0",  # a backfill takes journeys by id, of all months
    "mutations_sync": "2",
    "lightweight_deletes_sync": "2",
    "allow_nondeterministic_mutations": "1",  # erasing selects the ids from a table
}
CLIENT_SETTINGS: Mapping[str, str] = {"connect_timeout": str(CONNECT_SECONDS), "autogenerate_session_id": "false"}


class WarehouseError(WizardError):
    """The warehouse can't be used as asked; the message says why, and what to do."""


UNUSABLE = (SQLAlchemyError, ClickHouseError, OSError)
"""What reading from and writing to a warehouse raises where it is not reachable, or refuses."""


@dataclass(frozen=True)
class Warehouse:
    """The engine that reads, and the server or the shards that are written to."""

    url: URL
    engine: Engine
    servers: Sequence[URL]
    """Each server that has rows of its own: the shards of a cluster, else the one server."""

    cluster: str = ""
    _idle: dict[URL, list[Client]] = field(default_factory=dict, compare=False)
    """Clients that nobody uses now: to make one takes several requests."""

    @property
    def name(self) -> str:
        """The name to use in messages: the database and its host, without a password."""
        return f"{self.url.database} on {self.url.host}"

    @cached_property
    def addressed(self) -> Sequence[URL]:
        """All servers with tables: those of `servers`, and the one that is read from if it is none of them."""
        known = {(server.host, server.port) for server in self.servers}
        is_apart = (self.url.host, self.url.port) not in known
        return (*self.servers, self.url) if is_apart else self.servers

    def own_table(self, name: str) -> str:
        """The table of a server with only its own rows."""
        return f"{name}_{SHARD}" if self.cluster else name

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection to read from, as `Database.snapshot`; but rows that are written meanwhile are seen.

        Raises SQLAlchemyError.
        """
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def client(self, server: URL | None = None) -> Iterator[Client]:
        """A client that writes to a server, by default to all shards through the one of the URL.

        Raises ClickHouseError.
        """
        url = server or self.url
        idle = self._idle.setdefault(url, [])
        client = idle.pop() if idle else _connected(url)
        try:
            yield client
        except BaseException:
            client.close()
            raise
        idle.append(client)

    def probe(self) -> None:
        """Raise SQLAlchemyError where nothing can be read at the moment."""
        with self.snapshot() as connection:
            connection.exec_driver_sql("SELECT 1").close()

    def dispose(self) -> None:
        """Close all connections. The next use opens new ones."""
        self.engine.dispose()
        for idle in self._idle.values():
            while idle:
                idle.pop().close()


def open_warehouse(address: str, connections: int = 5) -> Warehouse:
    """The warehouse at the URL `address`, which is not connected to yet. `connections` is the size of its pool."""
    given = make_url(address)
    url = given.difference_update_query([CLUSTER, SHARD])
    cluster, shards = given.query.get(CLUSTER, ""), given.query.get(SHARD, ())
    addresses = (shards,) if isinstance(shards, str) else shards
    engine = create_engine(_with_settings(url, READ_SETTINGS, READ_SECONDS), pool_size=connections)
    servers = [_at(url, each) for each in addresses]
    return Warehouse(url, engine, servers or [url], str(cluster))


def _connected(server: URL) -> Client:
    """A client that writes to this server."""
    url = _with_settings(server, WRITE_SETTINGS, WRITE_SECONDS)
    options: dict[str, Any] = dict(url.query)
    return create_client(
        host=url.host,
        port=url.port,
        username=url.username or "",
        password=url.password or "",
        database=url.database,
        secure=options.pop("secure", False),
        interface=options.pop("interface", None),
        generic_args=options,
    )


def _with_settings(url: URL, settings: Mapping[str, str], seconds: int) -> URL:
    """The URL with these settings; those that the operator has given in it count more, except the `settings`."""
    own = {**CLIENT_SETTINGS, "send_receive_timeout": str(seconds)}
    query = {**own, **url.query, **settings}
    return url.set(query=query)


def _at(url: URL, address: str) -> URL:
    host, _, port = address.rpartition(":")
    return url.set(host=host.strip("[]"), port=int(port))
