"""Brings the code of an older version here, from the history of this repository, to run it beside today's."""

import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "artifacts" / "versions"
MIGRATIONS = "wizard/storage/migrations/versions"
PARTS = ("wizard", "templates", "static")


def code_at(version: str) -> Path:
    """A folder with the newest code whose tables are at `version`.

    Skips the test if this is no clone with its whole history.
    """
    commit = _commit_before([path.name for path in (ROOT / MIGRATIONS).glob("[0-9]*.py") if path.name[:4] > version])
    folder = FOLDER / commit
    if not folder.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        made = Path(mkdtemp(dir=FOLDER))
        with tarfile.open(fileobj=BytesIO(_git("archive", commit, *PARTS))) as archive:
            archive.extractall(made, filter="data")
        try:
            made.rename(folder)
        except OSError:  # another process was faster
            shutil.rmtree(made)
    return folder


def command_of(folder: Path) -> tuple[str, ...]:
    """The command `wizard` of the code in `folder`, whatever the folder it is run in."""
    start = f"import sys; sys.path.insert(0, {str(folder)!r}); from wizard.cli import main; main()"
    return (sys.executable, "-c", start)


def _commit_before(migrations: Iterable[str]) -> str:
    """The parent of the first commit that has one of the migrations; HEAD if none has."""
    assert shutil.which("git"), "git is needed: the older version is taken from this repository's history"
    if not (ROOT / ".git").exists():
        pytest.skip("no clone, so no history to take the older version from")
    if _git("rev-parse", "--is-shallow-repository").decode().strip() != "false":
        pytest.skip("this clone has no history to take the older version from; run: git fetch --unshallow")
    paths = [f"{MIGRATIONS}/{name}" for name in migrations]
    log = ("log", "--topo-order", "--reverse", "--diff-filter=A", "--format=%H", "HEAD", "--", *paths)
    added = _git(*log).decode().split() if paths else []
    return _git("rev-parse", f"{added[0]}^" if added else "HEAD").decode().strip()


def _git(*words: str) -> bytes:
    trusting = ("-c", "safe.directory=*")  # another user may own the checkout
    done = subprocess.run(["git", *trusting, *words], cwd=ROOT, capture_output=True, check=False)  # noqa: S607  # wherever it is
    assert done.returncode == 0, f"the history can't be read: {done.stderr.decode()}"
    return done.stdout
