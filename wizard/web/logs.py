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

from flask import Flask, Response, g, has_request_context, request
from pythonjsonlogger.json import JsonFormatter

from wizard.personal_data import mask_path

ACCESS = logging.getLogger("wizard.access")
# The look-behind keeps the search linear: without it, a long path would be tried anew from each of its characters.
JOURNEY = re.compile(r"(?<![\w.~-])[\w.~-]{20,}\.[\w-]{43}")
EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
JOURNEY_CHARACTERS = 64
"""The length of the shortest text that `JOURNEY` finds."""

ENCODE = JSONEncoder().encode
PATH_CHARACTERS = 200
READ_CHARACTERS = 1000  # more than PATH_CHARACTERS, to find a token at the cut


class AccessRecord(logging.LogRecord):
    """A request that was answered, with `fields` that say how."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        super().__init__(ACCESS.name, logging.INFO, __file__, 0, "request", None, None)
        self.fields = fields


class Formatter(JsonFormatter):
    """JSON lines, with sealed journeys and e-mail addresses masked in every text."""

    def format(self, record: logging.LogRecord) -> str:
        """A line; that of a request, which is one for each, by the shortest way."""
        if not isinstance(record, AccessRecord):
            return super().format(record)
        line = {
            "time": self._time(int(record.created), record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.msg,
            **record.fields,
        }
        return ENCODE({name: _masked(value) if isinstance(value, str) else value for name, value in line.items()})

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
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    return str(g.request_id)


def _begin() -> None:
    g.started = time.perf_counter()


def _log(response: Response) -> Response:
    response.headers.add("X-Request-Id", request_id())
    if not ACCESS.isEnabledFor(logging.INFO):
        return response
    now = time.perf_counter()
    fields = {
        "method": request.method,
        "path": _path(is_ours=request.url_rule is not None and response.status_code < HTTPStatus.BAD_REQUEST),
        "status": response.status_code,
        "bytes": response.content_length,
        "duration_ms": round((now - g.get("started", now)) * 1000, 1),
        "request_id": request_id(),
    }
    ACCESS.handle(AccessRecord(fields))
    return response


def _path(*, is_ours: bool) -> str:
    """The path of the current request, as it may be logged."""
    path = request.path
    if len(path) >= JOURNEY_CHARACTERS:
        path = JOURNEY.sub("[journey]", path)[:READ_CHARACTERS]
    return (path if is_ours else mask_path(path))[:PATH_CHARACTERS]
