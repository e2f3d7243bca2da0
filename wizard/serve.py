"""Serves the application on granian, and refuses to start with unsafe settings."""

import ipaddress
import logging
import logging.config
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import click
from granian import Granian
from granian.constants import Interfaces

from wizard import tracing
from wizard.app import create_app, recorder_of
from wizard.config import GENERATED_KEY, SETTINGS, Settings, unknown_variables
from wizard.conversion_api.api import AT_ONCE as CONVERSIONS_AT_ONCE
from wizard.dashboard.access.address import ADDRESS, recorded
from wizard.dashboard.access.invitations import invite
from wizard.dashboard.concurrency_limit import MOST_THREADS
from wizard.errors import WizardError
from wizard.intake.ingest_process import OpenMeter, no_meter, running_ingest_process
from wizard.intake.journal import require_room
from wizard.maintenance.log_warnings import log_warnings
from wizard.maintenance.upkeep import keep_up
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import required_texts
from wizard.questionnaire.wording_files import read_folder
from wizard.setting_parsers import ListeningAddress
from wizard.subscribers.subscriber_process import running_subscribers
from wizard.web.areas import DASHBOARD
from wizard.web.logs import LOGGING
from wizard.web.request_bodies import BODIES_AT_ONCE, BODIES_WAITING

LOG = logging.getLogger("wizard")
STOP_SECONDS = 6
"""How long open requests may take at a stop. The ingest process then has 3, and containers are killed after 10."""

OPERATOR = "operator@localhost"
OPERATOR_HOURS = 24
THREADS = 4
"""The threads of a worker for visitors. Python runs one at a time, so more would only wait."""


class ServeError(WizardError):
    """The server can't be started with these options; the message says what to do."""


def serve(settings: Settings, host: str, port: int, workers: int, *, allow_made_up_key: bool) -> None:
    """Serve until stopped, then finish open requests within 6 seconds. Raises WizardError."""
    address = resolve(host)
    if not settings.secret_keys and not ipaddress.ip_address(address).is_loopback and not allow_made_up_key:
        raise ServeError(
            f"WIZARD_SECRET_KEYS: not set, and {host} can be reached from elsewhere; "
            f"allowed: {SETTINGS['secret_keys'].allowed} "
            "(or --allow-made-up-key, to use the generated key)"
        )
    # Reports errors in texts, log or journal once, and not in every worker; migrates the log.
    recorder = recorder_of(create_app(settings))
    of_the_log = log_warnings(recorder.log.database, settings)
    recorder.close()
    require_warehouse(settings)
    require_room(settings.spool_dir, workers, settings.journal_bytes)
    refuse_taken_port(address, port)
    origin = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    link = operator_link(settings, origin, address)
    logging.config.dictConfig(LOGGING)
    logging.getLogger("_granian").addFilter(_is_no_thread_warning)
    texts = read_folder(settings.wording_dir, required_texts(QUESTIONS, STRATEGY))
    of_settings = (*warnings(settings, address), *filter(None, [tracing.fault()]))
    for warning in (*of_settings, *of_the_log, *texts.left_out):
        LOG.warning(warning)
    server = Granian(
        "wizard.app:create_worker",
        factory=True,
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        # Dashboard requests, conversions and stalled bodies have threads of their own, so that visitors' stay free.
        blocking_threads=THREADS + MOST_THREADS + CONVERSIONS_AT_ONCE + BODIES_AT_ONCE + BODIES_WAITING,
        websockets=False,
        workers_kill_timeout=STOP_SECONDS,
        log_dictconfig=LOGGING,
    )
    with counting(settings, ListeningAddress(address, port)) as open_meter, recording_origin(origin, address):
        click.echo(f"The wizard is at {origin}{settings.public_prefix}/ (Ctrl-C stops it)", err=True)
        if link:
            click.echo(f"One-time sign-in link ({OPERATOR_HOURS} h): {link}", err=True)
        elif not settings.public_url and not settings.dashboard_url:
            click.echo("For a sign-in link, run: wizard sign-in-link --email one@example.com", err=True)
        with (
            running_subscribers(settings, LOGGING) as stop_delivering,
            running_ingest_process(settings, LOGGING, open_meter, keep_up),
        ):
            server.serve()
            stop_delivering()  # while the ingest process stops, too


