"""The commands that list people, change their roles, and print the audit log."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from cli_runner import failing, run
from click.testing import CliRunner
from sqlalchemy import insert
from support import KEY

from wizard.cli import wizard
from wizard.clock import system_ms
from wizard.dashboard.access.sign_ins import SignIns
from wizard.events.log import Log
from wizard.storage.studio_tables import audit_log

ONE, TWO = "one@example.com", "two@example.com"


def signed_in(log: Log, email: str, *role: str) -> None:
    """Use a link that a command made."""
    link = run("sign-in-link", "--email", email, *(("--role", *role) if role else ()))
    [token] = parse_qs(urlsplit(link.strip()).query)["link"]
    SignIns(log.database, [KEY], system_ms).use(token)


@pytest.fixture(autouse=True)
def _public(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log whose wizard has an address."""
    del log
    monkeypatch.setenv("WIZARD_PUBLIC_URL", "https://wizard.example.com")


def listed() -> dict[str, tuple[str, int, int]]:
    """The role, running sessions and unused links of everybody."""
    return {row["email"]: (row["role"], row["sessions"], row["links"]) for row in json.loads(run("people", "--json"))}


def test_a_link_gives_its_role_and_without_one_that_of_the_person(log: Log) -> None:
    assert run("people").startswith("Nobody yet.")
    run("sign-in-link", "--email", ONE)
    assert listed() == {ONE: ("viewer", 0, 1)}
    signed_in(log, TWO, "publisher")
    assert listed() == {ONE: ("viewer", 0, 1), TWO: ("publisher", 1, 0)}
    signed_in(log, TWO)
    assert listed()[TWO] == ("publisher", 2, 0)
    signed_in(log, TWO, "editor")
    assert listed()[TWO] == ("editor", 3, 0)
    lines = run("people").splitlines()
    assert lines[0].split() == ["e-mail", "role", "since", "by", "last", "seen", "sessions", "unused", "links"]
    assert [line.split()[:2] for line in lines[1:]] == [[ONE, "viewer"], [TWO, "editor"]]


def test_a_role_is_set_and_the_last_admin_is_taken_away_with_a_warning() -> None:
    assert run("people", "set", " One@Example.com ", "admin") == "one@example.com: admin.\n"
    assert run("people", "set", TWO, "admin") == "two@example.com: admin.\n"
    assert run("people", "set", TWO, "viewer") == "two@example.com: viewer, was admin.\n"
    result = CliRunner().invoke(wizard, ("people", "set", ONE, "editor"))
    assert (result.exit_code, result.stdout) == (0, "one@example.com: editor, was admin.\n")
    assert result.stderr.startswith("Nobody is an admin now")
    run("people", "set", ONE, "admin")
    result = CliRunner().invoke(wizard, ("people", "remove", ONE))
    assert result.stdout == "one@example.com: removed, was admin; ended 0 sessions and 0 unused links.\n"
    assert result.stderr.startswith("Nobody is an admin now")
    assert listed() == {TWO: ("viewer", 0, 0)}


def test_who_is_removed_is_signed_out_everywhere(log: Log) -> None:
    signed_in(log, ONE, "editor")
    run("sign-in-link", "--email", ONE)
    assert run("people", "remove", ONE) == "one@example.com: removed, was editor; ended 1 session and 1 unused link.\n"
    assert listed() == {}
    assert {row["state"] for row in json.loads(run("sign-ins", "--json"))} == {"signed out"}


def test_what_can_not_be_done_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = failing(monkeypatch, capsys, "people", "remove", ONE)
    assert error == "wizard: EMAIL: given 'one@example.com'; allowed: an address in `wizard people`"
    assert failing(monkeypatch, capsys, "people", "set", "one", "editor").startswith("wizard: EMAIL: given 'one'; ")
    result = CliRunner().invoke(wizard, ("people", "set", ONE, "owner"))
    assert result.exit_code == 2
    assert "'viewer', 'editor', 'publisher', 'admin'" in result.stderr


def test_the_audit_log_says_who_did_what_newest_first(log: Log) -> None:
    assert run("audit") == "No entries.\n"
    signed_in(log, ONE, "editor")
    run("people", "set", ONE, "publisher")
    run("people", "remove", ONE)
    told = [(row["who"], row["action"], row["subject"], row["before"], row["after"]) for row in entries()]
    session = told[-3][2]
    assert told == [
        ("command line", "person removed", ONE, "publisher", ""),
        ("command line", "role changed", ONE, "editor", "publisher"),
        (ONE, "sign-in", session, "", "editor"),
        ("command line", "person added", ONE, "", "editor"),
        ("command line", "sign-in link made", ONE, "", "editor"),
    ]
    assert [row["action"] for row in entries("--who", "One@example.com")] == ["sign-in"]
    assert [row["subject"] for row in entries("--action", "role changed")] == [ONE]
    assert entries("--since", "2099-01-01") == []
    assert len(entries("--until", "2099-01-01")) == 5
    assert set(entries()[0]) == {"id", "at", "who", "action", "subject", "before", "after", "note"}


def test_what_people_wrote_stays_on_its_line_and_does_not_move_the_cursor(log: Log) -> None:
    hostile = "a\nb\x1b[2Jc\u202ed"
    row = dict.fromkeys(("who", "action", "before", "after", "note"), "x")
    with log.database.writer.begin() as connection:
        connection.execute(insert(audit_log).values(row | {"entry_id": "1", "at_ms": 0, "subject": hostile}))
    assert run("audit").splitlines()[1] == r"1970-01-01T00:00:00Z  x    x       a\nb\x1b[2Jc\u202ed  x       x      x"
    assert entries()[0]["subject"] == hostile


def entries(*words: str) -> list[dict[str, str]]:
    """The entries that `wizard audit` prints with these options."""
    found: list[dict[str, str]] = json.loads(run("audit", "--json", *words))
    return found
