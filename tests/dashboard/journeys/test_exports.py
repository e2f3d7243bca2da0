"""Exports hold just what the list shows, in every format; one that is left ends, and one that fails looks so."""

import csv
import io
import json
import logging
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dashboard_app import NOW_MS, add_demo, add_rows, dashboard_on, selected
from dashboard_sign_in import EMAIL, sign_ins_of, signed_in
from factories import NOV_1, fill, visit
from flask import Flask
from flask.testing import FlaskClient
from support import Client

from wizard.app import recorder_of
from wizard.dashboard.access.cookie import NAME
from wizard.dashboard.journeys import exporting
from wizard.dashboard.journeys.encoders import MARK
from wizard.dashboard.journeys.paging import FIRST, read_page
from wizard.events.log import DAY_MS, Log
from wizard.events.model import Suspicion
from wizard.events.periods import iso
from wizard.maintenance.export import COLUMNS, FORMATS, JOURNEY_COLUMNS
from wizard.storage.schema import journeys

ALL = "since=2026-06-01&until=2027-06-01"
KINDS = [(what, form) for what in ("journeys", "events") for form in FORMATS]
WAIT_SECONDS = 10


@pytest.fixture
def room(any_database: str) -> Iterator[Flask]:
    with dashboard_on(any_database) as app:
        yield app


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Flask]:
    with dashboard_on(f"sqlite:///{tmp_path}/log.db") as app:
        yield app


def log_of(app: Flask) -> Log:
    return recorder_of(app).log


def fetched(client: Client, what: str, form: str, query: str, **headers: str) -> bytes:
    with client.get(f"/growth/export/{what}.{form}?{query}", headers=headers) as response:
        assert response.status_code == 200
        return bytes(response.data)


def rows_of(content: bytes, form: str, folder: Path) -> list[dict[str, Any]]:
    """The rows of a file, in its order; of Parquet, times as whole milliseconds."""
    if form == "csv":
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    if form == "jsonl":
        return [json.loads(line) for line in content.decode().splitlines()]
    path = folder / "read.parquet"
    path.write_bytes(content)
    names = duckdb.read_parquet(str(path)).columns
    wanted = [f'epoch_ms("{name}") AS "{name}"' if name.endswith("ts") else f'"{name}"' for name in names]
    found = duckdb.read_parquet(str(path)).project(", ".join(wanted))
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def listed(app: Flask, query: str) -> list[str]:
    return [row.journey_id for row in read_page(log_of(app).database, selected(query), FIRST, 10_000).rows]


QUERIES = ("period=28d", "period=28d&outcome=finished&answer=who.team", "period=7d&source=-&did=hosting.reached")


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_has_the_journeys_of_the_list_in_its_order(room: Flask, form: str, tmp_path: Path) -> None:
    add_demo(log_of(room), 400)
    client = signed_in(room)
    for query in QUERIES:
        names = listed(room, query)
        assert names
        found = rows_of(fetched(client, "journeys", form, query), form, tmp_path)
        assert [row["journey_id"] for row in found] == names
        assert tuple(found[0]) == JOURNEY_COLUMNS
        events = rows_of(fetched(client, "events", form, query), form, tmp_path)
        assert {row["journey_id"] for row in events} == set(names)
        assert len(events) == sum(len(log_of(room).trail(name)) for name in names)
        assert tuple(events[0]) == COLUMNS


@pytest.mark.parametrize("what", ["journeys", "events"])
@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ("", {"person"}),
        ("&suspects=include", {"person", "burst", "fast"}),
        ("&suspects=only", {"burst", "fast"}),
        ("&suspects=only&did=who.answered", {"burst", "fast"}),
    ],
)
def test_suspect_visits_are_in_an_export_as_far_as_they_are_selected(
    room: Flask, tmp_path: Path, what: str, choice: str, names: set[str]
) -> None:
    marks: dict[str, Suspicion] = {"person": "", "burst": "burst", "fast": "fast"}
    for name, mark in marks.items():
        log_of(room).append(replace(each, context=replace(each.context, suspect=mark)) for each in visit(name))
    rows = rows_of(fetched(signed_in(room), what, "jsonl", f"period=28d{choice}"), "jsonl", tmp_path)
    assert {row["journey_id"] for row in rows} == names
    assert all(row["suspect"] == marks[row["journey_id"]] for row in rows)


@pytest.mark.parametrize("form", FORMATS)
def test_the_events_of_everything_are_what_the_command_writes(room: Flask, form: str, tmp_path: Path) -> None:
    add_demo(log_of(room), 300)
    file = io.BytesIO()
    (FORMATS[form].write_download or FORMATS[form].write)(log_of(room).records(), file)
    content = fetched(signed_in(room), "events", form, ALL)
    assert content
    if form != "parquet":
        assert content == file.getvalue()
    assert rows_of(content, form, tmp_path) == rows_of(file.getvalue(), form, tmp_path)


