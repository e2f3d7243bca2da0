"""What docs/deploy.md has operators copy: the systemd unit."""

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from wizard.serve import STOP_SECONDS

DEPLOY = Path(__file__).parents[1] / "docs" / "deploy.md"
UNIT = re.search(r"```ini\n(.*?)```", DEPLOY.read_text("utf-8"), re.DOTALL)


def sections() -> ConfigParser:
    assert UNIT
    unit = ConfigParser(strict=False, interpolation=None)  # a name may stand on several lines
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names are in mixed case
    unit.read_string(UNIT[1])
    return unit


def test_the_unit_comes_back_however_long_the_database_takes() -> None:
    """By itself, systemd gives up on a unit that fails five times within ten seconds."""
    unit = sections()
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert unit["Service"]["Restart"] in ("on-failure", "always")
    assert 1 <= int(unit["Service"]["RestartSec"]) <= 10


def test_the_unit_waits_for_the_network_and_the_local_database() -> None:
    unit = sections()["Unit"]
    assert {"network-online.target", "postgresql.service"} <= set(unit["After"].split())
    assert unit["Wants"] == "network-online.target"
    assert "Requires" not in unit, "a database that is restarted would stop the server, which serves without it"


def test_the_unit_gives_the_server_more_time_to_stop_than_it_takes() -> None:
    assert int(sections()["Service"]["TimeoutStopSec"]) > STOP_SECONDS


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_finds_no_fault_with_the_unit(tmp_path: Path) -> None:
    assert UNIT
    text = UNIT[1].replace("/opt/wizard/bin/wizard", "/bin/true")
    (tmp_path / "wizard.service").write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "wizard.service")],  # noqa: S607  # of the system
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in done.stderr.splitlines() if "wizard.service" in line] == []
