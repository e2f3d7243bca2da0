"""A pool of migrated PostgreSQL databases for tests: emptying one takes a quarter of the time of making one."""

import time
from collections.abc import Callable
from typing import Any

import psycopg

TEMPLATE = "migrated"
TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
END_SECONDS = 0.01
CATALOGS = ("pg_attribute", "pg_class", "pg_constraint", "pg_index", "pg_namespace", "pg_proc", "pg_trigger")
ROWS = "(SELECT row(count(*), max(xmin::text::bigint))::text FROM {})"
STATE = f"""SELECT {", ".join(map(ROWS.format, CATALOGS))},
(SELECT count(*) FROM pg_statistic WHERE starelid >= 16384),
(SELECT count(*) FROM pg_db_role_setting, pg_database d WHERE setdatabase = d.oid AND datname = current_database()),
(SELECT string_agg(version_num, ' ') FROM wizard_version)"""  # noqa: S608  # the names are those above
"""A fingerprint of everything but rows: definitions, statistics, settings, the version of the tables."""

FILLED = """SELECT string_agg(quote_ident(relname), ', ') FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'wizard_version'
AND pg_relation_size(oid) > 0"""

Connect = Callable[[str], "psycopg.Connection[Any]"]
State = tuple[Any, ...] | None


class Databases:
    """Databases of a cluster for tests, copied from `TEMPLATE`; `connect` connects to one by its name."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._made = 0
        self._states: dict[str, State] = {}
        self._spare: list[str] = []
        with connect(TEMPLATE) as connection:
            self._new = connection.execute(STATE.encode()).fetchone()
            self._log_state = connection.execute("SELECT name, value FROM log_state").fetchall()
            # Whole files are copied in half the time that PostgreSQL takes by default, from 15 on, to log their pages.
            self._copying = "STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""

    def take(self) -> str:
        """The name of an empty database."""
        if self._spare:
            return self._spare.pop()
        name = self._next_name()
        with self._connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} {self._copying}".encode())
        self._states[name] = self._new
        return name

    def give_back(self, name: str) -> None:
        """Empty the database for another test, under another name; drop it if more than its rows was changed."""
        before, empty = self._states.pop(name), self._next_name()
        with self._connect("postgres") as connection:
            if connection.execute(TERMINATE.encode(), [name]).rowcount:
                time.sleep(END_SECONDS)  # PostgreSQL would look again after 100 ms
            connection.execute(f"ALTER DATABASE {name} RENAME TO {empty}".encode())
        if not self._emptied(empty, before):
            with self._connect("postgres") as connection:
                connection.execute(f"DROP DATABASE {empty} WITH (FORCE)".encode())

    def _emptied(self, name: str, before: State) -> bool:
        try:
            with self._connect(name) as connection:
                if connection.execute(STATE.encode()).fetchone() != before:
                    return False
                (filled,) = connection.execute(FILLED.encode()).fetchone() or ("",)
                if filled:
                    connection.execute(f"TRUNCATE {filled} RESTART IDENTITY".encode())
                    with connection.cursor() as cursor:
                        cursor.executemany("INSERT INTO log_state VALUES (%s, %s)", self._log_state)
                self._states[name] = connection.execute(STATE.encode()).fetchone()
        except psycopg.Error:  # a table is gone, or connections are refused
            return False
        self._spare.append(name)
        return True

    def _next_name(self) -> str:
        self._made += 1
        return f"log_{self._made}"
