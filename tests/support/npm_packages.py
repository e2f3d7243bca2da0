"""The npm packages that tests use, from the locks in tests/node/ and tests/clickhouse/; each installed once.

They are installed in the folder of the same name in artifacts/.
"""

import fcntl
import filecmp
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = "package-lock.json"
FOLDER = ROOT / "artifacts" / "node"


def installed(name: str = "node") -> Path:
    """The folder of the packages in the lock of tests/NAME. Fails the test on a machine without npm."""
    for program in ("node", "npm"):
        assert shutil.which(program), f"no {program} on this machine; `make system` installs it or says how"
    source, folder = ROOT / "tests" / name, ROOT / "artifacts" / name
    folder.mkdir(parents=True, exist_ok=True)
    packages = folder / "node_modules"
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = packages / LOCK
        if not (done.exists() and filecmp.cmp(source / LOCK, done, shallow=False)):
            for each in ("package.json", LOCK):
                shutil.copy(source / each, folder)
            run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", cwd=folder)
            shutil.copy(source / LOCK, done)
    return packages


def run(*words: str, cwd: Path = FOLDER) -> str:
    """What a command prints. Fails the test with all that it prints if the command fails."""
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}"
    return done.stdout
