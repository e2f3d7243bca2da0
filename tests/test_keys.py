"""A key that was made here: once, whole, and for its owner alone."""

import stat
from pathlib import Path

import pytest

from wizard.dashboard.access.address import recorded
from wizard.keys import generated_key
from wizard.setting import SettingError


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_generated_key_is_made_once_and_only_its_owner_can_read_it() -> None:
    first = generated_key()
    assert generated_key() == first
    assert len(first) >= 32
    assert stat.S_IMODE(Path("var/secret_key").stat().st_mode) == 0o600
    assert [file.name for file in Path("var").iterdir()] == ["secret_key"]


def test_of_two_servers_that_make_a_key_at_once_both_keep_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    first = generated_key()
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert generated_key() == first


def test_a_key_that_can_not_be_made_says_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "bytes").write_bytes(b"\xff" * 40)
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "key", tmp_path / "bytes", tmp_path / "folder"):
        with pytest.raises(SettingError, match="WIZARD_SECRET_KEYS: not set, and no key could be made"):
            generated_key(path)


def test_a_generated_key_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("")
    with pytest.raises(SettingError, match="holds no complete key"):
        generated_key(tmp_path / "key")


def test_a_key_and_an_address_that_can_not_be_written_whole_leave_no_part_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path, *__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(SettingError):
        generated_key()
    with pytest.raises(OSError, match="No space left"), recorded("http://127.0.0.1:8000"):
        pass
    assert list((tmp_path / "var").iterdir()) == []
