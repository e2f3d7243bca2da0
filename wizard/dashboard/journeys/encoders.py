"""Encodes an export so that a client can tell a complete file from one that broke off.

The server ends every answer in good order, even one that fails midway, and has no way to be told otherwise. But what
is compressed can be broken: a browser then says that the download failed. Who takes nothing compressed finds a last
line that no program reads.
"""

import zlib

GZIP = 16 + zlib.MAX_WBITS
QUICK = 1
MARK = b'\n"THIS FILE IS NOT WHOLE: the export failed here, and what is missing was not written'
"""Neither a line of JSON nor a row of CSV: its quote never ends."""

NO_BLOCK = b"\x07" + b"\xff" * 15
"""A last block of a kind that there is not (RFC 1951, 3.2.3)."""


class Plain:
    """Sends what is written as it is."""

    def through(self, data: bytes) -> bytes:
        """The data themselves."""
        return data

    def whole(self) -> bytes:
        """Nothing."""
        return b""

    def broken(self) -> bytes:
        """A line that says so."""
        return MARK


class Gzip:
    """Sends it compressed (RFC 1952), the first of it at once."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(QUICK, zlib.DEFLATED, GZIP)
        self._has_begun = False

    def through(self, data: bytes) -> bytes:
        """What the compressor gives out by now."""
        sent = self._compressor.compress(data)
        if not self._has_begun:
            self._has_begun = True
            sent += self._compressor.flush(zlib.Z_SYNC_FLUSH)
        return sent

    def whole(self) -> bytes:
        """The rest, and the checksum."""
        return self._compressor.flush()

    def broken(self) -> bytes:
        """The rest, and what nobody can decompress."""
        return self._compressor.flush(zlib.Z_FULL_FLUSH) + NO_BLOCK
