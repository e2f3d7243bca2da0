"""The npm packages that tests use, from the lock in tests/node/; installed once, in artifacts/node/."""

import fcntl
import filecmp
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "tests" / "node" / "package-lock.json"
FOLDER = ROOT / "artifacts" / "node"


def installed() -> Path:
    """The folder of the packages. Fails the test on a machine without npm."""
    for program in ("node", "npm"):
        assert shutil.which(program), f"no {program} on this machine; `make system` installs it or says how"
    FOLDER.mkdir(parents=True, exist_ok=True)
    packages = FOLDER / "node_modules"
    with (FOLDER / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = packages / LOCK.name
        if not (done.exists() and filecmp.cmp(LOCK, done, shallow=False)):
            for name in ("package.json", LOCK.name):
                shutil.copy(LOCK.parent / name, FOLDER)
            run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
            shutil.copy(LOCK, done)
    return packages


def run(*words: str, cwd: Path = FOLDER) -> str:
    """What a command prints. Fails the test with all that it prints if the command fails."""
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}"
    return done.stdout
