"""A colleague signs in with a link and a button, and out again; an invalid link reveals nothing."""

import logging
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from dashboard_sign_in import EMAIL, link, press, sign_ins_of, signed_in
from flask import Flask
from sqlalchemy import delete, event
from support import Client, Page, client_of, settings
from werkzeug.test import TestResponse

from wizard.app import create_app, recorder_of
from wizard.dashboard.access.cookie import NAME
from wizard.storage.dashboard_tables import sign_ins as table

AGAIN = "This link can’t be used"


def token_of(path: str) -> str:
    """The token in the path of a link."""
    return parse_qs(urlsplit(path).query)["link"][0]


def states(app: Flask) -> list[str]:
    """What has become of each link of `app`, the newest first."""
    made = sign_ins_of(app)
    return [row.state(row.made_ms) for row in made.all()]


def where(response: TestResponse) -> tuple[int, str]:
    """Where a response leads."""
    return response.status_code, response.headers["Location"]


def test_a_link_shows_one_button_and_pressing_that_signs_in(app: Flask) -> None:
    client = client_of(app)
    page = client.page(link(app))
    assert (page.status, page.heading) == (200, "Sign in")
    assert EMAIL in page.text
    assert [button.get_text() for button in page.all("button")] == ["Sign in"]
    assert where(press(client, page)) == (303, "/growth")
    overview = client.page("/growth")
    assert overview.status == 200
    assert EMAIL in overview.text


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_mail_scanner_that_follows_a_link_uses_nothing_up(method: str, app: Flask) -> None:
    path = link(app)
    for _ in range(3):
        assert client_of(app).open(path, method=method).status_code == 200
    assert states(app) == ["open"]
    client = client_of(app)
    assert press(client, client.page(path)).status_code == 303


def forged(app: Flask) -> str:
    return link(app)[:-4] + "AAAA"


def used(app: Flask) -> str:
    path = link(app)
    client = client_of(app)
    press(client, client.page(path))
    return path


def revoked(app: Flask) -> str:
    path = link(app)
    sign_ins_of(app).end_all(EMAIL)
    return path


def expired(app: Flask) -> str:
    path = link(app)
    with recorder_of(app).log.database.writer.begin() as connection:
        connection.execute(table.update().values(expires_ms=1))
    return path


def unknown(app: Flask) -> str:
    path = link(app)
    with recorder_of(app).log.database.writer.begin() as connection:
        connection.execute(delete(table))
    return path