def test_a_journey_is_written_as_its_row_has_it_with_its_moments_as_iso(own: Flask, tmp_path: Path) -> None:
    fill(log_of(own), ["one"])
    row = log_of(own).journey("one")
    assert row
    client = signed_in(own)
    (told,) = rows_of(fetched(client, "journeys", "jsonl", ALL), "jsonl", tmp_path)
    assert (told["began_ts"], told["last_ts"]) == (iso(row.began_ms), iso(row.last_ms))
    assert told["finished_ts"] == "2026-11-01T00:00:08.000Z"
    assert told["answers"] == {"who": "hobby", "hosting": "avoid"}
    same = [name for name in journeys.c.keys() if name in JOURNEY_COLUMNS and name != "answers"]  # noqa: SIM118
    assert {name: told[name] for name in same} == {name: getattr(row, name) for name in same}
    (cells,) = rows_of(fetched(client, "journeys", "csv", ALL), "csv", tmp_path)
    assert (cells["began_ts"], cells["value"], json.loads(cells["answers"])) == (iso(NOV_1), "20.0", told["answers"])
    (typed,) = rows_of(fetched(client, "journeys", "parquet", ALL), "parquet", tmp_path)
    assert (typed["began_ts"], typed["value"]) == (row.began_ms, 20.0)


def test_the_csv_is_the_form_for_spreadsheets(own: Flask) -> None:
    tags = {"utm_campaign": "23851234567890123", "utm_term": "007", "utm_content": "M\u00fcnchen"}
    log_of(own).append(visit("one", NOV_1, **tags))
    for what in ("journeys", "events"):
        content = fetched(signed_in(own), what, "csv", ALL)
        assert content.startswith(b"\xef\xbb\xbf")
        row = next(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        assert {name: row[name].removeprefix("'") for name in tags} == tags
        assert row["utm_campaign"] == "'23851234567890123"


def test_a_journey_without_a_result_has_none_in_every_format(own: Flask, tmp_path: Path) -> None:
    add_rows(log_of(own), [{"journey_id": "bare", "began_ms": NOV_1, "last_ms": NOV_1}])
    client = signed_in(own)
    found = [rows_of(fetched(client, "journeys", form, ALL), form, tmp_path)[0]["finished_ts"] for form in FORMATS]
    assert found == [None, "", None]


@pytest.mark.parametrize(("what", "form"), KINDS)
def test_an_empty_selection_is_a_whole_file_without_rows(own: Flask, what: str, form: str, tmp_path: Path) -> None:
    content = fetched(signed_in(own), what, form, "period=7d")
    assert rows_of(content, form, tmp_path) == []


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("csv", "text/csv; charset=utf-8; header=present"),
        ("jsonl", "application/x-ndjson"),
        ("parquet", "application/vnd.apache.parquet"),
    ],
)
def test_a_file_says_what_it_is_and_of_when(own: Flask, form: str, kind: str) -> None:
    with signed_in(own).get(f"/growth/export/events.{form}?period=28d") as response:
        assert response.headers["Content-Type"] == kind
        name = f"wizard-events-2026-11-01-to-2026-11-28.{form}"
        assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert "Content-Encoding" not in response.headers


def test_who_takes_gzip_is_sent_it_and_reads_the_same(own: Flask) -> None:
    add_demo(log_of(own), 100)
    client = signed_in(own)
    for what, form in KINDS:
        with client.get(f"/growth/export/{what}.{form}?{ALL}", headers={"Accept-Encoding": "br, gzip"}) as response:
            assert response.headers["Content-Encoding"] == "gzip"
            sent = response.data
        assert zlib.decompress(sent, 31) == fetched(client, what, form, ALL)
    refusing = {"Accept-Encoding": "gzip;q=0, br"}
    with client.get(f"/growth/export/events.csv?{ALL}", headers=refusing) as response:
        assert "Content-Encoding" not in response.headers


def test_asking_for_the_head_of_an_export_does_not_run_it(own: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it ran")

    monkeypatch.setattr("wizard.dashboard.journeys.views.begin", refuse)
    response = signed_in(own).head(f"/growth/export/events.csv?{ALL}")
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("people.csv", 404),
        ("events.xlsx", 404),
        ("events", 404),
        ("sign_ins.csv", 404),
        ("events.csv?period=forever", 400),
        ("journeys.csv?outcome=nonsense", 400),
        ("journeys.csv?campaign=%00", 400),
    ],
)
def test_what_can_not_be_read_is_no_export(own: Flask, address: str, status: int) -> None:
    assert signed_in(own).get(f"/growth/export/{address}").status_code == status