@contextmanager
def counting(settings: Settings, visitors: ListeningAddress) -> Iterator[OpenMeter]:
    """Serve metrics during the block, where they are on. Yields what makes the meter of a process.

    `visitors` is the address of the server itself. Raises WizardError.
    """
    if settings.metrics_address is None:
        yield no_meter
        return
    from wizard.metrics.meter import open_meter
    from wizard.metrics.server import serving_metrics

    with serving_metrics(settings, settings.metrics_address, visitors, LOGGING):
        yield open_meter


@contextmanager
def recording_origin(origin: str, address: str) -> Iterator[None]:
    """Record the server's `origin` for `wizard sign-in-link`; with a wildcard `address`, the loopback origin."""
    port = origin.rpartition(":")[2]
    known = f"http://127.0.0.1:{port}" if ipaddress.ip_address(address).is_unspecified else origin
    with ExitStack() as stack:
        try:
            stack.enter_context(recorded(known))
        except OSError as error:
            LOG.warning("%s: can't be written (%s), so sign-in links need WIZARD_PUBLIC_URL", ADDRESS, error.strerror)
        yield


def require_warehouse(settings: Settings) -> None:
    """Raise WarehouseError if the warehouse's tables are of another version; it may be away, and come later."""
    if settings.warehouse_url:
        from wizard.storage.warehouse import open_warehouse
        from wizard.warehouse.migrate import require_current

        warehouse = open_warehouse(settings.warehouse_url)
        require_current(warehouse)
        warehouse.dispose()


def operator_link(settings: Settings, origin: str, address: str) -> str:
    """A sign-in link for the operator of a server that serves this machine only, started in a terminal; else "".

    Other servers' output is stored, and read by others.
    """
    is_private = sys.stderr.isatty() and not settings.public_url and not settings.dashboard_url
    if not is_private or not ipaddress.ip_address(address).is_loopback:
        return ""
    try:
        return invite(settings, origin, OPERATOR, OPERATOR_HOURS, role="admin", by="wizard serve")
    except WizardError as error:
        LOG.warning("no sign-in link could be made: %s", error)
        return ""


def resolve(host: str) -> str:
    """The IP address of `host`, a name or an address. Raises ServeError where there is none."""
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError) as error:
        raise ServeError(f"can't listen on {host!r}: it is neither an address nor a host known here") from error


def refuse_taken_port(address: str, port: int) -> None:
    """Raise ServeError where the server can't listen on `address` and `port`."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise ServeError(
                f"can't listen on {address} port {port}: {error.strerror}; choose another with --host or --port"
            ) from error


def warnings(settings: Settings, address: str) -> list[str]:
    """A line for each default that is unsuitable for production, and for each unknown variable."""
    lines = [f"{name}: unknown setting, ignored; is it misspelt?" for name in unknown_variables()]
    if not settings.secret_keys:
        lines.append(
            f"WIZARD_SECRET_KEYS: not set, so journeys are signed with the key in {GENERATED_KEY}. "
            "In production, set it to the same value on every server"
        )
    if settings.public_url is None:
        lines.append("WIZARD_PUBLIC_URL: not set, so links use the address of each request. In production, set it")
    if settings.public_prefix and not settings.dashboard_url:
        lines.append(
            f"WIZARD_DASHBOARD_URL: not set, and WIZARD_PUBLIC_URL has a path, so the dashboard ({DASHBOARD}) is not "
            f"served: scripts of {settings.public_origin} could use it. Set it to an origin of its own, "
            "such as https://wizard.example.com"
        )
    if not settings.trusted_proxies and (settings.public_url or not ipaddress.ip_address(address).is_loopback):
        lines.append("WIZARD_TRUSTED_PROXIES: 0, so forwarded addresses are ignored. Behind a proxy, set it to 1")
    return lines


def _is_no_thread_warning(record: logging.LogRecord) -> bool:
    """Drops granian's warning of many threads on few cores: most wait for the log or for slow clients."""
    return not str(record.msg).startswith("Configuration allows spawning up to ")
