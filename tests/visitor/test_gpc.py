"""Global Privacy Control: what a browser that sends `Sec-GPC: 1` leaves in the log, and takes along."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from recorded_client import Watched
from support import DESTINATIONS, client_of, settings

from wizard.app import create_app

GPC = {"Sec-GPC": "1"}
HOST = "https://www.shop.example"
FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site", "Referer": f"{HOST}/pricing"}


@pytest.fixture
def embedded() -> Watched:
    app = create_app(settings(embed_origins=HOST, conversion_keys="a key for conversions"))
    return Watched(app, client_of(app))


def test_neither_referrer_nor_path_is_stored_and_campaign_tags_stay(embedded: Watched) -> None:
    embedded.client.get("/?utm_campaign=spring", headers=GPC | FRAME)
    embedded.client.get("/?utm_campaign=spring", headers=GPC | {"Referer": "https://blog.example/"})
    framed, linked = embedded.journeys()
    assert (framed.embed_origin, framed.embed_path, framed.utm_campaign) == (HOST, "", "spring")
    assert (linked.referrer_host, linked.utm_campaign) == ("", "spring")


def test_what_the_embedding_page_tells_later_is_held_to_it_as_well(embedded: Watched) -> None:
    page = embedded.client.page("/", headers=GPC)
    told = {
        "host.embed_origin": HOST,
        "host.embed_path": "/pricing",
        "host.referrer_host": "blog.example",
        "host.utm_source": "news",
    }
    embedded.client.post("/", data=page.fields | told | {"who": "team"})
    (row,) = embedded.journeys()
    assert (row.embed_origin, row.embed_path, row.referrer_host, row.utm_source) == (HOST, "", "", "news")


def test_it_is_sealed_into_the_journey(embedded: Watched) -> None:
    page = embedded.client.page("/", headers=GPC)
    embedded.client.submit(page, "team")
    assert [event.context.gpc for event in embedded.log.read()] == [1, 1, 1]


def test_a_browser_that_begins_to_send_it_is_heard_from_then_on(embedded: Watched) -> None:
    page = embedded.client.page("/?" + urlencode({"who": "hobby", "hosting": "avoid"}))
    link = str(page.all("a[data-deployment]")[0]["href"])
    assert "wizard_handoff" in embedded.client.get(link).location
    assert embedded.client.get(link, headers=GPC).location == DESTINATIONS["cloud"]
    assert [row.handoff for row in embedded.journeys()] == [1], "there was one click that took a handoff along"


@pytest.mark.parametrize("value", ["0", "", "true", "11"])
def test_any_other_value_asks_for_nothing(embedded: Watched, value: str) -> None:
    page = embedded.client.page("/?who=hobby&hosting=avoid", headers={"Sec-GPC": value})
    away = embedded.client.get(str(page.all("a[data-deployment]")[0]["href"]), headers={"Sec-GPC": value})
    assert list(parse_qs(urlsplit(away.location).query)) == ["wizard_handoff"]
    assert {event.context.gpc for event in embedded.log.read()} == {0}
