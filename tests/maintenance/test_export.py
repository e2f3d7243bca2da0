"""Exports: the same events in three formats, safe to open, and streamed."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from factories import DATABASES, NOV_1, fill, log_on, visit
from hypothesis import given
from hypothesis import strategies as st

from wizard.events.log import DAY_MS, Log
from wizard.events.model import Event
from wizard.events.periods import iso
from wizard.events.record import to_record
from wizard.maintenance import parquet
from wizard.maintenance.export import COLUMNS, FORMATS
from wizard.maintenance.spreadsheet import escaped_formula


@pytest.fixture(params=DATABASES)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    log = log_on(request.param, request)
    yield log
    log.database.dispose()


def exported(log: Log, form: str, since_ms: int | None = None, until_ms: int | None = None) -> bytes:
    file = io.BytesIO()
    FORMATS[form].write(log.records(since_ms, until_ms), file)
    return file.getvalue()


def expected(events: list[Event]) -> list[dict[str, Any]]:
    """The events as JSON Lines should have them, in no order."""
    rows = []
    for event in events:
        record = to_record(event)
        record["ts"] = iso(record.pop("ts_ms"))
        rows.append(dict.fromkeys(COLUMNS) | record | {"answers": dict(event.context.answers)})
    return rows


def by_id(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: str(row["event_id"]))


def query(statement: str) -> tuple[list[str], list[Any]]:
    """The names of the columns, and the rows, of what DuckDB finds."""
    found = duckdb.sql(statement)
    assert found is not None
    return found.columns, found.fetchall()


def from_parquet(content: bytes, path: Path) -> list[dict[str, Any]]:
    path.write_bytes(content)
    columns, rows = query(f"SELECT * REPLACE (epoch_ms(ts) AS ts) FROM '{path}'")  # noqa: S608  # our own file
    return [dict(zip(columns, row, strict=True)) for row in rows]


def test_json_lines_hold_every_event_with_all_that_it_carries(log: Log) -> None:
    events = fill(log, ["j-1", "j-2", "j-3"])
    lines = exported(log, "jsonl").decode().splitlines()
    records = [json.loads(line) for line in lines]
    assert by_id(records) == by_id(expected(events))
    assert {tuple(record) for record in records} == {COLUMNS}
    assert COLUMNS[:5] == ("event_id", "event", "ts", "journey_id", "turn")
    assert [record["ts"] for record in records] == sorted(record["ts"] for record in records)


def test_csv_holds_the_same_under_a_header(log: Log) -> None:
    events = fill(log, ["j-1", "j-2"])
    text = exported(log, "csv").decode()
    assert text.count("\r\n") == text.count("\n") == len(events) + 1  # RFC 4180
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert tuple(rows[0]) == COLUMNS
    for row, record in zip(by_id(rows), by_id(expected(events)), strict=True):
        assert json.loads(row.pop("answers")) == record.pop("answers")
        assert row == {name: "" if value is None else str(value) for name, value in record.items()}


def test_parquet_holds_the_same_in_columns_with_types(log: Log, tmp_path: Path) -> None:
    events = fill(log, ["j-1", "j-2"])
    rows = from_parquet(exported(log, "parquet"), tmp_path / "log.parquet")
    types = dict(query(f"SELECT name, logical_type FROM parquet_schema('{tmp_path}/log.parquet')")[1])  # noqa: S608
    assert tuple(types)[1:] == COLUMNS
    assert "isAdjustedToUTC=1" in str(types["ts"])
    assert "MILLIS" in str(types["ts"])
    for row, record in zip(by_id(rows), by_id(expected(events)), strict=True):
        assert iso(row.pop("ts")) == record.pop("ts")
        assert json.loads(row.pop("answers")) == record.pop("answers")
        assert row == record


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_log_is_an_empty_export(form: str, log: Log, tmp_path: Path) -> None:
    content = exported(log, form)
    if form == "parquet":
        assert from_parquet(content, tmp_path / "log.parquet") == []
    else:
        assert content.decode() == {"jsonl": "", "csv": ",".join(COLUMNS) + "\r\n"}[form]


def test_a_period_exports_from_its_first_millisecond_until_before_its_end(log: Log) -> None:
    fill(log, ["j-1", "j-2", "j-3"])
    lines = exported(log, "jsonl", NOV_1 + DAY_MS, NOV_1 + 2 * DAY_MS).splitlines()
    assert {json.loads(line)["journey_id"] for line in lines} == {"j-2"}
    assert len(lines) == len(visit())


@pytest.mark.parametrize("form", FORMATS)
def test_two_exports_of_one_log_are_the_same(form: str, log: Log) -> None:
    fill(log, ["j-3", "j-1", "j-2"], apart_ms=0)
    assert exported(log, form) == exported(log, form)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("newsletter", "newsletter"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t1", "'\t1"),
        ("\r1", "'\r1"),
        ("\n1", "'\n1"),
        (" =1", "' =1"),
        ("\uff1d1", "'\uff1d1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff201", "'\uff201"),
        ("a;=1", "a;'=1"),
        ("a; +1", "a;' +1"),
        ("a\n=1", "a\n'=1"),
        ("a=1, b-2", "a=1, b-2"),
        ("a;b", "a;b"),
        ("", ""),
        (-5, -5),
        (-2.5, -2.5),
        (None, None),
    ],
)
def test_no_cell_starts_a_formula_and_numbers_stay_numbers(value: object, cell: object) -> None:
    assert escaped_formula(value) == cell


@given(st.text(st.sampled_from("=+-@\t\r\n ;'\"a,1\uff1d\uff0b\uff0d\uff20"), max_size=12))
def test_wherever_a_spreadsheet_splits_no_cell_starts_a_formula(value: str) -> None:
    for cell in escaped_formula(value).replace("\t", ";").replace("\n", ";").replace("\r", ";").split(";"):
        assert cell.strip(" ")[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20")


def test_a_campaign_that_is_a_formula_arrives_as_text_and_whole_elsewhere(log: Log, tmp_path: Path) -> None:
    formula = '=cmd|"/C calc",\'x'
    log.append(visit(utm_campaign=formula))
    row = next(csv.DictReader(io.StringIO(exported(log, "csv").decode(), newline="")))
    assert row["utm_campaign"] == "'" + formula
    assert json.loads(exported(log, "jsonl").splitlines()[0])["utm_campaign"] == formula
    assert from_parquet(exported(log, "parquet"), tmp_path / "log.parquet")[0]["utm_campaign"] == formula


COLUMN: Mapping[str, parquet.Kind] = {"n": "whole"}


def test_parquet_is_written_in_row_groups_while_the_rows_come(tmp_path: Path) -> None:
    path = tmp_path / "n.parquet"
    rows = 2 * parquet.ROWS_IN_GROUP + 5
    written_by: list[int] = []
    with path.open("wb", buffering=0) as file:

        def numbers() -> Iterator[list[int]]:
            for number in range(rows):
                if number % parquet.ROWS_IN_GROUP == 0:
                    written_by.append(path.stat().st_size)
                yield [number]

        parquet.write(COLUMN, {"n"}, numbers(), file)
    assert written_by == sorted(set(written_by)), "nothing was written before the rows had ended"
    _, groups = query(f"SELECT row_group_num_rows FROM parquet_metadata('{path}')")  # noqa: S608
    assert groups == [(parquet.ROWS_IN_GROUP,), (parquet.ROWS_IN_GROUP,), (5,)]
    assert query(f"SELECT sum(n), count(*) FROM '{path}'")[1] == [(rows * (rows - 1) // 2, rows)]  # noqa: S608


@pytest.mark.parametrize("failure", [BrokenPipeError(32, "Broken pipe"), KeyboardInterrupt(), OSError(28, "full")])
def test_an_error_while_parquet_is_written_is_raised_unchanged(
    failure: BaseException, capfd: pytest.CaptureFixture[str]
) -> None:
    class Failing(io.BytesIO):
        def write(self, _: Any) -> int:
            raise failure

    def failing() -> Iterator[list[int]]:
        yield [1]
        raise failure

    for rows, file in ((failing(), io.BytesIO()), (iter([[1]]), Failing())):
        with pytest.raises(type(failure)) as raised:
            parquet.write(COLUMN, {"n"}, rows, file)
        assert raised.value is failure
    assert capfd.readouterr().err == ""
