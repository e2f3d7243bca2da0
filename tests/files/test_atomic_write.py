"""A file is there whole, or as it was before."""

from pathlib import Path

import pytest

from wizard.files.atomic_write import FileError, atomic_write


def test_a_file_is_replaced_only_once_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("old")
    with atomic_write(path) as own:
        own.write_text("ne")
        assert path.read_text() == "old"
        own.write_text("new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("old")

    def fail_half_way() -> None:
        with atomic_write(path) as own:
            own.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_half_way()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_target_of_a_symlink_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "2026.csv", tmp_path / "latest.csv"
    target.write_text("old")
    link.symlink_to(target)
    with atomic_write(link) as own:
        own.write_text("new")
    assert target.read_text() == "new"
    assert link.is_symlink()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("/dev/null", "can't be written, since it is not a regular file; allowed: a file, or a new name"),
        (".", "can't be written, since it is not a regular file; allowed: a file, or a new name"),
        ("no/such/folder/x", "can't be written (No such file or directory)"),
    ],
)
def test_what_can_not_be_a_file_is_refused_in_one_line(
    name: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileError) as refused, atomic_write(Path(name)):
        pass
    assert str(refused.value) == f"{Path(name)}: {why}"
    assert Path("/dev/null").is_char_device()


def test_part_files_of_processes_that_were_killed_are_removed_and_those_of_others_kept(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    left, journal = tmp_path / ".export.csv.01234567.part", tmp_path / ".export.csv.01234567.part-journal"
    others = [tmp_path / name for name in (".export.csv.part", ".export.csv.mine.part", ".other.csv.01234567.part")]
    for each in (left, journal, *others):
        each.write_text("half")
    with atomic_write(path) as first:
        with atomic_write(path) as second:
            assert first.exists()
            second.write_text("second")
        first.write_text("first")
    assert path.read_text() == "first"
    assert sorted(tmp_path.iterdir()) == sorted([path, *others])
