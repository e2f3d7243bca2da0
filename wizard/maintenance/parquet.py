"""Writes rows as Parquet through Arrow, streamed in row groups."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import IO, Any, Literal, cast

from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema
from arro3.io import write_parquet

Kind = Literal["text", "whole", "number", "timestamp"]

ROWS_IN_BATCH = 4096
ROWS_IN_GROUP = 15 * ROWS_IN_BATCH  # held in memory until written: some MB, compressed


def write(
    columns: Mapping[str, Kind], needed: AbstractSet[str], rows: Iterable[Sequence[Any]], file: IO[bytes]
) -> None:
    """Write `rows`, each with a value per column; those of the columns in `needed` are never None.

    Timestamps are milliseconds since the epoch. Raises what `rows` and `file` raise.
    """
    types = {name: _type(kind) for name, kind in columns.items()}
    schema = Schema([Field(name, types[name], nullable=name not in needed) for name in columns])
    guarded = _ErrorGuard(file)
    reader = RecordBatchReader.from_batches(schema, guarded.batches(schema, columns, rows))
    write_parquet(reader, cast("IO[bytes]", guarded), max_row_group_size=ROWS_IN_GROUP, compression="zstd(3)")
    if guarded.error:
        raise guarded.error


def _type(kind: Kind) -> DataType:
    return {
        "text": DataType.utf8(),
        "whole": DataType.int64(),
        "number": DataType.float64(),
        "timestamp": DataType.timestamp("ms", tz="UTC"),
    }[kind]


class _ErrorGuard:
    """Catches errors of the rows and the file, since the Rust writer would turn them into a panic and lose them.

    Keeps the first error, then supplies no more rows and writes nothing.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.error: BaseException | None = None

    def write(self, data: bytes) -> int:
        if self.error is None:
            try:
                return self._file.write(data)
            except BaseException as error:  # noqa: BLE001  # raised by write() above, once the writer is done
                self.error = error
        return len(data)

    def flush(self) -> None:
        """Do nothing: the caller flushes the file."""

    def seek(self, *_: int) -> int:
        """Exist for the writer, which requires a `seek` but never calls it."""
        raise NotImplementedError

    def batches(
        self, schema: Schema, columns: Mapping[str, Kind], rows: Iterable[Sequence[Any]]
    ) -> Iterator[RecordBatch]:
        """The rows as Arrow batches of ROWS_IN_BATCH."""
        remaining = iter(rows)
        while self.error is None:
            try:
                chunk = list(islice(remaining, ROWS_IN_BATCH))
                if not chunk:
                    return
                arrays = [
                    _array(kind, values)
                    for kind, values in zip(columns.values(), zip(*chunk, strict=True), strict=True)
                ]
                batch = RecordBatch.from_arrays(arrays, schema=schema)
            except BaseException as error:  # noqa: BLE001  # raised by write() above, once the writer is done
                self.error = error
                return
            yield batch


def _array(kind: Kind, values: Sequence[Any]) -> Array:
    if kind == "timestamp":
        return Array(values, type=DataType.int64()).cast(_type(kind))
    return Array(values, type=_type(kind))
