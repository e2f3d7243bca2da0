"""`wizard report` and `wizard demo-data`, as an operator meets them."""

import json
import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cli_runner import failing, run
from factories import NOV_1, fill, visit

from wizard.commands.report_text import GROUPS_SHOWN
from wizard.events.dimensions import SPLITS
from wizard.events.log import Log
from wizard.events.model import Suspicion


def cells(text: str, first: str) -> list[str]:
    """The words of the one line that begins with `first`."""
    (line,) = [line for line in text.splitlines() if line.split()[:1] == [first]]
    return line.split()


def test_a_report_is_read_as_tables(log: Log) -> None:
    fill(log, ["j-1", "j-2"])
    log.append(visit("j-3")[:4])
    text = run("report")
    assert text.startswith("Journeys that began at any time (UTC)\n")
    assert cells(text, "viewed") == ["viewed", "3"]
    assert cells(text, "started") == ["started", "3"]
    assert cells(text, "finished") == ["finished", "2", "66.7%", "20.8\N{EN DASH}93.9", "started"]
    assert cells(text, "handoff") == ["handoff", "2", "66.7%", "20.8\N{EN DASH}93.9", "started"]
    assert cells(text, "converted") == ["converted", "2", "100.0%", "34.2\N{EN DASH}100.0", "handoff"]
    assert "Suspect visits" not in text
    assert cells(text, "value") == ["value", "40.00"]
    assert cells(text, "who")[:5] == ["who", "3", "3", "100.0%", "43.9\N{EN DASH}100.0"]
    assert cells(text, "who")[-4:] == ["5.0", "s", "5.0", "s"]
    assert "Where fewer than 100 started" in text


@pytest.mark.usefixtures("log")
def test_columns_line_up() -> None:
    run("demo-data", "--journeys", "300")
    for by in SPLITS:
        (table,) = [part for part in run("report", "--by", by).split("\n\n") if part.startswith(f"{by} ")]
        header, *rows = table.splitlines()
        assert rows
        for name in ("viewed", "started", "finished", "clicked", "handoff", "converted", "value"):
            end = header.index(name) + len(name)
            assert all(row[end - 1] != " " and row[end : end + 1] in ("", " ") for row in rows), table


@pytest.mark.parametrize("by", SPLITS)
@pytest.mark.usefixtures("log")
def test_json_has_every_figure_with_its_interval(by: str) -> None:
    run("demo-data", "--journeys", "400", "--days", "5")
    record = json.loads(run("report", "--by", by, "--json"))
    assert (record["by"], record["since"], record["until"], record["time_zone"]) == (by, None, None, "UTC")
    assert sum(group["started"] for group in record["groups"]) == record["total"]["started"]
    for figures in (record["total"], *record["groups"]):
        rates = [figures[name] for name in ("finished", "clicked", "handoff", "converted")]
        assert [rate["of"] for rate in rates] == [*[figures["started"]] * 3, figures["handoff"]["count"]]
        for step in figures["steps"]:
            own = [step[name] for name in ("answered", "dropped_off", "met_error", "went_back", "changed")]
            assert all(rate["of"] == step["reached"] for rate in own)
            assert step["answered"]["count"] + step["dropped_off"]["count"] == step["reached"]
            assert (step["median_ms"] or 0) <= (step["p90_ms"] or 0)
            rates += own
        for rate in rates:
            if rate["of"]:
                assert 0 <= rate["low"] <= rate["rate"] <= rate["high"] <= 1
            else:
                assert rate["rate"] is rate["low"] is rate["high"] is None


def add_suspects(log: Log) -> None:
    """Two visits of a person, three of a burst, and one whose answers came too fast."""
    fill(log, ["j-1", "j-2"])
    marks: list[Suspicion] = ["burst", "burst", "burst", "fast"]
    for number, mark in enumerate(marks):
        log.append(
            replace(event, context=replace(event.context, suspect=mark)) for event in visit(f"s-{number}", NOV_1)
        )


@pytest.mark.parametrize(
    ("choice", "viewed", "line", "suspects_are"),
    [
        (
            [],
            2,
            "Suspect visits excluded: 4 (burst from one network 3, answers faster than a person reads 1)",
            "excluded",
        ),
        (["--suspects", "include"], 6, "Suspect visits included: 4 (burst from one network 3, answers", "included"),
        (["--suspects", "only"], 4, "Suspect visits only: 4 (burst from one network 3, answers", "only"),
    ],
)
def test_a_report_excludes_suspect_visits_by_default_and_counts_them(
    log: Log, choice: list[str], viewed: int, line: str, suspects_are: str
) -> None:
    add_suspects(log)
    text = run("report", *choice)
    assert cells(text, "viewed") == ["viewed", str(viewed)]
    assert f"\n{line}" in text
    record = json.loads(run("report", "--json", "--by", "day", *choice))
    assert (record["suspects"], record["suspects_are"]) == ({"burst": 3, "fast": 1}, suspects_are)
    assert record["total"]["viewed"] == sum(group["viewed"] for group in record["groups"]) == viewed


def test_a_report_on_suspect_visits_alone_says_so_where_there_is_none(log: Log) -> None:
    title = "Journeys that began at any time (UTC): none."
    assert run("report", "--suspects", "only") == f"{title}\nSuspect visits only: none\n"
    log.append([replace(event, context=replace(event.context, suspect="burst")) for event in visit("s-1")])
    assert run("report") == f"{title}\nSuspect visits excluded: 1 (burst from one network 1)\n"


