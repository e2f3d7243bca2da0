"""The settings of signing in by OpenID Connect: the provider, and whom it lets in with which role."""

from dataclasses import dataclass
from typing import Any

from wizard import openid_parsers
from wizard.public_settings import PublicSettings
from wizard.setting import SettingError, setting

ANYBODY = "*"
"""In `oidc_roles`, everybody of the allowed domains who has none of the other values."""

NEEDED = ("oidc_issuer", "oidc_client_id", "oidc_client_secret", "oidc_roles")
OPTIONAL = ("oidc_name", "oidc_role_claim", "oidc_domains")


@dataclass(frozen=True)
class OpenIDSettings(PublicSettings):
    """The second part of the settings, see `wizard/config.py`. Without an issuer, there is no such sign-in."""

    oidc_issuer: str | None = setting(
        openid_parsers.issuer,
        default="",
        allowed=(
            "the provider's address with https, exactly as in its own configuration, such as "
            "https://login.example.com or https://login.example.com/realms/team; http for this machine only"
        ),
        meaning="the OpenID provider that colleagues sign in with. Without it, they sign in with links alone",
    )
    oidc_client_id: str = setting(
        openid_parsers.printable,
        default="",
        allowed="the id that the provider gave to this wizard",
        meaning="who the wizard is to the provider",
    )
    oidc_client_secret: str = setting(
        openid_parsers.printable,
        default="",
        allowed="the secret that belongs to the id",
        meaning="what proves to the provider that it is the wizard",
        secret=True,
    )
    oidc_name: str = setting(
        openid_parsers.printable,
        default="",
        allowed="a name, such as Example Ltd",
        meaning="what the button says: “Sign in with …”. Without it, the issuer's host",
    )
    oidc_domains: tuple[str, ...] = setting(
        openid_parsers.domains,
        default="",
        allowed="domains of e-mail addresses, such as example.com, with commas between them",
        meaning="whose addresses may sign in by the provider. Without it, all with a role",
    )
    oidc_role_claim: str = setting(
        openid_parsers.printable,
        default="",
        allowed="the name of a claim, such as groups, or a path to one, such as realm_access.roles",
        meaning="which claim of the provider says the role",
    )
    oidc_roles: tuple[tuple[str, str], ...] = setting(
        openid_parsers.claim_roles,
        default="",
        allowed=(
            "pairs such as wizard-admins=admin, with commas between them or one a line: a value of the claim, or * for "
            f"anybody of WIZARD_OIDC_DOMAINS, and its role, one of {', '.join(openid_parsers.ROLE_NAMES)}"
        ),
        meaning="the role that each value of the claim gives; of several, the greatest",
    )

    def __post_init__(self) -> None:
        """Raises SettingError where settings of the provider are missing, or one would have no effect."""
        given = {name for name in (*NEEDED, *OPTIONAL) if getattr(self, name)}
        values = {value for value, _ in self.oidc_roles}
        if given:
            self._need(given, NEEDED, f"although {_variables(sorted(given))} is set")
        if values - {ANYBODY}:
            self._need(given, ["oidc_role_claim"], "although WIZARD_OIDC_ROLES has values of it")
        elif "oidc_role_claim" in given:
            raise SettingError("WIZARD_OIDC_ROLE_CLAIM: set, but WIZARD_OIDC_ROLES has no value of it; add one")
        if ANYBODY in values:
            self._need(given, ["oidc_domains"], "although WIZARD_OIDC_ROLES gives a role to anybody (*) of them")

    @staticmethod
    def _need(given: set[str], names: Any, reason: str) -> None:
        """Raises SettingError if one of the `names` is not among those `given`."""
        missing = [name for name in names if name not in given]
        if missing:
            raise SettingError(f"{_variables(missing[:1])}: not set, {reason}; set it, or see docs/access.md")


def _variables(names: list[str]) -> str:
    return f"WIZARD_{names[0].upper()}"
