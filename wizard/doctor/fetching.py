"""Fetches a page as a browser would, without following redirects, and reads the certificate that was used."""

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

SECONDS = 10
MAX_BYTES = 1 << 20
USER_AGENT = "wizard-doctor (bot)"


class Unreachable(Exception):
    """No answer came; the message says why. `is_certificate` is whether the certificate can't be trusted."""

    def __init__(self, reason: str, *, is_certificate: bool = False) -> None:
        super().__init__(reason)
        self.is_certificate = is_certificate


@dataclass(frozen=True)
class Answer:
    """A response. Of a TLS connection, `tls` is its version, and `expires_s` when the certificate expires (epoch)."""

    status: int
    headers: HTTPMessage
    body: bytes = b""
    tls: str = ""
    expires_s: float | None = None

    @property
    def json(self) -> dict[str, Any]:
        """The members of the body, if that is a JSON object; else none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def date_s(self) -> float | None:
        """When the server says that it answered (epoch); None where it doesn't."""
        try:
            return parsedate_to_datetime(self.headers.get("Date", "")).timestamp()
        except ValueError:
            return None

    def all(self, name: str) -> list[str]:
        """The values of a header, one for each time that it was sent."""
        return [str(value) for value in self.headers.get_all(name, [])]


Fetch = Callable[[str, Mapping[str, str]], Answer]
"""Fetches an address with these headers. Raises Unreachable."""


def fetch(address: str, headers: Mapping[str, str], *, context: ssl.SSLContext | None = None) -> Answer:
    """The answer at `address`; see `Fetch`. `context` has the certificates to trust, by default the system's."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    connection = (
        HTTPSConnection(host, parts.port, timeout=SECONDS, context=context or ssl.create_default_context())
        if parts.scheme == "https"
        else HTTPConnection(host, parts.port, timeout=SECONDS)
    )
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("GET", target, headers={"User-Agent": USER_AGENT, "Connection": "close", **headers})
        sock = connection.sock
        tls, expires_s = _tls_of(sock)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read(MAX_BYTES), tls, expires_s)
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(error.verify_message, is_certificate=True) from error
    except TimeoutError as error:
        raise Unreachable(f"no answer within {SECONDS} seconds") from error
    except (OSError, HTTPException) as error:
        raise Unreachable(getattr(error, "strerror", None) or str(error) or type(error).__name__) from error
    finally:
        connection.close()


def _tls_of(sock: object) -> tuple[str, float | None]:
    """The version of TLS, and when the certificate expires (epoch)."""
    if not isinstance(sock, ssl.SSLSocket):
        return "", None
    certificate = sock.getpeercert() or {}
    expires = certificate.get("notAfter")
    return sock.version() or "", ssl.cert_time_to_seconds(str(expires)) if expires else None
