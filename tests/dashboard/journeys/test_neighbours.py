"""From a journey to the previous and next one in the list that it was opened from, and back to its page of the list."""

from collections.abc import Iterator
from random import Random
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from bs4 import Tag
from dashboard_app import add_views, dashboard_on, opened, selected
from dashboard_sign_in import signed_in
from factories import NOV_1, visit
from flask import Flask
from support import Client, Page

from wizard.app import recorder_of
from wizard.dashboard.journeys.neighbours import read_neighbours
from wizard.dashboard.journeys.paging import FIRST, Cursor, Place, read_page
from wizard.events.log import DAY_MS

LIST = "/growth/journeys"
SIZE = 7


@pytest.fixture
def room(any_database: str) -> Iterator[Flask]:
    with dashboard_on(any_database) as app:
        yield app


@pytest.fixture
def client(room: Flask) -> Client:
    return signed_in(room)


def beside(page: Page, rel: str) -> str:
    """The address of the previous or the next journey; empty where there is none."""
    return next((str(link["href"]) for link in page.all(f".crumbs [rel={rel}]")), "")


def id_of(address: str) -> str:
    return unquote(urlsplit(address).path.rpartition("/")[2])


def row_of(page: Page, address: str) -> Tag | None:
    """The row of the list that the fragment of an address leads to."""
    anchor = unquote(urlsplit(address).fragment)
    return next((row for row in page.all("tbody tr") if row["id"] == anchor), None)


def test_next_leads_through_the_list_in_its_order_and_previous_back_and_each_has_its_page(any_database: str) -> None:
    chance = Random(3)  # noqa: S311
    began = {f"j-{number}": NOV_1 + DAY_MS + chance.randrange(12) for number in range(40)}
    with opened(any_database) as log:
        add_views(log, began, utm_source="news")
        add_views(log, {f"other-{number}": NOV_1 + DAY_MS + number % 12 for number in range(40)})
        selection, place, walked = selected("period=28d&source=news"), FIRST, []
        order = [row.journey_id for row in read_page(log.database, selection, FIRST).rows]
        name = order[0]
        with log.database.snapshot() as connection:

            def neighbours(name: str, place: Place) -> tuple[tuple[str, Place] | None, ...]:
                found = read_neighbours(connection, selection, place, Cursor(began[name], name), SIZE)
                return tuple((each.journey_id, each.place) if each else None for each in (found.newer, found.older))

            assert neighbours(name, place)[0] is None
            while True:
                walked.append(name)
                shown = read_page(log.database, selection, place, SIZE).rows
                assert name in [row.journey_id for row in shown]
                older = neighbours(name, place)[1]
                if older is None:
                    break
                name, place = older
            assert walked == order
            for expected in reversed(order[:-1]):
                newer = neighbours(name, place)[0]
                assert newer is not None
                name, place = newer
                assert name == expected
                assert name in [row.journey_id for row in read_page(log.database, selection, place, SIZE).rows]


def test_a_journeys_page_leads_to_its_neighbours_within_the_selection(room: Flask, client: Client) -> None:
    log = recorder_of(room).log
    for number in range(4):
        log.append(visit(f"j-{number}", NOV_1 + number, utm_source="news" if number != 2 else "ads"))
    page = client.page(f"{LIST}?period=28d&source=news&outcome=finished")
    (_, second, _) = (str(link["href"]) for link in page.all("tbody th a"))
    shown = client.page(second)
    assert [id_of(beside(shown, rel)) for rel in ("prev", "next")] == ["j-3", "j-0"]
    for rel in ("prev", "next"):
        asked = parse_qsl(urlsplit(beside(shown, rel)).query)
        assert asked == [("period", "28d"), ("source", "news"), ("outcome", "finished")]
    newest, oldest = (client.page(beside(shown, rel)) for rel in ("prev", "next"))
    assert (beside(newest, "prev"), id_of(beside(newest, "next"))) == ("", "j-1")
    assert (id_of(beside(oldest, "prev")), beside(oldest, "next")) == ("j-1", "")


def test_back_leads_to_the_page_and_row_of_the_list(room: Flask, client: Client) -> None:
    add_views(recorder_of(room).log, {f"j {number:03}": NOV_1 + number for number in range(120)})
    first = client.page(f"{LIST}?period=28d&device=desktop")
    second = client.page(str(first.one("[rel=next]")["href"]))
    shown = client.page(str(second.all("tbody th a")[49]["href"]))
    back = str(shown.one(".crumbs .back")["href"])
    page = client.page(back)
    assert page.one(".count strong").get_text() == "120"
    assert row_of(page, back) is not None
    assert page.all("tbody tr")[0]["id"] == second.all("tbody tr")[0]["id"]
    onward = client.page(beside(shown, "next"))
    back = str(onward.one(".crumbs .back")["href"])
    row = row_of(client.page(back), back)
    assert row is not None
    assert row["id"] == "row-j 019"


def test_an_only_journey_and_one_outside_of_the_selection_have_a_page_too(room: Flask, client: Client) -> None:
    add_views(recorder_of(room).log, {"only": NOV_1, "old": NOV_1 - 3000 * DAY_MS})
    page = client.page(f"{LIST}/only?period=28d")
    assert not page.all(".crumbs [rel]")
    outside = client.page(f"{LIST}/old?period=28d")
    assert (id_of(beside(outside, "prev")), beside(outside, "next")) == ("only", "")
    unread = client.page(f"{LIST}/only?period=28d&after=nonsense")
    assert str(unread.one(".crumbs .back")["href"]) == f"{LIST}?period=28d#row-only"
