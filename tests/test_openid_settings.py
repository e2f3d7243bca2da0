"""The settings of the OpenID provider: what each may be, and that they are set together."""

from collections.abc import Mapping

import pytest
from support import settings

from wizard.config import SETTINGS
from wizard.dashboard.access.roles import ROLES
from wizard.openid_parsers import ROLE_NAMES
from wizard.setting import SettingError

WHOLE: Mapping[str, str] = {
    "oidc_issuer": "https://login.example.com",
    "oidc_client_id": "wizard",
    "oidc_client_secret": "a secret",
    "oidc_role_claim": "groups",
    "oidc_roles": "staff=viewer",
}


def test_the_roles_are_those_of_the_dashboard() -> None:
    assert ROLE_NAMES == ROLES


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("oidc_issuer", "https://login.example.com/realms/team", "https://login.example.com/realms/team"),
        ("oidc_issuer", "https://tenant.example.com/", "https://tenant.example.com/"),
        ("oidc_issuer", "http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("oidc_issuer", "http://[::1]:9000", "http://[::1]:9000"),
        ("oidc_client_secret", "a b=c,d\u00e9", "a b=c,d\u00e9"),
        ("oidc_domains", "Example.com, @example.org", ("example.com", "example.org")),
        ("oidc_domains", "example.com\nexample.org\n", ("example.com", "example.org")),
        ("oidc_roles", "staff=viewer, the heads = admin", (("staff", "viewer"), ("the heads", "admin"))),
        ("oidc_roles", "a=b=viewer", (("a=b", "viewer"),)),
        (
            "oidc_roles",
            "cn=staff,dc=example=viewer\ncn=heads,dc=example=admin\n",
            (("cn=staff,dc=example", "viewer"), ("cn=heads,dc=example", "admin")),
        ),
    ],
)
def test_a_good_value_is_taken(name: str, given: str, read: object) -> None:
    assert getattr(settings(**{**WHOLE, name: given}), name) == read


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("oidc_issuer", "login.example.com"),
        ("oidc_issuer", "http://login.example.com"),
        ("oidc_issuer", "http://localhost.example.com"),
        ("oidc_issuer", "https://login.example.com/?a=b"),
        ("oidc_issuer", "https://login.example.com/#a"),
        ("oidc_issuer", "https://user@login.example.com"),
        ("oidc_client_id", "a\nb"),
        ("oidc_client_id", "a" * 501),
        ("oidc_domains", "example"),
        ("oidc_domains", "https://example.com"),
        ("oidc_domains", "one@example.com"),
        ("oidc_domains", "*.example.com"),
        ("oidc_roles", "staff"),
        ("oidc_roles", "=viewer"),
        ("oidc_roles", "staff=owner"),
        ("oidc_roles", "staff=Viewer"),
        ("oidc_roles", "staff=viewer,staff=editor"),
    ],
)
def test_a_bad_value_is_refused(name: str, given: str) -> None:
    with pytest.raises(SettingError) as error:
        settings(**{**WHOLE, name: given})
    assert str(error.value).startswith(f"WIZARD_{name.upper()}: given ")
    assert str(error.value).endswith(f"; allowed: {SETTINGS[name].allowed}")


@pytest.mark.parametrize("missing", list(WHOLE))
def test_all_of_them_are_needed(missing: str) -> None:
    with pytest.raises(SettingError) as error:
        settings(**{name: value for name, value in WHOLE.items() if name != missing})
    assert str(error.value).startswith(f"WIZARD_{missing.upper()}: not set, although WIZARD_OIDC_")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"oidc_name": "Example Ltd"}, "WIZARD_OIDC_ISSUER: not set, although WIZARD_OIDC_NAME is set"),
        ({"oidc_domains": "example.com"}, "WIZARD_OIDC_ISSUER: not set, although WIZARD_OIDC_DOMAINS is set"),
        ({**WHOLE, "oidc_roles": "*=viewer"}, "WIZARD_OIDC_ROLE_CLAIM: set, but WIZARD_OIDC_ROLES has no value of it"),
        (
            {**WHOLE, "oidc_roles": "*=viewer,staff=admin"},
            "WIZARD_OIDC_DOMAINS: not set, although WIZARD_OIDC_ROLES gives a role to anybody (*) of them",
        ),
    ],
)
def test_a_setting_that_would_have_no_effect_or_let_in_everybody_is_refused(
    given: Mapping[str, str], message: str
) -> None:
    with pytest.raises(SettingError) as error:
        settings(**given)
    assert str(error.value).startswith(message)


def test_the_secret_is_in_no_message() -> None:
    with pytest.raises(SettingError) as error:
        settings(**{**WHOLE, "oidc_client_secret": "se\x00cret"})
    assert "cret" not in str(error.value).partition(": given")[2].partition("; allowed")[0]
