"""Writes rows of the log as JSON Lines, CSV or Parquet, a few at a time in memory. docs/log.md describes the three.

A moment is ISO 8601 in UTC under a name with `ts` for the table's `ms`; all else is as the table has it.
"""

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Any, Protocol

from sqlalchemy import Table

from wizard.events.periods import iso
from wizard.maintenance import parquet
from wizard.maintenance.spreadsheet import BYTE_ORDER_MARK, harmless, kept_as_text
from wizard.storage.schema import events, journeys

Record = Mapping[str, Any]
"""A row as its table has it."""

FIRST = ("event_id", "event", "ts", "journey_id", "turn")
COLUMNS = FIRST + tuple(name for name in events.c.keys() if name not in (*FIRST, "ts_ms"))  # noqa: SIM118
"""What every format has of an event, in this order."""

JOURNEY_TIMES = {"began_ts": "began_ms", "last_ts": "last_ms", "finished_ts": "finished_ms"}
JOURNEY_COLUMNS = tuple(
    {source: name for name, source in JOURNEY_TIMES.items()}.get(name, name)
    for name in journeys.c.keys()  # noqa: SIM118
    if name not in ("cell", "tags")  # 63 bits, which most that read JSON or CSV would round
)
"""What every format has of a journey."""


@dataclass(frozen=True)
class Layout:
    """What is written of each row of `table`: `columns`, of which `times` name those that hold their moments."""

    table: Table
    columns: tuple[str, ...]
    times: Mapping[str, str]

    def source(self, column: str) -> str:
        """The table's own column that `column` is made of."""
        return self.times.get(column, column)

    def kind(self, column: str) -> parquet.Kind:
        """What `column` holds."""
        kinds: Mapping[type, parquet.Kind] = {str: "text", int: "whole", float: "number"}
        return "timestamp" if column in self.times else kinds[self.table.c[column].type.python_type]

    def with_iso(self, record: Record) -> dict[str, Any]:
        """The values of a row by their columns, moments as texts."""
        values = {name: record[self.source(name)] for name in self.columns}
        return values | {name: iso(values[name]) for name in self.times if values[name] is not None}


EVENTS = Layout(events, COLUMNS, {"ts": "ts_ms"})
JOURNEYS = Layout(journeys, JOURNEY_COLUMNS, JOURNEY_TIMES)


def as_record(record: Record, layout: Layout = EVENTS) -> dict[str, Any]:
    """A row as a JSON object has it."""
    return layout.with_iso(record) | {"answers": json.loads(record["answers"])}


def write_jsonl(records: Iterable[Record], file: IO[bytes], layout: Layout = EVENTS) -> None:
    """A JSON object for each row, a line each, in UTF-8; `answers` is an object in it."""
    for record in records:
        line = json.dumps(as_record(record, layout), ensure_ascii=False, separators=(",", ":"))
        file.write(line.encode() + b"\n")


def write_csv(records: Iterable[Record], file: IO[bytes], layout: Layout = EVENTS) -> None:
    """RFC 4180 in UTF-8, with a header; `answers` is JSON, and what is not there is an empty cell."""
    _write_csv(records, file, layout, harmless)


def write_csv_for_excel(records: Iterable[Record], file: IO[bytes], layout: Layout = EVENTS) -> None:
    """The same for spreadsheets: after a byte order mark, and no text in it becomes a number or a date."""
    file.write(BYTE_ORDER_MARK)
    _write_csv(records, file, layout, kept_as_text)


def _write_csv(records: Iterable[Record], file: IO[bytes], layout: Layout, cell: Callable[[Any], Any]) -> None:
    rows = csv.writer(_Encoding(file))
    rows.writerow(layout.columns)
    for record in records:
        values = layout.with_iso(record)
        rows.writerow([value if name in layout.times else cell(value) for name, value in values.items()])


def write_parquet(records: Iterable[Record], file: IO[bytes], layout: Layout = EVENTS) -> None:
    """Parquet, where a moment is a timestamp in milliseconds, UTC, and `answers` is JSON."""
    columns = {name: layout.kind(name) for name in layout.columns}
    sources = [layout.source(name) for name in layout.columns]
    needed = {name for name, source in zip(layout.columns, sources, strict=True) if not layout.table.c[source].nullable}
    parquet.write(columns, needed, ([record[source] for source in sources] for record in records), file)


class Writer(Protocol):
    """Writes rows, which have the layout of events unless told, to a file that is open for it."""

    def __call__(self, records: Iterable[Record], file: IO[bytes], layout: Layout = EVENTS) -> None:
        """Write them all. Raises what `records` and `file` raise."""


FORMATS: Mapping[str, Writer] = {
    "jsonl": write_jsonl,
    "csv": write_csv,
    "parquet": write_parquet,
}
"""The formats by their names."""


class _Encoding:
    """A text file on top of a binary one, which holds nothing back and closes nothing."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(text.encode())
