"""Runs ClickHouse in this process: `python clickhouse_process.py LIBRARY OPTION…`.

The server listens until standard input is closed, so it never outlives the process that started it.
"""

import ctypes
import sys

NAME = b"clickhouse"


def main(library: str, options: list[str]) -> None:
    """Call the entry point of clickhouse-local in the shared library, which returns when the server has ended."""
    words = [NAME, *(option.encode() for option in options)]
    arguments = (ctypes.c_char_p * (len(words) + 1))(*words, None)
    run = ctypes.CDLL(library).chdb_query_cmdline
    run.restype = ctypes.c_void_p
    run(len(words), arguments)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
