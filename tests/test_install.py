"""`make` installs what the locks say, whatever newer releases an index has by then."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from wheels import copy_installed, installed, pin, pins, repack, write_wheel

ROOT = Path(__file__).parents[1]
BUILD = pins(ROOT / "requirements-build.txt")
LOCKED = pins(ROOT / "requirements-dev.txt")
NEWER = "999"
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "deployment-wizard"
version = "0.1.0"
dependencies = ["flask"]
[tool.hatch.build.targets.wheel]
only-include = ["wizard"]
"""


@dataclass
class Checkout:
    """A project with our Makefile and few dependencies; its index has newer releases of all of them."""

    folder: Path
    environ: dict[str, str]
    locked: dict[str, str] = field(default_factory=dict)

    @property
    def site_packages(self) -> Path:
        (found,) = (self.folder / ".venv" / "lib").glob("python*/site-packages")
        return found

    def lock(self, name: str, *wheels: Path) -> None:
        """Write the lock `name`, which pins these wheels."""
        entries = [wheel.name.split("-")[:2] for wheel in wheels]
        named = {wheel: (entry[0].replace("_", "-"), entry[1]) for wheel, entry in zip(wheels, entries, strict=True)}
        (self.folder / name).write_text("".join(pin(*entry, wheel) for wheel, entry in named.items()))
        self.locked.update(named.values())

    def make(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run `make` with these words, without the index and the settings of this machine."""
        return subprocess.run(
            ["make", *words],  # noqa: S607  # the machine's own
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    folder, index = tmp_path / "checkout", tmp_path / "index"
    (folder / "wizard").mkdir(parents=True)
    (folder / "wizard" / "__init__.py").touch()
    index.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "pyproject.toml").write_text(PROJECT)
    clean = {name: value for name, value in os.environ.items() if not re.match("PIP_|PYTHON|VIRTUAL_ENV|MAKE", name)}
    pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index), "PIP_NO_COMPILE": "1"}
    made = Checkout(folder, clean | pip)
    made.lock("requirements-build.txt", *(repack(index, name) for name in BUILD))
    made.lock("requirements.txt", write_wheel(index, "flask", LOCKED["flask"]))
    coverage = write_wheel(index, "coverage", LOCKED["coverage"], extras=["toml"])
    reporter = write_wheel(index, "pytest-cov", LOCKED["pytest-cov"], "coverage[toml]>=7.10")
    made.lock("requirements-dev.txt", coverage, reporter)
    for name in made.locked:
        write_wheel(index, name, NEWER, extras=["toml"])
    _make_environment(folder / ".venv")
    return made


def _make_environment(folder: Path) -> None:
    """What `python -m venv` makes, in a tenth of the time, with a pip that says that it is old."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (site_packages,) = (folder / "lib").glob("python*/site-packages")
    copy_installed(["pip"], site_packages)
    (info,) = site_packages.glob("pip-*.dist-info")
    metadata = re.sub(r"(?m)^Version: .*$", "Version: 1", (info / "METADATA").read_text())
    (info / "METADATA").write_text(metadata)
    (info / "RECORD").write_text((info / "RECORD").read_text().replace(info.name, "pip-1.dist-info"))
    info.rename(site_packages / "pip-1.dist-info")


def test_make_installs_the_locked_releases_though_there_are_newer_ones(checkout: Checkout) -> None:
    done = checkout.make(".venv/dev")
    assert done.returncode == 0, done.stdout + done.stderr
    assert installed(checkout.site_packages) == {**checkout.locked, "deployment-wizard": "0.1.0"}


def test_a_lock_that_lacks_a_requirement_stops_make_and_is_named(checkout: Checkout) -> None:
    text = (checkout.folder / "requirements-dev.txt").read_text()
    (checkout.folder / "requirements-dev.txt").write_text(text[text.index("pytest-cov==") :])
    done = checkout.make("--old-file=.venv/run", ".venv/dev")
    assert done.returncode != 0
    assert "coverage, which is not installed" in done.stderr
    assert "make lock" in done.stderr
    assert not (checkout.folder / ".venv" / "dev").exists()


@pytest.mark.parametrize("name", ["Makefile", "docs/deploy.md", "bench/peers.py"])
def test_whatever_installs_a_lock_looks_up_no_requirement_and_builds_nothing(name: str) -> None:
    text = (ROOT / name).read_text()
    installing = [line for line in text.splitlines() if "--require-hashes" in line]
    assert installing
    for line in installing:
        assert re.search(r"--no-deps\b", line), line
        assert re.search(r"--only-binary[\", ]+:all:", line), line
    assert re.search(r"\bpip\W+check\b|\$\(PIP\) check", text)
