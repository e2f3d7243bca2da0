"""The commands that let colleagues in, say who came, and put them out."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cli_runner import failing, run
from click.testing import CliRunner
from dashboard_sign_in import press
from support import KEY, client_of, settings

from wizard.app import create_app
from wizard.cli import wizard
from wizard.config import GENERATED_KEY
from wizard.dashboard.access.address import ADDRESS, recorded
from wizard.events.log import Log

PUBLIC = "https://wizard.example.com"


@pytest.fixture
def public(log: Log, monkeypatch: pytest.MonkeyPatch) -> Log:
    """A log whose wizard is reached at PUBLIC."""
    monkeypatch.setenv("WIZARD_PUBLIC_URL", PUBLIC)
    return log


def come_in(log: Log, link: str) -> None:
    """Open a link on a server that shares the log, and press its button."""
    url = log.database.url.render_as_string(hide_password=False)
    client = client_of(create_app(settings(database_url=url)))
    address = urlsplit(link)
    assert press(client, client.page(f"{address.path}?{address.query}")).status_code == 303


def listed() -> list[tuple[str, str]]:
    """Who is listed, and as what."""
    return [(row["email"], row["state"]) for row in json.loads(run("sign-ins", "--json"))]


def test_the_link_is_all_that_is_printed_and_it_lets_in(public: Log) -> None:
    printed = run("sign-in-link", "--email", " One@Example.com ")
    assert printed.startswith(f"{PUBLIC}/growth/sign-in?link=")
    assert printed.count("\n") == 1
    assert listed() == [("one@example.com", "open")]
    come_in(public, printed.strip())
    assert listed() == [("one@example.com", "signed in")]


@pytest.mark.parametrize(("words", "hours"), [((), 24), (("--hours", "1"), 1), (("--hours", "168"), 168)])
@pytest.mark.usefixtures("public")
def test_a_link_lasts_for_a_day_or_as_long_as_is_said(words: tuple[str, ...], hours: int) -> None:
    run("sign-in-link", "--email", "one@example.com", *words)
    [row] = json.loads(run("sign-ins", "--json"))
    made, expires = (datetime.fromisoformat(row[name]) for name in ("made", "expires"))
    assert expires - made == timedelta(hours=hours)


@pytest.mark.parametrize("hours", ["0", "169", "-1", "x", "1.5"])
@pytest.mark.usefixtures("public")
def test_other_hours_are_a_usage_error(hours: str) -> None:
    assert CliRunner().invoke(wizard, ["sign-in-link", "--email", "one@example.com", "--hours", hours]).exit_code == 2


BAD = (
    "",
    " ",
    "one",
    "@example.com",
    "one@",
    "one@two@example.com",
    "one two@example.com",
    "one@exa\tmple.com",
    "one@example.com\nother@example.com",
    "one@\u202eexample.com",
    "one\u00a0@example.com",
    "one@" + "x" * 251,
)


@pytest.mark.parametrize("email", BAD)
@pytest.mark.parametrize("command", ["sign-in-link", "sign-out"])
@pytest.mark.usefixtures("public")
def test_what_is_no_address_is_refused_in_one_line(
    command: str, email: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = failing(monkeypatch, capsys, command, "--email", email)
    assert line.startswith("wizard: --email: given ")
    assert "allowed: an e-mail address such as one@example.com" in line
    assert line.isprintable()
    assert len(line) < 600
    assert listed() == []


@pytest.mark.usefixtures("public")
def test_254_characters_are_not_too_many() -> None:
    email = "one@" + "x" * 250
    run("sign-in-link", "--email", email)
    assert listed() == [(email, "open")]


def test_where_no_address_is_known_it_says_what_to_do(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = failing(monkeypatch, capsys, "sign-in-link", "--email", "one@example.com")
    assert line.startswith("wizard: WIZARD_PUBLIC_URL: not set, and no server runs in this folder")
    assert line.endswith("set it, or start `wizard serve` here first")
    assert log.count() == 0
    assert listed() == []


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("public_url", ["", "https://www.example.com", "https://www.example.com/start"])
def test_a_link_leads_to_the_dashboards_own_origin(public_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIZARD_PUBLIC_URL", public_url)
    monkeypatch.setenv("WIZARD_DASHBOARD_URL", PUBLIC)
    assert run("sign-in-link", "--email", "one@example.com").startswith(f"{PUBLIC}/growth/sign-in?link=")


def test_where_the_dashboard_is_not_served_no_link_is_made(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WIZARD_PUBLIC_URL", "https://www.example.com/start")
    line = failing(monkeypatch, capsys, "sign-in-link", "--email", "one@example.com")
    assert line.startswith("wizard: WIZARD_DASHBOARD_URL: not set, and WIZARD_PUBLIC_URL has a path (/start)")
    assert log.count() == 0


@pytest.mark.usefixtures("log")
def test_the_address_is_the_one_of_the_server_that_runs_here() -> None:
    with recorded("http://127.0.0.1:8123"):
        assert ADDRESS.read_text() == f"http://127.0.0.1:8123 {os.getpid()}\n"
        assert run("sign-in-link", "--email", "one@example.com").startswith(
            "http://127.0.0.1:8123/growth/sign-in?link="
        )
    assert not ADDRESS.exists()


@pytest.mark.usefixtures("public")
def test_the_configured_address_comes_before_that_of_a_running_server() -> None:
    with recorded("http://127.0.0.1:8123"):
        assert run("sign-in-link", "--email", "one@example.com").startswith(PUBLIC)


def ended_process() -> int:
    """The id of a process that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


