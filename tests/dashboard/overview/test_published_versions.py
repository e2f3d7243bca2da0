"""Published versions of the texts on the dashboard: markers, the filter, and a visit's own page."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from dashboard_app import NOW_MS, dashboard_on
from dashboard_sign_in import signed_in
from factories import CONTEXT, NOV_1, visit
from flask import Flask
from sqlalchemy import insert
from support import Client, Page, empty_log

from wizard.app import recorder_of
from wizard.events.log import DAY_MS, Log
from wizard.events.model import WizardView
from wizard.storage.studio_tables import wording_versions

PUBLISHED_MS = NOV_1 + 20 * DAY_MS + 52_320_000
"""21 November 2026, 14:32 UTC."""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """A log with visits of the files, and of two published versions."""
    with dashboard_on(empty_log(tmp_path)) as app:
        log = recorder_of(app).log
        add_visits(log, "files", 10, 20.6)
        publish(log, 1, PUBLISHED_MS, "Shorter <b>headline</b>")
        add_visits(log, "1-00000001", 20.61, 24)
        publish(log, 2, NOV_1 + 24 * DAY_MS, "", restored=0)
        add_visits(log, "2-00000002", 24, 27.5)
        yield app


@pytest.fixture
def client(app: Flask) -> Client:
    return signed_in(app)


def add_visits(log: Log, wording: str, first: float, last: float) -> None:
    times = [NOV_1 + round(day / 4 * DAY_MS) for day in range(round(4 * first) + 1, round(4 * last))]
    at = replace(CONTEXT, wording_version=wording)
    log.append([WizardView(replace(at, journey_id=f"{wording}-{ms}", ts_ms=ms)) for ms in times])


def publish(log: Log, number: int, at_ms: int, note: str, restored: int | None = None) -> None:
    row = {"kind": "publish" if restored is None else "rollback", "who": "two@example.com", "files_version": "files"}
    row |= {"hash": f"{number:08x}", "note": note}
    more = {"number": number, "at_ms": at_ms, "from_number": number - 1, "restored_number": restored}
    with log.database.writer.begin() as connection:
        connection.execute(insert(wording_versions).values(**row, **more))


def marked(page: Page) -> list[str]:
    return [
        each.get_text(" ", strip=True).removesuffix(
            "Compare two weeks before and after Only this version Only the version before"
        )
        for each in page.all("#part-markers .marker")
    ]


def test_each_publish_is_one_marker_with_its_time_its_note_and_who(client: Client) -> None:
    page = client.page("/growth?period=28d")
    assert marked(page) == [
        "Published 25 Nov 2026, 00:00 Version 2 (rollback to the files) by two@example.com ",
        "Published 21 Nov 2026, 14:32 Version 1: Shorter <b>headline</b> by two@example.com ",
    ]
    chart = page.one("#part-chart .markers").get_text(" ", strip=True)
    assert "Published: Version 1: Shorter <b>headline</b>" in chart
    assert "wording" not in chart


def test_an_editor_is_led_to_what_a_version_changed(app: Flask, client: Client) -> None:
    assert "What changed" not in client.page("/growth?period=28d").text
    page = signed_in(app, "editor@example.com", "editor").page("/growth?period=28d")
    links = [a for a in page.all("#part-markers a") if a.get_text() == "What changed"]
    assert [a["href"] for a in links] == ["/studio/versions/2", "/studio/versions/1"]


def test_the_chart_of_a_day_has_the_marker_at_its_hour(client: Client) -> None:
    page = client.page("/growth?since=2026-11-21&until=2026-11-21")
    [flag] = page.all("#part-chart .narrow .flag title")
    assert flag.get_text().startswith("14:00 to 15:00: Published: Version 1")


def test_a_marker_leads_to_the_visits_of_its_version_which_the_filter_names_by_its_number(client: Client) -> None:
    page = client.page("/growth?period=28d")
    [href] = [a["href"] for a in page.all("#part-markers .marker a") if "wording=1-00000001" in str(a["href"])][:1]
    filtered = client.page(str(href))
    assert "Version 1" in filtered.one("#part-filters").get_text()
    options = {str(each["value"]): each.get_text(strip=True) for each in page.all("select[name=wording] option")}
    assert options["1-00000001"].startswith("Version 1")
    assert options["files"].startswith("files")


def test_a_visit_says_which_version_it_had(app: Flask, client: Client) -> None:
    log = recorder_of(app).log
    events = visit("j-1", NOW_MS - DAY_MS)
    log.append([replace(each, context=replace(each.context, wording_version="2-00000002")) for each in events])
    text = client.page("/growth/journeys/j-1").text
    assert "Wording version Version 2 2-00000002" in text
