"""Joins precompressed and uncompressed parts into one gzip member (RFC 1951, RFC 1952).

A compressed part ends at a byte (a full flush) and refers to nothing before it, so it fits anywhere. What is not
compressed goes between as it is (a stored block), or as a reference to where the same text stands already.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from wizard.web.parts import Parts

HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"  # DEFLATE, no name, no time, compressed hard, any system
LAST_BLOCK = b"\x03\x00"  # an empty one, with the fixed codes
MAX_STORED_BYTES = 0xFFFF
MIN_MATCH, MAX_MATCH = 3, 258
MAX_DISTANCE = 32_768
REMEMBERED = 4096
LEVEL = 9

EMPTY_STORED = b"\x00\x00\xff\xff"
"""The length of a stored block without content, after its header, which is filled up to a whole byte."""


def compress(parts: Parts) -> tuple[bytes, ...]:
    """The texts of `parts`, compressed."""
    return tuple(map(_compressed, parts.texts))


def join(parts: Parts, compressed: Sequence[bytes], values: Mapping[str, bytes]) -> bytes:
    """The text, with its gaps filled from `values`, by gzip; `compressed` as `compress` returned it."""
    crc, length = zlib.crc32(parts.texts[0]), len(parts.texts[0])
    blocks = [HEADER, compressed[0]]
    filled_at: dict[str, int] = {}
    for gap, text, block in zip(parts.gaps, parts.texts[1:], compressed[1:], strict=True):
        value = values[gap]
        distance = length - filled_at.setdefault(gap, length)
        is_repeated = 0 < distance <= MAX_DISTANCE and len(value) >= MIN_MATCH
        blocks += (_reference(len(value), distance) if is_repeated else _stored(value), block)
        crc = zlib.crc32(text, zlib.crc32(value, crc))
        length += len(value) + len(text)
    blocks += (LAST_BLOCK, struct.pack("<LL", crc, length & 0xFFFF_FFFF))
    return b"".join(blocks)


def _compressed(text: bytes) -> bytes:
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(text) + compressor.flush(zlib.Z_FULL_FLUSH)


def _stored(text: bytes) -> bytes:
    """Stored blocks (RFC 1951, 3.2.4)."""
    blocks = []
    for start in range(0, len(text), MAX_STORED_BYTES):
        block = text[start : start + MAX_STORED_BYTES]
        blocks.append(struct.pack("<BHH", 0, len(block), len(block) ^ 0xFFFF) + block)
    return b"".join(blocks)


@lru_cache(REMEMBERED)
def _reference(length: int, distance: int) -> bytes:
    """A block that repeats the `length` bytes from `distance` bytes ago, filled up to a whole byte.

    With the fixed codes (RFC 1951, 3.2.6), and an empty stored block after it. In `bits`, the first is sent first.
    """
    bits = "010"  # not the last block, fixed codes
    for each in _matches(length):
        bits += _length_bits(each) + _distance_bits(distance)
    bits += "0000000" + "000"  # the end of this block, and the header of a stored one
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8)) + EMPTY_STORED


def _matches(length: int) -> Iterator[int]:
    """Lengths of matches that come to `length`, none too long or too short."""
    while length > MAX_MATCH:
        taken = min(MAX_MATCH, length - MIN_MATCH)
        yield taken
        length -= taken
    yield length


def _length_bits(length: int) -> str:
    """The code of a match's length and its extra bits: 257 to 285, the table in 3.2.5."""
    if length == MAX_MATCH:
        code, extra, more = 285, 0, 0
    else:
        code, extra, more = _coded(length - MIN_MATCH, per_size=4)
        code += 257
    # Codes up to 279 have seven bits; those from 280 on have eight, and begin with 11000000.
    written = f"{code - 256:07b}" if code < 280 else f"{code - 280 + 0b11000000:08b}"  # noqa: PLR2004
    return written + _extra_bits(more, extra)


def _distance_bits(distance: int) -> str:
    code, extra, more = _coded(distance - 1, per_size=2)
    return f"{code:05b}" + _extra_bits(more, extra)


def _coded(value: int, per_size: int) -> tuple[int, int, int]:
    """The code of `value`, how many extra bits it has, and what they say, where each size has so many codes.

    The tables in 3.2.5 follow one rule: the first two sizes have no extra bits, and each further one has one more.
    """
    extra = max(0, (value // per_size).bit_length() - 1)
    return extra * per_size + (value >> extra), extra, value & ((1 << extra) - 1)


def _extra_bits(value: int, count: int) -> str:
    """`value` in `count` bits, the lowest first."""
    return f"{value:0{count}b}"[::-1] if count else ""
