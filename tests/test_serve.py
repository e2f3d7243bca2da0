"""The real server, started as an operator starts it."""

import errno
import http.client
import json
import os
import pty
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from bs4 import BeautifulSoup
from server import Server, fetch, free_port, serving, visit
from support import ENVIRON, KEY, settings

from wizard.files.bundled import bundled
from wizard.intake.journal import JournalError
from wizard.serve import recording_origin, serve

PATH = {"who": "team", "team_size": "2_10", "hosting": "avoid"}


def log_of(server: Server) -> list[dict[str, object]]:
    """The structured lines of its log."""
    return [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]


def test_it_serves_a_visit_with_no_setting_at_all_and_says_which_defaults_are_not_for_production(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, environ={}) as server:
        assert visit([server.url], PATH).main["data-recommended"] == "cloud"  # type: ignore[index]
        assert f"http://127.0.0.1:{server.port}/" in server.log.read_text()
    warned = [str(line["message"]) for line in log_of(server) if line["level"] == "WARNING"]
    assert [line.split(":")[0] for line in warned] == ["WIZARD_SECRET_KEYS", "WIZARD_PUBLIC_URL"]
    assert (tmp_path / "var" / "secret_key").is_file()


def test_a_language_that_can_not_be_used_is_logged_once_and_the_others_are_served(tmp_path: Path) -> None:
    english = (bundled("wording") / "en.toml").read_text("utf-8")
    (tmp_path / "wording").mkdir()
    (tmp_path / "wording" / "en.toml").write_text(english, "utf-8")
    (tmp_path / "wording" / "de.toml").write_text(english.replace('given = "Your answer"', ""), "utf-8")
    environ = {**ENVIRON, "WIZARD_WORDING_DIR": str(tmp_path / "wording")}
    with serving(tmp_path, "--workers", "2", environ=environ) as server:
        assert server.readiness()["wording"] == ["en"]
    lines = [line for line in server.log.read_text().splitlines() if "de.toml" in line]
    assert [json.loads(line)["message"] for line in lines] == [
        "de.toml: question.given is missing; this language is left out"
    ]


