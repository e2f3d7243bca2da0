"""Lines of JSON, each with a checksum, so that one is known to be whole after a crash or a power cut."""

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SEAL = re.compile(rb'\{"crc":"([0-9a-f]{8})",')


@dataclass(frozen=True, slots=True)
class Line:
    """What was written at once, and where it ends; no `content` where it can't be read."""

    raw: bytes
    end: int
    content: Mapping[str, Any] | None

    @property
    def events(self) -> int:
        """How many events it holds."""
        return len(self.content["asked"]) + len(self.content["implied"]) if self.content else 0

    @property
    def at_stake(self) -> int:
        """How many events are lost with it: what was asked for, and at least one."""
        return len(self.content["asked"]) if self.content else 1


def sealed(content: Mapping[str, Any]) -> bytes:
    """A line of JSON whose first value is a checksum of the rest."""
    rest = json.dumps(content, separators=(",", ":")).encode()[1:]
    return b'{"crc":"%08x",%s\n' % (zlib.crc32(rest), rest)


def opened(line: bytes) -> dict[str, Any] | None:
    """What was sealed, or None where it is not whole."""
    line = line.rstrip()
    seal = SEAL.match(line)
    if not seal or int(seal[1], 16) != zlib.crc32(line[seal.end() :]):
        return None
    content: dict[str, Any] = json.loads(line)
    return content


def lines_of(data: bytes, at: int) -> Iterator[Line]:
    """The lines of `data`, which begins at `at`; a last one without its line end can't be read."""
    *whole, rest = data.split(b"\n")
    for raw in whole:
        at += len(raw) + 1
        yield Line(raw, at, opened(raw))
    if rest:
        yield Line(rest, at + len(rest), None)
