"""Signing in to the dashboard with the OpenID provider. Each refusal has a page that says what to do next."""

import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from dashboard_sign_in import link, press, sign_ins_of, signed_in
from flask import Flask
from openid_browser import BEGIN, begun, sign_in, signed_in_by, way_back
from openid_provider import Provider, provider
from sqlalchemy import select
from support import Client, Page, client_of, settings

from wizard.app import create_app, recorder_of
from wizard.clock import system_ms
from wizard.dashboard.access.cookie import NAME
from wizard.dashboard.access.openid_attempts import MOST
from wizard.dashboard.services import openid_client, people
from wizard.openid.attempt import SignedIn
from wizard.storage.studio_tables import audit_log

EMAIL = "one@example.com"
USER: Mapping[str, Any] = {"sub": "1", "email": EMAIL, "email_verified": True, "groups": ["staff"]}


@pytest.fixture
def known(openid: Provider) -> Iterator[Flask]:
    """An application whose colleagues sign in by the provider."""
    made = create_app(settings(**openid.settings))
    yield made
    recorder_of(made).close()


def audited(app: Flask) -> list[tuple[str, str, str, str, str]]:
    """Who did what, from and to what, and why: of each entry of the audit log."""
    columns = (getattr(audit_log.c, name) for name in ("who", "action", "before", "after", "note"))
    with recorder_of(app).log.database.reader.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(audit_log.c.entry_id))]


def roles(app: Flask) -> dict[str, str]:
    """The role of each person."""
    return {person.email: person.role for person in people(app).all()}


def refused(page: Page, caplog: pytest.LogCaptureFixture) -> tuple[int, str, str]:
    """The status and heading of a page, and the reason in the server's log."""
    [record] = [each for each in caplog.records if each.msg == "a sign-in by OpenID Connect was refused"]
    return page.status, page.heading, record.__dict__["reason"]


def test_a_colleague_signs_in_by_the_provider_and_goes_on_to_what_they_asked_for(
    known: Flask, openid: Provider
) -> None:
    openid.say(user={**USER, "groups": ["heads"]})
    client = client_of(known)
    page = client.page("/growth/journeys?period=7d")
    assert page.status == 401
    assert [(found["href"], found.get_text()) for found in page.all("main a.button")] == [
        (BEGIN, "Sign in with Example Ltd")
    ]
    answer = sign_in(openid, client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/growth/journeys?period=7d")
    page = client.page("/growth/journeys?period=7d")
    assert page.status == 200
    assert EMAIL in page.text
    assert roles(known) == {EMAIL: "publisher"}
    [row] = sign_ins_of(known).all()
    assert (row.method, row.subject, row.role, row.state(system_ms())) == ("oidc", "1", "publisher", "signed in")
    assert audited(known) == [
        ("OpenID Connect", "person added", "", "publisher", ""),
        (EMAIL, "sign-in", "", "publisher", "by OpenID Connect"),
    ]


def test_the_page_without_a_session_says_both_ways(known: Flask) -> None:
    for path in ("/growth", "/growth/sign-in", "/growth/sign-in?link=x", "/growth/signed-out"):
        page = client_of(known).page(path)
        assert page.one("main a.button")["href"] == BEGIN
        assert "wizard sign-in-link" in page.text


def test_without_a_provider_there_is_none_of_it(app: Flask) -> None:
    assert not client_of(app).page("/growth").all("main a.button")
    for path in (BEGIN, "/growth/sign-in/callback", "/growth/sign-in/callback?code=x&state=y"):
        assert client_of(app).page(path).status == 404
    assert client_of(app).page("/growth/signed-out").status == 200


def test_the_role_is_that_of_the_provider_at_each_sign_in_and_changes_are_audited(
    known: Flask, openid: Provider
) -> None:
    people(known).set_role(EMAIL, "editor", "chief@example.com")
    openid.say(user={**USER, "groups": ["owners"]})
    signed_in_by(openid, known)
    signed_in_by(openid, known)
    assert roles(known) == {EMAIL: "admin"}
    changes = [each for each in audited(known) if each[1] == "role changed"]
    assert changes == [("OpenID Connect", "role changed", "editor", "admin", "")]
    signed_in(known, "chief@example.com", "admin")
    openid.say()
    client = signed_in_by(openid, known)
    assert roles(known)[EMAIL] == "viewer"
    assert client.page("/studio/people").status == 403


def test_the_last_admin_stays_one(known: Flask, openid: Provider) -> None:
    people(known).set_role(EMAIL, "admin", "test")
    client = signed_in_by(openid, known)
    assert roles(known) == {EMAIL: "admin"}
    assert client.page("/studio/people").status == 200


def test_a_role_for_anybody_is_for_who_has_none_yet(openid: Provider) -> None:
    app = create_app(settings(**openid.settings | {"oidc_roles": "*=viewer", "oidc_role_claim": ""}))
    signed_in_by(openid, app)
    assert roles(app) == {EMAIL: "viewer"}
    people(app).set_role(EMAIL, "publisher", "test")
    signed_in_by(openid, app)
    assert roles(app) == {EMAIL: "publisher"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"user": {**USER, "groups": []}}, (403, "You have no role here", "no role")),
        ({"user": {**USER, "email": "x@evil.test"}}, (403, "This address can't sign in here", "domain not allowed")),
        (
            {"user": {**USER, "email_verified": False}},
            (403, "Your e-mail address isn't verified", "unverified e-mail address"),
        ),
        ({"user": {"sub": "1"}}, (403, "No e-mail address", "no e-mail address")),
        ({"error": "access_denied"}, (401, "You're not signed in", "stopped at the provider")),
        ({"claims": {"aud": "another"}}, (401, "Sign-in failed", "wrong audience")),
        ({"claims": {"exp": 1_700_000_000}}, (401, "Sign-in failed", "expired")),
        ({"claims": {"nonce": "another"}}, (401, "Sign-in failed", "wrong nonce")),
        ({"key": "none"}, (401, "Sign-in failed", "bad ID token (UnsupportedAlgorithmError)")),
    ],
)
def test_who_is_refused_is_told_why_and_how_to_go_on_and_has_no_session(
    said: Mapping[str, Any],
    expected: tuple[int, str, str],
    known: Flask,
    openid: Provider,
    caplog: pytest.LogCaptureFixture,
) -> None:
    openid.say(**said)
    client = client_of(known)
    page = client.page(way_back(openid, client))
    assert refused(page, caplog) == expected
    assert "wizard sign-in-link" in page.text
    assert page.one("main a.button")["href"] == (f"{BEGIN}?another" if page.status == 403 else BEGIN)
    assert client.get("/growth").status_code == 401
    assert (sign_ins_of(known).all(), roles(known), audited(known)) == ([], {}, [])