# --- what does not go to its end


def many_rows(count: int, **last: object) -> Sequence[Mapping[str, Any]]:
    """Journeys with much to say, the newest first; `last` is of the oldest."""
    rows: list[dict[str, Any]] = [
        {"journey_id": f"j{n:06}", "began_ms": NOW_MS - n, "last_ms": NOW_MS, "utm_term": "long " * 200}
        for n in range(count)
    ]
    rows[-1] |= last
    return rows


def streaming(app: Flask) -> FlaskClient:
    """A client of `app` that has signed in, and reads of an answer only what it is told to."""
    cookie = signed_in(app).get_cookie(NAME, path="/")
    assert cookie
    app.test_client_class = FlaskClient
    client = app.test_client()
    client.set_cookie(NAME, cookie.value, path="/")
    return client


def connections(log: Log) -> int:
    """How many connections are in use for reading."""
    return int(log.database.reader.pool.checkedout())  # type: ignore[attr-defined]  # a pool that counts


def wait_until_free(log: Log) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while connections(log):
        assert time.monotonic() < deadline, "a connection is still in use"
        time.sleep(0.01)


def test_a_download_that_is_left_gives_its_connection_back(room: Flask) -> None:
    add_rows(log_of(room), many_rows(5000))
    client = streaming(room)
    for _ in range(exporting.AT_ONCE + 2):
        response = client.get("/growth/export/journeys.jsonl?period=28d", buffered=False)
        chunks = response.iter_encoded()
        assert next(iter(chunks))
        assert connections(log_of(room)) == 1
        response.close()
        wait_until_free(log_of(room))


def test_more_exports_than_there_is_room_for_are_told_to_wait(own: Flask) -> None:
    add_rows(log_of(own), many_rows(3000))
    client = signed_in(own)
    slow = streaming(own)
    under_way = [slow.get("/growth/export/journeys.csv?period=28d", buffered=False) for _ in range(exporting.AT_ONCE)]
    assert [response.status_code for response in under_way] == [200] * exporting.AT_ONCE
    refused = client.page("/growth/export/journeys.csv?period=28d")
    assert (refused.status, refused.heading) == (503, "Other exports are running")
    assert refused.response.headers["Retry-After"]
    assert client.get("/growth/journeys").status_code == 200
    for response in under_way:
        response.close()
    assert fetched(client, "journeys", "csv", "period=28d")


def test_memory_holds_a_few_pieces_of_what_is_sent_and_no_more(own: Flask) -> None:
    add_rows(log_of(own), many_rows(5000))
    with streaming(own).get("/growth/export/journeys.csv?period=28d", buffered=False) as response:
        sizes = [len(piece) for piece in response.iter_encoded()]
    assert sizes[0] < 4096
    assert sum(sizes) > 4_000_000
    assert max(sizes) < 128 * 1024


@pytest.fixture
def failing(room: Flask) -> Flask:
    """A room whose last journey can't be written as JSON."""
    add_rows(log_of(room), many_rows(3000, answers="not JSON"))
    return room


def received(client: FlaskClient, address: str, **headers: str) -> tuple[bytes, bool]:
    """What arrives, and whether the answer breaks off."""
    response = client.get(address, buffered=False, headers=headers)
    assert response.status_code == 200
    arrived = b""
    try:
        for piece in response.iter_encoded():
            arrived += piece
    except ValueError:
        return arrived, True
    finally:
        response.close()
    return arrived, False


