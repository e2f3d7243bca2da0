"""Writes events as JSON Lines, CSV or Parquet, a few at a time in memory. docs/log.md describes the three.

An event's own time is ISO 8601 in UTC under `ts`, for which the table has `ts_ms`; all else is as the table has it.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any

from wizard.conversions import parquet
from wizard.conversions.periods import iso
from wizard.conversions.schema import events

Record = Mapping[str, Any]
"""An event as its row has it."""

FIRST = ("event_id", "event", "ts", "journey_id", "turn")
COLUMNS = FIRST + tuple(name for name in events.c.keys() if name not in (*FIRST, "ts_ms"))  # noqa: SIM118
"""What every format has, in this order."""

# OWASP's list of what begins a formula: https://owasp.org/www-community/attacks/CSV_Injection
# Some spreadsheets also take a semicolon, whatever the quotes around it, for the end of a cell.
_STARTS = r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]"
FORMULA = re.compile(rf"^(?={_STARTS}|[\t\r\n])|(?<=[;\t\r\n])(?={_STARTS})")


def as_record(record: Record) -> dict[str, Any]:
    """An event as a JSON object has it."""
    values = {"ts": iso(record["ts_ms"]), "answers": json.loads(record["answers"])}
    return {name: values[name] if name in values else record[name] for name in COLUMNS}


def harmless(value: Any) -> Any:
    """`value` as a cell that no spreadsheet takes for a formula: an apostrophe before what would begin one.

    Numbers stay numbers.
    """
    return FORMULA.sub("'", value) if isinstance(value, str) else value


def write_jsonl(records: Iterable[Record], file: IO[bytes]) -> None:
    """A JSON object for each event, a line each, in UTF-8; `answers` is an object in it."""
    for record in records:
        line = json.dumps(as_record(record), ensure_ascii=False, separators=(",", ":"))
        file.write(line.encode() + b"\n")


def write_csv(records: Iterable[Record], file: IO[bytes]) -> None:
    """RFC 4180 in UTF-8, with a header; `answers` is JSON, and what is not there is an empty cell."""
    rows = csv.writer(_Encoding(file))
    rows.writerow(COLUMNS)
    for record in records:
        values = {**record, "ts": iso(record["ts_ms"])}
        rows.writerow([harmless(values[name]) for name in COLUMNS])


def write_parquet(records: Iterable[Record], file: IO[bytes]) -> None:
    """Parquet, where `ts` is a timestamp in milliseconds, UTC, and `answers` is JSON."""
    columns = {name: "timestamp" if name == "ts" else _kind(name) for name in COLUMNS}
    needed = {name for name in COLUMNS if name == "ts" or not events.c[name].nullable}
    sources = ["ts_ms" if name == "ts" else name for name in COLUMNS]
    parquet.write(columns, needed, ([record[source] for source in sources] for record in records), file)


FORMATS: Mapping[str, Callable[[Iterable[Record], IO[bytes]], None]] = {
    "jsonl": write_jsonl,
    "csv": write_csv,
    "parquet": write_parquet,
}
"""The formats by their names."""


def _kind(name: str) -> parquet.Kind:
    kinds: Mapping[type, parquet.Kind] = {str: "text", int: "whole", float: "number"}
    return kinds[events.c[name].type.python_type]


class _Encoding:
    """A text file on top of a binary one, which holds nothing back and closes nothing."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(text.encode())
