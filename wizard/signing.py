"""What every signature of ours has in common: keys that can be rotated, SHA-256, and one way to write it."""

import hashlib
from collections.abc import Sequence
from typing import Any

from itsdangerous import BadData
from itsdangerous.encoding import base64_decode, base64_encode

SIGNING: dict[str, Any] = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
"""For itsdangerous, whose own default is SHA-1."""


def signing_order(keys: Sequence[str]) -> list[str]:
    """The keys of a setting, of which the first signs, as itsdangerous wants them: it signs with the last."""
    return list(reversed(keys))


def is_canonical(token: str) -> bool:
    """Whether the signature is written in the one way that we write it; base64 has spare bits at the end."""
    if not token.isascii():
        return False
    signature = token.rpartition(".")[2]
    try:
        return base64_encode(base64_decode(signature)).decode() == signature
    except BadData:
        return False
