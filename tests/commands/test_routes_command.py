"""`wizard routes`, as an engineer meets it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cli_runner import failing, run
from click.testing import CliRunner
from factories import visit

from wizard.cli import wizard
from wizard.clock import system_ms
from wizard.commands import routes
from wizard.events.log import DAY_MS, Log
from wizard.questionnaire.rules import Rule, when
from wizard.questionnaire.strategy import STRATEGY, Deployment, Route

AVOIDING = when(persona="visionary", hosting="avoid")


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The paths of before. Today, hobbyists that avoid hosting are sent on-premise, and others get no alternative."""
    path = tmp_path / "old.json"
    path.write_text(run("routes", "--json"), "utf-8")
    first, second, *others = STRATEGY.routes
    sent = (
        replace(first, goto=Route(Deployment.ON_PREMISE, ())),
        replace(second, when=when(persona="visionary", hosting="unsure")),
        Rule(Route(Deployment.ON_PREMISE, (Deployment.CLOUD,)), AVOIDING),
    )
    monkeypatch.setattr(routes, "STRATEGY", replace(STRATEGY, routes=(*sent, *others)))
    return str(path)


def test_the_comparison_says_how_many_visits_would_have_been_sent_elsewhere(log: Log, old: str) -> None:
    now = system_ms()
    for number in range(3):
        log.append(visit(f"j-{number}", now - (number + 1) * DAY_MS))
    log.append(visit("long-ago", now - 29 * DAY_MS))
    text = run("routes", "--against", old)
    assert text.startswith(
        "55 paths before, 55 now.\n"
        "Finished visits of the last 28 days: 3.\n"
        "Classified or sent elsewhere today: 3 (100.0%).\n"
        "\n"
        "Classified or sent elsewhere (2 paths, 3 visits)\n"
    )
    assert "\nhobby             avoid    visionary, cloud  visionary, on_premise  3\n" in text
    assert "Same persona and recommendation, another result page (4 paths, 0 visits)\n" in text
    assert "alternatives  cloud   -    0" in text
    assert "Finished visits of the last 30 days: 4." in run("routes", "--against", old, "--days", "30")


def test_json_has_each_difference_with_its_visits(log: Log, old: str) -> None:
    log.append(visit("j-1", system_ms() - DAY_MS))
    record = json.loads(run("routes", "--against", old, "--json"))
    assert record["paths"] == {"before": 55, "now": 55, "changed": 6, "gone": 0, "new": 0}
    assert record["visits"] == {
        "days": 28,
        "finished": 1,
        "elsewhere": 1,
        "perhaps_elsewhere": 0,
        "no_earlier_path": 0,
    }
    (change,) = [each for each in record["changes"] if each["visits"]]
    assert change["answers"] == {"who": "hobby", "hosting": "avoid"}
    assert (change["change"], change["elsewhere"]) == ("changed", "yes")
    assert (change["before"]["recommended"], change["after"][0]["recommended"]) == ("cloud", "on_premise")


def test_no_difference_is_said(log: Log) -> None:
    same = run("routes", "--json")
    result = CliRunner().invoke(wizard, ["routes", "--against", "-"], input=same, catch_exceptions=False)
    assert result.stdout == ("55 paths before, 55 now: no differences.\nFinished visits of the last 28 days: 0.\n")
    assert log.database


def test_without_the_log_nothing_is_counted(
    old: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WIZARD_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    text = run("routes", "--against", old, "--days", "0")
    assert text.startswith("55 paths before, 55 now.\n\nClassified or sent elsewhere (2 paths)\n")
    assert "visits" not in text
    record = json.loads(run("routes", "--against", old, "--days", "0", "--json"))
    assert (record["visits"], record["changes"][0]["visits"]) == (None, None)
    line = failing(monkeypatch, capsys, "routes", "--against", old)
    assert "there is no log at" in line
    assert line.endswith("; --days 0 compares without the log")


@pytest.mark.parametrize("content", [b"[1", b"\xff", b"[]"])
def test_a_file_with_something_else_is_refused(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "old.json"
    path.write_bytes(content)
    line = failing(monkeypatch, capsys, "routes", "--against", str(path))
    assert line.startswith(f"wizard: --against: given '{path}', which can't be used: it ")
    assert line.endswith("; allowed: a file with the output of `wizard routes --json`, or - for standard input")


@pytest.mark.parametrize(
    "words", [["--days", "3"], ["--against", "nowhere.json"], ["--graph", "--against", "-"], ["--against"]]
)
def test_options_that_do_not_fit_are_a_usage_error(words: list[str]) -> None:
    result = CliRunner().invoke(wizard, ["routes", *words])
    assert result.exit_code == 2
