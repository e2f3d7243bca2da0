"""The commands as an operator runs them, in a folder with a log of its own."""

import sys
from collections.abc import Mapping

import pytest
from click.testing import CliRunner

from wizard.cli import main, wizard


def run(*words: str, env: Mapping[str, str | None] | None = None) -> str:
    """What a command that succeeds prints on standard output; `env` sets variables, or with None unsets them."""
    result = CliRunner().invoke(wizard, words, catch_exceptions=False, env=env)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def failing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line that a failing command says."""
    monkeypatch.setattr(sys, "argv", ["wizard", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error.strip()