def test_who_has_another_account_can_use_that(known: Flask, openid: Provider) -> None:
    openid.say(user={**USER, "groups": []})
    client, browser = client_of(known), requests.Session()
    back = urlsplit(openid.sign_in(begun(client), browser))
    page = client.page(f"{back.path}?{back.query}")
    other = client.get(str(page.one("main a.button")["href"])).headers["Location"]
    assert parse_qs(urlsplit(other).query)["prompt"] == ["login"]
    openid.say(user={"sub": "2", "email": "two@example.com", "email_verified": True, "groups": ["staff"]})
    back = urlsplit(openid.sign_in(other, browser))
    assert client.get(f"{back.path}?{back.query}").status_code == 303
    assert roles(known) == {"two@example.com": "viewer"}


def test_an_answer_works_once(known: Flask, openid: Provider, caplog: pytest.LogCaptureFixture) -> None:
    client = client_of(known)
    path = way_back(openid, client)
    cookie = client.get_cookie(NAME, path="/")
    assert cookie
    assert client.get(path).status_code == 303
    page = client.page(path)
    assert refused(page, caplog) == (401, "Start the sign-in again", "not begun here")
    assert client.get("/growth").status_code == 200, "who is signed in stays so"
    caplog.clear()
    thief = client_of(known)
    thief.set_cookie(NAME, cookie.value, path="/")
    assert refused(thief.page(path), caplog)[2] == "refused by the provider (code)"
    assert len(sign_ins_of(known).all()) == 1


