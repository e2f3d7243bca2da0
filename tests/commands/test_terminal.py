"""Commands on any terminal: each locale's encoding, and readers that go away."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from cli_runner import run
from factories import NOV_1, visit

from wizard.cli import main, wizard
from wizard.events.log import Log

LATIN_1 = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"}
ASCII = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
LOCALES = {
    "latin-1": LATIN_1,
    "iso-8859-5": {"PYTHONUTF8": "0", "PYTHONIOENCODING": "iso-8859-5"},
    "cp437": {"PYTHONUTF8": "0", "PYTHONIOENCODING": "cp437"},
    "ascii": {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
    "C": ASCII,
    "utf-8": {"PYTHONUTF8": "1"},
}
ENCODINGS = ("latin-1", "iso-8859-5", "ascii")
CAMPAIGN = "\N{CJK UNIFIED IDEOGRAPH-4E2D} \N{SEEDLING} M\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen"

COMMANDS: Sequence[Sequence[str]] = (
    ["routes"],
    ["routes", "--graph"],
    ["check"],
    ["report"],
    ["report", "--by", "utm_campaign"],
    ["report", "--json", "--by", "utm_campaign"],
    ["ledger"],
    ["ledger", "--json"],
    ["journals"],
    ["journals", "--json"],
    ["journey", "j-1"],
    ["journey", "j-1", "--json"],
    ["export"],
    ["export", "--format", "csv"],
    ["sign-ins"],
    ["sign-ins", "--json"],
    ["sign-out", "--email", "\N{LATIN SMALL LETTER U WITH DIAERESIS}@example.com"],
    ["shared", "list"],
    ["shared", "list", "--json"],
    ["notes", "add", "2026-11-01", CAMPAIGN],
    ["notes", "list"],
    ["notes", "list", "--json"],
    ["subscribers"],
    ["subscribers", "--json"],
    ["doctor"],
    ["doctor", "--json"],
    ["people"],
    ["people", "--json"],
    ["people", "set", "\N{LATIN SMALL LETTER U WITH DIAERESIS}@example.com", "admin"],
    ["audit"],
    ["audit", "--json"],
    ["wording", "history"],
    ["wording", "history", "--json"],
    ["wording", "drafts"],
    ["wording", "export", "texts"],
    ["translations", "export", "de", "-o", "de.po"],
    ["rebuild"],
    ["migrate"],
    ["--help"],
    ["--version"],
)
REFUSED: Sequence[Sequence[str]] = (
    ["journey", CAMPAIGN],
    ["journey", "\udcff"],
    ["report", "--by", CAMPAIGN],
    ["journals", "--write-off", CAMPAIGN],
    ["export", "--since", CAMPAIGN],
    ["export", "-o", f"no-such-folder/{CAMPAIGN}"],
    ["export", "-o", "no-such-folder/\udcff"],
    ["backup", f"no-such-folder/{CAMPAIGN}"],
    ["sign-in-link", "--email", CAMPAIGN],
    ["purge", "--older-than", CAMPAIGN],
    ["purge", "--journey", CAMPAIGN],
    ["notes", "add", CAMPAIGN, CAMPAIGN],
    ["subscribers", "run", CAMPAIGN],
    ["subscribers", "remove", CAMPAIGN],
    ["doctor", CAMPAIGN],
    ["people", "set", CAMPAIGN, "admin"],
    ["people", "remove", CAMPAIGN],
    ["wording", "publish", CAMPAIGN, "--note", CAMPAIGN],
    ["wording", "rollback", "7", "--note", CAMPAIGN],
    ["wording", "import", f"no-such-folder/{CAMPAIGN}"],
    ["translations", "export", CAMPAIGN, "-o", "x.po"],
    ["translations", "import", f"no-such-folder/{CAMPAIGN}"],
    [CAMPAIGN],
)


def ran(words: Sequence[str], environ: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    """The real command, in an environment with these variables besides."""
    return subprocess.run(
        [sys.executable, "-m", "wizard", *words], capture_output=True, env={**os.environ, **environ}, check=False
    )


@pytest.fixture
def campaign(log: Log) -> Log:
    log.append(visit("j-1", NOV_1, utm_campaign=CAMPAIGN))
    return log


def said(words: Sequence[str], encoding: str, monkeypatch: pytest.MonkeyPatch) -> tuple[object, bytes, bytes]:
    """The exit code of a command, and what it prints on streams of this encoding."""
    out, error = io.BytesIO(), io.BytesIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "argv", ["wizard", *words])
        patch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding))
        patch.setattr(sys, "stderr", io.TextIOWrapper(error, encoding))
        with pytest.raises(SystemExit) as stopped:
            main()
        sys.stdout.flush()
        sys.stderr.flush()
        return stopped.value.code, out.getvalue(), error.getvalue()


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_prints_in_every_encoding(
    words: Sequence[str], encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, error = said(words, encoding, monkeypatch)
    assert (code, error) == (0, b"")
    if "--json" in words:
        json.loads(out.decode("utf-8"))


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("words", REFUSED, ids=ascii)
def test_every_refusal_is_said_in_every_encoding(
    words: Sequence[str], encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, error = said(words, encoding, monkeypatch)
    assert code in (1, 2)
    assert error


def test_the_list_above_has_every_command() -> None:
    tried = {words[0] for words in (*COMMANDS, *REFUSED)}
    assert set(wizard.commands) - tried == {"serve", "demo-data"}


@pytest.mark.usefixtures("campaign")
def test_every_text_of_help_is_printed_in_every_locale() -> None:
    for name in wizard.commands:
        assert run(name, "--help").isascii(), name


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("utf-8", CAMPAIGN),
        ("latin-1", "\\u4e2d \\U0001f331 M\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen"),
        ("cp437", "\\u4e2d \\U0001f331 M\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen"),
        ("iso-8859-5", "\\u4e2d \\U0001f331 M\\xfcnchen"),
    ],
)
def test_what_an_encoding_lacks_is_shown_by_its_code(locale: str, expected: str) -> None:
    encoding = LOCALES[locale].get("PYTHONIOENCODING", "utf-8")
    table = ran(["report", "--by", "utm_campaign"], LOCALES[locale]).stdout.decode(encoding)
    assert expected in table
    dash = "\N{EN DASH}" if locale == "utf-8" else "-"
    assert f"{dash}" in table.split("95% interval")[1]


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize("locale", LOCALES)
def test_json_is_the_same_in_every_locale(locale: str) -> None:
    done = ran(["journey", "j-1", "--json"], LOCALES[locale])
    assert json.loads(done.stdout.decode("utf-8"))["journey"]["utm_campaign"] == CAMPAIGN


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize(
    ("locale", "name"), [("latin-1", CAMPAIGN), ("utf-8", os.fsdecode(b"\xff")), ("C", os.fsdecode(b"\xff"))]
)
def test_a_file_of_any_name_is_written_and_named(locale: str, name: str, tmp_path: Path) -> None:
    for words in (["export", "-o", name], ["backup", f"{name}.db"]):
        done = ran(words, LOCALES[locale])
        assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
        assert (tmp_path / words[-1]).stat().st_size


@pytest.mark.usefixtures("campaign")
def test_a_closed_pipe_ends_every_command_quietly() -> None:
    for words in (["routes"], ["report", "--json"], ["journey", "j-1"], ["export"], ["--help"]):
        reader, writer = os.pipe()
        os.close(reader)
        process = subprocess.run(
            [sys.executable, "-m", "wizard", *words], stdout=writer, stderr=subprocess.PIPE, check=False
        )
        os.close(writer)
        assert (process.returncode, process.stderr) == (1, b""), words
