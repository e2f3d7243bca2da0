"""Servers whose clocks differ by minutes take each other's links, forms and sessions, and leave their cookies alone."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from dashboard_sign_in import link, press, signed_in
from flask import Flask
from itsdangerous import TimestampSigner
from support import Client, Page, client_of, settings

from wizard.app import create_app, recorder_of
from wizard.clock import system_ms
from wizard.config import Settings
from wizard.dashboard.access.cookie import CLOCKS_SECONDS, NAME
from wizard.dashboard.access.sign_in import IDLE_MS
from wizard.signing import ClockSigner
from wizard.storage.dashboard_tables import sign_ins as table

OTHER_KEY = "a key that only one of the servers has"
KEY = "a key for tests that is long enough to be one"


class Server:
    """An application whose clock is so many seconds ahead, or behind."""

    def __init__(self, given: Settings, ahead_seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app = create_app(given, clock=lambda: system_ms() + int(ahead_seconds * 1000))
        self._ahead_seconds = ahead_seconds
        self._monkeypatch = monkeypatch

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Let the tokens of forms, which are Flask-WTF's, go by this server's clock as well."""
        with self._monkeypatch.context() as patched:
            patched.setattr(TimestampSigner, "get_timestamp", lambda _: int(time.time() + self._ahead_seconds))
            yield


def sharing(*ahead_seconds: float, monkeypatch: pytest.MonkeyPatch) -> list[Server]:
    """Servers with one log, whose clocks are so far ahead."""
    given = settings()
    return [Server(given, seconds, monkeypatch) for seconds in ahead_seconds]


def moved(client: Client, app: Flask) -> Client:
    """The same browser in front of another server."""
    other = client_of(app)
    if found := client.get_cookie(NAME, path="/"):
        other.set_cookie(NAME, found.value, path="/")
    return other


@pytest.mark.parametrize("ahead_seconds", [0.4, 1, 300, -300, 550])
def test_a_sign_in_succeeds_whichever_servers_answer_it(ahead_seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    servers = sharing(ahead_seconds, 0, monkeypatch=monkeypatch)
    for offering in servers:
        for taking in servers:
            with offering.answering():
                client = client_of(offering.app)
                page = client.page(link(offering.app, hours=1))
            assert page.status == 200
            client = moved(client, taking.app)
            with taking.answering():
                assert press(client, page).status_code == 303
            for server in (*servers, *servers):
                client = moved(client, server.app)
                with server.answering():
                    shown = client.page("/growth")
                assert shown.status == 200
            with offering.answering():
                client = moved(client, offering.app)
                form = shown.one("header form")
                fields = {str(field["name"]): str(field["value"]) for field in form.select("input")}
                assert Page(client.post("/growth/sign-out", data=fields)).heading == "You’re signed out"


def test_a_cookie_from_any_time_ahead_is_as_good_and_one_that_is_too_old_is_not(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    lifetime = IDLE_MS // 1000
    for age, status in ((-30 * 24 * 3600, 200), (lifetime + CLOCKS_SECONDS - 60, 200), (lifetime + 900, 401)):
        client = signed_in(app)
        with monkeypatch.context() as patched:
            made = int(time.time()) - age
            patched.setattr(ClockSigner, "get_timestamp", lambda _, made=made: made)
            client.page("/growth")  # which makes the cookie anew
        assert client.get("/growth").status_code == status, age


def test_a_session_that_one_server_refuses_is_still_there_for_the_one_that_takes_it() -> None:
    first = create_app(settings())
    address = recorder_of(first).log.database.url.render_as_string()
    other = create_app(settings(database_url=address, secret_keys=OTHER_KEY))
    client = signed_in(first)
    visiting = moved(client, other)
    for path in ("/growth", "/growth/nowhere", "/growth/export/journeys.csv"):
        response = visiting.get(path)
        assert response.status_code == 401
        assert "Set-Cookie" not in response.headers
    assert moved(visiting, first).page("/growth").status == 200


def test_a_session_that_has_only_just_run_out_here_is_still_there_where_it_has_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ahead, own = sharing(300, 0, monkeypatch=monkeypatch)
    client = signed_in(own.app)
    last_ms = int(time.time() * 1000) - IDLE_MS + 60_000
    with recorder_of(own.app).log.database.writer.begin() as connection:
        connection.execute(table.update().values(last_ms=last_ms))
    visiting = moved(client, ahead.app)
    assert visiting.page("/growth/journeys").status == 401
    assert moved(visiting, own.app).page("/growth").status == 200


def test_a_refused_session_still_leads_back_to_the_page_that_was_asked_for(app: Flask) -> None:
    client = signed_in(app)
    with recorder_of(app).log.database.writer.begin() as connection:
        connection.execute(table.update().values(last_ms=1))
    assert client.page("/growth/journeys").status == 401
    assert press(client, client.page(link(app))).headers["Location"] == "/growth/journeys"
