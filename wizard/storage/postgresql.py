"""Makes the PostgreSQL engines: connection options, timeouts of each transaction, and reconnection.

Sets nothing on a session and prepares no statements on the server: behind PgBouncer, the next transaction may run on
another connection.
"""

import re
from collections.abc import Mapping

from psycopg import pq
from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import ArgumentError

from wizard.setting import SettingError

CONNECT_SECONDS = 3
ENCODINGS = ("utf8", "unicode")  # as PostgreSQL spells it, and its alias
GIVEN_SETTING = re.compile(r"(?:-c\s*|--)([A-Za-z_][\w.-]*)\s*=")
"""The settings in libpq's `options`, as `-c name=value` or `--name=value`."""
READ_ONLY = "25006"
SHUTTING_DOWN = ("57P01", "57P02", "57P03")
CONNECTION_ERRORS = "08"  # a class of SQLSTATE
OLDEST_WITH_TRANSACTION_TIMEOUT = (17,)


def postgresql_engines(url: URL, connections: int, wait_seconds: float) -> tuple[Engine, Engine]:
    """The engines to write and to read with, each with a pool of `connections`.

    Options in the URL or the environment (such as PGOPTIONS) override the defaults set here. Raises SettingError on
    an option that can't be used.
    """
    defaults = _defaults()
    threshold = _prepare_threshold(url)
    url = url.difference_update_query(["prepare_threshold"])
    _refuse_unusable(url, defaults)
    arguments = {
        **{name: value for name, value in _own(wait_seconds).items() if name not in url.query and not defaults[name]},
        "prepare_threshold": threshold,
        "client_encoding": "utf8",  # overrides a role's, and PGCLIENTENCODING
    }
    writer, reader = (
        create_engine(
            url,
            pool_size=connections,
            pool_pre_ping=True,
            pool_timeout=wait_seconds,
            # A transaction that waited for a journey's lock must see what its predecessor wrote, whatever the default.
            isolation_level="READ COMMITTED",
            connect_args=arguments,
        )
        for _ in range(2)
    )
    options = str(url.query.get("options") or defaults["options"])
    given = {name.lower().replace("-", "_") for name in GIVEN_SETTING.findall(options)}
    wait = f"{round(wait_seconds * 1000)}ms"
    _limit(writer, {"statement_timeout": wait, "lock_timeout": wait, "synchronous_commit": "on"}, given)
    unlimited = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "transaction_timeout")
    _limit(reader, dict.fromkeys(unlimited, "0"), given)
    _replace_stale_connections(writer, reader)
    return writer, reader


def _own(wait_seconds: float) -> dict[str, int | str]:
    """The default connection options."""
    return {
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "wizard",
        # Detect a server that is gone: tcp_user_timeout while sending, keepalives while waiting for an answer.
        "tcp_user_timeout": round(wait_seconds * 1000),
        "keepalives_idle": 2,
        "keepalives_interval": 1,
        "keepalives_count": 3,
    }


def _defaults() -> dict[str, str]:
    """Every option of libpq, with its value from the environment or a service file, else an empty text."""
    return {
        option.keyword.decode(): (option.val or b"").decode(errors="replace") if option.val != option.compiled else ""
        for option in pq.Conninfo.get_defaults()
    }


def _refuse_unusable(url: URL, known: Mapping[str, object]) -> None:
    for name, value in url.query.items():
        if name not in known:
            raise SettingError(
                f"WIZARD_DATABASE_URL: given the option {name!r}; allowed: those of libpq, such as options or "
                "connect_timeout, and prepare_threshold"
            )
        if not isinstance(value, str) and name not in ("host", "port"):
            raise SettingError(f"WIZARD_DATABASE_URL: given the option {name!r} {len(value)} times; allowed: once")
    try:
        url.get_dialect()().create_connect_args(url)
    except ArgumentError as error:
        raise SettingError(
            f"WIZARD_DATABASE_URL: given hosts or ports that can't be used ({error}); "
            "allowed: host:port, or host=one:5432&host=two:5432 for several"
        ) from error
    encoding = str(url.query.get("client_encoding", "utf8"))
    if encoding.lower().replace("-", "").replace("_", "") not in ENCODINGS:
        raise SettingError(f"WIZARD_DATABASE_URL: given client_encoding {encoding!r}; allowed: utf8")


def _prepare_threshold(url: URL) -> int | None:
    """After how many uses a statement is prepared on the server; None for never."""
    given = url.query.get("prepare_threshold")
    if given is None:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", str(given)):
        raise SettingError(f"WIZARD_DATABASE_URL: given prepare_threshold {given!r}; allowed: a whole number")
    return int(str(given))


def _limit(engine: Engine, settings: Mapping[str, str], given: set[str]) -> None:
    """Begin every transaction of `engine` with these settings, except those that the operator has `given`."""

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        known = {name: value for name, value in settings.items() if name not in given}
        if (connection.dialect.server_version_info or ()) < OLDEST_WITH_TRANSACTION_TIMEOUT:
            known.pop("transaction_timeout", None)
        if known:
            calls = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in known.items())
            # Not streamed, even if the statement after it is.
            connection.exec_driver_sql(f"SELECT {calls}", execution_options={"stream_results": False}).close()


def _replace_stale_connections(writer: Engine, reader: Engine) -> None:
    """Give up connections to a server that shuts down, or was a primary and is none any more.

    Such a server still answers, so nothing else would notice; a new connection may reach the new primary.
    """

    @event.listens_for(writer, "handle_error")
    def on_writer_error(context: ExceptionContext) -> None:
        if _sqlstate(context) == READ_ONLY:
            context.is_disconnect = True
            reader.dispose()  # or reports would keep reading from the old primary

    for engine in (writer, reader):

        @event.listens_for(engine, "handle_error")
        def on_error(context: ExceptionContext) -> None:
            state = _sqlstate(context)
            if state in SHUTTING_DOWN or state.startswith(CONNECTION_ERRORS):
                context.is_disconnect = True


def _sqlstate(context: ExceptionContext) -> str:
    return getattr(context.original_exception, "sqlstate", None) or ""
