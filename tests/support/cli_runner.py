"""Runs `wizard` commands in this process."""

import sys
from collections.abc import Mapping

import pytest
from click.testing import CliRunner

from wizard.cli import main, wizard


def run(*words: str, env: Mapping[str, str | None] | None = None) -> str:
    """Run a command that succeeds. Returns its standard output. `env` sets variables, or unsets those that are None."""
    result = CliRunner().invoke(wizard, words, catch_exceptions=False, env=env)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def failing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command that fails with one line on standard error. Returns the line."""
    monkeypatch.setattr(sys, "argv", ["wizard", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error.strip()
