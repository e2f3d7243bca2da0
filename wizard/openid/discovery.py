"""What the provider says of itself, and its keys: read over HTTP, and kept for an hour."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from authlib.oidc.discovery import get_well_known_url
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from wizard.openid.errors import ProviderUnavailable
from wizard.openid.provider_session import get_json, new_session, reached
from wizard.openid_parsers import is_safe
from wizard.setting_parsers import web_address

KEPT_SECONDS = 3600
FAILED_SECONDS = 10
"""How long after a failure the provider is not asked again, so that requests don't all wait for one that is down."""

FRESH_SECONDS = 10
"""Keys that are younger than this are not read again for a token whose key is not among them."""

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Those of signatures that only the provider can make. So neither `none`, nor those with the client's secret."""

BASIC, POST = "client_secret_basic", "client_secret_post"
T = TypeVar("T")


@dataclass(frozen=True)
class Metadata:
    """What the client uses of the provider's configuration. Addresses that it doesn't have are None."""

    issuer: str
    authorization: str
    token: str
    keys: str
    user_info: str | None
    end_session: str | None
    algorithms: tuple[str, ...]
    authentications: tuple[str, ...]
    names_itself: bool
    """Whether it adds `iss` to its answers (RFC 9207)."""


class _Kept(Generic[T]):
    """A value that is read again when it is too old; its readers wait for each other. So is a failure to read it."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._value: T | None = None
        self._failure: ProviderUnavailable | None = None
        self._at = 0.0

    def get(self, kept_seconds: float = KEPT_SECONDS) -> T:
        """The value, not older than this. Raises ProviderUnavailable."""
        with self._lock:
            age = time.monotonic() - self._at
            if self._value is not None and age < kept_seconds:
                return self._value
            if self._failure is not None and age < FAILED_SECONDS:
                raise ProviderUnavailable(str(self._failure))
            try:
                self._value, self._failure = self._read(), None
            except ProviderUnavailable as error:
                self._value, self._failure = None, error
                raise
            finally:
                self._at = time.monotonic()
            return self._value


class Discovery:
    """The configuration and the keys of the provider at `issuer`."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._metadata = _Kept(self._read_metadata)
        self._keys = _Kept(self._read_keys)

    def metadata(self) -> Metadata:
        """The provider's configuration. Raises ProviderUnavailable."""
        return self._metadata.get()

    def keys(self, *, anew: bool = False) -> KeySet:
        """The provider's keys, read `anew` for a token that was signed with another. Raises ProviderUnavailable."""
        return self._keys.get(FRESH_SECONDS if anew else KEPT_SECONDS)

    def _read_metadata(self) -> Metadata:
        found = self._get(get_well_known_url(self._issuer, external=True), "its configuration")
        return read_metadata(found, self._issuer)

    def _read_keys(self) -> KeySet:
        found = self._get(self.metadata().keys, "its keys")
        try:
            return reached(lambda: KeySet.import_key_set(found), "its keys")  # type: ignore[arg-type]  # checked there
        except JoseError as error:
            raise ProviderUnavailable(f"its keys: {type(error).__name__}") from error

    @staticmethod
    def _get(address: str, what: str) -> dict[str, Any]:
        with new_session("", "", POST) as session:
            return get_json(session, address, what)


def read_metadata(found: Mapping[str, Any], issuer: str) -> Metadata:
    """The configuration `found`, which must be that of `issuer` (Discovery 1.0, section 4.3).

    Raises ProviderUnavailable.
    """
    if found.get("issuer") != issuer:
        raise ProviderUnavailable("its configuration: of another issuer than WIZARD_OIDC_ISSUER")
    algorithms = _texts(found, "id_token_signing_alg_values_supported", ("RS256",))
    usable = tuple(name for name in algorithms if name in ALGORITHMS)
    if not usable:
        raise ProviderUnavailable("its configuration: no algorithm of ID tokens that can be used")
    return Metadata(
        issuer,
        authorization=_address(found, "authorization_endpoint"),
        token=_address(found, "token_endpoint"),
        keys=_address(found, "jwks_uri"),
        user_info=_address(found, "userinfo_endpoint") if found.get("userinfo_endpoint") else None,
        end_session=_address(found, "end_session_endpoint") if found.get("end_session_endpoint") else None,
        algorithms=usable,
        authentications=_texts(found, "token_endpoint_auth_methods_supported", (BASIC,)),
        names_itself=found.get("authorization_response_iss_parameter_supported") is True,
    )


def _address(found: Mapping[str, Any], name: str) -> str:
    try:
        address = web_address(str(found.get(name)))
    except ValueError:
        address = ""
    if not is_safe(address):
        raise ProviderUnavailable(f"its configuration: no safe address as {name}")
    return address


def _texts(found: Mapping[str, Any], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    given = found.get(name)
    return tuple(each for each in given if isinstance(each, str)) if isinstance(given, list) else default
