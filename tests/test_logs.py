"""The logs: a line of JSON for each request, which names no address and holds no journey."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from flask import Flask
from support import client_of, every_path

from wizard.logs import LOGGING, Formatter


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What the logs would print."""
    made = LOGGING["formatters"]["json"]
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Formatter(made["fmt"], rename_fields=made["rename_fields"], datefmt=made["datefmt"]))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def records(lines: StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_request_is_one_line_with_an_id_that_the_response_carries_too(app: Flask, lines: StringIO) -> None:
    response = client_of(app).get("/?who=hobby", headers={"User-Agent": "somebody's browser"})
    (record,) = records(lines)
    assert record.pop("time")
    assert isinstance(record.pop("duration_ms"), float)
    assert record == {
        "level": "INFO",
        "logger": "wizard.access",
        "message": "request",
        "method": "GET",
        "path": "/",
        "status": 200,
        "bytes": len(response.data),
        "request_id": response.headers["X-Request-Id"],
    }


def test_no_line_holds_an_address_or_a_journey(app: Flask, lines: StringIO) -> None:
    client = client_of(app)
    page = client.visit(next(every_path()))
    client.get(str(page.one("a.button")["href"]), environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    client.get(f"/{page.journey}", headers={"X-Forwarded-For": "192.0.2.7"})
    tagged = client.page("/?who=team&team_size=2_10&utm_source=a-rather-long-name&utm_campaign=another-one").journey
    assert len(tagged) > 200
    client.get(f"/{tagged}")
    logging.getLogger("anything").error("it failed on %s", page.journey)
    text = lines.getvalue()
    assert len(text.splitlines()) > 5
    assert page.journey not in text
    assert page.journey[:40] not in text
    assert tagged[:40] not in text
    assert "192.0.2.7" not in text
    assert "[journey]" in text


def test_a_fault_is_logged_with_its_traceback_and_the_id_that_the_visitor_sees(app: Flask, lines: StringIO) -> None:
    def fail() -> str:
        raise RuntimeError("broken on purpose")

    app.add_url_rule("/failing", "failing", fail)
    response = client_of(app).get("/failing")
    error, access = records(lines)
    assert error["level"] == "ERROR"
    assert "broken on purpose" in str(error["exc_info"])
    assert error["request_id"] == access["request_id"] == response.headers["X-Request-Id"]
    assert access["status"] == 500


def test_a_path_can_not_write_a_line_of_its_own(app: Flask, lines: StringIO) -> None:
    client_of(app).get('/%0a{"level": "FAKE"}')
    (record,) = records(lines)
    assert record["path"] == '/\n{"level": "FAKE"}'


def test_a_long_path_is_cut_and_costs_no_more_than_its_length(app: Flask, lines: StringIO) -> None:
    client_of(app).get("/" + "a." * 30_000)
    (record,) = records(lines)
    assert len(str(record["path"])) == 200
    # A search that began anew at each character would take minutes over this, and not a moment.
    logging.getLogger("wizard").info("a." * 500_000)
    assert len(lines.getvalue()) > 1_000_000


def test_a_line_that_belongs_to_no_request_has_no_id(lines: StringIO) -> None:
    logging.getLogger("wizard").info("starting")
    (record,) = records(lines)
    assert "request_id" not in record