def test_a_provider_that_takes_a_code_twice_opens_no_second_session(
    known: Flask, openid: Provider, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(known)
    path = way_back(openid, client)
    cookie = client.get_cookie(NAME, path="/")
    assert cookie
    made = openid_client(known)
    assert made
    finish, given = made.finish, list[SignedIn]()

    def same(*values: Any) -> SignedIn:
        given.extend([] if given else [finish(*values)])
        return given[0]

    monkeypatch.setattr(made, "finish", same)
    assert client.get(path).status_code == 303
    thief = client_of(known)
    thief.set_cookie(NAME, cookie.value, path="/")
    assert refused(thief.page(path), caplog) == (401, "Start the sign-in again", "replayed")
    assert len(sign_ins_of(known).all()) == 1


def test_an_answer_for_another_browser_is_refused(
    known: Flask, openid: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    path = way_back(openid, client_of(known))
    victim = client_of(known)
    begun(victim)
    assert refused(victim.page(path), caplog) == (401, "Start the sign-in again", "not begun here")
    assert victim.get("/growth").status_code == 401


def test_a_sign_in_that_was_begun_too_long_ago_is_refused(openid: Provider, caplog: pytest.LogCaptureFixture) -> None:
    later_ms = [0]
    app = create_app(settings(**openid.settings), clock=lambda: system_ms() + later_ms[0])
    client = client_of(app)
    path = way_back(openid, client)
    later_ms[0] = 601_000
    assert refused(client.page(path), caplog) == (401, "Start the sign-in again", "too old")


def test_several_tabs_can_sign_in_and_the_cookie_stays_small(known: Flask, openid: Provider) -> None:
    client = client_of(known)
    client.get(f"/growth/journeys?{'x' * 1400}")
    paths = [way_back(openid, client) for _ in range(MOST + 2)]
    cookie = client.get_cookie(NAME, path="/")
    assert cookie
    assert len(cookie.value) < 3900
    assert client.get(paths[0]).status_code == 401
    assert client.get(paths[-1]).status_code == 303
    cookie = client.get_cookie(NAME, path="/")
    assert cookie
    assert len(cookie.value) < 3900


def test_signing_in_ends_the_session_that_the_browser_had(known: Flask, openid: Provider) -> None:
    client = client_of(known)
    assert press(client, client.page(link(known))).status_code == 303
    assert sign_in(openid, client).status_code == 303
    states = [row.state(system_ms()) for row in sign_ins_of(known).all()]
    assert sorted(states) == ["signed in", "signed out"]


def sign_out(client: Client) -> Page:
    """The page after the button of the header."""
    fields = {
        str(field["name"]): str(field["value"]) for field in client.page("/growth").one("header form").select("input")
    }
    return Page(client.post("/growth/sign-out", data=fields))


def test_signing_out_offers_to_sign_out_at_the_provider_which_leads_back(known: Flask, openid: Provider) -> None:
    client = signed_in_by(openid, known)
    page = sign_out(client)
    address = str(page.one("main a.button")["href"])
    sent = parse_qs(urlsplit(address).query)
    assert address.startswith(f"{openid.issuer}/session/end?")
    assert sent["post_logout_redirect_uri"] == ["http://localhost/growth/signed-out"]
    assert len(sent["id_token_hint"]) == 1
    assert client.get("/growth").status_code == 401
    assert client.page("/growth/signed-out").heading == "You’re signed out"


def test_an_id_token_that_is_too_long_for_the_cookie_is_left_out(known: Flask, openid: Provider) -> None:
    openid.say(claims={"padding": "x" * 2000})
    page = sign_out(signed_in_by(openid, known))
    sent = parse_qs(urlsplit(str(page.one("main a.button")["href"])).query)
    assert sent == {"client_id": ["wizard"], "post_logout_redirect_uri": ["http://localhost/growth/signed-out"]}


def test_a_server_without_a_provider_imports_nothing_of_it() -> None:
    code = "import sys, wizard.app, wizard.doctor.examine; print('authlib' in sys.modules, 'joserfc' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_who_signed_in_with_a_link_is_not_sent_to_the_provider(known: Flask) -> None:
    page = sign_out(signed_in(known))
    assert page.one("main a.button")["href"] == BEGIN


def test_a_provider_that_is_gone_keeps_nobody_out_or_in() -> None:
    with provider() as gone:
        app = create_app(settings(**gone.settings))
        client = signed_in_by(gone, app)
        stranger = client_of(app)
        path = way_back(gone, stranger)
    page = stranger.page(path)
    assert (page.status, page.heading) == (503, "Example Ltd can't be reached right now")
    later = create_app(settings(**gone.settings))
    page = client_of(later).page(BEGIN)
    assert (page.status, page.response.headers["Retry-After"]) == (503, "60")
    assert "wizard sign-in-link" in page.text
    assert signed_in(later).page("/growth").status == 200
    assert client.page("/growth").status == 200
    assert sign_out(client).heading == "You’re signed out"


def test_who_tries_too_often_is_turned_away(known: Flask) -> None:
    client = client_of(known)
    statuses = [client.get("/growth/sign-in/callback?state=x").status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    assert client.page(link(known)).status == 200, "links still work"


def test_nothing_of_the_answer_is_logged_or_shown(
    known: Flask, openid: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = "/growth/sign-in/callback?state=x&error=<b>evil</b>&error_description=Call+us"
    page = client_of(known).page(path)
    openid.say(claims={"aud": "another"})
    client = client_of(known)
    shown = client.page(way_back(openid, client))
    for text in (page.text, shown.text, caplog.text):
        assert "evil" not in text
        assert "Call us" not in text
        assert EMAIL not in text


def test_roles_are_given_on_each_database(any_database: str, openid: Provider) -> None:
    app = create_app(settings(**openid.settings, database_url=any_database))
    signed_in_by(openid, app)
    openid.say(user={**USER, "groups": ["writers"]})
    signed_in_by(openid, app)
    assert roles(app) == {EMAIL: "editor"}
    recorder_of(app).close()
