"""The session's cookie goes to the dashboard and nowhere else, and over TLS wherever that is to be had."""

import pytest
from dashboard_sign_in import link, signed_in
from flask import Flask, session
from flask.testing import FlaskClient
from support import Client, client_of, settings
from werkzeug.test import TestResponse

from wizard.app import create_app
from wizard.dashboard.access.cookie import (
    EARLIER_NAME,
    EARLIER_SECURE_NAME,
    NAME,
    SECURE_NAME,
    EarlierSessions,
    Sessions,
)


@pytest.mark.parametrize(
    ("base", "is_secure"),
    [
        ("http://127.0.0.1:8000", False),
        ("http://localhost:8000", False),
        ("http://[::1]:8000", False),
        ("https://127.0.0.1", True),
        ("https://wizard.example.com", True),
        ("http://wizard.example.com", True),
        ("http://192.0.2.1:8000", True),
        ("http://localhost.example.com", True),
        ("http://127.0.0.1.example.com", True),
    ],
)
def test_it_is_sent_unencrypted_only_on_this_machine(base: str, is_secure: bool, app: Flask) -> None:
    [cookie] = client_of(app).get(link(app), base_url=base).headers.getlist("Set-Cookie")
    assert cookie.startswith(f"{SECURE_NAME if is_secure else NAME}=")
    assert ("; Secure" in cookie) is is_secure
    for attribute in ("; HttpOnly", "; SameSite=Lax", "; Path=/"):
        assert f"{attribute};" in f"{cookie};"
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("set_up", "headers"),
    [
        ({"public_url": "https://wizard.example.com"}, {}),
        ({}, {"X-Forwarded-For": "192.0.2.1"}),
        ({"dashboard_url": "http://127.0.0.1:8000"}, {"X-Forwarded-For": "192.0.2.1"}),
    ],
)
def test_behind_a_proxy_that_asks_for_this_machine_by_its_own_name_it_stays_on_tls(
    set_up: dict[str, str], headers: dict[str, str]
) -> None:
    app = create_app(settings(**set_up))
    # A plain client: ours takes such an address for this machine.
    response = app.test_client().get(link(app), base_url="http://127.0.0.1:8000", headers=headers)
    [cookie] = response.headers.getlist("Set-Cookie")
    assert "; Secure" in cookie


def test_it_is_sent_unencrypted_where_the_dashboards_origin_is_this_machine_and_visitors_have_another() -> None:
    app = create_app(settings(public_url="https://www.example.com/start", dashboard_url="http://127.0.0.1:8000"))
    [cookie] = client_of(app).get(link(app), base_url="http://127.0.0.1:8000").headers.getlist("Set-Cookie")
    assert cookie.startswith(f"{NAME}=")
    assert "; Secure" not in cookie


def test_a_host_that_can_not_be_read_is_not_this_machine(app: Flask) -> None:
    response = client_of(app).get("/growth/journeys", headers={"Host": "local host"})
    assert all("; Secure" in cookie for cookie in response.headers.getlist("Set-Cookie"))
    assert response.status_code == 401


def test_a_session_is_kept_for_twelve_hours_and_each_page_begins_them_anew(app: Flask) -> None:
    client = signed_in(app)
    for _ in range(2):
        response = client.get("/growth")
        [cookie] = response.headers.getlist("Set-Cookie")
        assert "; Expires=" in cookie
    assert app.permanent_session_lifetime.total_seconds() == 12 * 3600


def test_it_is_signed_by_sha256(app: Flask) -> None:
    cookie = signed_in(app).get_cookie(NAME, path="/")
    assert cookie is not None
    assert len(cookie.value.rpartition(".")[2]) == 43


