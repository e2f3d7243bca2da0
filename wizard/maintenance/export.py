"""Exports rows of the log as JSON Lines, CSV or Parquet, streamed. docs/log.md describes the formats.

Times are ISO 8601 in UTC, in columns named `ts` where the tables have `ms`. Other values are those of the tables.
"""

import codecs
import csv
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Any, Protocol

from sqlalchemy import Table

from wizard.events.periods import iso
from wizard.maintenance import parquet
from wizard.maintenance.spreadsheet import BYTE_ORDER_MARK, escaped_formula, escaped_value
from wizard.storage.schema import events, journeys

Record = Mapping[str, Any]
"""A row of a table, by column."""

FIRST = ("event_id", "event", "ts", "journey_id", "turn")
COLUMNS = FIRST + tuple(name for name in events.c.keys() if name not in (*FIRST, "ts_ms"))  # noqa: SIM118
"""The columns of an exported event, in this order."""

JOURNEY_TIMES = {"began_ts": "began_ms", "last_ts": "last_ms", "finished_ts": "finished_ms"}
JOURNEY_COLUMNS = tuple(
    {source: name for name, source in JOURNEY_TIMES.items()}.get(name, name)
    for name in journeys.c.keys()  # noqa: SIM118
    if name not in ("cell", "tags")  # 63 bits, which most JSON and CSV readers would round
)
"""The columns of an exported journey, in this order."""


@dataclass(frozen=True)
class Layout:
    """The columns of an export of `table`. `times` maps the export's time columns to those of the table."""

    table: Table
    columns: tuple[str, ...]
    times: Mapping[str, str]

    def source(self, column: str) -> str:
        """The table's column for the export's `column`."""
        return self.times.get(column, column)

    def kind(self, column: str) -> parquet.Kind:
        """The type of `column`."""
        kinds: Mapping[type, parquet.Kind] = {str: "text", int: "whole", float: "number"}
        return "timestamp" if column in self.times else kinds[self.table.c[column].type.python_type]

    def with_iso(self, record: Record) -> dict[str, Any]:
        """The values of a row by column, with times as ISO 8601 texts."""
        values = {name: record[self.source(name)] for name in self.columns}
        return values | {name: iso(values[name]) for name in self.times if values[name] is not None}


EVENTS = Layout(events, COLUMNS, {"ts": "ts_ms"})
JOURNEYS = Layout(journeys, JOURNEY_COLUMNS, JOURNEY_TIMES)


def as_record(record: Record, layout: Layout = EVENTS) -> dict[str, Any]:
    """A row as a JSON object, with `answers` as an object."""
    return layout.with_iso(record) | {"answers": json.loads(record["answers"])}


def write_jsonl(records: Iterable[Record], file: IO[bytes], layout: Layout = EVENTS) -> None:
    """Write a JSON object per line, in UTF-8, with `answers` as an object."""
    for record in records:
        line = json.dumps(as_record(record, layout), ensure_ascii=False, separators=(",", ":"))
        file.write(line.encode() + b"\n")


def write_csv(records: Iterable[Record], file: IO[bytes], layout: Layout = EVENTS) -> None:
    """Write CSV (RFC 4180) in UTF-8, with a header, `answers` as JSON, and missing values as empty cells."""
    _write_csv(records, file, layout, escaped_formula)


def write_csv_for_excel(records: Iterable[Record], file: IO[bytes], layout: Layout = EVENTS) -> None:
    """Write CSV for spreadsheets: with a byte order mark, and an apostrophe before texts that they would convert."""
    file.write(BYTE_ORDER_MARK)
    _write_csv(records, file, layout, escaped_value)


def _write_csv(records: Iterable[Record], file: IO[bytes], layout: Layout, cell: Callable[[Any], Any]) -> None:
    rows = csv.writer(codecs.getwriter("utf-8")(file))
    rows.writerow(layout.columns)
    for record in records:
        values = layout.with_iso(record)
        rows.writerow([value if name in layout.times else cell(value) for name, value in values.items()])


def write_parquet(records: Iterable[Record], file: IO[bytes], layout: Layout = EVENTS) -> None:
    """Write Parquet, with times as timestamps in milliseconds (UTC), and `answers` as JSON."""
    columns = {name: layout.kind(name) for name in layout.columns}
    sources = [layout.source(name) for name in layout.columns]
    needed = {name for name, source in zip(layout.columns, sources, strict=True) if not layout.table.c[source].nullable}
    parquet.write(columns, needed, ([record[source] for source in sources] for record in records), file)


class Writer(Protocol):
    """Writes rows to a binary file that is open for writing."""

    def __call__(self, records: Iterable[Record], file: IO[bytes], layout: Layout = EVENTS) -> None:
        """Write all `records`. Raises what `records` and `file` raise."""


@dataclass(frozen=True, slots=True)
class Format:
    """An export format: the function that writes it, its media type, and what the dashboard calls it and offers it for.

    The dashboard writes it with `write_download` if that is given: a browser opens CSV in a spreadsheet.
    """

    write: Writer
    media_type: str
    label: str
    purpose: str
    write_download: Writer | None = None


FORMATS: Mapping[str, Format] = {
    "jsonl": Format(write_jsonl, "application/x-ndjson", "JSON Lines", "for a program"),
    "csv": Format(
        write_csv, "text/csv; charset=utf-8; header=present", "CSV", "for a spreadsheet", write_csv_for_excel
    ),
    "parquet": Format(write_parquet, "application/vnd.apache.parquet", "Parquet", "for DuckDB, pandas, a warehouse"),
}
"""The formats of `wizard export` and of the dashboard's exports, by their names, which are also file extensions."""
