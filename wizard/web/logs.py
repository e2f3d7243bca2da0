"""Structured logs: a line of JSON for each request and each error, with a request id, without addresses and tokens.

In paths that no route has, everything that looks like a token or an address is masked.
"""

import logging
import re
import secrets
import time
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, has_request_context, request
from pythonjsonlogger.json import JsonFormatter

from wizard.personal_data import mask_path

ACCESS = logging.getLogger("wizard.access")
# The look-behind keeps the search linear: without it, a long path would be tried anew from each of its characters.
JOURNEY = re.compile(r"(?<![\w.~-])[\w.~-]{20,}\.[\w-]{43}")
EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
PATH_CHARACTERS = 200
READ_CHARACTERS = 1000  # more than PATH_CHARACTERS, to find a token at the cut


class Formatter(JsonFormatter):
    """JSON lines, with sealed journeys and e-mail addresses masked in every text."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Add the id of the current request, if there is one."""
        super().add_fields(log_data, record, message_dict)
        if has_request_context():
            log_data["request_id"] = request_id()

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Mask each text before it becomes JSON, where an escaped line break ends in a letter."""
        return {name: _masked(value) if isinstance(value, str) else value for name, value in log_data.items()}


def _masked(text: str) -> str:
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
    response.headers["X-Request-Id"] = request_id()
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    fields = {
        "method": request.method,
        "path": _path(is_ours=request.url_rule is not None and response.status_code < HTTPStatus.BAD_REQUEST),
        "status": response.status_code,
        "bytes": response.content_length,
        "duration_ms": round(seconds * 1000, 1),
    }
    ACCESS.info("request", extra=fields)
    return response


def _path(*, is_ours: bool) -> str:
    """The path of the current request, masked."""
    path = JOURNEY.sub("[journey]", request.path)[:READ_CHARACTERS]
    return (path if is_ours else mask_path(path))[:PATH_CHARACTERS]
