"""Joins precompressed and uncompressed parts into one Brotli stream (RFC 7932).

A compressed part refers to others by their distance, so it fits only between parts of the lengths that it was made for.
What is not compressed goes between as it is (an uncompressed meta-block), with the text's next two bytes, by which the
part after it chooses how its first letters are coded. So how a part is read does not depend on what it is filled with.
"""

import secrets
from collections.abc import Sequence

import brotli

from wizard.web.parts import Parts

ATTEMPTS = 4
"""At the highest qualities, parts do not fit in one of five attempts, or one of two where there are many gaps."""

WINDOW_BITS = 18
CONTEXT_BYTES = 2
MAX_BLOCK_BYTES = 1 << 16
LAST_BLOCK = b"\x03"  # an empty one


def compress(parts: Parts, lengths: Sequence[int], quality: int) -> tuple[bytes, ...] | None:
    """The texts of `parts`, compressed, for gaps that are filled with so many bytes; None where that can't be done."""
    if any(len(text) < CONTEXT_BYTES for text in parts.texts[1:]) or max(lengths, default=0) > MAX_BLOCK_BYTES // 2:
        return None
    for _ in range(ATTEMPTS):
        compressed = _compressed(parts, lengths, quality)
        if _fits(parts, compressed, lengths):
            return compressed
    return None


def join(parts: Parts, compressed: Sequence[bytes], values: Sequence[bytes]) -> bytes:
    """The text, with its gaps filled with `values`, by Brotli; `compressed` as `compress` returned it."""
    blocks = [compressed[0]]
    for value, text, block in zip(values, parts.texts[1:], compressed[1:], strict=True):
        blocks += (_uncompressed(value + text[:CONTEXT_BYTES]), block)
    blocks.append(LAST_BLOCK)
    return b"".join(blocks)


def _compressed(parts: Parts, lengths: Sequence[int], quality: int) -> tuple[bytes, ...]:
    """Each text, compressed. The gaps are filled with bytes that no text has, so that nothing refers to them."""
    compressor = brotli.Compressor(quality=quality, lgwin=WINDOW_BITS)
    compressed = [compressor.process(parts.texts[0]) + compressor.flush()]
    for length, text in zip(lengths, parts.texts[1:], strict=True):
        compressor.process(_noise(length) + text[:CONTEXT_BYTES])
        compressor.flush()
        compressed.append(compressor.process(text[CONTEXT_BYTES:]) + compressor.flush())
    return tuple(compressed)


def _noise(length: int) -> bytes:
    return bytes(byte | 0x80 for byte in secrets.token_bytes(length))


def _fits(parts: Parts, compressed: Sequence[bytes], lengths: Sequence[int]) -> bool:
    """Whether the parts are read as they should be.

    They are not where the compressor coded a gap by a distance that it means to use again. Since how a part is read
    does not depend on what is in the gaps, it takes one filling to know.
    """
    values = [secrets.token_hex(length)[:length].encode() for length in lengths]
    expected = parts.texts[0] + b"".join(map(bytes.__add__, values, parts.texts[1:]))
    try:
        read: bytes = brotli.decompress(join(parts, compressed, values))
    except brotli.error:
        return False
    return read == expected


def _uncompressed(content: bytes) -> bytes:
    """An uncompressed meta-block (RFC 7932, 9.2): not the last, four nibbles of length, filled up to a whole byte."""
    return ((len(content) - 1) << 3 | 1 << 19).to_bytes(3, "little") + content
