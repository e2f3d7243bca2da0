"""`wizard doctor`, as an operator runs it."""

import json
from pathlib import Path

import pytest
from cli_runner import failing, run
from server import serving
from support import ENVIRON

from wizard.doctor.examine import ANSWERS, CONNECTION, INSIDE


def test_with_an_address_it_checks_the_server_there_and_nothing_else(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        lines = run("doctor", server.url).splitlines()
        found = json.loads(run("doctor", f"{server.url}/", "--json"))
        assert server.readiness()["forwarding"] == "ok", "looking changed nothing"
    assert lines[0].split() == ["check", "result", "found,", "and", "what", "to", "do"]
    assert [finding["check"] for finding in found] == [*CONNECTION, *ANSWERS]
    assert all(set(finding) == {"check", "result", "found", "advice"} for finding in found)
    assert {finding["result"] for finding in found} == {"ok"}


def test_without_one_it_checks_this_installation_and_its_public_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with serving(tmp_path) as server:
        found = json.loads(run("doctor", "--json", env={**ENVIRON, "WIZARD_PUBLIC_URL": server.url}))
    assert [finding["check"] for finding in found] == [*INSIDE, *CONNECTION, *ANSWERS]
    assert {finding["result"] for finding in found} == {"ok", "warning"}
    assert next(finding for finding in found if finding["check"] == "embed-origins")["advice"]


def test_a_problem_fails_the_command_with_all_findings_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["wizard", "doctor"])
    assert failing(monkeypatch, capsys, "doctor") == "wizard: 1 problem found"
    assert not (tmp_path / "var").exists()


def test_what_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for given in ("wizard.example.com", "", "https://wizard.example.com/?a=1", "https://example.com/growth"):
        assert failing(monkeypatch, capsys, "doctor", given).startswith(f"wizard: URL: given {given!r}; allowed: ")
