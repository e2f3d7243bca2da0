"""A colleague shares a view; anyone who has the link sees its figures, and reaches nothing else."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from dashboard_app import NOW_MS, add_demo, dashboard_on
from dashboard_sign_in import EMAIL, signed_in
from factories import sqlite_log
from flask import Flask
from sqlalchemy import select
from support import Client, Page, client_of, settings
from werkzeug.test import TestResponse

from wizard.app import create_app, recorder_of
from wizard.dashboard.access.cookie import NAME
from wizard.dashboard.access.roles import Role
from wizard.dashboard.services import shared_views, sign_ins
from wizard.dashboard.sharing.shared_views import DAY_MS
from wizard.storage.dashboard_tables import shared_views as table
from wizard.storage.dashboard_tables import sign_ins as sign_in_table
from wizard.storage.schema import journeys
from wizard.web.rate_limit import FAILURES

VIEW = "period=28d&source=newsletter&metric=converted"


@pytest.fixture(scope="module")
def demo_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    log = sqlite_log(tmp_path_factory.mktemp("log"))
    add_demo(log, 1500)
    with dashboard_on(log.database.url.render_as_string()) as app:
        yield app
    log.database.dispose()


def share(client: Client, view: str = VIEW, **choices: str) -> TestResponse:
    """Press the button of the form on the overview of `view`, with `choices`."""
    form = client.page(f"/growth?{view}").one("#share form")
    fields = {str(field["name"]): str(field["value"]) for field in form.select("input[type=hidden]")}
    checked = {str(field["name"]): str(field["value"]) for field in form.select("input[checked]")}
    return client.post(str(form["action"]), data=fields | checked | choices)


def shared_path(client: Client, view: str = VIEW, **choices: str) -> str:
    """The path of a link to the view, as the page after the form shows it."""
    response = share(client, view, **choices)
    assert (response.status_code, response.headers["Location"]) == (303, "/growth/shared")
    address = str(client.page("/growth/shared").one("#address")["value"])
    assert address.startswith("http://localhost/growth/shared/")
    return urlsplit(address).path


def revoke(client: Client, link_id: str) -> TestResponse:
    """Press the button of the list that revokes a link."""
    form = client.page("/growth/shared").one(f'form:has(input[value="{link_id}"])')
    return client.post(str(form["action"]), data={str(f["name"]): str(f["value"]) for f in form.select("input")})


def hrefs(page: Page) -> set[str]:
    """The addresses on a page, but those of its own styles, its icon, and places on itself."""
    found = {str(element["href"]) for element in page.bearing("href")}
    return {href for href in found if not href.startswith(("/static/", "data:image/", "#"))}


def figures(page: Page) -> list[str]:
    return [each.get_text(" ", strip=True) for each in page.all(".figures li, .steps td, .ranked td, .stacked td")]


def row_of(app: Flask, path: str) -> dict[str, object]:
    """The stored row of a link."""
    link_id = path.rpartition("/")[2].partition(".")[0]
    with recorder_of(app).log.database.reader.connect() as connection:
        return dict(connection.execute(select(table).where(table.c.link_id == link_id)).mappings().one())


def write(app: Flask, **values: object) -> None:
    with recorder_of(app).log.database.writer.begin() as connection:
        connection.execute(table.update().values(values))


def test_whoever_has_the_link_sees_the_same_figures_without_any_link(demo_app: Flask) -> None:
    colleague = signed_in(demo_app)
    path, own = shared_path(colleague), colleague.page(f"/growth?{VIEW}")
    page = client_of(demo_app).page(path)
    assert page.status == 200
    assert len(figures(page)) > 40
    assert figures(page) == figures(own)
    assert "newsletter" in page.text
    assert "The last 28 days" in page.text
    assert hrefs(page) == set()
    assert not page.all("form, select, [action], [data-view], nav, .export")


def test_the_page_names_no_colleague_and_no_journey(demo_app: Flask) -> None:
    response = client_of(demo_app).get(shared_path(signed_in(demo_app), "period=90d"))
    with recorder_of(demo_app).log.database.reader.connect() as connection:
        ids = connection.execute(select(journeys.c.journey_id)).scalars().all()
    assert len(ids) > 1000
    assert EMAIL not in response.text
    assert not [each for each in ids if each in response.text]
    assert "wizard demo-data" not in response.text


def test_the_page_sets_no_cookie_and_its_address_is_sent_nowhere(demo_app: Flask) -> None:
    colleague = signed_in(demo_app)
    path = shared_path(colleague)
    for client in (client_of(demo_app), client_of(demo_app)):
        for address in (path, f"{path}x"):
            response = client.get(address)
            assert "Set-Cookie" not in response.headers
            assert response.headers["Referrer-Policy"] == "no-referrer"
            assert response.headers["Cache-Control"] == "no-store"
            assert response.headers["X-Robots-Tag"] == "noindex"
    policy = client_of(demo_app).get(path).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy


@pytest.mark.parametrize(
    "query", ["?period=7d", "?source=-", "?suspects=include&device=mobile", "?link=x", "?query=period%3D90d", "?%00"]
)
def test_nothing_in_the_address_changes_what_is_shown(query: str, demo_app: Flask) -> None:
    path = shared_path(signed_in(demo_app))
    client = client_of(demo_app)
    assert client.get(path + query).text == client.get(path).text


def test_a_period_moves_with_the_days_unless_dates_are_fixed(demo_app: Flask) -> None:
    colleague = signed_in(demo_app)
    assert row_of(demo_app, shared_path(colleague, "period=7d"))["query"] == "period=7d"
    fixed = row_of(demo_app, shared_path(colleague, "period=7d", dates="fixed"))["query"]
    assert fixed == "since=2026-11-22&until=2026-11-28"
    own_dates = "since=2026-11-02&until=2026-11-03"
    form = colleague.page(f"/growth?{own_dates}").one("#share form")
    assert not form.select("[name=dates]")
    assert row_of(demo_app, shared_path(colleague, own_dates))["query"] == own_dates


@pytest.mark.parametrize(("choices", "days"), [({}, 7), ({"days": "1"}, 1), ({"days": "90"}, 90)])
def test_a_link_is_valid_for_seven_days_or_as_chosen(choices: dict[str, str], days: int, demo_app: Flask) -> None:
    row = row_of(demo_app, shared_path(signed_in(demo_app), **choices))
    assert (row["made_ms"], row["expires_ms"]) == (NOW_MS, NOW_MS + days * DAY_MS)
    assert (row["email"], row["opened"], row["last_ms"]) == (EMAIL, 0, None)


@pytest.mark.parametrize(
    "changed", [{"days": "365"}, {"days": ""}, {"dates": "x"}, {"query": "period=9d"}, {"csrf_token": "x"}]
)
def test_a_form_that_was_changed_makes_no_link(changed: dict[str, str], demo_app: Flask) -> None:
    colleague = signed_in(demo_app)
    before = len(shared_views(demo_app).all())
    assert share(colleague, **changed).status_code == 400
    assert len(shared_views(demo_app).all()) == before


def test_the_address_of_a_link_is_shown_once(demo_app: Flask) -> None:
    colleague = signed_in(demo_app)
    token = shared_path(colleague).rpartition("/")[2]
    assert token not in colleague.get("/growth/shared").text


def test_the_list_says_what_by_whom_until_when_and_how_often(app: Flask) -> None:
    add_demo(recorder_of(app).log, 20)
    other = signed_in(app, "other@example.com")
    client, path = (
        client_of(app),
        shared_path(other, "period=7d&device=mobile&metric=converted&by=campaign&all=1", days="30"),
    )
    for _ in range(2):
        client.get(path)
    client.head(path)
    page = signed_in(app).page("/growth/shared")
    head, *cells = [cell.get_text(" ", strip=True) for cell in page.all(".shared tbody tr > *")]
    for text in ("The last 7 days", "Device: Mobile", "Figure: Converted"):
        assert text in head
    assert page.one(".shared th a")["href"] == "/growth?period=7d&device=mobile&metric=converted&by=campaign&all=1"
    assert cells[0] == "other@example.com"
    assert cells[3] == "2 times"
    assert cells[5] == "Valid"
    [revocable] = other.page("/growth/shared").all(".shared tbody td:last-child")
    assert revocable.get_text(" ", strip=True).startswith("Revoke")


def test_an_empty_list_says_how_to_share(app: Flask) -> None:
    assert "press Share" in signed_in(app).page("/growth/shared").text


@pytest.mark.parametrize("who", [("other@example.com", "viewer"), (EMAIL, "admin")])
def test_who_made_a_link_or_an_admin_revokes_it_at_once_on_every_server(who: tuple[str, Role], app: Flask) -> None:
    add_demo(recorder_of(app).log, 20)
    path = shared_path(signed_in(app, "other@example.com"))
    other = create_app(settings(database_url=recorder_of(app).log.database.url.render_as_string()))
    assert client_of(other).page(path).status == 200
    link_id = str(row_of(app, path)["link_id"])
    colleague = signed_in(app, *who)
    assert revoke(colleague, link_id).headers["Location"] == "/growth/shared"
    for server in (app, other):
        page = client_of(server).page(path)
        assert (page.status, page.heading) == (410, "This link was revoked")
        assert "Ask the person who sent you the link for a new one." in page.text
        assert hrefs(page) == set()
    assert "Revoked" in colleague.page("/growth/shared").one(".shared").get_text()
    assert not colleague.page("/growth/shared").all(".shared form")


@pytest.mark.parametrize("role", ["viewer", "publisher"])
def test_a_link_that_somebody_else_made_is_for_admins_to_revoke(role: Role, app: Flask) -> None:
    link_id = shared_views(app).add(VIEW, "other@example.com", 7)
    colleague = signed_in(app, role=role)
    page = colleague.page("/growth/shared")
    assert not page.all(".shared form")
    assert "Valid" in page.one(".shared").get_text()
    token = page.fields["csrf_token"]
    refused = Page(colleague.post("/growth/revoke-shared", data={"link": link_id, "csrf_token": token}))
    assert (refused.status, refused.heading) == (403, "Your role doesn’t allow this")
    assert "needs the role admin" in refused.text
    assert [each.revoked_ms for each in shared_views(app).all()] == [None]


def test_revoking_needs_the_token_of_the_form(app: Flask) -> None:
    colleague = signed_in(app)
    link_id = shared_views(app).add(VIEW, EMAIL, 7)
    assert colleague.post("/growth/revoke-shared", data={"link": link_id}).status_code == 400
    assert [each.revoked_ms for each in shared_views(app).all()] == [None]


def test_signing_out_revokes_no_link_and_who_made_it_stays_in_the_list(app: Flask) -> None:
    add_demo(recorder_of(app).log, 20)
    path = shared_path(signed_in(app, "other@example.com"))
    sign_ins(app).end_all("other@example.com")
    assert client_of(app).page(path).status == 200
    assert "other@example.com" in signed_in(app).page("/growth/shared").one(".shared").get_text()


def test_a_link_that_has_expired_says_since_when(demo_app: Flask) -> None:
    path = shared_path(signed_in(demo_app))
    write(demo_app, expires_ms=NOW_MS - DAY_MS)
    page = client_of(demo_app).page(path)
    assert (page.status, page.heading) == (410, "This link has expired")
    assert "It was valid until 27 Nov 2026, 12:00." in page.text
    assert hrefs(page) == set()


def test_a_view_that_can_not_be_read_any_more_is_not_shown_with_less_of_its_filters(demo_app: Flask) -> None:
    path = shared_path(signed_in(demo_app))
    write(demo_app, query="period=28d&sort=gone")
    page = client_of(demo_app).page(path)
    assert (page.status, page.heading) == (410, "This view can’t be shown any more")


def test_an_unknown_link_and_a_forged_one_look_alike(app: Flask) -> None:
    views, client = shared_views(app), client_of(app)
    unknown = client.get(f"/growth/shared/{views.token('0' * 20)}")
    forged = client.get("/growth/shared/x")
    assert unknown.status_code == forged.status_code == 404
    assert unknown.data == forged.data
    assert Page(forged).heading == "This link doesn’t work"
    assert hrefs(Page(forged)) == set()


def test_an_automatic_refresh_is_no_opening_and_extends_no_session(app: Flask) -> None:
    add_demo(recorder_of(app).log, 20)
    colleague = signed_in(app)
    path = shared_path(colleague)
    with recorder_of(app).log.database.writer.begin() as connection:
        connection.execute(sign_in_table.update().values(last_ms=1))
    for headers in ({"X-Refresh": "1"}, {}):
        assert colleague.get(path, headers=headers).status_code == 200
    assert row_of(app, path)["opened"] == 1
    assert [row.last_ms for row in sign_ins(app).all()] == [1]


def test_wrong_links_have_a_limit_of_their_own(app: Flask) -> None:
    add_demo(recorder_of(app).log, 20)
    path = shared_path(signed_in(app))
    elsewhere = {"environ_overrides": {"REMOTE_ADDR": "192.0.2.7"}}
    client = client_of(app)
    assert [client.get("/growth/shared/x", **elsewhere).status_code for _ in range(FAILURES)] == [404] * FAILURES
    page = Page(client.get(path, **elsewhere))
    assert (page.status, page.heading) == (429, "Too many attempts")
    assert int(page.response.headers["Retry-After"]) > 0
    assert hrefs(page) == set()
    assert client.get("/growth/sign-in?link=x", **elsewhere).status_code == 401
    assert client.get(path, environ_overrides={"REMOTE_ADDR": "192.0.2.8"}).status_code == 200


def test_a_cookie_of_a_session_makes_no_difference(demo_app: Flask) -> None:
    colleague = signed_in(demo_app)
    path = shared_path(colleague)
    assert colleague.get(path).text == client_of(demo_app).get(path).text
    forged = client_of(demo_app)
    forged.set_cookie(NAME, "garbage", path="/")
    assert forged.get(path).status_code == 200


@contextmanager
def unreadable(app: Flask) -> Iterator[None]:
    """A log without the table of journeys."""
    with recorder_of(app).log.database.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE journeys RENAME TO away")
    yield
    with recorder_of(app).log.database.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO journeys")


def test_while_the_log_can_not_be_read_the_page_says_so_without_any_link(app: Flask) -> None:
    add_demo(recorder_of(app).log, 20)
    path = shared_path(signed_in(app))
    with unreadable(app):
        page = client_of(app).page(path)
    assert page.status == 503
    assert hrefs(page) == set()
    assert client_of(app).page(path).status == 200


@pytest.mark.parametrize(
    ("environ", "base", "status"),
    [
        ({"public_url": "https://www.example.com/start"}, "https://www.example.com/start", 404),
        ({"dashboard_url": "https://wizard.example.com"}, "https://wizard.example.com", 200),
        ({"dashboard_url": "https://wizard.example.com"}, "https://www.example.com", 404),
    ],
)
def test_a_shared_view_is_served_where_the_dashboard_is_and_nowhere_else(
    environ: dict[str, str], base: str, status: int
) -> None:
    app = create_app(settings(**environ))
    views = shared_views(app)
    path = f"/growth/shared/{views.token(views.add(VIEW, EMAIL, 7))}"
    response = app.test_client().get(path, base_url=base)
    assert response.status_code == status
    assert ("Read-only view" in response.text) is (status == 200)


def test_no_line_of_the_log_holds_a_link(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    add_demo(recorder_of(app).log, 20)
    caplog.set_level("INFO")
    path = shared_path(signed_in(app))
    client_of(app).get(path)
    client_of(app).get(f"{path}x")
    client_of(app).get(f"{path}/x")
    written = "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "/growth/shared/[link]" in written
    assert not re.search(re.escape(path.rpartition(".")[2]), written)