def test_any_of_several_servers_and_workers_with_the_same_key_serves_any_step(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with serving(tmp_path / "a", "--workers", "2") as one, serving(tmp_path / "b") as two:
        for _ in range(3):
            assert visit([one.url, two.url], PATH).main["data-recommended"] == "cloud"  # type: ignore[index]


def test_a_journey_outlives_a_restart_that_brings_a_new_key(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        _, _, address = fetch(f"{server.url}/?who=team&team_size=2_10")
        _, text, _ = fetch(address)
        journey = text.split('name="journey" value="')[1].split('"')[0]
    new = {**ENVIRON, "WIZARD_SECRET_KEYS": f"a key that takes over from the old one,{KEY}"}
    with serving(tmp_path, environ=new) as server:
        assert fetch(f"{server.url}/?journey={journey}")[0] == 200
    with serving(tmp_path, environ={**ENVIRON, "WIZARD_SECRET_KEYS": "x" * 40}) as server:
        assert fetch(f"{server.url}/?journey={journey}")[0] == 400


def test_its_log_has_a_structured_line_for_each_request_without_journeys_or_addresses(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "localhost") as server:
        visit([server.url], PATH)
        fetch(f"{server.url}/nowhere")
        assert f"http://localhost:{server.port}/ " in server.log.read_text(), "it listens on a name as well"
    requests = [line for line in log_of(server) if line["logger"] == "wizard.access" and line["path"] != "/readyz"]
    seen = [(line["method"], line["path"], line["status"]) for line in requests]
    assert seen == [("GET", "/", 200), *[("POST", "/", 303), ("GET", "/", 200)] * 3, ("GET", "/nowhere", 404)]
    assert len({line["request_id"] for line in requests}) == len(requests)
    text = server.log.read_text()
    assert "journey=" not in text
    assert "127.0.0.1" not in "".join(line for line in text.splitlines() if "wizard.access" in line)


def test_told_to_stop_it_finishes_what_it_is_answering_and_exits_cleanly(tmp_path: Path) -> None:
    with serving(tmp_path) as server, socket.create_connection(("127.0.0.1", server.port), 15) as slow:
        body = b"journey=x"
        slow.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n")
        slow.sendall(b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert b"100 Continue" in slow.recv(100), "it reads the body: the answer is under way"
        server.process.terminate()
        server.wait_for_log("Stopping worker-1")
        slow.sendall(body)
        assert slow.recv(100).startswith(b"HTTP/1.1 400")
        assert server.process.wait(15) == 0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for those who ask it for something, and leave it as it is."""
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


def test_it_compresses_for_those_who_can_unpack(server: Server) -> None:
    for accepted, encoding in (("br", "br"), ("gzip, deflate", "gzip"), ("identity", None)):
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", "/", headers={"Accept-Encoding": accepted})
        response = connection.getresponse()
        assert response.getheader("Content-Encoding") == encoding
        assert "Accept-Encoding" in str(response.getheader("Vary"))
        connection.close()


def test_a_chunked_body_is_read_and_one_that_is_too_long_is_refused(server: Server) -> None:
    for parts, status in (
        ([b"journey=", b"x" * 100], 400),
        ([b"journey=", b"x" * 17 * 1024], 413),
        ([b"journey=x&", *[b"y" * 1024] * 64], 413),
    ):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
            with suppress(BrokenPipeError):  # it has heard enough, and has answered
                connection.request("POST", "/", body=iter(parts), headers=headers, encode_chunked=True)
            assert connection.getresponse().status == status


def test_a_port_that_is_taken_is_said_before_anything_starts(server: Server, tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError) as error,
        serving(tmp_path, "--port", str(server.port)),
    ):
        pass
    assert f"wizard: can't listen on 127.0.0.1 port {server.port}: Address already in use" in str(error.value)


def test_there_must_be_room_for_the_journal_of_each_worker_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.posix_fallocate

    def full(file: int, offset: int, length: int) -> None:
        if len(list((tmp_path / "spool").iterdir())) > 2:  # so many fit on this disk
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(file, offset, length)

    monkeypatch.setattr(os, "posix_fallocate", full)
    made = settings(spool_dir=str(tmp_path / "spool"))
    with pytest.raises(JournalError, match=r"^WIZARD_SPOOL_DIR: .* \(No space left on device\); allowed: "):
        serve(made, "127.0.0.1", free_port(), 3, allow_made_up_key=False)


def test_a_visit_is_in_the_log_and_what_is_only_counted_is_added_by_a_stop(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2", environ={}) as server:
        visit([server.url], PATH)
        server.wait_until_stored()
        fetch(f"{server.url}/", User_Agent="curl/8.5.0")
        fetch(f"{server.url}/?journey=x")
        assert server.stop() == 0
    with sqlite3.connect(tmp_path / "var" / "wizard.db") as connection:
        told = [name for (name,) in connection.execute("SELECT event FROM events ORDER BY ts_ms, turn")]
        counted = dict(connection.execute("SELECT outcome, sum(events) FROM ledger GROUP BY outcome"))
    connection.close()
    assert told.count("question_answer") == 3
    assert told[-1] == "result_view"
    duplicates = counted.pop("duplicate", 0)  # views that an answer in the other worker's journal implied before
    assert counted == {"received": 11 + duplicates, "stored": 8, "bot": 2, "rejected": 1}


def test_a_log_that_can_not_be_used_stops_the_start_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for url, said in (
        (f"sqlite:///{tmp_path}/folder", "wizard: WIZARD_DATABASE_URL: the log can't be"),
        ("postgresql+psycopg://127.0.0.1:1/wizard", "wizard: WIZARD_DATABASE_URL: the log can't be opened"),
    ):
        environ = {**ENVIRON, "WIZARD_DATABASE_URL": url}
        with pytest.raises(AssertionError) as error, serving(tmp_path, environ=environ):
            pass
        assert said in str(error.value)
        assert "Traceback" not in str(error.value)


LINK = re.compile(r"\S+/growth/sign-in\?link=\S+")


@contextmanager
def on_a_terminal(folder: Path) -> Iterator[tuple[int, int]]:
    """A server without settings that writes to a terminal: its port, and what to read the terminal by."""
    port = free_port()
    shown, terminal = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WIZARD_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "wizard", "serve", "--port", str(port)],
        cwd=folder,
        env=clean,
        stdout=subprocess.DEVNULL,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    try:
        yield port, shown
    finally:
        process.terminate()
        process.wait(15)
        os.close(shown)


def test_on_a_terminal_of_this_machine_it_prints_a_link_to_the_dashboard_that_works_once(tmp_path: Path) -> None:
    with on_a_terminal(tmp_path) as (port, shown):
        said = b""
        while b"link=" not in said or not said.endswith(b"\n"):
            said += os.read(shown, 4096)
        assert b"One-time sign-in link (24 h): http" in said
        [link] = LINK.findall(said.decode())
        url = f"http://127.0.0.1:{port}"
        assert link.startswith(f"{url}/")
        browser = build_opener(HTTPCookieProcessor())
        wait_until_there(port)
        assert (tmp_path / "var" / "address").read_text().split()[0] == url
        with browser.open(link) as response:
            form = BeautifulSoup(response.read(), "html.parser").main
        assert form is not None
        fields = {str(field["name"]): str(field["value"]) for field in form.select("input")}
        with browser.open(f"{url}/growth/sign-in", urlencode(fields).encode()) as response:
            opened = response.read().decode()
            assert response.url == f"{url}/growth"
        assert "operator@localhost" in opened
        assert '<a href="/studio"' in opened, "the operator is an admin"
        assert fetch(link)[0] == 401
    assert not (tmp_path / "var" / "address").exists()


def wait_until_there(port: int) -> None:
    for _ in range(600):
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1)):
            return
        time.sleep(0.05)
    raise AssertionError("the server did not come up")


def test_where_its_output_is_kept_it_makes_no_link_and_says_how_to_get_one(tmp_path: Path) -> None:
    with serving(tmp_path, environ={}) as server:
        text = server.log.read_text()
        assert not LINK.search(text)
        assert "wizard sign-in-link --email" in text
    with sqlite3.connect(tmp_path / "var" / "wizard.db") as connection:
        assert connection.execute("SELECT count(*) FROM sign_ins").fetchone() == (0,)
    connection.close()


def test_behind_a_proxy_it_prints_no_link_that_its_log_would_keep(tmp_path: Path) -> None:
    with serving(tmp_path, environ={**ENVIRON, "WIZARD_PUBLIC_URL": "https://wizard.example.com"}) as server:
        assert "/growth" not in server.log.read_text()


def test_a_folder_that_can_not_be_written_to_stops_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").write_text("a file in the place of the folder")
    with recording_origin("http://127.0.0.1:8000", "127.0.0.1"):
        assert "sign-in links need WIZARD_PUBLIC_URL" in caplog.text


@pytest.mark.parametrize(("address", "origin"), [("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("192.0.2.1", "h")])  # noqa: S104
def test_a_server_on_every_address_is_known_by_one_that_leads_to_it(
    address: str, origin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with recording_origin("http://h:8000", address):
        assert Path("var/address").read_text().split()[0] == f"http://{origin}:8000"
