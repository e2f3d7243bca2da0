"""What all signatures share: keys that can be rotated, SHA-256, one encoding, and the clock of their timestamps."""

import hashlib
import hmac
import zlib
from collections.abc import Iterator, Sequence
from json import JSONEncoder
from typing import Any

from itsdangerous import BadData, Signer, TimestampSigner, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode, want_bytes
from itsdangerous.signer import HMACAlgorithm

from wizard.clock import Clock


class _Sha256(HMACAlgorithm):
    """HMAC by one call into OpenSSL."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")


SIGNING: dict[str, Any] = {
    "digest_method": hashlib.sha256,
    "key_derivation": "hmac",
    "algorithm": _Sha256(hashlib.sha256),
}
"""For itsdangerous, whose own default is SHA-1."""

ENCODE = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

COMPRESSED_FROM_BYTES = 200
"""Shorter ones are half random: they get some bytes shorter at most, and pages would differ in their lengths."""

WINDOW_BITS, MEMORY_LEVEL = 12, 4
"""How much memory compressing a token takes: enough for the longest. With zlib's default, 256 KB are cleared first."""


class DerivedKeys(Signer):
    """A signer that derives its keys once, and not for each signature."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._derived = {key: super(DerivedKeys, self).derive_key(key) for key in self.secret_keys}

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        """The key that is derived from `secret_key`, by default from the one that signs."""
        return self._derived[self.secret_keys[-1] if secret_key is None else want_bytes(secret_key)]


class TokenSerializer(URLSafeSerializer):
    """Signed JSON for addresses, by a signer that is made once."""

    def __init__(self, keys: Sequence[str], salt: str) -> None:
        super().__init__(list(keys), salt=salt, signer=DerivedKeys, signer_kwargs=SIGNING)
        self._signer = super().make_signer()

    def make_signer(self, salt: str | bytes | None = None) -> Signer:  # noqa: ARG002  # there is one salt
        """The signer."""
        return self._signer

    def iter_unsigners(self, salt: str | bytes | None = None) -> Iterator[Signer]:  # noqa: ARG002  # there is one salt
        """The signer, which knows every key."""
        yield self._signer

    def dumps(self, obj: Any, salt: str | bytes | None = None) -> str:  # noqa: ARG002  # there is one salt
        """`obj` as a signed text."""
        payload = self.dump_payload(obj)
        return (payload + b"." + self._signer.get_signature(payload)).decode()

    def dump_payload(self, obj: Any) -> bytes:
        """`obj` as JSON, compressed where that is shorter, as itsdangerous writes and reads it."""
        json = ENCODE(obj).encode()
        if len(json) < COMPRESSED_FROM_BYTES:
            return base64_encode(json)
        compressor = zlib.compressobj(9, zlib.DEFLATED, WINDOW_BITS, MEMORY_LEVEL)
        packed = compressor.compress(json) + compressor.flush()
        return b"." + base64_encode(packed) if len(packed) < len(json) - 1 else base64_encode(json)


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


class ClockSigner(DerivedKeys, TimestampSigner):
    """A timestamp signer that reads the time from `clock`, and derives its keys once."""

    def __init__(self, *arguments: Any, clock: Clock, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._clock = clock

    def get_timestamp(self) -> int:
        """The seconds since the epoch."""
        return self._clock() // 1000