def test_a_failure_midway_ends_in_what_no_program_takes_for_whole(
    failing: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    arrived, broke_off = received(streaming(failing), "/growth/export/journeys.jsonl?period=28d")
    assert broke_off
    lines = [line for line in arrived.splitlines() if line]
    assert len(lines) == 3000
    assert all(json.loads(line)["journey_id"] for line in lines[:-1])
    assert lines[-1] == MARK.strip()
    with pytest.raises(json.JSONDecodeError):
        json.loads(lines[-1])
    (said,) = [record for record in caplog.records if "broke off" in record.message]
    assert (said.levelno, said.__dict__["what"]) == (logging.ERROR, "journeys")
    assert said.__dict__["request_id"]
    wait_until_free(log_of(failing))


def test_a_failure_midway_breaks_the_compression(failing: Flask) -> None:
    arrived, broke_off = received(
        streaming(failing), "/growth/export/journeys.jsonl?period=28d", **{"Accept-Encoding": "gzip"}
    )
    assert broke_off
    reader = zlib.decompressobj(31)
    assert len(reader.decompress(arrived[:-16]).splitlines()) == 2999
    with pytest.raises(zlib.error, match="invalid block type"):
        reader.decompress(arrived[-16:])


def test_a_failure_before_anything_is_sent_is_a_page(own: Flask) -> None:
    add_rows(log_of(own), many_rows(1, answers="not JSON"))
    client = signed_in(own)
    for _ in range(exporting.AT_ONCE + 1):
        page = client.page("/growth/export/journeys.jsonl?period=28d")
        assert (page.status, page.heading) == (500, "Something went wrong")
    assert "Content-Disposition" not in page.response.headers


def test_an_unreadable_log_is_a_page(own: Flask) -> None:
    client = signed_in(own)
    with log_of(own).database.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE journeys RENAME TO elsewhere")
    for _ in range(exporting.AT_ONCE + 1):
        page = client.page("/growth/export/events.csv?period=28d")
        assert (page.status, page.heading) == (503, "The log can't be read right now")


def test_what_comes_in_meanwhile_is_not_in_an_export_that_has_begun(room: Flask) -> None:
    log = log_of(room)
    add_rows(log, many_rows(3000))
    response = streaming(room).get("/growth/export/journeys.jsonl?period=28d", buffered=False)
    pieces = iter(response.iter_encoded())
    first = next(pieces)
    add_rows(log, [{"journey_id": "late", "began_ms": NOW_MS - 10 * DAY_MS, "last_ms": NOW_MS}])
    content = first + b"".join(pieces)
    response.close()
    assert len(content.splitlines()) == 3000
    assert b'"late"' not in content
    assert "late" in listed(room, "period=28d")


def test_the_events_of_a_journey_are_all_there_also_those_after_the_period(room: Flask, tmp_path: Path) -> None:
    fill(log_of(room), ["before", "inside", "after"])
    end = iso(NOV_1 + DAY_MS + 2000)  # between an error and the first answer
    found = rows_of(fetched(signed_in(room), "events", "jsonl", f"since=2026-11-02&until={end}"), "jsonl", tmp_path)
    assert {row["journey_id"] for row in found} == {"inside"}
    assert len(found) == 9


def noted(caplog: pytest.LogCaptureFixture, message: str) -> list[dict[str, Any]]:
    """What the server's log says of exports, in lines of this message."""
    return [record.__dict__ for record in caplog.records if record.message.startswith(message)]


def test_each_export_is_noted_with_whose_session_what_and_how_much(
    own: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    add_rows(log_of(own), many_rows(7, utm_source="a secret"))
    client = signed_in(own)
    [session] = sign_ins_of(own).all()
    caplog.clear()
    for form, query, rows in (("csv", "source=a+secret&language=en&outcome=started", 0), ("jsonl", "", 7)):
        content = fetched(client, "journeys", form, f"{ALL}&{query}")
        assert len(rows_of(content, form, Path())) == rows
    begun, sent = noted(caplog, "an export began"), noted(caplog, "an export was sent")
    assert [line["rows"] for line in sent] == [0, 7]
    assert [line["filters"] for line in (*begun, *sent)] == [["language", "outcome", "source"], []] * 2
    assert {line["suspects"] for line in (*begun, *sent)} == {"excluded"}
    for line, form in zip(sent, ("csv", "jsonl"), strict=True):
        assert (line["what"], line["format"], line["session"]) == ("journeys", form, session.reference)
        assert (line["since"], line["until"]) == ("2026-06-01", "2027-06-01")
        assert line["request_id"]
    everything = " ".join(str(line) for line in (*begun, *sent))
    assert EMAIL not in everything
    assert "a secret" not in everything
    assert session.link_id not in everything


def test_an_export_that_is_left_is_noted_with_the_rows_that_were_written(
    own: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    add_rows(log_of(own), many_rows(5000))
    response = streaming(own).get("/growth/export/journeys.jsonl?period=28d", buffered=False)
    assert next(iter(response.iter_encoded()))
    response.close()
    wait_until_free(log_of(own))
    deadline = time.monotonic() + WAIT_SECONDS
    while not (left := noted(caplog, "the client closed an export")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert 0 < left[0]["rows"] < 5000
    assert left[0]["session"]


def test_what_sends_nothing_is_no_export(own: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client = signed_in(own)
    for method, address in (
        ("HEAD", "/growth/export/journeys.csv"),
        ("GET", "/growth/export/journeys.xls"),
        ("GET", "/growth/export/journeys.csv?since=nonsense"),
        ("POST", "/growth/export/journeys.csv"),
    ):
        client.open(address, method=method)
    assert not noted(caplog, "an export")
