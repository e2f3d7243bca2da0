"""What all signatures share: keys that can be rotated, SHA-256, one encoding, and the clock of their timestamps."""

import hashlib
from collections.abc import Sequence
from typing import Any

from itsdangerous import BadData, TimestampSigner
from itsdangerous.encoding import base64_decode, base64_encode

from wizard.clock import Clock

SIGNING: dict[str, Any] = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
"""For itsdangerous, whose own default is SHA-1."""


def signing_order(keys: Sequence[str]) -> list[str]:
    """`keys`, of which the first signs, in the order of itsdangerous, where the last does."""
    return list(reversed(keys))


def is_canonical(token: str) -> bool:
    """Whether the signature is written as itsdangerous writes it. Base64 has spare bits, so that others decode, too."""
    if not token.isascii():
        return False
    signature = token.rpartition(".")[2]
    try:
        return base64_encode(base64_decode(signature)).decode() == signature
    except BadData:
        return False


class ClockSigner(TimestampSigner):
    """A TimestampSigner that reads the time from `clock`."""

    def __init__(self, *arguments: Any, clock: Clock, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._clock = clock

    def get_timestamp(self) -> int:
        """The seconds since the epoch."""
        return self._clock() // 1000
