"""A `~` in a setting that is a path is a home, in each of them alike."""

from pathlib import Path

import pytest
from support import DESTINATIONS, KEY

from wizard.config import SETTINGS, read_settings
from wizard.files.bundled import bundled
from wizard.setting import Setting, SettingError

NOBODY = "~nobody-of-this-name/x"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_it_is_expanded_in_every_path(home: Path) -> None:
    (home / "wording").mkdir()
    (home / "wording" / "en.toml").write_bytes((bundled("wording") / "en.toml").read_bytes())
    found = read_settings(
        {
            "WIZARD_DATABASE_URL": "sqlite:///~/data/wizard.db",
            "WIZARD_SPOOL_DIR": "~/spool",
            "WIZARD_WORDING_DIR": "~/wording",
        }
    )
    assert found.database_url == f"sqlite:///{home}/data/wizard.db"
    assert found.spool_dir == home / "spool"
    assert found.wording_dir == home / "wording"


@pytest.mark.parametrize(
    "setting", [setting for setting in SETTINGS.values() if setting.secret], ids=lambda each: each.name
)
def test_it_is_expanded_in_the_file_of_every_secret(setting: Setting, home: Path) -> None:
    texts = {
        "secret_keys": KEY,
        "conversion_keys": KEY,
        "database_url": "sqlite:////srv/wizard.db",
        "warehouse_url": "clickhousedb://127.0.0.1:1/wizard",
        "rate_limit_store": "redis://127.0.0.1:1/0",
        "oidc_client_secret": "a secret of the client",
    }
    provider = {
        "WIZARD_OIDC_ISSUER": "https://id.example.com",
        "WIZARD_OIDC_CLIENT_ID": "wizard",
        "WIZARD_OIDC_ROLES": "*=viewer",
        "WIZARD_OIDC_DOMAINS": "example.com",
    }
    (home / "secret").write_text(texts[setting.name])
    beside = provider if setting.name.startswith("oidc_") else {}
    found = read_settings({**beside, f"{setting.variable}_FILE": "~/secret"})
    assert getattr(found, setting.name) in (texts[setting.name], (texts[setting.name],))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WIZARD_DATABASE_URL", f"sqlite:///{NOBODY}"),
        ("WIZARD_SPOOL_DIR", NOBODY),
        ("WIZARD_WORDING_DIR", NOBODY),
        ("WIZARD_SECRET_KEYS_FILE", NOBODY),
    ],
)
def test_the_home_of_nobody_is_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(SettingError, match=rf"^{variable}: given "):
        read_settings({variable: value})


def test_it_stands_for_itself_elsewhere(home: Path) -> None:
    assert read_settings({"WIZARD_SPOOL_DIR": f"{home}/~/spool"}).spool_dir == home / "~" / "spool"
    address = f"{DESTINATIONS['cloud']}/~me"
    assert read_settings({"WIZARD_CLOUD_URL": address}).cloud_url == address
