"""Whom the provider's claims name, and which role they give."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wizard.email_addresses import email_address
from wizard.openid.errors import OpenIDRefused
from wizard.openid_parsers import ROLE_NAMES
from wizard.openid_settings import ANYBODY, OpenIDSettings

TRUE = (True, "true", 1, "1")
"""How providers write it: some as text, some as a number."""

VERIFIED = ("email_verified", "xms_edov")
"""The claims that vouch for the e-mail address; the second is Microsoft Entra ID's, for its domain."""


@dataclass(frozen=True)
class Identity:
    """Who signs in: the provider's id and e-mail address of them, in lower case, and the role that the claims give.

    With `is_anybody`, the role is the one for everybody, for who is new here: others keep the one that they have.
    """

    subject: str
    email: str
    role: str
    is_anybody: bool


def identity_of(claims: Mapping[str, Any], settings: OpenIDSettings) -> Identity:
    """Who signs in by `claims`. Raises OpenIDRefused."""
    email = _email(claims)
    if settings.oidc_domains and email.rpartition("@")[2] not in settings.oidc_domains:
        raise OpenIDRefused("domain not allowed", email=email)
    roles = dict(settings.oidc_roles)
    anybody = roles.pop(ANYBODY, None)
    given = [roles[value] for value in values_of(claims, settings.oidc_role_claim) if value in roles]
    if given:
        return Identity(claims["sub"], email, max(given, key=ROLE_NAMES.index), is_anybody=False)
    if anybody:
        return Identity(claims["sub"], email, anybody, is_anybody=True)
    raise OpenIDRefused("no role", email=email)


def is_complete(claims: Mapping[str, Any], settings: OpenIDSettings) -> bool:
    """Whether `claims` have all that `identity_of` reads, so that the provider need not be asked for more."""
    has_role = not settings.oidc_role_claim or _at(claims, settings.oidc_role_claim) is not None
    return "email" in claims and any(name in claims for name in VERIFIED) and has_role


def completed(claims: Mapping[str, Any], user_info: Mapping[str, Any]) -> dict[str, Any]:
    """The `claims` of an ID token, and of `user_info` those that it lacks.

    What vouches for an e-mail address does so for the one beside it, and for no other.
    """
    is_other = "email" in claims and claims["email"] != user_info.get("email")
    return {name: value for name, value in user_info.items() if not (is_other and name in VERIFIED)} | {**claims}


def values_of(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The values of the claim `name`, or of the one at that path: a text, or a list of texts. Others count as none."""
    found = _at(claims, name) if name else None
    return tuple(each for each in (found if isinstance(found, list) else [found]) if isinstance(each, str))


def _at(claims: Mapping[str, Any], name: str) -> Any:
    """The claim with this name, which may have dots; or else the one that its dots lead to. None if there is none."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _email(claims: Mapping[str, Any]) -> str:
    """The verified e-mail address in `claims`, in lower case. Raises OpenIDRefused."""
    given = claims.get("email")
    try:
        email = email_address(given if isinstance(given, str) else "")
    except ValueError as error:
        raise OpenIDRefused("no e-mail address") from error
    if not any(claims.get(claim) in TRUE for claim in VERIFIED):
        raise OpenIDRefused("unverified e-mail address", email=email)
    return email
