"""Whatever goes wrong on the dashboard, there is a page of its own, with the right status and a way to go on."""

import pytest
from dashboard_sign_in import link, press, sign_ins_of, signed_in
from factories import visit
from flask import Flask
from sqlalchemy import Engine, update
from sqlalchemy.exc import OperationalError
from support import Client, Page, client_of, counted, settings

from wizard.app import create_app, recorder_of
from wizard.dashboard.access.roles import needs
from wizard.dashboard.access.sign_ins import SEEN_MS
from wizard.storage import database
from wizard.storage.database import Database
from wizard.storage.schema import journeys
from wizard.web.rate_limit import FAILURES
from wizard.web.services import services

ELSEWHERE = {"REMOTE_ADDR": "192.0.2.1"}
OTHERS = {"REMOTE_ADDR": "192.0.2.2"}
BAD = "/growth/sign-in?link=x"


@pytest.fixture
def colleague(app: Flask) -> Client:
    return signed_in(app)


@pytest.mark.parametrize("path", ["/growth/nowhere", "/growth/", "/growth/%00", "/growth/journeys/x/y"])
def test_an_address_that_leads_nowhere_gets_a_page_of_the_room(path: str, colleague: Client) -> None:
    page = colleague.page(path)
    assert (page.status, page.heading) == (404, "Page not found")
    assert page.one("main a.button")["href"] == "/growth"


def test_an_address_that_is_written_otherwise_leads_to_the_one_that_is_meant(colleague: Client) -> None:
    response = colleague.get("/growth//sign-in?x=1")
    assert (response.status_code, response.headers["Location"]) == (308, "/growth/sign-in?x=1")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "BREW"])