def test_conversion_is_of_those_who_clicked_with_a_handoff(log: Log) -> None:
    fill(log, ["j-1"])
    log.append(visit("j-2")[:8])
    log.append([replace(event, context=replace(event.context, gpc=1)) for event in visit("private")[:8]])
    text = run("report", "--by", "device")
    assert cells(text, "clicked")[:3] == ["clicked", "3", "100.0%"]
    assert cells(text, "handoff")[:3] == ["handoff", "2", "66.7%"]
    assert cells(text, "converted")[:3] == ["converted", "1", "50.0%"]
    (line,) = [line for line in text.splitlines() if line.startswith("desktop ") and line.endswith("20.00")]
    assert line.split()[-4:-2] == ["2", "50.0%"]
    record = json.loads(run("report", "--by", "device", "--json"))
    for figures in (record["total"], *record["groups"]):
        assert (figures["converted"]["count"], figures["converted"]["of"]) == (1, 2)


def test_a_period_is_of_whole_days_in_the_time_zone(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log.append(visit("late", NOV_1 - 1))
    log.append(visit("early", NOV_1))
    assert cells(run("report", "--since", "2026-11-01"), "viewed") == ["viewed", "1"]
    assert run("report", "--since", "2026-10-31", "--until", "2026-10-31").startswith(
        "Journeys that began from 2026-10-31 until before 2026-11-01 (UTC)\n"
    )
    monkeypatch.setenv("WIZARD_TIME_ZONE", "Asia/Tokyo")
    assert cells(run("report", "--since", "2026-11-01"), "viewed") == ["viewed", "2"]
    record = json.loads(run("report", "--by", "day", "--since", "2026-11-01", "--json"))
    assert (record["since"], record["time_zone"]) == ("2026-10-31T15:00:00.000Z", "Asia/Tokyo")
    assert [group["group"] for group in record["groups"]] == ["2026-11-01"]


def test_a_period_that_can_not_be_read_is_one_line(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert log.count() == 0
    line = failing(monkeypatch, capsys, "report", "--since", "yesterday")
    assert line.startswith("wizard: --since: given 'yesterday'; allowed: a date such as")


@pytest.mark.parametrize("by", [[], ["--by", "day"], ["--by", "persona"]])
def test_a_report_on_nothing_says_what_to_do(by: list[str], log: Log) -> None:
    assert "`wizard demo-data --journeys 1000` makes some" in run("report", *by)
    assert json.loads(run("report", *by, "--json"))["groups"] == []
    fill(log, ["j-1"])
    assert run("report", *by, "--since", "2030-01-01") == (
        "Journeys that began from 2030-01-01 (UTC): none.\nTry another period, or none.\n"
    )


def test_unknown_values_have_a_name_and_long_ones_are_cut(log: Log) -> None:
    log.append(visit("j-1", utm_campaign="x" * 100))
    log.append(visit("j-2")[:2])
    assert f"\n{'x' * 39}\N{HORIZONTAL ELLIPSIS} " in run("report", "--by", "utm_campaign")
    assert "\n(not known)" in run("report", "--by", "utm_campaign")
    assert "\n(no result)" in run("report", "--by", "persona")
    assert json.loads(run("report", "--by", "utm_campaign", "--json"))["groups"][0]["group"] == "x" * 100


def test_of_many_groups_the_largest_are_shown_and_json_has_all(log: Log) -> None:
    for number in range(GROUPS_SHOWN + 3):
        log.append(visit(f"j-{number}", utm_source=f"source-{number:02}"))
    log.append(visit("j-x", utm_source="source-27"))
    text = run("report", "--by", "utm_source")
    assert "Not shown: 3 more of utm_source; --json has all of them." in text
    assert text.index("source-27") < text.index("source-00")
    assert len(json.loads(run("report", "--by", "utm_source", "--json"))["groups"]) == GROUPS_SHOWN + 3


def test_results_of_prefilled_links_are_listed_beside_the_funnel(log: Log) -> None:
    shared = visit("shared")[6]
    log.append([replace(shared, context=replace(shared.context, turn=0, entry="prefilled"))])
    assert "Prefilled links (not in the funnel): 1 result, 0 clicks, 0 signups." in run("report")


def test_a_report_makes_no_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WIZARD_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    assert "there is no log at" in failing(monkeypatch, capsys, "report")
    assert not list(tmp_path.iterdir())


def test_demo_data_is_added_and_removed(log: Log) -> None:
    text = run("demo-data", "--journeys", "50", "--days", "3", "--seed", "9")
    stored = log.count()
    assert f"(50 visits, 3 days, seed 9): {stored:,} events stored, " in text
    assert run("demo-data", "--remove").endswith(f"with {stored:,} events.\n")
    assert log.count() == 0
    assert run("demo-data", "--remove") == "Erased 0 demo journeys with 0 events.\n"


@pytest.mark.parametrize(
    ("words", "given"), [([], "neither"), (["--journeys", "3", "--remove"], "both")], ids=["neither", "both"]
)
def test_demo_data_is_either_made_or_removed(
    words: list[str], given: str, log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = failing(monkeypatch, capsys, "demo-data", *words)
    assert line == f"wizard: --journeys, --remove: given {given}; allowed: one of them"
    assert log.count() == 0


def test_demo_data_is_refused_by_a_log_that_holds_real_journeys(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(log, ["j-1"])
    line = failing(monkeypatch, capsys, "demo-data", "--journeys", "3")
    assert line.startswith("wizard: WIZARD_DATABASE_URL: given a log with real journeys; allowed")


def test_a_terminal_shows_the_progress_of_demo_data(log: Log) -> None:
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "wizard", "demo-data", "--journeys", "1200"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=end) as process:
        os.close(end)
        content = b""
        while chunk := read(terminal):
            content += chunk
    os.close(terminal)
    assert process.returncode == 0
    assert b"Simulating visits" in content
    assert b"100%" in content
    assert log.count() > 1200


def read(terminal: int) -> bytes:
    """What comes next on a terminal; nothing once everybody has closed it."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""
