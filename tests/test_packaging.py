"""The wheel holds all that the wizard needs, and works where there is nothing else of ours."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from server import serving, visit
from support import files_in
from wheels import copy_installed, pins

ROOT = Path(__file__).parents[1]
TOOLS = Path(sys.executable).parent
LOCKS = (
    "requirements.txt",
    "requirements-build.txt",
    "requirements-traces.txt",
    "requirements-dev.txt",
    "bench/requirements-first-question.txt",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [str(TOOLS / "hatchling"), "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_templates_the_static_files_and_the_wording_and_nothing_that_is_not_ours(
    wheel: Path,
) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "wizard", "templates", "static"],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    expected = {name if name.startswith("wizard/") else f"wizard/{name}" for name in tracked}
    assert held == expected
    assert {f"wizard/templates/{name}" for name in files_in(ROOT / "templates")} <= held
    assert {"wizard/static/wizard.css", "wizard/wording/en.toml", "wizard/py.typed"} <= held


def test_a_journey_can_be_walked_through_the_wheel_in_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    uv = str(TOOLS / "uv")
    environment = tmp_path / "environment"
    python = str(environment / "bin" / "python")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(environment)], env=clean, check=True)
    (site_packages,) = (environment / "lib").glob("python*/site-packages")
    copy_installed(pins(ROOT / "requirements.txt"), site_packages)  # as the lock has them, and no index is asked
    for words in (["install", "--quiet", "--offline", "--no-deps", str(wheel)], ["check", "--quiet"]):
        subprocess.run([uv, "pip", words[0], "--python", python, *words[1:]], cwd=tmp_path, env=clean, check=True)
    command = [str(environment / "bin" / "wizard")]
    assert subprocess.run([*command, "check"], cwd=tmp_path, env=clean, check=True, capture_output=True).stdout
    with serving(tmp_path, environ={}, command=command) as server:
        result = visit([server.url], {"who": "hobby", "hosting": "own_cloud"})
        assert result.main
        assert result.main["data-persona"] == "visionary"


@pytest.mark.parametrize("lock", LOCKS)
def test_the_locks_pin_every_package_with_hashes_and_name_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert pins
    for pin in pins:
        assert "==" in pin
        assert pin.endswith("\\"), f"{pin} has no hash"


@pytest.mark.parametrize("folder", ["bench/first-question", "tests/node", "tests/clickhouse", "tests/openid"])
def test_the_lock_of_the_npm_packages_names_no_registry(folder: str) -> None:
    text = (ROOT / folder / "package-lock.json").read_text()
    assert "://" not in text
    assert text.count('"integrity"') == text.count('"node_modules/')
