"""Who may do what on the dashboard and in the studio: nothing without a session, nothing without the role for it."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from dashboard_routes import PUBLIC, ROUTES, add_known
from dashboard_sign_in import EMAIL, link, press, sign_ins_of, signed_in
from flask import Flask, Response, jsonify
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from support import Client, client_of, settings
from werkzeug.exceptions import HTTPException

from wizard.app import create_app, recorder_of
from wizard.clock import system_ms
from wizard.dashboard.access.cookie import NAME
from wizard.dashboard.access.guard import OPEN
from wizard.dashboard.access.roles import ROLES, Role, includes, needed_role, needs
from wizard.dashboard.pages import page
from wizard.dashboard.services import people, shared_views
from wizard.storage.dashboard_tables import METADATA
from wizard.storage.dashboard_tables import sign_ins as table
from wizard.storage.studio_tables import audit_log
from wizard.storage.studio_tables import people as people_table
from wizard.web.areas import is_for_dashboard

NOWHERE = (
    "/growth/shared/",
    "/growth/shared/a/b",
    "/growth/shared/a/journeys",
    "/growth/",
    "/growth/nowhere",
    "/growth/journeys/no-such-journey",
    "/growth//",
    "/growth/%00",
    "/studio/nowhere",
    "/studio//",
    "/growth/..",
)
MULTIPART = "multipart/form-data"
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
ASKED = [
    (method, path) for path in (*dict.fromkeys(route.path for route in ROUTES.values()), *NOWHERE) for method in METHODS
]
ASKED += [(method, "/growth/sign-in") for method in METHODS if method not in ("GET", "HEAD", "OPTIONS", "POST")]
ASKED += [(method, "/growth/shared/x") for method in METHODS if method not in ("GET", "HEAD", "OPTIONS")]


def unlisted(app: Flask, listed: Mapping[str, str]) -> list[str]:
    """The endpoints under `/growth` and `/studio` that `listed` lacks."""
    return [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if is_for_dashboard(rule.rule) and rule.endpoint not in listed
    ]


def methods_of(app: Flask, endpoint: str) -> set[str]:
    """The methods that `endpoint` answers."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint]
    return {method for rule in rules for method in rule.methods or ()}


def contents(app: Flask) -> dict[str, Sequence[Any]]:
    """The rows of each table that the dashboard or the studio writes, but for sign-ins and what tells of them."""
    left_out = ("sign_ins", "audit_log")
    tables = [table for name, table in METADATA.tables.items() if name not in left_out]
    with recorder_of(app).log.database.reader.connect() as connection:
        rows = {table.name: connection.execute(select(table)).all() for table in tables}
        actions = connection.execute(select(audit_log.c.action).distinct()).scalars()
        return {**rows, "actions": sorted(actions)}


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


def page_of_a_view() -> Response:
    """A page of the dashboard, as a view of a test returns it."""
    return page("dashboard/problem.html", title="In", text="", reference="")


@pytest.fixture(scope="module")
def known() -> Iterator[Flask]:
    """An application that has what the addresses of the table name."""
    app = create_app(settings())
    app.testing = True
    add_known(app)
    yield app
    recorder_of(app).close()


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_the_table_says_and_403_for_all_else(role: Role, known: Flask) -> None:
    client = signed_in(known, f"{role}@example.com", role)
    for endpoint, route in ROUTES.items():
        for method in methods_of(known, endpoint):
            if endpoint == "growth.access.leave":
                continue
            response = client.open(route.path, method=method)
            expected = includes(role, route.role)
            assert (response.status_code != 403) is expected, f"{role}: {method} {route.path}"
            assert response.status_code not in (401, 404, 405, 500), f"{role}: {method} {route.path}"
    assert client.post("/growth/sign-out").status_code == 400, "everybody may sign out, by the button"


def test_the_table_says_what_each_view_declares(app: Flask) -> None:
    declared = {name: needed_role(app.view_functions[name]) for name in ROUTES}
    assert declared == {name: route.role for name, route in ROUTES.items()}


def test_a_form_without_its_token_is_refused_and_changes_nothing(known: Flask) -> None:
    client = signed_in(known, "token@example.com", "admin")
    before = contents(known)
    for endpoint, route in ROUTES.items():
        if "POST" not in methods_of(known, endpoint):
            continue
        for token in ({}, {"csrf_token": ""}, {"csrf_token": "x"}):
            assert client.post(route.path, data=token).status_code == 400, route.path
            assert client.post(route.path, json=token).status_code == 400, route.path
            assert client.post(route.path, data=token, content_type="multipart/form-data").status_code == 400, (
                route.path
            )
    assert contents(known) == before


