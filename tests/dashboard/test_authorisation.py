"""Who may see what on the dashboard: nobody sees anything without a session.

A new route goes into `ROUTES`, with an address that it answers; a test fails until it is there.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence

import pytest
from dashboard_sign_in import EMAIL, link, press, sign_ins_of, signed_in
from flask import Flask, jsonify
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from support import Client, client_of, settings
from visits import Visitor
from werkzeug.exceptions import HTTPException

from wizard.app import create_app, recorder_of
from wizard.clock import system_ms
from wizard.dashboard.access.cookie import NAME
from wizard.dashboard.access.guard import OPEN
from wizard.dashboard.access.roles import needs
from wizard.dashboard.services import shared_views
from wizard.storage.dashboard_tables import sign_ins as table
from wizard.web.areas import is_for_dashboard

ROUTES: Mapping[str, str] = {
    "growth.overview": "/growth",
    "growth.journeys.every": "/growth/journeys",
    "growth.journeys.one": "/growth/journeys/known",
    "growth.journeys.export": "/growth/export/journeys.csv",
    "growth.notes.every": "/growth/notes",
    "growth.notes.add": "/growth/notes",
    "growth.notes.change": "/growth/notes/known",
    "growth.notes.remove": "/growth/notes/known/remove",
    "growth.access.leave": "/growth/sign-out",
    "growth.sharing.every": "/growth/shared",
    "growth.sharing.make": "/growth/shared",
    "growth.sharing.revoke": "/growth/revoke-shared",
}
"""An address of each endpoint that needs a session."""

PUBLIC: Mapping[str, str] = {
    "growth.access.offer": "/growth/sign-in",
    "growth.access.use": "/growth/sign-in",
    "growth.sharing.show": "/growth/shared/token",
}
"""The endpoints that need no session."""

NOWHERE = (
    "/growth/shared/",
    "/growth/shared/a/b",
    "/growth/shared/a/journeys",
    "/growth/",
    "/growth/nowhere",
    "/growth/journeys/no-such-journey",
    "/growth//",
    "/growth/%00",
    "/growth/..",
)
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
ASKED = [(method, path) for path in (*ROUTES.values(), *NOWHERE) for method in METHODS]
ASKED += [(method, "/growth/sign-in") for method in METHODS if method not in ("GET", "HEAD", "OPTIONS", "POST")]
ASKED += [(method, "/growth/shared/x") for method in METHODS if method not in ("GET", "HEAD", "OPTIONS")]


def unlisted(app: Flask, listed: Mapping[str, str]) -> list[str]:
    """The endpoints under `/growth` that `listed` lacks."""
    return [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if is_for_dashboard(rule.rule) and rule.endpoint not in listed
    ]


def strangers(app: Flask, listed: Mapping[str, str]) -> list[str]:
    """The endpoints of `listed` that don't answer the address that is given for them."""
    addresses = app.url_map.bind("localhost")

    def endpoints(path: str) -> set[str]:
        found = set()
        for method in METHODS:
            try:
                found.add(addresses.match(path, method)[0])
            except HTTPException:
                continue
        return found

    return [endpoint for endpoint, path in listed.items() if endpoint not in endpoints(path)]


def cookie_of(client: Client) -> str:
    found = client.get_cookie(NAME, path="/")
    assert found is not None
    return found.value


def carrying(app: Flask, cookie: str) -> Client:
    client = client_of(app)
    client.set_cookie(NAME, cookie, path="/")
    return client


def serializer(app: Flask) -> URLSafeTimedSerializer:
    """What signs the cookies of `app`."""
    assert isinstance(app.session_interface, SecureCookieSessionInterface)
    made = app.session_interface.get_signing_serializer(app)
    assert made is not None
    return made


def none(app: Flask) -> Client:
    return client_of(app)


