"""The client of an OpenID provider, with a certified one: who signs in by which claims, and what is refused."""

import base64
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from openid_provider import ORIGIN, Provider, provider
from support import settings
from threaded_server import serving_in_thread

from wizard.clock import system_ms
from wizard.config import Settings
from wizard.openid import discovery, provider_session
from wizard.openid.attempt import REDIRECT_PATH, SIGNED_OUT_PATH, Attempt, SignedIn
from wizard.openid.claims import Identity
from wizard.openid.client import OpenIDClient
from wizard.openid.client_authentication import encoded_basic
from wizard.openid.errors import OpenIDRefused, ProviderUnavailable

BACK = ORIGIN + REDIRECT_PATH
USER: Mapping[str, Any] = {"sub": "1", "email": "one@example.com", "email_verified": True, "groups": ["staff"]}


def client_of(openid: Provider, **other: str) -> OpenIDClient:
    return OpenIDClient(settings(**openid.settings | other), system_ms)


def returned(openid: Provider, client: OpenIDClient) -> tuple[dict[str, str], Attempt]:
    """What the provider says of a new sign-in, which it leads through."""
    address, attempt = client.begin(BACK)
    back = openid.sign_in(address)
    assert back.startswith(f"{BACK}?")
    return dict(parse_qsl(urlsplit(back).query)), attempt


def sign_in(openid: Provider, client: OpenIDClient | None = None) -> SignedIn:
    client = client or client_of(openid)
    return client.finish(*returned(openid, client), BACK)


def refused(openid: Provider, client: OpenIDClient | None = None) -> str:
    """The reason for which a sign-in is refused."""
    with pytest.raises(OpenIDRefused) as caught:
        sign_in(openid, client)
    return str(caught.value)


def test_a_colleague_signs_in_with_the_role_of_their_group(openid: Provider) -> None:
    assert sign_in(openid).identity == Identity("1", "one@example.com", "viewer", is_anybody=False)


def test_the_address_has_a_challenge_a_state_and_a_nonce_and_two_are_never_the_same(openid: Provider) -> None:
    client = client_of(openid)
    address, attempt = client.begin(BACK)
    sent = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert address.startswith(f"{openid.issuer}/auth?")
    assert (sent["code_challenge_method"], sent["response_type"]) == ("S256", "code")
    assert (sent["state"], sent["nonce"], sent["redirect_uri"]) == (attempt.state, attempt.nonce, BACK)
    assert attempt.verifier not in address
    other = client.begin(BACK)[1]
    assert not {attempt.state, attempt.nonce, attempt.verifier} & {other.state, other.nonce, other.verifier}


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["staff", "owners", "writers"], "admin"),
        (["heads"], "publisher"),
        ("writers", "editor"),
        (["nothing here", "staff"], "viewer"),
    ],
)
def test_of_several_groups_the_greatest_role_counts(groups: object, role: str, openid: Provider) -> None:
    openid.say(user={**USER, "groups": groups})
    assert sign_in(openid).identity.role == role


@pytest.mark.parametrize("groups", [[], "", "Staff", ["staffs"], [["staff"]], {"staff": True}, None, 1, True])
def test_without_one_of_the_groups_there_is_no_role(groups: object, openid: Provider) -> None:
    openid.say(user={**USER, "groups": groups})
    assert refused(openid) == "no role"


