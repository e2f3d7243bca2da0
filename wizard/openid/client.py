"""The authorization code flow with PKCE: the address to send a colleague to, and what to make of their return.

Import it only where there is a provider: with Authlib and what that needs, it is an eighth of a server's start.
"""

import hmac
from collections.abc import Mapping
from typing import Any

from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client.errors import OAuthError

from wizard.clock import Clock
from wizard.openid.attempt import Attempt, SignedIn
from wizard.openid.claims import completed, identity_of, is_complete
from wizard.openid.discovery import BASIC, POST, Discovery, Metadata
from wizard.openid.errors import OpenIDRefused
from wizard.openid.id_token import Expected, verified_claims
from wizard.openid.provider_session import get_json, new_session, reached
from wizard.openid_settings import OpenIDSettings

SCOPE = "openid email profile"
STATE_CHARACTERS, VERIFIER_CHARACTERS = 32, 48
MAX_CODE_CHARACTERS = 4096
BAD_CLIENT = ("invalid_client", "unauthorized_client")


class OpenIDClient:
    """The wizard as a client of the provider in `settings`, which must have one."""

    def __init__(self, settings: OpenIDSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._discovery = Discovery(settings.oidc_issuer or "")
        self._authentication: str | None = None

    def begin(self, redirect_uri: str, *, asks: bool = False) -> tuple[str, Attempt]:
        """The provider's address to send the browser to, and the attempt to keep. Raises ProviderUnavailable.

        With `asks`, the provider asks who it is, even if somebody is signed in there.
        """
        metadata = self._discovery.metadata()
        attempt = Attempt(
            generate_token(STATE_CHARACTERS), generate_token(STATE_CHARACTERS), generate_token(VERIFIER_CHARACTERS)
        )
        with self._session(BASIC) as session:
            address, _ = session.create_authorization_url(
                metadata.authorization,
                state=attempt.state,
                code_verifier=attempt.verifier,
                nonce=attempt.nonce,
                redirect_uri=redirect_uri,
                scope=SCOPE,
                **({"prompt": "login"} if asks else {}),
            )
        return str(address), attempt

    def finish(self, returned: Mapping[str, str], attempt: Attempt, redirect_uri: str) -> SignedIn:
        """Who signed in, by the parameters that the provider `returned`. Raises OpenIDRefused, ProviderUnavailable."""
        metadata = self._discovery.metadata()
        issuer = returned.get("iss")
        if issuer != metadata.issuer and (issuer is not None or metadata.names_itself):
            raise OpenIDRefused("wrong issuer", "of the answer")
        if not hmac.compare_digest(returned.get("state", "").encode(), attempt.state.encode()):
            raise OpenIDRefused("not begun here")
        if "error" in returned:
            raise OpenIDRefused("stopped at the provider")
        code = returned.get("code", "")
        if not 0 < len(code) <= MAX_CODE_CHARACTERS:
            raise OpenIDRefused("refused by the provider", "no code")
        token = self._token(metadata, code, attempt.verifier, redirect_uri)
        id_token, access_token = token.get("id_token"), str(token.get("access_token", ""))
        expected = Expected(self._settings.oidc_client_id, attempt.nonce, access_token, self._clock() // 1000)
        claims = verified_claims(id_token, self._discovery, expected)
        if metadata.user_info and access_token and not is_complete(claims, self._settings):
            claims = completed(claims, self._user_info(metadata.user_info, access_token, claims["sub"]))
        return SignedIn(identity_of(claims, self._settings), str(id_token))

    def sign_out_address(self, return_to: str, id_token: str) -> str | None:
        """The provider's address that signs out there; None if it has none. Raises ProviderUnavailable.

        Without an ID token, the provider asks first (RP-Initiated Logout 1.0, section 2).
        """
        found = self._discovery.metadata().end_session
        if not found:
            return None
        hint = [("id_token_hint", id_token)] if id_token else []
        known = [("client_id", self._settings.oidc_client_id), ("post_logout_redirect_uri", return_to)]
        return str(add_params_to_uri(found, [*hint, *known]))

    def check(self) -> Metadata:
        """The provider's configuration, after its keys could be read. Raises ProviderUnavailable."""
        self._discovery.keys()
        return self._discovery.metadata()

    def _session(self, authentication: str) -> Any:
        return new_session(self._settings.oidc_client_id, self._settings.oidc_client_secret, authentication)

    def _token(self, metadata: Metadata, code: str, verifier: str, redirect_uri: str) -> Mapping[str, Any]:
        """The tokens for `code`. Raises OpenIDRefused, ProviderUnavailable.

        Which way of authenticating is registered with the provider is found by trying, and remembered.
        """
        ways = [way for way in (BASIC, POST) if way in metadata.authentications] or [BASIC]
        if self._authentication in ways:
            ways = [self._authentication]
        for way in ways:
            token = self._token_by(
                way, metadata, {"code": code, "code_verifier": verifier, "redirect_uri": redirect_uri}
            )
            if token is not None:
                self._authentication = way
                return token
        self._authentication = None
        raise OpenIDRefused("refused by the provider", "client id or secret")

    def _token_by(self, way: str, metadata: Metadata, given: Mapping[str, str]) -> Mapping[str, Any] | None:
        """The tokens for what is `given`; None if the provider does not authenticate the client by `way`."""
        with self._session(way) as session:
            try:
                token: Mapping[str, Any] = reached(lambda: session.fetch_token(metadata.token, **given), "a code")
            except OAuthError as error:
                if error.error in BAD_CLIENT:
                    return None
                raise OpenIDRefused("refused by the provider", "code") from error
        return token

    def _user_info(self, address: str, access_token: str, subject: str) -> dict[str, Any]:
        """The claims of the user info, which must be those of `subject`. Raises OpenIDRefused, ProviderUnavailable."""
        with self._session(BASIC) as session:
            found = get_json(session, address, "user info", access_token)
        if found.get("sub") != subject:
            raise OpenIDRefused("bad user info")
        return found