BAD = (forged, used, revoked, expired, unknown)


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
def test_a_bad_link_is_refused_and_logged_with_its_reason_and_nothing_else(
    make: Callable[[Flask], str], app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = make(app)
    caplog.clear()
    page = client_of(app).page(path)
    assert (page.status, page.heading) == (401, AGAIN)
    assert "wizard sign-in-link --email" in page.text
    told = [record for record in caplog.records if record.name == "wizard.growth"]
    assert [vars(record)["reason"] for record in told] == [make.__name__]
    everything = " ".join(str(vars(record)) for record in told)
    assert EMAIL not in everything
    assert token_of(path) not in everything


def test_bad_links_look_exactly_alike_opened_or_pressed(app: Flask) -> None:
    seen: set[tuple[object, ...]] = set()
    for make in BAD:
        path = make(app)
        client = client_of(app)
        good = client.page(link(app))
        opened = client_of(app).get(path)
        fields = {**good.fields, "link": token_of(path)}
        pressed = client.post("/growth/sign-in", data=fields)
        for response in (opened, pressed):
            headers = {(name, value) for name, value in response.headers if name != "X-Request-Id"}
            seen.add((response.status_code, response.data, frozenset(headers)))
    assert len(seen) == 1


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
def test_each_bad_link_costs_one_look_into_the_log_so_that_none_is_told_by_its_time(
    make: Callable[[Flask], str], app: Flask
) -> None:
    path = make(app)
    said: list[str] = []
    database = recorder_of(app).log.database
    for engine in (database.reader, database.writer):
        event.listen(engine, "before_cursor_execute", lambda *told: said.append(told[2].split()[0]))
    assert client_of(app).page(path).status == 401
    assert said == ["BEGIN", "SELECT"]


def test_without_the_cookie_nothing_is_used_up_and_the_page_says_what_to_do(app: Flask) -> None:
    path = link(app)
    page = client_of(app).page(path)
    response = Page(press(client_of(app), page))
    assert (response.status, response.heading) == (400, "Please try again")
    assert "cookies" in response.text
    assert states(app) == ["open"]
    client = client_of(app)
    again = client.page(str(response.one("main a.button")["href"]))
    assert press(client, again).status_code == 303


def test_a_form_of_another_session_uses_nothing_up(app: Flask) -> None:
    client, attacker = client_of(app), client_of(app)
    own = client.page(link(app))
    other = attacker.page(link(app, "other@example.com"))
    fields = {**own.fields, "csrf_token": other.fields["csrf_token"]}
    for csrf_token in (fields["csrf_token"], "", "x"):
        response = Page(client.post("/growth/sign-in", data={**fields, "csrf_token": csrf_token}))
        assert (response.status, response.heading) == (400, "Please try again")
    assert states(app) == ["open", "open"]


def test_a_press_without_any_link_gets_the_page_of_a_bad_form_or_a_bad_link(app: Flask) -> None:
    assert Page(client_of(app).post("/growth/sign-in")).status == 400
    client = client_of(app)
    fields = client.page(link(app)).fields
    page = Page(client.post("/growth/sign-in", data={**fields, "link": ""}))
    assert (page.status, page.heading) == (401, AGAIN)


def test_without_a_link_the_page_says_how_to_get_one(client: Client) -> None:
    page = client.page("/growth/sign-in")
    assert (page.status, page.heading) == (401, "Sign in first")


@pytest.mark.parametrize(
    "asked", ["/growth", "/growth/journeys?utm_source=a%26b&page=2", "/growth/caf%C3%A9?q=%E2%80%AE", "/growth?a=1?b"]
)
def test_after_signing_in_the_page_that_was_asked_for_before_comes(asked: str, app: Flask) -> None:
    client = client_of(app)
    assert client.page(asked).status == 401
    assert where(press(client, client.page(link(app)))) == (303, asked)
    assert where(press(client, client.page(link(app)))) == (303, "/growth"), "only once"


def test_what_is_no_page_or_is_too_long_is_not_returned_to(app: Flask) -> None:
    client = client_of(app)
    client.get("/growth/journeys", headers={"Sec-Fetch-Dest": "empty"})
    client.post("/growth/journeys")
    client.get(f"/growth/journeys?{'x' * 2000}")
    assert where(press(client, client.page(link(app)))) == (303, "/growth")


@pytest.mark.parametrize(
    "asked", ["https://evil.example/", "//evil.example", "/", "/growthx", "/embed", "", "\\\\evil.example", "growth"]
)
def test_nobody_is_ever_sent_out_of_the_room(asked: str, app: Flask) -> None:
    client = client_of(app)
    page = client.page(link(app))
    with client.session_transaction(path="/growth") as session:
        session["asked"] = asked
    assert where(press(client, page)) == (303, "/growth")


def test_nothing_that_was_in_the_session_before_takes_part_in_the_one_that_begins(app: Flask) -> None:
    client = client_of(app)
    client.get("/growth/journeys")
    page = client.page(link(app))
    with client.session_transaction(path="/growth") as session:
        session["planted"] = "x"
    press(client, page)
    with client.session_transaction(path="/growth") as session:
        assert set(session) == {"link", "_permanent"}
    fields = client.page("/growth").fields
    assert fields["csrf_token"].partition(".")[0] != page.fields["csrf_token"].partition(".")[0]


def test_signing_in_again_ends_the_session_before(app: Flask) -> None:
    client = signed_in(app)
    press(client, client.page(link(app, "other@example.com")))
    assert sorted(states(app)) == ["signed in", "signed out"]
    assert "other@example.com" in client.page("/growth").text


def sign_out(client: Client, **options: str) -> Page:
    """Press the button at the top of the overview."""
    form = client.page("/growth").one("header form")
    fields = {str(field["name"]): str(field["value"]) for field in form.select("input")}
    return Page(client.post(str(form["action"]), data={**fields, **options}))


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(app: Flask) -> None:
    client, thief = signed_in(app), client_of(app)
    cookie = client.get_cookie(NAME, path="/")
    assert cookie is not None
    thief.set_cookie(NAME, cookie.value, path="/")
    assert thief.page("/growth").status == 200
    page = sign_out(client)
    assert (page.status, page.heading) == (200, "You’re signed out")
    assert page.all("header form") == []
    assert client.get_cookie(NAME, path="/") is None
    assert [each.page("/growth").status for each in (client, thief)] == [401, 401]
    assert states(app) == ["signed out"]


def test_another_site_can_not_sign_anybody_out(app: Flask) -> None:
    client = signed_in(app)
    page = sign_out(client, csrf_token="x")
    assert (page.status, page.heading) == (400, "Please try again")
    assert client.page(str(page.one("main a.button")["href"])).status == 200


def test_a_page_that_stays_open_all_day_can_still_sign_out(app: Flask) -> None:
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None
    assert sign_out(signed_in(app)).status == 200


def test_links_and_sessions_and_forms_outlive_a_new_key_but_not_the_end_of_the_old_one() -> None:
    old = create_app(settings())
    address = recorder_of(old).log.database.url.render_as_string()
    key, newer = "a key for tests that is long enough to be one", "a key that takes over from the old one"
    both, new = (create_app(settings(database_url=address, secret_keys=keys)) for keys in (f"{newer},{key}", newer))
    before = signed_in(old)
    form = before.page("/growth").fields
    cookie = before.get_cookie(NAME, path="/")
    assert cookie is not None
    waiting = link(old)
    for app, status in ((both, 200), (new, 401)):
        client = client_of(app)
        client.set_cookie(NAME, cookie.value, path="/")
        assert client.page("/growth").status == status
        assert client_of(app).page(waiting).status == status
        if status == 200:
            assert Page(client.post("/growth/sign-out", data={**form, "csrf_token": "x"})).status == 400
            assert Page(client.post("/growth/sign-out", data=form)).status == 200
    after = signed_in(both)
    form = after.page("/growth").fields
    made = after.get_cookie(NAME, path="/")
    assert made is not None
    client = client_of(new)
    client.set_cookie(NAME, made.value, path="/")
    assert client.page("/growth").status == 200, "the first key signs sessions"
    assert Page(client.post("/growth/sign-out", data=form)).status == 200, "and forms"


FETCHED = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "is_use"),
    [
        ("GET", "/growth", {"X-Refresh": "1"}, False),
        ("GET", "/growth/journeys", {"X-Refresh": "1"}, False),
        ("GET", "/growth?period=7d", {"X-Refresh": "1", **FETCHED}, False),
        ("GET", "/growth/journeys", {"X-Refresh": "1", **FETCHED}, False),
        ("GET", "/growth", {}, True),
        ("GET", "/growth", FETCHED, True),
        ("GET", "/growth", {"X-Refresh": "0"}, True),
        ("GET", "/growth", {"X-Refresh": "1, 1"}, True),
        ("GET", "/growth", {"X-Refresh": "1", "Sec-Fetch-Site": "same-site"}, True),
        ("GET", "/growth", {"X-Refresh": "1", "Sec-Fetch-Site": "cross-site"}, True),
        ("GET", "/growth", {"X-Refresh": "1", **FETCHED, "Sec-Fetch-Mode": "navigate"}, True),
        ("GET", "/growth", {"X-Refresh": "1", **FETCHED, "Sec-Fetch-Dest": "document"}, True),
        ("HEAD", "/growth", {"X-Refresh": "1"}, True),
        ("OPTIONS", "/growth", {"X-Refresh": "1"}, True),
        ("GET", "/growth/journeys/x", {"X-Refresh": "1", **FETCHED}, True),
        ("GET", "/growth/export/journeys.csv", {"X-Refresh": "1", **FETCHED}, True),
        ("GET", "/growth/nowhere", {"X-Refresh": "1", **FETCHED}, True),
        ("POST", "/growth/sign-out", {"X-Refresh": "1", **FETCHED}, True),
    ],
)
def test_only_a_page_that_renews_itself_leaves_idle_time_running(
    method: str, path: str, headers: dict[str, str], is_use: bool, app: Flask
) -> None:
    client = signed_in(app)
    [row] = sign_ins_of(app).all()
    earlier_ms = int(row.last_ms or 0) - 10 * 60_000
    with recorder_of(app).log.database.writer.begin() as connection:
        connection.execute(table.update().values(last_ms=earlier_ms))
    assert client.open(path, method=method, headers=headers).status_code != 401
    [row] = sign_ins_of(app).all()
    assert (row.last_ms != earlier_ms) is is_use
