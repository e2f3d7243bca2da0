"""Verifies an ID token: its signature, and that it was issued for this client, this sign-in and this time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, InvalidKeyIdError, JoseError, MissingClaimError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from wizard.openid.discovery import Discovery, Metadata
from wizard.openid.errors import OpenIDRefused, Reason

SKEW_SECONDS = 60
"""How much the provider's clock may differ from this server's."""

MAX_CHARACTERS = 64 * 1024
MAX_SUBJECT_CHARACTERS = 255  # OpenID Connect Core 1.0, section 2

CLAIM_REASONS: Mapping[str, Reason] = {"aud": "wrong audience", "azp": "wrong audience", "iss": "wrong issuer"}
"""Which reason a bad claim is; that of the nonce is below, since it is compared by Authlib. Others: "bad ID token"."""


@dataclass(frozen=True)
class Expected:
    """What an ID token must say: for whom, in which sign-in, with which access token. `now` is in seconds."""

    client_id: str
    nonce: str
    access_token: str
    now: int


def verified_claims(token: Any, discovery: Discovery, expected: Expected) -> dict[str, Any]:
    """The claims of an ID token. Raises OpenIDRefused, and ProviderUnavailable.

    Of a token whose key is not known, the provider's keys are read again, once: it may have changed them.
    """
    if not isinstance(token, str) or len(token) > MAX_CHARACTERS:
        raise OpenIDRefused("bad ID token", "missing or too long")
    metadata = discovery.metadata()
    try:
        try:
            decoded = _decoded(token, discovery.keys(), metadata)
        except InvalidKeyIdError:
            decoded = _decoded(token, discovery.keys(anew=True), metadata)
        return _checked(decoded, metadata, expected)
    except ExpiredTokenError as error:
        raise OpenIDRefused("expired") from error
    except (InvalidClaimError, MissingClaimError) as error:
        claim = str(getattr(error, "claim", ""))
        reason = "wrong nonce" if claim == "nonce" else CLAIM_REASONS.get(claim, "bad ID token")
        raise OpenIDRefused(reason, "" if reason != "bad ID token" else claim) from error
    except (JoseError, ValueError, TypeError, LookupError) as error:
        raise OpenIDRefused("bad ID token", type(error).__name__) from error


def _decoded(token: str, keys: KeySet, metadata: Metadata) -> jwt.Token:
    registry = JWSRegistry(algorithms=list(metadata.algorithms), strict_check_header=False)
    return jwt.decode(token, keys, registry=registry)


def _checked(decoded: jwt.Token, metadata: Metadata, expected: Expected) -> dict[str, Any]:
    """The claims of a token whose signature is right (OpenID Connect Core 1.0, section 3.1.3.7).

    `aud` is required here: Authlib's own check is satisfied with a token for somebody else that names this client
    as `azp`.
    """
    options = {
        "iss": {"essential": True, "value": metadata.issuer},
        "aud": {"essential": True, "value": expected.client_id},
    }
    given = {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": expected.access_token}
    claims = CodeIDToken(decoded.claims, decoded.header, options, given)
    claims.validate(now=expected.now, leeway=SKEW_SECONDS)
    if not 0 < len(claims["sub"]) <= MAX_SUBJECT_CHARACTERS:
        raise InvalidClaimError("sub")
    return dict(claims)
