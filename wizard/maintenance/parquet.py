"""Writes rows as Parquet in row groups, as they come, by way of Arrow."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import IO, Any, Literal, cast

from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema
from arro3.io import write_parquet

Kind = Literal["text", "whole", "number", "timestamp"]

ROWS_IN_BATCH = 4096
ROWS_IN_GROUP = 15 * ROWS_IN_BATCH  # what is held in memory until it is written: some MB, compressed


def write(
    columns: Mapping[str, Kind], needed: AbstractSet[str], rows: Iterable[Sequence[Any]], file: IO[bytes]
) -> None:
    """Write `rows`, which hold a value for each of `columns`; those that are `needed` are never None.

    Timestamps come as milliseconds since the epoch. Raises what `rows` and `file` raise.
    """
    types = {name: _type(kind) for name, kind in columns.items()}
    schema = Schema([Field(name, types[name], nullable=name not in needed) for name in columns])
    shield = _Shield(file)
    reader = RecordBatchReader.from_batches(schema, shield.batches(schema, columns, rows))
    write_parquet(reader, cast("IO[bytes]", shield), max_row_group_size=ROWS_IN_GROUP, compression="zstd(3)")
    if shield.error:
        raise shield.error


def _type(kind: Kind) -> DataType:
    return {
        "text": DataType.utf8(),
        "whole": DataType.int64(),
        "number": DataType.float64(),
        "timestamp": DataType.timestamp("ms", tz="UTC"),
    }[kind]


class _Shield:
    """Keeps errors on the Python side: the writer would answer one with a panic, and forget what it was.

    The first is kept. From then on there are no more rows, and nothing is written.
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
        """Nothing: whoever opened the file flushes it."""

    def seek(self, *_: int) -> int:
        """Be asked for, and never called: what is written only grows."""
        raise NotImplementedError

    def batches(
        self, schema: Schema, columns: Mapping[str, Kind], rows: Iterable[Sequence[Any]]
    ) -> Iterator[RecordBatch]:
        """The rows as Arrow has them, so many at a time."""
        ahead = iter(rows)
        while self.error is None:
            try:
                taken = list(islice(ahead, ROWS_IN_BATCH))
                if not taken:
                    return
                arrays = [
                    _array(kind, values)
                    for kind, values in zip(columns.values(), zip(*taken, strict=True), strict=True)
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