def test_anybody_of_the_domain_may_have_a_role(openid: Provider) -> None:
    client = client_of(openid, oidc_role_claim="", oidc_roles="*=viewer")
    assert sign_in(openid, client).identity == Identity("1", "one@example.com", "viewer", is_anybody=True)
    mixed = client_of(openid, oidc_roles="*=viewer,staff=editor")
    assert sign_in(openid, mixed).identity == Identity("1", "one@example.com", "editor", is_anybody=False)


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        ({"email_verified": False}, "unverified e-mail address"),
        ({"email_verified": None}, "unverified e-mail address"),
        ({"email_verified": "no"}, "unverified e-mail address"),
        ({"email": ""}, "no e-mail address"),
        ({"email": "one"}, "no e-mail address"),
        ({"email": ["one@example.com"]}, "no e-mail address"),
        ({"email": "a b@example.com"}, "no e-mail address"),
        ({"email": "one@example.org"}, "domain not allowed"),
        ({"email": "one@sub.example.com"}, "domain not allowed"),
        ({"email": "one@example.com.evil.test"}, "domain not allowed"),
        ({"email": "one@example.com@evil.test"}, "no e-mail address"),
        ({"email": "nic\N{KELVIN SIGN}@example.com"}, "no e-mail address"),
        ({"email": "one@\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}.example.com"}, "no e-mail address"),
    ],
)
def test_an_address_that_is_not_verified_or_not_allowed_is_refused(
    user: Mapping[str, object], reason: str, openid: Provider
) -> None:
    openid.say(user={**USER, **user})
    assert refused(openid) == reason


def test_an_address_is_read_in_lower_case(openid: Provider) -> None:
    openid.say(user={**USER, "email": "One@Example.COM"})
    assert sign_in(openid).identity.email == "one@example.com"


def test_what_the_user_info_vouches_for_is_its_own_address_alone(openid: Provider) -> None:
    openid.say(user=USER, claims={"email": "two@example.com"})
    assert refused(openid) == "unverified e-mail address"
    openid.say(user=USER, claims={"email": "one@example.com"})
    assert sign_in(openid).identity.email == "one@example.com"


NOW = int(time.time())


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"claims": {"aud": "another"}}, "wrong audience"),
        ({"claims": {"aud": ["another"], "azp": "wizard"}}, "wrong audience"),
        ({"claims": {"aud": ["wizard", "another"]}}, "wrong audience"),
        ({"claims": {"aud": ["wizard", "another"], "azp": "another"}}, "wrong audience"),
        ({"claims": {"unset": ["aud"]}}, "wrong audience"),
        ({"claims": {"iss": "https://evil.test"}}, "wrong issuer"),
        ({"claims": {"exp": NOW - 120}}, "expired"),
        ({"claims": {"unset": ["exp"]}}, "bad ID token (exp)"),
        ({"claims": {"iat": NOW + 3600}}, "bad ID token (iat)"),
        ({"claims": {"nbf": NOW + 3600}}, "bad ID token (nbf)"),
        ({"claims": {"nonce": "another"}}, "wrong nonce"),
        ({"claims": {"unset": ["nonce"]}}, "wrong nonce"),
        ({"claims": {"sub": ""}}, "bad ID token (sub)"),
        ({"claims": {"sub": 1}}, "bad ID token (sub)"),
        ({"claims": {"sub": "x" * 256}}, "bad ID token (sub)"),
        ({"claims": {"at_hash": "another"}}, "bad ID token (at_hash)"),
        ({"key": "none"}, "bad ID token"),
        ({"key": "secret"}, "bad ID token"),
        ({"key": "unknown"}, "bad ID token"),
        ({"claims": {"sub": "2"}}, "bad user info"),
        ({"error": "access_denied"}, "stopped at the provider"),
    ],
)
def test_what_the_provider_must_not_say_is_refused(said: Mapping[str, Any], reason: str, openid: Provider) -> None:
    openid.say(**said)
    assert refused(openid).startswith(reason)


@pytest.mark.parametrize("claims", [{"exp": NOW - 20}, {"iat": NOW + 40}, {"aud": ["wizard"]}])
def test_a_clock_may_be_a_minute_off(claims: Mapping[str, Any], openid: Provider) -> None:
    openid.say(claims=dict(claims) | ({"exp": int(time.time()) - 20} if "exp" in claims else {}))
    assert sign_in(openid).identity.email == "one@example.com"