@pytest.mark.parametrize(
    "word", ["http://127.0.0.1:8123 {ended}", "", "x", "a b c", "http://x 0", "http://x -1", "\xff"]
)
@pytest.mark.usefixtures("log")
def test_the_address_file_of_a_dead_server_is_ignored(
    word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ADDRESS.parent.mkdir()
    ADDRESS.write_text(word.format(ended=ended_process()), "latin-1")
    line = failing(monkeypatch, capsys, "sign-in-link", "--email", "one@example.com")
    assert "no server runs in this folder" in line


def test_a_server_that_ends_keeps_the_address_file_of_another(tmp_path: Path) -> None:
    path = tmp_path / "var" / "address"
    with recorded("http://127.0.0.1:8123", path):
        path.write_text("http://127.0.0.1:8124 1\n")
    assert path.read_text() == "http://127.0.0.1:8124 1\n"


def test_without_a_servers_key_no_key_is_made(
    public: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("WIZARD_SECRET_KEYS")
    line = failing(monkeypatch, capsys, "sign-in-link", "--email", "one@example.com")
    assert line.startswith(f"wizard: WIZARD_SECRET_KEYS: not set, and there is no {GENERATED_KEY} in this folder")
    assert not GENERATED_KEY.exists()
    GENERATED_KEY.parent.mkdir()
    GENERATED_KEY.write_text(KEY)
    come_in(public, run("sign-in-link", "--email", "one@example.com").strip())


@pytest.mark.parametrize("words", [["sign-in-link", "--email", "a@b"], ["sign-ins"], ["sign-out", "--email", "a@b"]])
def test_where_there_is_no_log_they_say_so(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WIZARD_PUBLIC_URL", PUBLIC)
    monkeypatch.setenv("WIZARD_SECRET_KEYS", KEY)
    assert f"there is no log at {Path.cwd()}/var/wizard.db; run this in the server's folder" in failing(
        monkeypatch, capsys, *words
    )
    assert list(tmp_path.iterdir()) == []


def test_the_list_shows_who_signed_in_and_when(public: Log) -> None:
    assert run("sign-ins").startswith("No sign-ins yet.")
    come_in(public, run("sign-in-link", "--email", "one@example.com").strip())
    run("sign-in-link", "--email", "a-longer-name@example.com")
    lines = run("sign-ins").splitlines()
    assert lines[0].split() == ["e-mail", "role", "link", "made", "used", "last", "seen", "state"]
    rows = {line.split()[0]: line.split()[1:] for line in lines[1:]}
    role, made, used, seen, *state = rows["one@example.com"]
    assert made <= used <= seen
    assert (role, state) == ("viewer", ["signed", "in"])
    assert rows["a-longer-name@example.com"][2:] == ["-", "-", "open"]
    assert len({line.rstrip().rindex("  ") for line in lines}) == 1, "the last column is aligned"
    [_, row] = json.loads(run("sign-ins", "--json"))
    assert set(row) == {
        "email",
        "role",
        "method",
        "subject",
        "made_by",
        "made",
        "expires",
        "used",
        "last",
        "ended",
        "state",
        "session",
    }
    assert row["ended"] is None


def test_sign_out_ends_sessions_and_links_of_one_and_says_how_many(public: Log) -> None:
    for _ in range(2):
        come_in(public, run("sign-in-link", "--email", "one@example.com").strip())
    run("sign-in-link", "--email", "one@example.com")
    run("sign-in-link", "--email", "other@example.com")
    said = run("sign-out", "--email", "ONE@example.com")
    assert said == "one@example.com: ended 2 sessions and 1 unused link.\n"
    assert sorted(listed()) == [("one@example.com", "signed out")] * 3 + [("other@example.com", "open")]
    assert run("sign-out", "--email", "one@example.com") == "one@example.com: ended 0 sessions and 0 unused links.\n"