def test_a_wrong_method_is_told_the_right_ones(method: str, colleague: Client) -> None:
    page = Page(colleague.open("/growth", method=method))
    assert (page.status, page.heading) == (405, "Method not allowed")
    assert set(page.response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_body_that_is_too_long_is_refused(colleague: Client) -> None:
    page = Page(colleague.post("/growth/sign-out", data={"x": "y" * 20_000}))
    assert (page.status, page.heading) == (413, "Request too large")


def test_a_fault_of_ours_has_a_reference_that_is_in_the_log_and_no_trace(app: Flask, colleague: Client) -> None:
    def fail() -> str:
        raise ZeroDivisionError("a secret")

    app.view_functions["growth.overview"] = needs("viewer")(fail)
    page = colleague.page("/growth")
    assert (page.status, page.heading) == (500, "Something went wrong")
    assert page.response.headers["X-Request-Id"] in page.text
    assert "secret" not in page.response.text


def test_while_the_log_can_not_be_read_nobody_is_signed_out_or_told_so(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client, path = signed_in(app), link(app)
    form = client_of(app)
    offered = form.page(path)
    monkeypatch.setattr(Engine, "connect", _fail)
    caplog.clear()
    for page in (client.page("/growth"), client.page("/growth/nowhere"), client_of(app).page(path)):
        assert (page.status, page.heading) == (503, "The log can't be read right now")
        assert int(page.response.headers["Retry-After"]) > 0
        assert "SELECT" not in page.text
    assert press(form, offered).status_code == 503
    assert client_of(app).get("/growth").status_code == 401, "who has no cookie needs no log"
    told = [record.getMessage() for record in caplog.records if "can't be read" in record.getMessage()]
    assert told == ["the log can't be read (disk I/O error)"] * 4
    monkeypatch.undo()
    assert client.page("/growth").status == 200
    assert press(form, offered).status_code == 303


def _fail(*_: object) -> None:
    raise OperationalError("SELECT secrets", None, Exception("disk I/O error"))


def test_a_read_only_log_can_be_read_with_a_session(
    app: Flask, colleague: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = sign_ins_of(app)
    [row] = made.all()
    monkeypatch.setattr(made, "_clock", lambda: row.made_ms + 2 * SEEN_MS)
    monkeypatch.setattr(Database, "write", _fail)  # a disk that is full
    assert [colleague.page("/growth").status for _ in range(3)] == [200] * 3
    told = [record for record in caplog.records if "can't be stored" in record.getMessage()]
    assert len(told) == 1, "and does not wait for it on each page"


def statuses(app: Flask, path: str, count: int, environ: dict[str, str]) -> list[int]:
    return [client_of(app).get(path, environ_base=environ).status_code for _ in range(count)]


def test_links_that_fail_are_limited_and_then_good_ones_wait_as_well(app: Flask) -> None:
    good = link(app)
    offered = client_of(app).page(good)
    assert statuses(app, BAD, FAILURES + 1, ELSEWHERE) == [401] * FAILURES + [429]
    page = Page(client_of(app).get(good, environ_base=ELSEWHERE))
    assert (page.status, page.heading) == (429, "Too many attempts")
    assert 1 <= int(page.response.headers["Retry-After"]) <= 60
    assert press(client_of(app), offered, environ_base=ELSEWHERE).status_code == 429
    assert statuses(app, good, 1, OTHERS) == [200]
    assert "rejected rate-limited" not in counted(app), "what is tried here would have been no event"


def test_pressing_buttons_of_links_that_fail_counts_as_well(app: Flask) -> None:
    client = client_of(app)
    fields = {**client.page(link(app)).fields, "link": "x"}
    pressed = [client.post("/growth/sign-in", data=fields, environ_base=ELSEWHERE).status_code for _ in range(11)]
    assert pressed == [401] * FAILURES + [429]
    assert statuses(app, BAD, 1, ELSEWHERE) == [429]


def test_links_that_work_do_not_count(app: Flask) -> None:
    good = link(app)
    assert statuses(app, good, 2 * FAILURES, ELSEWHERE) == [200] * 2 * FAILURES


def test_a_session_is_not_limited_by_failed_attempts_of_others_at_the_address(app: Flask, colleague: Client) -> None:
    statuses(app, BAD, FAILURES + 1, ELSEWHERE)
    assert colleague.get("/growth", environ_base=ELSEWHERE).status_code == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", ""])
def test_links_that_fail_are_limited_on_this_machine_too_since_a_proxy_may_forward_no_address(
    address: str, app: Flask
) -> None:
    assert statuses(app, BAD, FAILURES + 1, {"REMOTE_ADDR": address}) == [401] * FAILURES + [429]


def test_links_that_fail_are_limited_together_for_all_addresses_of_one_ipv6_customer(app: Flask) -> None:
    tried = [statuses(app, BAD, 1, {"REMOTE_ADDR": f"2001:db8:7:{number:x}::1"})[0] for number in range(FAILURES + 1)]
    assert tried == [401] * FAILURES + [429]


def test_the_limit_is_not_the_one_on_answers_even_where_that_is_as_low() -> None:
    app = create_app(settings(rate_limit=str(FAILURES)))
    statuses(app, BAD, FAILURES + 1, ELSEWHERE)
    client = client_of(app)
    assert client.submit(client.page("/"), "hobby", environ_base=ELSEWHERE).status_code == 303


@pytest.mark.parametrize("path", ["/growth", "/growth/journeys", "/growth/journeys/x", "/growth/export/events.csv"])
def test_who_reads_while_a_migration_holds_a_table_is_told_so_and_waits_for_no_end_of_it(
    path: str, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAIT_SECONDS", 1)
    app = create_app(settings(database_url=postgresql_url))
    colleague = signed_in(app)
    log = recorder_of(app).log.database
    with log.writer.begin() as migration:
        migration.exec_driver_sql("LOCK TABLE journeys IN ACCESS EXCLUSIVE MODE")
        page = colleague.page(path)
        assert (page.status, page.heading) == (503, "The log can't be read right now")
        assert "Retry-After" in page.response.headers
    assert colleague.get(path).status_code in (200, 404)
    log.dispose()


def test_finished_journeys_whose_time_an_earlier_version_did_not_write_have_none(app: Flask) -> None:
    log = recorder_of(app).log
    log.append(visit("j-1", services(app).clock()))
    with log.database.writer.begin() as connection:
        connection.execute(update(journeys).values(elapsed_ms=None))
    page = signed_in(app).page("/growth?period=today")
    assert page.status == 200
