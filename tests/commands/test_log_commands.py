"""The commands that read the log, as an operator meets them."""

import csv
import io
import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pytest
from cli_runner import run
from click.testing import CliRunner
from factories import NOV_1, fill, multiply, visit
from sqlalchemy import delete, text

from wizard.cli import main, wizard
from wizard.commands import log as commands
from wizard.events.batch import Batch, Record
from wizard.events.log import Log, Tally
from wizard.maintenance.export import COLUMNS, FORMATS
from wizard.storage import schema
from wizard.storage.by_store import streamed
from wizard.storage.database import LogError

MB = 1024
"""In kilobytes, as Linux tells them."""


def failing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str]:
    """What a failing command prints, and the one line that it says."""
    monkeypatch.setattr(sys, "argv", ["wizard", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    out, error = capsys.readouterr()
    assert error.count("\n") == 1
    return out, error.strip()


def start(words: Sequence[str], **streams: int) -> subprocess.Popen[bytes]:
    """The real command, as a process."""
    return subprocess.Popen([sys.executable, "-m", "wizard", *words], **streams)  # type: ignore[call-overload,no-any-return]


def shown(terminal: int) -> str:
    """What is shown on a terminal until everybody has closed it."""
    content = b""
    while select.select([terminal], [], [], 60)[0]:
        try:
            content += os.read(terminal, 65_536)
        except OSError:  # nobody holds the other end
            break
    return content.decode()


def journeys_in(lines: str) -> set[str]:
    return {json.loads(line)["journey_id"] for line in lines.splitlines()}


def test_events_are_exported_to_standard_output(log: Log) -> None:
    events = fill(log, ["j-1", "j-2"])
    assert len(run("export").splitlines()) == len(events)
    rows = list(csv.DictReader(io.StringIO(run("export", "--format", "csv"))))
    assert len(rows) == len(events)


@pytest.mark.parametrize(
    ("zone", "words", "journeys"),
    [
        ("UTC", ["--since", "2026-11-02"], {"j-2", "j-3"}),
        ("UTC", ["--until", "2026-11-02"], {"j-1", "j-2"}),
        ("UTC", ["--since", "2026-11-02", "--until", "2026-11-02"], {"j-2"}),
        ("America/New_York", ["--since", "2026-11-01", "--until", "2026-11-01"], {"j-2"}),
        ("UTC", ["--since", "2026-11-02T00:00:00Z", "--until", "2026-11-03T01:00:00+01:00"], {"j-2"}),
    ],
)
def test_a_day_begins_at_midnight_in_the_time_zone_of_the_settings(
    zone: str, words: list[str], journeys: set[str], log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIZARD_TIME_ZONE", zone)
    fill(log, ["j-1", "j-2", "j-3"])
    assert journeys_in(run("export", *words)) == journeys


def test_an_export_to_a_file_replaces_it_whole_and_says_so(log: Log, tmp_path: Path) -> None:
    fill(log, ["j-1"])
    file = tmp_path / "out.csv"
    file.write_text("what was there")
    result = CliRunner().invoke(wizard, ["export", "--format", "csv", "-o", str(file)])
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"Wrote 9 events to {file}.\n")
    assert file.read_text().startswith(",".join(COLUMNS))
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_an_export_for_excel_has_a_byte_order_mark_and_the_plain_one_has_none(log: Log, tmp_path: Path) -> None:
    log.append(visit(utm_campaign="007", utm_term="M\u00fcnchen"))
    for words, encoding, cell in ((["--for-excel"], "utf-8-sig", "'007"), ([], "utf-8", "007")):
        run("export", "--format", "csv", *words, "-o", "out.csv")
        content = (tmp_path / "out.csv").read_bytes()
        assert content.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")
        row = next(csv.DictReader(io.StringIO(content.decode(encoding), newline="")))
        assert len(row["event_id"].removeprefix("'")) == 64
        assert (row["utm_campaign"], row["utm_term"]) == (cell, "M\u00fcnchen")
        assert row["ts"] == "2026-11-01T00:00:00.000Z"


@pytest.mark.parametrize("own", ["log.db", "log.db-wal", "folder/../log.db", "link"])
def test_an_export_never_replaces_the_log_itself(
    own: str, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    events = fill(log, ["j-1"])
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(log.database.path)
    name = own.replace("log.db", log.database.path.name)
    _, said = failing(monkeypatch, capsys, "export", "-o", name)
    assert said == f"wizard: -o: given {name!r}, which is a file of the log itself; allowed: any other"
    assert log.count() == len(events)


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_that_fails_half_way_leaves_the_old_file(
    form: str, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(log, ["j-1"])

    @contextmanager
    def failing_half_way(*given: Any) -> Iterator[Iterator[object]]:
        with streamed(*given) as records:
            yield chain(islice(records, 5), gone())

    def gone() -> Iterator[object]:
        yield from ()
        raise LogError("the database has gone")

    monkeypatch.setattr(commands, "streamed", failing_half_way)
    file = tmp_path / "out"
    file.write_text("what was there")
    said = failing(monkeypatch, capsys, "export", "--format", form, "-o", str(file))
    assert said == ("", "wizard: the database has gone")
    assert file.read_text() == "what was there"
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith("log.db")} == {"out"}


@pytest.mark.parametrize("form", FORMATS)
def test_a_closed_pipe_ends_an_export_quietly(form: str, log: Log) -> None:
    multiply(log, 20_000)
    process = start(["export", "--format", form], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    assert process.stderr
    assert process.stdout.read(2)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 1


def test_parquet_is_not_sent_to_a_terminal(log: Log) -> None:
    fill(log, ["j-1"])
    terminal, end = pty.openpty()
    with start(["export", "--format", "parquet"], stdout=end, stderr=subprocess.PIPE) as process:
        os.close(end)
        assert shown(terminal) == ""
        _, error = process.communicate()
    os.close(terminal)
    assert (process.returncode, error.decode()) == (
        1,
        "wizard: --format: given 'parquet', which no terminal can show; allowed with it: -o FILE, or a pipe\n",
    )


def test_a_terminal_shows_the_progress_of_an_export(log: Log, tmp_path: Path) -> None:
    multiply(log, 3_000)
    terminal, end = pty.openpty()
    with start(["export"], stdout=subprocess.PIPE, stderr=end) as process:
        os.close(end)
        lines, _ = process.communicate()
    content = shown(terminal)
    os.close(terminal)
    assert len(lines.splitlines()) == 3_000
    assert "Exporting" in content
    assert "100%" in content
    assert start(["export", "-o", str(tmp_path / "x")], stderr=subprocess.DEVNULL).wait(60) == 0


def peak_of(*words: str) -> int:
    """The most memory that a command held at once, in kilobytes."""
    code = (
        "import sys; from wizard.cli import wizard; wizard(sys.argv[1:], standalone_mode=False); "
        "print(open('/proc/self/status').read(), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], stdout=subprocess.DEVNULL, stderr=-1, check=True)
    return int(done.stderr.decode().split("VmHWM:")[1].split()[0])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's peak")
@pytest.mark.parametrize(("form", "events"), [("jsonl", 80_000), ("csv", 80_000), ("parquet", 150_000)])
def test_ten_times_the_events_need_no_more_memory(form: str, events: int, log: Log) -> None:
    multiply(log, events // 10)
    few = peak_of("export", "--format", form)
    log.erase(["j-1"])
    with log.database.writer.begin() as connection:
        connection.execute(delete(schema.events))
    multiply(log, events)  # of Parquet, more than two row groups
    assert peak_of("export", "--format", form) < few + 40 * MB


def test_the_ledger_is_a_table_or_json(log: Log) -> None:
    fill(log, ["j-1", "j-2"])
    lines = run("ledger").splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["2026-11-01", "2026-11-02", "total"]
    assert lines[-1].startswith("Balanced: ")
    record = json.loads(run("ledger", "--json", "--since", "2026-11-02"))
    assert record["balanced"] is True
    assert [day["day"] for day in record["days"]] == ["2026-11-02"]


def test_a_ledger_that_does_not_balance_fails_with_the_days_and_the_figures(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log.tally({Tally(NOV_1, "received"): 3, Tally(NOV_1, "bot"): 2})
    line = (
        "wizard: the ledger does not balance: "
        "2026-11-01: received 3 is not stored 0 + duplicate 0 + bot 2 + rejected 0 = 2"
    )
    out, error = failing(monkeypatch, capsys, "ledger")
    assert error == line
    assert "2026-11-01" in out
    out, error = failing(monkeypatch, capsys, "ledger", "--json")
    assert error == line
    assert json.loads(out)["balanced"] is False


def test_journals_are_listed_and_written_off(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("journals") == "No server has a journal.\n"
    bot = Record(2, 2, tally=Tally(NOV_1, "bot"))
    log.ingest(Batch("0123456789abcdef", "web-1", 0, [bot], 1_234, NOV_1))
    header, row = run("journals").splitlines()
    assert header.split("  ")[0] == "machine"
    assert row.split() == ["web-1", "0123456789abcdef", "2", "1,234", "2026-11-01T00:00:00.000Z"]
    assert (
        run("ledger").splitlines()[-1].startswith("Balanced: received = stored + duplicate + bot + rejected + waiting")
    )
    assert run("journals", "--write-off", "0123456789abcdef") == (
        "Counted 1,234 waiting events of 0123456789abcdef as lost.\n"
    )
    assert json.loads(run("journals", "--json")) == [
        {
            "journal": "0123456789abcdef",
            "machine": "web-1",
            "brought_in": 2,
            "waiting": 0,
            "written_off": 1_234,
            "seen_ms": NOV_1,
        }
    ]
    _, error = failing(monkeypatch, capsys, "journals", "--write-off", "0123456789abcdef")
    assert error.startswith("wizard: --write-off: given '0123456789abcdef', which has no waiting events")


def test_a_journey_is_printed_line_by_line(log: Log) -> None:
    log.append(visit(utm_source="newsletter"))
    lines = run("journey", "j-1").splitlines()
    assert "2026-11-01T00:00:05.000Z  question_answer  who = hobby                               5,000 ms" in lines
    assert "2026-11-01T00:00:08.000Z  result_view      visionary: cloud, declined private_cloud" in lines
    assert lines[-3:] == [
        "",
        "viewed; started, to hosting; finished as visionary, cloud recommended; clicked cloud (recommended); "
        "converted to cloud, value 20.00. Answers: hosting = avoid, who = hobby.",
        "fresh, desktop, en, flow 1, utm_source newsletter.",
    ]
    assert len(lines) == len(visit()) + 3


def test_a_journey_is_printed_with_the_notes_on_global_privacy_control_and_suspicion(log: Log) -> None:
    log.append(replace(event, context=replace(event.context, gpc=1, suspect="burst")) for event in visit())
    assert run("journey", "j-1").splitlines()[-2:] == [
        "Global Privacy Control: no handoff, no referrer.",
        "Suspect: burst from one network. Excluded from figures by default.",
    ]


def test_a_journey_as_json_has_its_events_as_in_an_export(log: Log) -> None:
    fill(log, ["j-1", "j-2"])
    record = json.loads(run("journey", "j-2", "--json"))
    exported = [json.loads(line) for line in run("export", "--since", "2026-11-02").splitlines()]
    assert sorted(record["events"], key=str) == sorted(exported, key=str)
    assert record["journey"]["answers"] == {"who": "hobby", "hosting": "avoid"}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["journey", "j-9"], "ID: given 'j-9', which is not in the log; allowed: the id of a journey in the log"),
        (
            ["journey", "j\u00fc"],
            "ID: given 'j\u00fc', which is not in the log; allowed: the id of a journey in the log",
        ),
        (
            ["ledger", "--since", "2026-11-01T00:00:00Z"],
            "--since: given '2026-11-01T00:00:00Z'; allowed: a date such as 2026-11-01 (the ledger's days are UTC)",
        ),
        (
            ["export", "--since", "2026-11-02", "--until", "2026-11-01"],
            "--since: given '2026-11-02', which is not before --until '2026-11-01'; allowed: an earlier one",
        ),
        (
            ["export", "--for-excel", "--format", "parquet"],
            "--for-excel: given with --format 'parquet'; allowed with it: --format csv",
        ),
        (
            ["export", "-o", "/dev/null"],
            "/dev/null: can't be written, since it is not a regular file; allowed: a file, or a new name",
        ),
    ],
)
@pytest.mark.usefixtures("log")
def test_what_can_not_be_done_is_said_in_one_line(
    words: list[str], line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failing(monkeypatch, capsys, *words) == ("", f"wizard: {line}")


@pytest.mark.parametrize(
    "words", [["export"], ["ledger"], ["journey", "j-1"], ["rebuild"], ["purge", "--journey", "j"]]
)
def test_a_command_that_reads_makes_no_log(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WIZARD_DATABASE_URL", "sqlite:///var/wizard.db")
    _, line = failing(monkeypatch, capsys, *words)
    assert line == (
        f"wizard: WIZARD_DATABASE_URL: there is no log at {tmp_path}/var/wizard.db; run this in the server's folder, "
        "or set it as for the server (`wizard serve` and `wizard migrate` make a log)"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_failing_database_is_reported_in_one_line(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with log.database.writer.begin() as connection:
        connection.execute(text("DROP TABLE events"))
    _, line = failing(monkeypatch, capsys, "ledger")
    assert line.startswith("wizard: WIZARD_DATABASE_URL: the log can't be used (")
