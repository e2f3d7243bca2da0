"""Requests to an OpenID provider: with timeouts, without redirects, and of answers only so much as fits."""

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from requests import PreparedRequest, RequestException, Response
from requests.adapters import HTTPAdapter

from wizard.openid.client_authentication import encoded_basic
from wizard.openid.errors import ProviderUnavailable

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 3, 5, 10
MAX_BYTES = 256 * 1024
CHUNK_BYTES = 16 * 1024
T = TypeVar("T")


class _BoundedBody:
    """The body of an answer, of which too much or too late is an error. It has what `requests` reads bodies by."""

    def __init__(self, body: Any, ends: float) -> None:
        self._body = body
        self._ends = ends

    def stream(self, _: int, *, decode_content: bool) -> Iterator[bytes]:
        """The body in chunks. Raises RequestException beyond `MAX_BYTES`, or after the end of the time."""
        count = 0
        while chunk := self._body.read1(CHUNK_BYTES, decode_content=decode_content):
            count += len(chunk)
            if count > MAX_BYTES or time.monotonic() > self._ends:
                self._body.close()
                raise RequestException(f"more than {MAX_BYTES:,} bytes, or not read within {WHOLE_SECONDS} s")
            yield chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)


class _BoundedAdapter(HTTPAdapter):
    def send(self, request: PreparedRequest, **options: Any) -> Response:  # type: ignore[override]  # all by name
        """The answer to `request`, with a bounded body."""
        ends = time.monotonic() + WHOLE_SECONDS
        answer = super().send(request, **options)
        answer.raw = _BoundedBody(answer.raw, ends)
        return answer


def new_session(client_id: str, client_secret: str, authentication: str) -> OAuth2Session:
    """A session that authenticates the client by `authentication`, client_secret_basic or client_secret_post."""
    session = OAuth2Session(
        client_id,
        client_secret,
        token_endpoint_auth_method=encoded_basic if authentication == "client_secret_basic" else authentication,
        code_challenge_method="S256",
        default_timeout=(CONNECT_SECONDS, READ_SECONDS),
    )
    session.max_redirects = 0
    for scheme in ("https://", "http://"):
        session.mount(scheme, _BoundedAdapter())
    return session


def get_json(session: OAuth2Session, address: str, what: str, token: str = "") -> dict[str, Any]:
    """The JSON object at `address`, which is called `what` in errors; with `token`, an access token, sent along.

    Raises ProviderUnavailable.
    """

    def authorize(request: PreparedRequest) -> PreparedRequest:
        """Send `token` along. Without such a function, requests would send what ~/.netrc has for the host."""
        if token:
            request.headers["Authorization"] = f"Bearer {token}"
        return request

    def get() -> Any:
        answer = session.get(address, headers={"Accept": "application/json"}, auth=authorize)
        answer.raise_for_status()
        return answer.json()

    found = reached(get, what)
    if not isinstance(found, dict):
        raise ProviderUnavailable(f"{what}: not a JSON object")
    return found


def reached(call: Callable[[], T], what: str) -> T:
    """The result of `call`. Raises ProviderUnavailable where the provider gives no usable answer; and OAuthError."""
    try:
        return call()
    except OAuthError:
        raise
    except RequestException as error:
        status = error.response.status_code if error.response is not None else None
        raise ProviderUnavailable(f"{what}: {f'status {status}' if status else type(error).__name__}") from error
    except (ValueError, LookupError, TypeError, AttributeError, OSError) as error:  # not JSON, or not what it should be
        raise ProviderUnavailable(f"{what}: {type(error).__name__}") from error
