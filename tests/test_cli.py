"""The command line, as an operator meets it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli_runner import failing
from click.testing import CliRunner
from support import ENVIRON, every_path

from wizard import serve as server
from wizard.cli import main, wizard
from wizard.config import Settings, read_settings
from wizard.files.bundled import bundled


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)


def run(*words: str) -> tuple[int, str, str]:
    """The exit code, and what was printed on standard output and standard error."""
    result = CliRunner().invoke(wizard, words, catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def test_routes_are_a_table_json_or_a_graph() -> None:
    code, table, _ = run("routes")
    assert code == 0
    assert len(table.splitlines()) == 57
    _, text, _ = run("routes", "--json")
    assert [record["answers"] for record in json.loads(text)] == list(every_path())
    _, graph, _ = run("routes", "--graph")
    assert graph.startswith("flowchart TD\n")


def test_check_says_what_it_proved() -> None:
    code, out, err = run("check")
    others = sorted(path.stem for path in bundled("wording").glob("*.toml") if path.stem != "en")
    *table, last = out.splitlines()
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in table] == ["locale", "en", *others]
    assert last == f"The routing is right: 55 paths, each with one outcome; texts in {', '.join(['en', *others])}."


def test_check_fails_with_the_problem_and_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    destinations = {"cloud": "https://x.example", "private_cloud": "https://x.example"}
    monkeypatch.setattr(Settings, "destinations", destinations)
    monkeypatch.setattr(sys, "argv", ["wizard", "check"])
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().err.splitlines() == [
        "deployment on_premise: has no destination",
        "wizard: the routing is not right: 55 paths walked, problems found: 1",
    ]


def test_check_names_a_text_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    english = (bundled("wording") / "en.toml").read_text("utf-8")
    (tmp_path / "en.toml").write_text(english.replace('back = "Back"', ""), "utf-8")
    monkeypatch.setenv("WIZARD_WORDING_DIR", str(tmp_path))
    assert failing(monkeypatch, capsys, "check") == "wizard: en.toml: question.back is missing"


@pytest.mark.parametrize(
    ("words", "environ", "line"),
    [
        (
            ["check"],
            {"WIZARD_TRUSTED_PROXIES": "many"},
            "wizard: WIZARD_TRUSTED_PROXIES: given 'many'; allowed: a whole number from 0 to 10",
        ),
        (
            ["serve"],
            {"WIZARD_PUBLIC_URL": "wizard"},
            "wizard: WIZARD_PUBLIC_URL: given 'wizard'; "
            "allowed: an origin, such as https://wizard.example.com, or one with a path, such as "
            "https://www.example.com/start, of at most 100 letters, digits and -._~, which does not begin with one of "
            "the wizard's own, such as /embed",
        ),
        (
            ["serve", "--host", "0.0.0.0"],  # noqa: S104  # it is refused
            {"WIZARD_SECRET_KEYS": ""},
            "wizard: WIZARD_SECRET_KEYS: not set, and 0.0.0.0 can be reached from elsewhere; "
            "allowed: keys of at least 16 characters, no two the same, with commas between them "
            "(or --allow-made-up-key, to use the generated key)",
        ),
        (
            ["serve", "--host", "no.such.host.invalid"],
            {},
            "wizard: can't listen on 'no.such.host.invalid': it is neither an address nor a host known here",
        ),
        (
            ["serve", "--host", "192.0.2.1"],
            {},
            "wizard: can't listen on 192.0.2.1 port 8000: Cannot assign requested address; "
            "choose another with --host or --port",
        ),
    ],
)
def test_what_can_not_be_done_is_said_in_one_line(
    words: list[str],
    environ: dict[str, str],
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert failing(monkeypatch, capsys, *words) == line


@pytest.mark.parametrize(
    "words", [["serve", "--port", "0"], ["serve", "--workers", "0"], ["routes", "--xml"], ["dance"]]
)
def test_what_was_mistyped_is_a_usage_error(words: list[str]) -> None:
    code, _, error = run(*words)
    assert code == 2
    assert "Usage: " in error


def test_the_warnings_name_each_default_that_would_not_do_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIZARD_PUBLIC_ADDRESS", "x")
    bare = server.warnings(read_settings({}), "0.0.0.0")  # noqa: S104  # nothing listens
    assert [line.split(":")[0] for line in bare] == [
        "WIZARD_PUBLIC_ADDRESS",
        "WIZARD_SECRET_KEYS",
        "WIZARD_PUBLIC_URL",
        "WIZARD_TRUSTED_PROXIES",
    ]
    monkeypatch.delenv("WIZARD_PUBLIC_ADDRESS")
    full = read_settings({**ENVIRON, "WIZARD_PUBLIC_URL": "https://x.example", "WIZARD_TRUSTED_PROXIES": "1"})
    assert server.warnings(full, "0.0.0.0") == []  # noqa: S104  # nothing listens


def test_the_warnings_say_that_the_dashboard_is_not_served_below_a_path() -> None:
    below = {**ENVIRON, "WIZARD_PUBLIC_URL": "https://www.example.com/start", "WIZARD_TRUSTED_PROXIES": "1"}
    [line] = server.warnings(read_settings(below), "127.0.0.1")
    assert line.startswith("WIZARD_DASHBOARD_URL: not set, and WIZARD_PUBLIC_URL has a path")
    assert server.warnings(read_settings({**below, "WIZARD_DASHBOARD_URL": "https://wizard.example.com"}), "::1") == []


def test_a_proxy_on_this_machine_that_is_not_trusted_is_warned_of_at_the_start() -> None:
    behind_a_proxy = read_settings({**ENVIRON, "WIZARD_PUBLIC_URL": "https://x.example"})
    [line] = server.warnings(behind_a_proxy, "127.0.0.1")
    assert line.startswith("WIZARD_TRUSTED_PROXIES: 0")
    assert server.warnings(read_settings({**ENVIRON, "WIZARD_TRUSTED_PROXIES": "1"}), "127.0.0.1")[1:] == []


@pytest.mark.parametrize(
    ("words", "environ", "served"),
    [
        (["--allow-made-up-key"], {"WIZARD_SECRET_KEYS": ""}, True),
        ([], {}, True),
        ([], {"WIZARD_SECRET_KEYS": ""}, False),
    ],
)
def test_beyond_this_machine_it_serves_on_a_key_of_its_own_only_when_told_to(
    words: list[str], environ: dict[str, str], served: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[dict[str, object]] = []

    class Listening:
        """In the place of the server, which would listen to the whole network."""

        def __init__(self, _: str, **settings: object) -> None:
            started.append(settings)

        def serve(self) -> None:
            pass

    monkeypatch.setattr(server, "Granian", Listening)
    monkeypatch.setattr(server, "refuse_taken_port", lambda *_: None)
    monkeypatch.setattr("logging.config.dictConfig", lambda _: None)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["wizard", "serve", "--host", "192.0.2.1", "--workers", "3", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert (stopped.value.code, len(started)) == ((0, 1) if served else (1, 0))
    if served:
        assert (started[0]["address"], started[0]["workers"]) == ("192.0.2.1", 3)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_a_host_is_resolved_to_an_address(host: str) -> None:
    assert server.resolve(host) in ("127.0.0.1", "::1")


def test_a_command_that_needs_no_key_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WIZARD_SECRET_KEYS")
    assert run("check")[0] == 0
    assert run("routes")[0] == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["routes"], ["check"], ["--help"]])
def test_a_full_disk_behind_standard_output_is_said_in_one_line(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(  # our own command
            [sys.executable, "-m", "wizard", *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "wizard: standard output: can't be written (No space left on device)\n"


def test_the_module_runs_like_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "wizard", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("wizard, version ")
