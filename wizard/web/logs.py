"""Structured logs: a line of JSON for each request and each error, with a request id, without addresses and tokens.

In paths that no route has, everything that looks like a token or an address is masked.
"""

import logging
import re
import secrets
import time
from collections.abc import Mapping
from http import HTTPStatus
from json import JSONEncoder
from typing import Any

from flask import Flask, Response, has_request_context, request
from pythonjsonlogger.json import JsonFormatter

from wizard.personal_data import mask_path
from wizard.web.areas import SHARED, is_for_shared_view

ACCESS = logging.getLogger("wizard.access")
# The look-behind keeps the search linear: without it, a long path would be tried anew from each of its characters.
JOURNEY = re.compile(r"(?<![\w.~-])[\w.~-]{20,}\.[\w-]{43}")
EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
JOURNEY_CHARACTERS = 64
"""The length of the shortest text that `JOURNEY` finds."""

REQUEST_ID, STARTED = "wizard.request_id", "wizard.started"
"""Keys of the WSGI environment."""

ENCODE = JSONEncoder().encode
PATH_CHARACTERS = 200
READ_CHARACTERS = 1000  # more than PATH_CHARACTERS, to find a token at the cut


ACCESS_RECORD = vars(logging.LogRecord(ACCESS.name, logging.INFO, __file__, 0, "request", None, None))


class AccessRecord(logging.LogRecord):
    """The log record of a request. Unlike other records, it has no names of threads and processes, which take time."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        vars(self).update(ACCESS_RECORD, created=time.time(), fields=fields)
        self.fields = fields


class Formatter(JsonFormatter):
    """JSON lines, with sealed journeys and e-mail addresses masked in every text."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of `record`; of requests, by a shorter way."""
        if not isinstance(record, AccessRecord):
            return super().format(record)
        now = self._time(int(record.created), record)
        return ENCODE({"time": now, "level": "INFO", "logger": ACCESS.name, "message": "request", **record.fields})

    def _time(self, second: int, record: logging.LogRecord) -> str:
        """The time of `record`, which is within this `second`."""
        known: tuple[int, str] = vars(self).get("known_time", (0, ""))
        if known[0] != second:
            known = self.known_time = (second, self.formatTime(record, self.datefmt))
        return known[1]

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Add the id of the current request, if there is one."""
        super().add_fields(log_data, record, message_dict)
        if has_request_context():
            log_data["request_id"] = request_id()

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Mask each text before it becomes JSON, where an escaped line break ends in a letter."""
        return {name: _masked(value) if isinstance(value, str) else value for name, value in log_data.items()}


def _masked(text: str) -> str:
    if len(text) < JOURNEY_CHARACTERS and "@" not in text and "%40" not in text:
        return text
    return EMAIL.sub("[email]", JOURNEY.sub("[journey]", text))


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "wizard.web.logs.Formatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
        }
    },
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
    "root": {"level": "INFO", "handlers": ["stdout"]},
    # granian's access log would contain addresses and journeys.
    "loggers": {"_granian": {"level": "INFO"}, "granian.access": {"level": "CRITICAL"}},
}
"""For `logging.config.dictConfig`."""


def init_app(app: Flask) -> None:
    """Give each request of `app` an id, and log its response."""
    app.before_request(_begin)
    app.after_request(_log)


def request_id() -> str:
    """The id of the current request, which error pages show and log lines have."""
    environ = request.environ
    if REQUEST_ID not in environ:
        environ[REQUEST_ID] = secrets.token_hex(8)
    found: str = environ[REQUEST_ID]
    return found


def _begin() -> None:
    request.environ[STARTED] = time.perf_counter()


def _log(response: Response) -> Response:
    identity = request_id()
    response.headers.add("X-Request-Id", identity)
    if not ACCESS.isEnabledFor(logging.INFO):
        return response
    now = time.perf_counter()
    environ = request.environ
    fields = {
        "method": _masked(environ["REQUEST_METHOD"]),
        "path": _masked(_path(is_ours=request.url_rule is not None and response.status_code < HTTPStatus.BAD_REQUEST)),
        "status": response.status_code,
        "bytes": response.content_length,
        "duration_ms": round((now - environ.get(STARTED, now)) * 1000, 1),
        "request_id": identity,
    }
    ACCESS.handle(AccessRecord(fields))
    return response


def _path(*, is_ours: bool) -> str:
    """The path of the current request, as it may be logged."""
    path = request.path
    if is_for_shared_view(path):
        return f"{SHARED}/[link]"
    if len(path) >= JOURNEY_CHARACTERS:
        path = JOURNEY.sub("[journey]", path)[:READ_CHARACTERS]
    return (path if is_ours else mask_path(path))[:PATH_CHARACTERS]
