"""The dashboard on a warehouse: the same pages and files as from the log, and a line where they come from elsewhere."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from clickhouse import Warehouses
from copied_log import copy_log, register
from dashboard_app import NOW_MS, add_demo, dashboard_on
from dashboard_sign_in import signed_in
from flask import Flask
from sqlalchemy import insert, select
from support import Client, Page, empty_log

from wizard.storage.moment import Moment
from wizard.storage.readings import Readings
from wizard.storage.schema import journeys
from wizard.storage.subscriber_tables import pending_changes
from wizard.web.services import services

PATHS = (
    "/growth?period=28d",
    "/growth?period=28d&show=embeds&source=newsletter",
    "/growth?period=28d&show=signups&did=hosting.answered",
    "/growth?period=today",
    "/growth/journeys?period=28d",
    "/growth/journeys?period=28d&declined=private_cloud&edge=start.who",
)
FILES = ("/growth/export/journeys.csv?period=7d", "/growth/export/events.jsonl?period=7d&did=hosting.answered")
GONE = "The warehouse has been out of reach since 12:00. This page is read from the log, which takes longer."


@pytest.fixture(params=["clickhouse"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The application on a log with a copy in a warehouse."""
    warehouses: Warehouses = request.getfixturevalue(request.param)
    warehouses.shared()
    with dashboard_on(empty_log(tmp_path), warehouse_url=warehouses.url("shared")) as app:
        add_demo(services(app).log, 150)
        copy_log(services(app).log, readings_of(app).warehouse)
        yield app
        readings_of(app).dispose()


@pytest.fixture
def colleague(app: Flask) -> Client:
    return signed_in(app)


def readings_of(app: Flask) -> Readings:
    return services(app).readings


def standing(colleague: Client, path: str = "/growth?period=28d") -> str:
    """The line that says where a page comes from; empty if there is none."""
    page = Page(colleague.get(path, follow_redirects=True))
    return " ".join(each.text for each in page.all("main .standing"))


@pytest.mark.parametrize("app", ["clickhouse", "clickhouse_shards"], indirect=True)
def test_pages_and_files_are_the_same_from_either(app: Flask, colleague: Client) -> None:
    warehouse = readings_of(app).warehouse
    journey_id = readings_of(app).read(_any_journey)
    for path in (*PATHS, f"/growth/journeys/{journey_id}", *FILES):
        readings_of(app).warehouse = warehouse
        copied = colleague.get(path, follow_redirects=True)
        assert copied.status_code == HTTPStatus.OK
        readings_of(app).warehouse = None
        assert _plain(colleague.get(path, follow_redirects=True).text) == _plain(copied.text), path


@pytest.mark.parametrize("app", ["clickhouse", "clickhouse_shards"], indirect=True)
def test_the_list_can_be_turned_forward_and_back(app: Flask, colleague: Client) -> None:
    """Each visit is on one page, in the order of the log's list."""
    warehouse = readings_of(app).warehouse
    turned = []
    for source in (warehouse, None):
        readings_of(app).warehouse = source
        pages, path = [], "/growth/journeys?period=28d"
        while path:
            page = Page(colleague.get(path, follow_redirects=True))
            pages.append([row["id"] for row in page.all("table.journeys tbody tr")])
            following = page.all("a[rel=next]")
            path = str(following[0]["href"]) if following else ""
        [back] = page.all("a[rel=prev]")
        again = Page(colleague.get(str(back["href"]), follow_redirects=True))
        assert [row["id"] for row in again.all("table.journeys tbody tr")] == pages[-2]
        turned.append(pages)
    from_warehouse, from_log = turned
    assert from_warehouse == from_log
    assert len(from_log) > 1
    assert len({name for names in from_log for name in names}) == sum(map(len, from_log))


def _any_journey(moment: Moment) -> str:
    own = journeys.c
    found = select(own.journey_id).where(own.converted == 1).order_by(own.journey_id).limit(1)
    return str(moment.figures.execute(found).scalar_one())


def _plain(text: str) -> str:
    """The text of a page, without what differs at each request."""
    return "\n".join(line for line in text.splitlines() if "nonce" not in line and 'type="hidden"' not in line)


def test_a_warehouse_that_is_behind_says_of_when_the_figures_are(app: Flask, colleague: Client) -> None:
    assert standing(colleague) == ""
    row = {"subscriber": "warehouse", "journey_id": "x", "version": 1, "is_gone": 0, "notes": 1, "attempts": 0}
    with services(app).log.database.writer.begin() as connection:
        values = {**row, "noted_ms": NOW_MS - 13 * 60_000, "retry_ms": 0, "is_dead": 0}
        connection.execute(insert(pending_changes).values(values))
    behind = "Figures as of 11:47: the warehouse is 13 minutes behind the log."
    assert {standing(colleague, path) for path in PATHS} == {behind}


def test_while_it_is_being_filled_pages_say_that_they_are_the_logs(app: Flask, colleague: Client) -> None:
    register(services(app).log, backfill_after="j", backfilled=1234)
    text = (
        "The warehouse is being filled (1,234 visits copied so far). Until it is full, figures are read from the log."
    )
    assert {standing(colleague, path) for path in PATHS} == {text}


def test_a_warehouse_that_is_gone_is_said_to_be_and_the_log_is_read(
    app: Flask, colleague: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = readings_of(app)
    monkeypatch.setattr(readings, "_gone_since_ms", NOW_MS)
    monkeypatch.setattr(readings, "_retry_ms", NOW_MS + 1)
    assert {standing(colleague, path) for path in PATHS} == {GONE}
    readings.most_journeys = 1
    page = colleague.page(PATHS[0])
    assert (page.status, page.heading) == (503, "The figures are not available right now")
    assert "since 12:00" in page.text
    assert page.response.headers["Retry-After"] == "10"
