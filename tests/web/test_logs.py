"""The logs: a line of JSON for each request, which names no address and holds no journey."""

import json
import logging
import time
from collections.abc import Iterator
from io import StringIO

import pytest
from flask import Flask
from support import Client, client_of, every_path

from wizard.web.logs import LOGGING, Formatter


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


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/reset/4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c", "/reset/[token]"),
        ("/users/somebody@example.com/edit", "/users/[email]/edit"),
        ("/users/somebody%2540example.com", "/users/[email]"),
        ("/call/+49%20170%201234567", "/call/[number]"),
        ("/go/0a1b2c3d4e5f60718293a4b5", "/go/[token]"),
        ("/static/somebody@example.com", "/static/[email]"),
        ("/" + "x/" * 92 + "0a1b2c3d4e5f60718293a4b5", "/" + "x/" * 92 + "[token]"),
        ("/wp-login.php", "/wp-login.php"),
        ("/blog/2026/11/why-we-self-host", "/blog/2026/11/why-we-self-host"),
    ],
)
def test_a_path_that_leads_nowhere_is_logged_without_what_looks_like_a_token_or_an_address(
    path: str, logged: str, app: Flask, lines: StringIO
) -> None:
    assert client_of(app).get(path).status_code in (400, 404)
    (record,) = records(lines)
    assert record["path"] == logged


def test_an_address_of_ours_is_logged_as_it_is(app: Flask, lines: StringIO) -> None:
    app.add_url_rule("/journeys/<name>", "named", lambda name: name)
    path = "/journeys/AAECAwQFBgcICQoLDA0ODw"
    assert app.test_client().get(path).status_code == 200
    assert records(lines)[-1]["path"] == path


def test_what_stands_at_the_beginning_of_a_line_is_masked_and_the_record_stays_json(
    client: Client, lines: StringIO
) -> None:
    journey = client.page("/").journey
    lines.truncate(0)
    lines.seek(0)
    logging.getLogger("anything").error("it failed on\n%s\tsomebody@example.com\nfor good", journey)
    (record,) = records(lines)
    assert record["message"] == "it failed on\n[journey]\t[email]\nfor good"


@pytest.mark.parametrize("written", ["somebody@example.com", "first.last+tag%40mail.example.com"])
def test_no_line_holds_an_email_address_wherever_it_stood(written: str, lines: StringIO) -> None:
    logging.getLogger("anything").error("it failed on <%s>, twice", written)
    (record,) = records(lines)
    assert record["message"] == "it failed on <[email]>, twice"


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize("unit", ["a.", "a", "@", "a@", "%40", "a@a.", "a+"])
def test_a_long_line_costs_no_more_than_its_length(unit: str) -> None:
    began = time.perf_counter()
    logging.getLogger("wizard").info(unit * (500_000 // len(unit)))
    assert time.perf_counter() - began < 5
