"""Serves `/metrics` at an address of its own, in a process of its own, so that visitors never reach or wait for it."""

import logging
import logging.config
import os
import signal
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from multiprocessing import get_context
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.multiprocess import MultiProcessCollector

from wizard.clock import system_ms
from wizard.config import SETTINGS, Settings
from wizard.metrics.collectors import BuildCollector, JournalCollector, LedgerCollector
from wizard.metrics.ledger_reader import LedgerReader
from wizard.metrics.slots import MetricsError, counter_folder
from wizard.metrics.subscriber_collector import SubscriberCollector
from wizard.metrics.wording_collector import WordingCollector
from wizard.orphaned_workers import end_with_main_process
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import required_texts
from wizard.questionnaire.wording_files import read_folder
from wizard.questionnaire.wording_set import set_of_files
from wizard.setting_parsers import ListeningAddress
from wizard.storage.database import Database, open_database
from wizard.wording_versions.published import PublishedWording

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/metrics"
STOP_SECONDS = 5
CLIENT_SECONDS = 10
"""How long a client may take to send its request, or to take the response."""

BACKLOG = 16


@contextmanager
def serving_metrics(
    settings: Settings, address: ListeningAddress, visitors: ListeningAddress, logging_settings: Mapping[str, Any]
) -> Iterator[None]:
    """Serve metrics at `address` during the block. Processes that start in it can be counted.

    `visitors` is the address of the server itself. Raises MetricsError.
    """
    with listen(address, visitors) as listening, counter_folder(settings.spool_dir) as counters:
        process = get_context("spawn").Process(
            target=_run, args=(settings, logging_settings, listening, counters), name="wizard-metrics", daemon=True
        )
        process.start()
        listening.close()  # before workers are forked, which would keep it open
        try:
            yield
        finally:
            process.terminate()
            process.join(STOP_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()


def listen(address: ListeningAddress, visitors: ListeningAddress) -> socket.socket:
    """A socket that listens there. Raises MetricsError where the address is taken, or is the one of `visitors`."""
    reason = "which is the address of the wizard itself"
    if not _overlap(address, visitors):
        family = socket.AF_INET6 if ":" in address.address else socket.AF_INET
        try:
            return socket.create_server(address, family=family, backlog=BACKLOG)
        except OSError as error:
            reason = f"where the server can't listen ({os.strerror(error.errno or 0)})"
    allowed = SETTINGS["metrics_address"].allowed
    raise MetricsError(f"WIZARD_METRICS_ADDRESS: given '{address}', {reason}; allowed: {allowed}, which no other uses")


def _overlap(one: ListeningAddress, other: ListeningAddress) -> bool:
    """Whether a connection could be to both."""
    addresses = {ip_address(one.address), ip_address(other.address)}
    return one.port == other.port and (len(addresses) == 1 or any(each.is_unspecified for each in addresses))


def metrics_app(settings: Settings, counters: Path) -> "WSGIApplication":
    """The WSGI application that answers with the counters of all processes, and with what is looked up now."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(counters))  # type: ignore[no-untyped-call]
    database = open_database(settings.database_url, settings.durability, connections=1, read_only=True)
    registry.register(BuildCollector())
    registry.register(WordingCollector(_published(settings, database)))
    registry.register(JournalCollector(settings, system_ms))
    reader = LedgerReader(database)
    registry.register(LedgerCollector(reader))
    registry.register(SubscriberCollector(reader, system_ms))
    answer: WSGIApplication = make_wsgi_app(registry)

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] == PATH:
            return answer(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"Metrics are at /metrics.\n"]

    return app


def _published(settings: Settings, database: Database) -> PublishedWording:
    """The published texts, which are read again and again."""
    required = required_texts(QUESTIONS, STRATEGY)
    published = PublishedWording(database, set_of_files(read_folder(settings.wording_dir, required)), required)
    published.refresh()
    published.start()
    return published


class _Server(ThreadingMixIn, WSGIServer):
    """Answers each request in a thread, on a socket that already listens."""

    daemon_threads = True

    def __init__(self, listening: socket.socket, app: "WSGIApplication") -> None:
        super().__init__(listening.getsockname()[:2], _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.base_environ = {"SERVER_NAME": "", "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PORT": "", "SCRIPT_NAME": ""}
        self.set_app(app)

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that have gone."""


class _Handler(WSGIRequestHandler):
    timeout = CLIENT_SECONDS

    def log_message(self, *_: object) -> None:
        """Log no requests."""


def _run(settings: Settings, logging_settings: Mapping[str, Any], listening: socket.socket, counters: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches the main process, too, which ends this one last
    logging.config.dictConfig(dict(logging_settings))
    end_with_main_process()
    server = _Server(listening, metrics_app(settings, counters))
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    server.serve_forever()