def test_a_code_works_once_and_only_with_its_own_attempt(openid: Provider) -> None:
    client = client_of(openid)
    answer, attempt = returned(openid, client)
    assert client.finish(answer, attempt, BACK)
    for other in (attempt, Attempt(attempt.state, attempt.nonce, "x" * 48)):
        with pytest.raises(OpenIDRefused, match=r"refused by the provider \(code\)"):
            client.finish(answer, other, BACK)
    answer, attempt = returned(openid, client)
    with pytest.raises(OpenIDRefused, match="refused by the provider"):
        client.finish(answer, Attempt(attempt.state, attempt.nonce, "x" * 48), BACK)
    answer, attempt = returned(openid, client)
    with pytest.raises(OpenIDRefused, match="wrong nonce"):
        client.finish(answer, Attempt(attempt.state, "x" * 32, attempt.verifier), BACK)
    answer, _ = returned(openid, client)
    with pytest.raises(OpenIDRefused, match="not begun here"):
        client.finish(answer, attempt, BACK)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"iss": "https://evil.test"}, "wrong issuer"),
        ({"iss": None}, "wrong issuer"),
        ({"state": None}, "not begun here"),
        ({"state": "ü"}, "not begun here"),
        ({"code": None}, "refused by the provider"),
        ({"code": "x" * 5000}, "refused by the provider"),
        ({"code": "x\r\ny"}, "refused by the provider"),
        ({"error": "server_error"}, "stopped at the provider"),
    ],
)
def test_an_answer_that_was_changed_on_the_way_is_refused(
    change: Mapping[str, str | None], reason: str, openid: Provider
) -> None:
    client = client_of(openid)
    answer, attempt = returned(openid, client)
    changed = {name: value for name, value in {**answer, **change}.items() if value is not None}
    with pytest.raises(OpenIDRefused, match=reason):
        client.finish(changed, attempt, BACK)


def test_a_wrong_secret_is_refused_and_the_reason_is_said(openid: Provider) -> None:
    assert refused(openid, client_of(openid, oidc_client_secret="another")) == (
        "refused by the provider (client id or secret)"
    )


@pytest.mark.parametrize(
    "kind", [{"authentication": "client_secret_post"}, {"has_claims_in_id_token": True}], ids=["post", "in the token"]
)
def test_providers_that_want_the_secret_in_the_form_or_have_all_claims_in_the_token_work_too(
    kind: Mapping[str, Any],
) -> None:
    with provider(**kind) as other:
        client = client_of(other)
        for _ in range(2):
            assert sign_in(other, client).identity.role == "viewer"


def test_a_password_for_the_host_in_netrc_is_not_sent(
    openid: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert sign_in(openid).identity.email == "one@example.com"


def test_a_key_that_was_rotated_is_read_once(openid: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "FRESH_SECONDS", 0)
    openid.say(published="first")
    client = client_of(openid)
    assert sign_in(openid, client)
    openid.say(key="second", published="first")
    assert refused(openid, client).startswith("bad ID token")
    openid.say(key="second")
    assert sign_in(openid, client).identity.email == "one@example.com"


def test_keys_that_were_just_read_are_not_read_again_for_a_token_of_another(openid: Provider) -> None:
    openid.say(published="first")
    client = client_of(openid)
    client.check()
    openid.say(key="second")
    assert refused(openid, client).startswith("bad ID token")


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({"issuer": "https://evil.test"}, "of another issuer"),
        ({"issuer": None}, "of another issuer"),
        ({"token_endpoint": "http://example.com/token"}, "no safe address as token_endpoint"),
        ({"token_endpoint": None}, "no safe address as token_endpoint"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "no safe address as authorization_endpoint"),
        ({"jwks_uri": "file:///etc/passwd"}, "no safe address as jwks_uri"),
        ({"end_session_endpoint": "javascript:alert(1)"}, "no safe address as end_session_endpoint"),
        ({"id_token_signing_alg_values_supported": ["none", "HS256"]}, "no algorithm"),
    ],
)
def test_a_configuration_that_is_not_safe_is_not_used(
    configuration: Mapping[str, object], message: str, openid: Provider
) -> None:
    openid.say(configuration=configuration)
    with pytest.raises(ProviderUnavailable, match=message):
        client_of(openid).begin(BACK)