@pytest.mark.parametrize("address", ["/", "/embed", "/nowhere", "/healthz", "/growthx", "/robots.txt"])
def test_visitors_pages_neither_read_nor_send_a_cookie(address: str, app: Flask) -> None:
    own = signed_in(app).get_cookie(NAME, path="/")
    assert own is not None
    bare, carrying = client_of(app), client_of(app)
    carrying.set_cookie(NAME, own.value, path="/")
    for client in (bare, carrying):
        response = client.get(address)
        assert "Set-Cookie" not in response.headers
        assert "Cookie" not in response.vary


def test_no_session_is_there_where_visitors_are(client: Client) -> None:
    with client:
        client.get("/")
        with pytest.raises(RuntimeError):
            session["x"] = "y"


TLS = "https://wizard.example.com"


def cookies_of(response: TestResponse) -> dict[str, str]:
    """The cookies that a response sets, by name; those that it takes back are empty."""
    sent = (text.partition(";")[0].partition("=") for text in response.headers.getlist("Set-Cookie"))
    return {name: value for name, _, value in sent}


def plain_client(app: Flask, **cookies: str) -> FlaskClient:
    """A client that sends these cookies over TLS, those of the version before to /growth alone."""
    client = FlaskClient(app, app.response_class)
    for name, value in cookies.items():
        path = "/growth" if name == EARLIER_SECURE_NAME else "/"
        client.set_cookie(name, value, path=path, domain="wizard.example.com", secure=True)
    return client


def value_of(app: Flask, interface: Sessions) -> str:
    """The cookie of a session that holds, as the version with this `interface` signs it."""
    client = signed_in(app)
    with client.session_transaction(path="/growth") as session:
        content = dict(session)
    return str(interface.get_signing_serializer(app).dumps(content))


def test_a_session_of_the_version_before_goes_on_under_the_new_name(app: Flask) -> None:
    client = plain_client(app, **{EARLIER_SECURE_NAME: value_of(app, EarlierSessions())})
    response = client.get("/growth", base_url=TLS)
    assert response.status_code == 200
    assert set(cookies_of(response)) == {SECURE_NAME}, "the old one stays for servers of that version"
    client.delete_cookie(EARLIER_SECURE_NAME, domain="wizard.example.com", path="/growth")
    again = client.get("/growth", base_url=TLS)
    assert again.status_code == 200
    assert set(cookies_of(again)) == {SECURE_NAME}


def test_on_this_machine_a_session_of_the_version_before_goes_on_as_well(app: Flask) -> None:
    client = client_of(app)
    client.set_cookie(EARLIER_NAME, value_of(app, EarlierSessions()), path="/growth")
    assert client.page("/growth").status == 200
    client.delete_cookie(EARLIER_NAME, path="/growth")
    assert client.page("/growth").status == 200


def test_a_form_of_the_version_before_is_still_good(app: Flask) -> None:
    client = signed_in(app)
    form = client.page("/growth").fields
    with client.session_transaction(path="/growth") as session:
        value = str(EarlierSessions().get_signing_serializer(app).dumps(dict(session)))
    earlier = client_of(app)
    earlier.set_cookie(EARLIER_NAME, value, path="/growth")
    assert earlier.post("/growth/sign-out", data=form).status_code == 200


def test_over_tls_nobody_can_plant_a_session_under_a_name_that_other_hosts_may_use(app: Flask) -> None:
    planted, earlier = value_of(app, Sessions()), value_of(app, EarlierSessions())
    for name in (NAME, EARLIER_NAME, EARLIER_SECURE_NAME):
        assert plain_client(app, **{name: planted}).get("/growth", base_url=TLS).status_code == 401
    for name in (NAME, EARLIER_NAME, SECURE_NAME):
        assert plain_client(app, **{name: earlier}).get("/growth", base_url=TLS).status_code == 401
    assert plain_client(app, **{SECURE_NAME: planted}).get("/growth", base_url=TLS).status_code == 200
    both = {SECURE_NAME: "unreadable", EARLIER_SECURE_NAME: earlier}
    assert plain_client(app, **both).get("/growth", base_url=TLS).status_code == 401