def test_a_token_of_somebody_elses_session_is_refused(known: Flask) -> None:
    other = signed_in(known, "other@example.com", "admin").page("/growth").fields["csrf_token"]
    client = signed_in(known, "token@example.com", "admin")
    before = contents(known)
    for endpoint, route in ROUTES.items():
        if "POST" in methods_of(known, endpoint):
            assert client.post(route.path, data={"csrf_token": other}).status_code == 400, route.path
    assert contents(known) == before


def test_no_page_can_be_framed_but_the_preview_by_our_own_pages(known: Flask) -> None:
    client = signed_in(known, "frames@example.com", "admin")
    for endpoint, route in ROUTES.items():
        if "GET" in methods_of(known, endpoint):
            headers = client.get(route.path).headers
            is_preview = endpoint.startswith("studio.preview.")
            assert headers["X-Frame-Options"] == ("SAMEORIGIN" if is_preview else "DENY"), route.path
            ancestors = "'self'" if is_preview else "'none'"
            assert f"frame-ancestors {ancestors}" in headers["Content-Security-Policy"], route.path


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_a_role_that_is_refused_is_told_which_is_needed_and_who_gives_it(role: Role, app: Flask) -> None:
    app.add_url_rule("/studio/new", "new", needs("publisher")(page_of_a_view))
    client = signed_in(app, "one@example.com", role)
    page = client.page("/studio/new")
    assert (page.status, page.heading) == (403, "Your role doesn’t allow this")
    article = "an" if role == "editor" else "a"
    told = page.text.replace(" .", ".")
    assert f"needs the role publisher. You are signed in as one@example.com, {article} {role}." in told
    assert "There is no admin yet" in page.text
    assert page.one("main code").get_text() == "wizard people set one@example.com publisher"
    signed_in(app, "chief@example.com", "admin")
    page = client.page("/studio/new")
    assert [item.get_text() for item in page.all("main li")] == ["chief@example.com"]
    assert signed_in(app, "two@example.com", "publisher").page("/studio/new").heading == "In"
    assert client_of(app).get("/studio/new").status_code == 401


def test_a_view_that_declares_no_role_is_refused_to_everybody(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    app.add_url_rule("/growth/new", "growth.new", lambda: "")
    client = signed_in(app, role="admin")
    page = client.page("/growth/new")
    assert (page.status, page.heading) == (403, "Not allowed")
    assert "the view growth.new declares no role" in caplog.text


def test_a_changed_role_holds_from_the_next_request_on(app: Flask) -> None:
    app.add_url_rule("/studio/new", "new", needs("editor")(page_of_a_view))
    client = signed_in(app)
    everybody = people(app)
    roles: Sequence[Role] = ("viewer", "editor", "admin", "viewer")
    for role in roles:
        everybody.set_role(EMAIL, role, "test", may_be_last=True)
        assert client.get("/studio/new").status_code == (200 if includes(role, "editor") else 403)


def test_who_signed_in_before_there_were_roles_is_a_viewer(app: Flask) -> None:
    app.add_url_rule("/studio/new", "new", needs("editor")(page_of_a_view))
    client = signed_in(app, role="editor")
    with recorder_of(app).log.database.writer.begin() as connection:
        connection.execute(people_table.delete())
    assert client.page("/growth").status == 200
    assert client.page("/studio/new").status == 403


def test_a_role_of_a_later_version_is_a_viewers_here(app: Flask) -> None:
    app.add_url_rule("/studio/new", "new", needs("editor")(page_of_a_view))
    client = signed_in(app)
    with recorder_of(app).log.database.writer.begin() as connection:
        connection.execute(people_table.update().values(role="auditor"))
    assert client.page("/growth").status == 200
    assert client.page("/studio/new").status == 403


def test_every_route_of_the_room_is_in_the_table_and_every_row_of_the_table_leads_to_its_route(app: Flask) -> None:
    listed = {**{name: route.path for name, route in ROUTES.items()}, **PUBLIC}
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
    links = {"growth.access.offer", "growth.access.use", "growth.sharing.show"}
    assert set(PUBLIC) == OPEN == links | {"growth.openid.begin", "growth.openid.finish", "growth.openid.ended"}