@pytest.mark.parametrize(
    ("at", "status", "body"),
    [
        ("/.well-known/openid-configuration", 500, ""),
        ("/.well-known/openid-configuration", 302, ""),
        ("/.well-known/openid-configuration", 200, "no JSON"),
        ("/.well-known/openid-configuration", 200, "[]"),
        ("/.well-known/openid-configuration", 200, "x" * 300_000),
        ("/jwks", 404, ""),
        ("/jwks", 200, "{}"),
        ("/jwks", 200, '{"keys": "no list"}'),
        ("/jwks", 200, '{"keys": [{"kty": "RSA"}]}'),
        ("/token", 500, ""),
        ("/token", 200, "[]"),
        ("/token", 200, "no JSON"),
        ("/me", 503, ""),
        ("/me", 200, "[]"),
    ],
)
def test_a_provider_that_answers_nothing_useful_is_unavailable(
    at: str, status: int, body: str, openid: Provider
) -> None:
    openid.say(at=at, status=status, body=body)
    with pytest.raises(ProviderUnavailable):
        sign_in(openid)


@pytest.mark.parametrize(
    "body", ['{"access_token": "a"}', '{"access_token": "a", "id_token": 1}', '{"id_token": "a.b.c"}']
)
def test_an_answer_without_a_usable_token_is_refused(body: str, openid: Provider) -> None:
    openid.say(at="/token", status=200, body=body)
    assert refused(openid).startswith("bad ID token")


def test_a_provider_that_is_gone_is_not_asked_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with provider() as gone:
        client = client_of(gone)
        client.begin(BACK)
    client = client_of(gone)
    for _ in range(3):
        with pytest.raises(ProviderUnavailable, match="its configuration: ConnectionError"):
            client.begin(BACK)
        monkeypatch.setattr(discovery, "get_json", None)  # would fail otherwise


class Slow(BaseHTTPRequestHandler):
    """A provider that sends its configuration byte by byte."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        with suppress(ConnectionError):
            for _ in range(100):
                self.wfile.write(b" ")
                time.sleep(0.02)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def slow() -> Iterator[Settings]:
    with serving_in_thread(Slow) as port:
        given = {"oidc_issuer": f"http://127.0.0.1:{port}", "oidc_client_id": "w", "oidc_client_secret": "s"}
        yield settings(**given, oidc_role_claim="r", oidc_roles="r=viewer")


def test_a_provider_that_is_too_slow_is_unavailable(slow: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_session, "WHOLE_SECONDS", 0.2)
    begun = time.monotonic()
    with pytest.raises(ProviderUnavailable, match="RequestException"):
        OpenIDClient(slow, system_ms).begin(BACK)
    assert time.monotonic() - begun < 1.5


def test_signing_out_at_the_provider_leads_back(openid: Provider) -> None:
    client = client_of(openid)
    token = sign_in(openid, client).id_token
    back = ORIGIN + SIGNED_OUT_PATH
    address = client.sign_out_address(back, token)
    assert address
    assert parse_qs(urlsplit(address).query)["id_token_hint"] == [token]
    without = client.sign_out_address(back, "")
    assert without
    assert parse_qs(urlsplit(without).query) == {"client_id": ["wizard"], "post_logout_redirect_uri": [back]}
    openid.say(configuration={"end_session_endpoint": None})
    assert client_of(openid).sign_out_address(back, token) is None


def test_the_secret_is_encoded_as_the_standard_says() -> None:
    made = encoded_basic(type("C", (), {"client_id": "a:b", "client_secret": "%+ü"}), "", "", {}, "")
    assert base64.b64decode(made[1]["Authorization"].removeprefix("Basic ")) == b"a%3Ab:%25%2B%C3%BC"
