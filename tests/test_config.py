"""Settings: what is allowed, and what is said of what is not."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from support import ENVIRON, KEY, settings

from wizard.config import SETTINGS, Settings, read_settings, unknown_variables
from wizard.setting import Setting, SettingError, read_setting
from wizard.setting_parsers import MAX_EMBED_ORIGINS_CHARACTERS, OWN_PATHS

OTHER_KEY = "another key for tests that is long enough"
OPENID = {
    "WIZARD_OIDC_ISSUER": "https://login.example.com",
    "WIZARD_OIDC_CLIENT_ID": "wizard",
    "WIZARD_OIDC_DOMAINS": "example.com",
    "WIZARD_OIDC_ROLES": "*=viewer",
}
"""What must be set with the secret of the OpenID provider."""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_any_variable_there_is_a_setting_for_everything() -> None:
    made = read_settings({})
    assert made.secret_keys == ()
    assert made.public_url is None
    assert made.embed_origins == ()
    assert made.journey_hours == 24
    assert made.trusted_proxies == 0
    assert made.destinations == {
        "cloud": "https://app.posthog.com/signup",
        "private_cloud": "https://posthog.com/talk-to-a-human",
        "on_premise": "https://posthog.com/docs/self-host",
    }
    assert (made.wording_dir / "en.toml").is_file()


def test_an_empty_variable_counts_as_unset() -> None:
    assert read_settings({"WIZARD_JOURNEY_HOURS": "", "WIZARD_PUBLIC_URL": " "}) == read_settings({})


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("secret_keys", f" {KEY} ,{OTHER_KEY}", (KEY, OTHER_KEY)),
        ("secret_keys", f"{KEY}\n{OTHER_KEY}\n", (KEY, OTHER_KEY)),
        ("public_url", "https://wizard.example.com/", "https://wizard.example.com"),
        ("public_url", "https://wizard.example.com:443", "https://wizard.example.com"),
        ("public_url", "http://localhost:8000", "http://localhost:8000"),
        ("public_url", "http://[::1]:8000", "http://[::1]:8000"),
        ("public_url", "HTTPS://Wizard.Example.com", "https://wizard.example.com"),
        ("public_url", "https://www.example.com/start", "https://www.example.com/start"),
        ("public_url", "https://www.example.com:443/a/b-c_d.e~F/", "https://www.example.com/a/b-c_d.e~F"),
        ("public_url", "http://[::1]:8000/start", "http://[::1]:8000/start"),
        ("public_url", f"https://www.example.com/{'a' * 99}", f"https://www.example.com/{'a' * 99}"),
        ("dashboard_url", "https://Wizard.example.com/", "https://wizard.example.com"),
        (
            "embed_origins",
            "https://a.example, https://*.b.example,http://c.example:81",
            ("https://a.example", "https://*.b.example", "http://c.example:81"),
        ),
        ("cloud_url", "https://cloud.example/signup?plan=free#top", "https://cloud.example/signup?plan=free#top"),
        ("private_cloud_url", "http://localhost:9000/contact", "http://localhost:9000/contact"),
        ("on_premise_url", "https://docs.example", "https://docs.example"),
        ("journey_hours", "1", 1),
        ("trusted_proxies", "10", 10),
        ("database_url", "sqlite:////srv/wizard.db", "sqlite:////srv/wizard.db"),
        ("database_url", "postgresql+psycopg://u:p@db/wizard", "postgresql+psycopg://u:p@db/wizard"),
        (
            "warehouse_url",
            "clickhousedb://u:p@one:8443/wizard?secure=true",
            "clickhousedb://u:p@one:8443/wizard?secure=true",
        ),
        (
            "warehouse_url",
            "clickhousedb://one/wizard?cluster=all&shard=one:8123&shard=two:8123",
            "clickhousedb://one/wizard?cluster=all&shard=one:8123&shard=two:8123",
        ),
        ("database_url", "postgresql+psycopg:///wizard?host=/run/pg", "postgresql+psycopg:///wizard?host=/run/pg"),
        ("durability", "power-loss", "power-loss"),
        ("spool_dir", "/srv/spool", Path("/srv/spool")),
        ("time_zone", "Europe/Berlin", ZoneInfo("Europe/Berlin")),
        ("conversion_keys", f"{KEY},{OTHER_KEY}", (KEY, OTHER_KEY)),
        ("handoff_days", "3650", 3650),
        ("rate_limit", "1", 1),
        ("rate_limit_store", "redis://cache:6379/1", "redis://cache:6379/1"),
        ("rate_limit_store", "rediss://cache", "rediss://cache"),
        ("metrics_address", "127.0.0.1:9464", ("127.0.0.1", 9464)),
        ("metrics_address", "[::1]:9464", ("::1", 9464)),
        ("metrics_address", "0.0.0.0:1", ("0.0.0.0", 1)),  # noqa: S104  # an operator's choice
        ("metrics_address", "", None),
    ],
)
def test_a_good_value_is_taken(name: str, given: str, read: object) -> None:
    assert getattr(settings(**{name: given}), name) == read


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("secret_keys", "short"),
        ("secret_keys", f"{KEY},short"),
        ("secret_keys", f"{KEY},{KEY}"),
        ("secret_keys", ",,"),
        ("public_url", "wizard.example.com"),
        ("public_url", "https://wizard.example.com/?"),
        ("public_url", "https://wizard.example.com/start?"),
        ("public_url", "https://wizard.example.com/start#top"),
        ("public_url", "https://wizard.example.com/start//"),
        ("public_url", "https://wizard.example.com//start"),
        ("public_url", "https://wizard.example.com/start/../x"),
        ("public_url", "https://wizard.example.com/%73tart"),
        ("public_url", "https://wizard.example.com/st'art"),
        ("public_url", "https://wizard.example.com/a;b"),
        ("public_url", f"https://wizard.example.com/{'a' * 100}"),
        *(("public_url", f"https://wizard.example.com/{part}") for part in sorted(OWN_PATHS)),
        ("public_url", "https://wizard.example.com/embed/start"),
        ("dashboard_url", "https://wizard.example.com/growth"),
        ("dashboard_url", "wizard.example.com"),
        ("public_url", "https://user@wizard.example.com"),
        ("public_url", "ftp://wizard.example.com"),
        ("public_url", "https://"),
        ("public_url", "https://exa mple.com"),
        ("public_url", "https://example.com:99999"),
        ("public_url", "https://[::1"),
        ("public_url", "https://[v1.x]"),
        ("public_url", "https://@wizard.example.com"),
        ("public_url", f"https://{'a' * 64}.example.com"),
        ("embed_origins", "*"),
        ("embed_origins", "https://*"),
        ("embed_origins", "https://*.com"),
        ("embed_origins", "http://*.example.com"),
        ("embed_origins", "https://www.*.example.com"),
        ("embed_origins", "https://example.com; script-src *"),
        ("embed_origins", "https://example.com 'unsafe-inline'"),
        ("embed_origins", "example.com"),
        ("embed_origins", "http://[::1]:8000"),
        ("embed_origins", "https://*.[::1]"),
        ("embed_origins", "https://my_site.example.com"),
        ("embed_origins", "https://*.my_site.example.com"),
        ("embed_origins", "https://www.example.com."),
        ("metrics_address", "9464"),
        ("metrics_address", ":9464"),
        ("metrics_address", "localhost:9464"),
        ("metrics_address", "127.0.0.1"),
        ("metrics_address", "127.0.0.1:0"),
        ("metrics_address", "127.0.0.1:65536"),
        ("metrics_address", "127.0.0.1:99999999"),
        ("metrics_address", "127.0.0.256:9464"),
        ("metrics_address", "127.1:9464"),
        ("metrics_address", "::1:9464"),
        ("metrics_address", "[127.0.0.1]:9464"),
        ("metrics_address", "http://127.0.0.1:9464"),
        ("metrics_address", "127.0.0.1:９464"),
        ("cloud_url", "javascript:alert(1)"),
        ("cloud_url", "/signup"),
        ("private_cloud_url", "https://contact.example/\r\nX: y"),
        ("on_premise_url", "https://döcs.example/"),
        ("wording_dir", "nowhere"),
        ("wording_dir", "."),
        ("journey_hours", "0"),
        ("journey_hours", "8761"),
        ("journey_hours", "1.5"),
        ("journey_hours", "²"),
        ("trusted_proxies", "-1"),
        ("trusted_proxies", "11"),
        ("trusted_proxies", "yes"),
        ("database_url", "sqlite://"),
        ("database_url", "sqlite:///:memory:"),
        ("database_url", "sqlite:///"),
        ("database_url", "sqlite://host/wizard.db"),
        ("database_url", "postgresql://u:p@db/wizard"),
        ("database_url", "postgresql+psycopg://db/"),
        ("database_url", "postgresql+psycopg://db:0/wizard"),
        ("database_url", "mysql://db/wizard"),
        ("database_url", "wizard.db"),
        ("database_url", "postgresql+psycopg://u:pass@word@db/wizard"),
        ("database_url", "sqlite:////srv/wizard.db?mode=ro"),
        ("durability", "full"),
        ("time_zone", "Berlin"),
        ("time_zone", "../etc/passwd"),
        ("time_zone", "Europe"),
        ("conversion_keys", "short"),
        ("handoff_days", "0"),
        ("rate_limit", "0"),
        ("rate_limit", "600/minute"),
        ("rate_limit_store", "redis://"),
        ("rate_limit_store", "memcached://cache"),
        ("rate_limit_store", "redis://cache/0?socket_timeout=soon"),
        ("warehouse_url", "clickhouse://warehouse/wizard"),
        ("warehouse_url", "clickhousedb:///wizard"),
        ("warehouse_url", "clickhousedb://warehouse"),
        ("warehouse_url", "clickhousedb://warehouse/wizard/events"),
        ("warehouse_url", "clickhousedb://u:p@ss@warehouse/wizard"),
        ("warehouse_url", "clickhousedb://warehouse:0/wizard"),
        ("warehouse_url", "clickhousedb://warehouse/wizard?cluster=all"),
        ("warehouse_url", "clickhousedb://warehouse/wizard?shard=one:8123"),
        ("warehouse_url", "clickhousedb://warehouse/wizard?cluster=all&shard=one"),
        ("warehouse_url", "clickhousedb://warehouse/wizard?cluster=all&shard=u:p@one:8123"),
        ("warehouse_url", "clickhousedb://warehouse/wizard?cluster=a'b&shard=one:8123"),
    ],
)
def test_a_bad_value_is_refused_with_the_variable_what_was_given_and_what_is_allowed(name: str, given: str) -> None:
    with pytest.raises(SettingError) as error:
        settings(**{name: given})
    allowed = SETTINGS[name].allowed
    message = str(error.value)
    assert message.startswith(f"WIZARD_{name.upper()}: given ")
    assert message.endswith(f"; allowed: {allowed}")
    assert "\n" not in message
    if SETTINGS[name].secret:
        assert given not in message.removesuffix(allowed)
        assert f"{len(given)} characters that are not shown" in message
    else:
        assert repr(given) in message


def test_a_secret_can_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"{OTHER_KEY}\n{KEY}\n")
    assert read_settings({"WIZARD_SECRET_KEYS_FILE": str(tmp_path / "keys")}).secret_keys == (OTHER_KEY, KEY)


@pytest.mark.parametrize(
    "content",
    [f"\ufeff{KEY}", f"\ufeff{KEY}\r\n", f"{KEY}\r\n\r\n", f"{KEY}\r", f"\n\ufeff{KEY} \n"],
)
@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS.values() if setting.secret])
def test_a_byte_order_mark_and_line_ends_are_no_part_of_a_secret(name: str, content: str, tmp_path: Path) -> None:
    urls = {
        "database_url": "postgresql+psycopg://u:p@db/wizard",
        "warehouse_url": "clickhousedb://u:p@warehouse/wizard",
        "rate_limit_store": "redis://cache:6379/1",
    }
    secret = urls.get(name, KEY)
    (tmp_path / "secret").write_bytes(content.replace(KEY, secret).encode())
    is_text = name in urls or name == "oidc_client_secret"
    environ = OPENID if name == "oidc_client_secret" else {}
    found = read_settings({**environ, f"WIZARD_{name.upper()}_FILE": str(tmp_path / "secret")})
    assert getattr(found, name) == (secret if is_text else (secret,))


def test_a_byte_order_mark_is_no_part_of_a_variable() -> None:
    assert read_settings({"WIZARD_SECRET_KEYS": f"\ufeff{KEY}"}).secret_keys == (KEY,)


def test_several_keys_may_be_on_lines_of_any_kind(tmp_path: Path) -> None:
    for between in ("\n", "\r\n", "\r", ",", ",\r\n"):
        (tmp_path / "keys").write_bytes(f"\ufeff{OTHER_KEY}{between}{KEY}{between}".encode())
        assert read_settings({"WIZARD_SECRET_KEYS_FILE": str(tmp_path / "keys")}).secret_keys == (OTHER_KEY, KEY)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (KEY.encode("utf-16"), "is UTF-16, or holds NUL bytes; allowed: UTF-8"),
        (KEY.encode("utf-16-be"), "is UTF-16, or holds NUL bytes; allowed: UTF-8"),
        (f"{KEY}\0".encode(), "is UTF-16, or holds NUL bytes; allowed: UTF-8"),
        (b"\xfc" * 20, "is not UTF-8 (at byte 1)"),
        (b"\xef\xbb\xbf\r\n", "is empty"),
    ],
)
def test_a_file_of_secrets_that_is_no_utf_8_says_what_it_is(content: bytes, fault: str, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_bytes(content)
    with pytest.raises(SettingError) as error:
        read_settings({"WIZARD_SECRET_KEYS_FILE": str(file)})
    said = str(error.value)
    assert said.startswith(f"WIZARD_SECRET_KEYS_FILE: given {str(file)!r}, which {fault}; allowed: a file that holds ")
    assert KEY not in said


def test_every_setting_that_is_not_given_has_a_value_of_its_own_kind() -> None:
    """A secret setting that is one text must not be an empty tuple when it is unset."""
    assert Settings() == read_settings({})
    for setting in SETTINGS.values():
        expected = setting.parse(setting.default)
        assert getattr(read_settings({}), setting.name) == expected, setting.name
    one = Setting("cloud_url", str, default="", allowed="x", meaning="x", secret=True)
    assert read_setting(one, {}) == ""


def test_what_is_in_the_headers_of_every_response_is_limited() -> None:
    origins = [f"https://shop-{number:03}.customers.example.com" for number in range(200)]
    fit = origins[: MAX_EMBED_ORIGINS_CHARACTERS // (len(origins[0]) + 1)]
    assert len(fit) > 100
    assert settings(embed_origins=",".join(fit)).embed_origins == tuple(fit)
    assert settings(embed_origins=",".join([*fit, *fit])).embed_origins == tuple(fit)
    with pytest.raises(SettingError) as error:
        settings(embed_origins=",".join(origins))
    said = str(error.value)
    assert said.endswith("at most 6,000 characters in all")
    assert f"({len(','.join(origins)):,} characters)" in said
    assert len(said) < 600
    long = "https://example.com/" + "x" * 1980
    assert settings(cloud_url=long).cloud_url == long
    with pytest.raises(SettingError, match="at most 2,000 characters"):
        settings(cloud_url=f"{long}x")


@pytest.mark.parametrize(
    ("environ", "complaint"),
    [
        ({"WIZARD_SECRET_KEYS": KEY, "WIZARD_SECRET_KEYS_FILE": "x"}, "WIZARD_SECRET_KEYS: given twice"),
        ({"WIZARD_SECRET_KEYS_FILE": "gone"}, "WIZARD_SECRET_KEYS_FILE: given 'gone', which can't be read"),
    ],
)
def test_a_file_of_secrets_that_can_not_be_used_is_named(environ: dict[str, str], complaint: str) -> None:
    with pytest.raises(SettingError) as error:
        read_settings(environ)
    assert str(error.value).startswith(complaint)


def test_an_empty_file_of_secrets_does_not_fall_back_to_a_generated_key(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("\n")
    with pytest.raises(SettingError, match=r"WIZARD_SECRET_KEYS_FILE: given .*, which is empty"):
        read_settings({"WIZARD_SECRET_KEYS_FILE": str(tmp_path / "keys")})


def test_variables_that_nothing_reads_are_found() -> None:
    environ = {
        **ENVIRON,
        "WIZARD_SECRET_KEYS_FILE": "x",
        "WIZARD_SECRET_KEY": "x",
        "WIZARD_CLOUD_URL_FILE": "y",
        "HOME": "z",
    }
    assert unknown_variables(environ) == ["WIZARD_CLOUD_URL_FILE", "WIZARD_SECRET_KEY"]