def forged(app: Flask) -> Client:
    """A cookie for a session that holds, signed with a key that is not ours."""
    signer = URLSafeTimedSerializer(
        "x" * 40,
        salt=serializer(app).salt,
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
    return carrying(app, str(signer.dumps(_content(app))))


def tampered(app: Flask) -> Client:
    cookie = cookie_of(signed_in(app))
    return carrying(app, f"{cookie[:5]}{'A' if cookie[5] != 'A' else 'B'}{cookie[6:]}")


def garbage(app: Flask) -> Client:
    return carrying(app, "garbage")


def expired(app: Flask) -> Client:
    """A cookie that was made thirteen hours ago, for a session that holds."""
    made = serializer(app)
    made.signer_kwargs["clock"] = lambda: system_ms() - 13 * 3_600_000
    return carrying(app, str(made.dumps(_content(app))))


def idle(app: Flask) -> Client:
    """A session of which nothing was seen for longer than twelve hours."""
    client = signed_in(app)
    _write(app, last_ms=int(time.time() * 1000) - 12 * 3_600_000 - 1000)
    return client


def revoked(app: Flask) -> Client:
    client = signed_in(app)
    sign_ins_of(app).end_all(EMAIL)
    return client


def signed_out(app: Flask) -> Client:
    """A copy of a cookie whose session was ended in the browser that it was taken from."""
    client = signed_in(app)
    copy = carrying(app, cookie_of(client))
    assert press_sign_out(client) == 200
    return copy


def erased(app: Flask) -> Client:
    """A session whose row is gone."""
    client = signed_in(app)
    with recorder_of(app).log.database.writer.begin() as connection:
        connection.execute(table.delete())
    return client


def unused(app: Flask) -> Client:
    """A cookie, signed as ours are, that names a link that nobody has used."""
    link(app)
    [row] = sign_ins_of(app).all()
    return carrying(app, str(serializer(app).dumps({"link": row.link_id})))


def not_pressed(app: Flask) -> Client:
    """Somebody who has opened a good link, and has not pressed its button."""
    client = client_of(app)
    assert client.page(link(app)).status == 200
    return client


def refused(app: Flask) -> Client:
    """Somebody who has pressed the button of a link that was used before."""
    path, client = link(app), client_of(app)
    page = client.page(path)
    other = client_of(app)
    assert press(other, other.page(path)).status_code == 303
    assert press(client, page).status_code == 401
    return client


def sharing(app: Flask) -> Client:
    """Somebody who has opened a link to a view."""
    links, client = shared_views(app), client_of(app)
    with app.app_context():
        token = links.token(links.add("period=28d", EMAIL, 7))
    assert client.page(f"/growth/shared/{token}").status == 200
    return client


KINDS: Sequence[Callable[[Flask], Client]] = (
    none,
    forged,
    tampered,
    garbage,
    expired,
    idle,
    revoked,
    signed_out,
    erased,
    unused,
    not_pressed,
    refused,
    sharing,
)


def press_sign_out(client: Client) -> int:
    fields = {
        str(field["name"]): str(field["value"]) for field in client.page("/growth").one("header form").select("input")
    }
    return client.post("/growth/sign-out", data=fields).status_code


def _content(app: Flask) -> dict[str, object]:
    """What the cookie of a session that holds says."""
    client = signed_in(app)
    assert client.page("/growth").status == 200
    with client.session_transaction(path="/growth") as session:
        return dict(session)


def _write(app: Flask, **values: int) -> None:
    with recorder_of(app).log.database.writer.begin() as connection:
        connection.execute(table.update().values(**values))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_without_a_session_everything_is_401_and_the_same_page(kind: Callable[[Flask], Client]) -> None:
    app = create_app(settings())
    expected = client_of(app).get("/growth/nowhere").data
    assert b"wizard sign-in-link" in expected
    found = kind(app).get_cookie(NAME, path="/")
    for method, path in ASKED:
        client = carrying(app, found.value) if found else client_of(app)
        response = client.open(path, method=method)
        assert response.status_code == 401, f"{method} {path}"
        assert response.data == (b"" if method == "HEAD" else expected), f"{method} {path}"
        assert "Allow" not in response.headers
        assert "Location" not in response.headers


@pytest.mark.parametrize("headers", [{"Accept": "text/csv"}, {"Sec-Fetch-Dest": "empty"}, {"Range": "bytes=0-9"}])
def test_whatever_is_wanted_it_is_the_same_page(headers: dict[str, str], app: Flask) -> None:
    expected = client_of(app).get("/growth").data
    response = client_of(app).get("/growth", headers=headers)
    assert (response.status_code, response.data) == (401, expected)


@pytest.mark.parametrize(("endpoint", "path"), ROUTES.items())
def test_who_is_signed_in_gets_in(endpoint: str, path: str, app: Flask) -> None:
    client = signed_in(app)
    recorder_of(app).log.append(Visitor(journey_id="known").arrive().events)
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint]
    for method in {method for rule in rules for method in rule.methods or ()}:
        assert client.open(path, method=method).status_code not in (401, 404, 405, 500)


def test_every_route_of_the_room_is_in_the_table_and_every_row_of_the_table_leads_to_its_route(app: Flask) -> None:
    listed = {**ROUTES, **PUBLIC}
    assert unlisted(app, listed) == []
    assert strangers(app, listed) == []
    app.add_url_rule("/growth/new", "growth.new", lambda: "")
    app.add_url_rule("/growth/new.csv", "export", lambda: "")
    assert unlisted(app, listed) == ["growth.new", "export"]
    assert strangers(app, {"growth.new": "/growth"}) == ["growth.new"]


def test_a_route_that_is_not_the_rooms_own_is_behind_the_guard_as_well(app: Flask) -> None:
    app.add_url_rule("/growth/export", "export", needs("viewer")(lambda: jsonify("all of it")))
    assert client_of(app).get("/growth/export").status_code == 401
    assert signed_in(app).get("/growth/export").json == "all of it"


def test_only_what_is_meant_to_be_is_public() -> None:
    assert set(PUBLIC) == OPEN == {"growth.access.offer", "growth.access.use", "growth.sharing.show"}
