"""Whatever bytes a query holds, on whatever route: an answer of ours, and no traceback."""

import logging

import pytest
from dashboard_sign_in import link, press, signed_in
from flask import Flask
from support import Client, client_of

QUERIES = {
    "invalid utf-8": "journey=\xe9\xff&link=\xff&url=\xff&source=\xfe&step=\xff",
    "utf-8": "utm_source=caf\xc3\xa9&source=caf\xc3\xa9",
    "invalid name": "\xe9\xff=x",
    "escaped invalid utf-8": "journey=%ff%fe&link=%e9&url=%ff&source=%ed%a0%80",
    "nul bytes": "journey=%00&link=%00&url=%00&source=%00&since=%00&after=%00&campaign=%00",
    "broken escapes": "journey=%&link=%u1234&url=%zz&after=%",
    "many parameters": "&".join(["a=b"] * 2000),
    "hosts": "url=http://[&source=http://a:99999999/&link=//evil.example",
    "control characters": "journey=\x01\x7f\x85&link=%0d%0aSet-Cookie:x=y",
}
NAMES = {"deployment": "cloud", "name": "wizard.css", "what": "journeys", "form": "csv", "journey_id": "x"}


@pytest.mark.parametrize("kind", QUERIES)
def test_no_query_is_more_than_a_page_of_ours_can_take(kind: str, app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    adapter = app.url_map.bind("localhost")
    paths = [
        adapter.build(rule.endpoint, {name: NAMES.get(name, "x") for name in rule.arguments})
        for rule in app.url_map.iter_rules()
    ]
    colleague = signed_in(app)
    caplog.clear()
    for path in dict.fromkeys([*paths, "/nowhere", "/growth/nowhere", "/go//x"]):
        for client in (client_of(app), colleague):
            response = client.open(path, environ_overrides={"QUERY_STRING": QUERIES[kind]})
            assert response.status_code < 500, path
            assert response.headers.get("Location", "").isascii()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info]


def test_what_is_not_ascii_means_the_same_as_when_it_is_escaped(client: Client) -> None:
    raw, escaped = (
        client.get("/embed", environ_overrides={"QUERY_STRING": query}).text
        for query in ("campaign=caf\xc3\xa9&theme=dark", "campaign=caf%C3%A9&theme=dark")
    )
    assert raw == escaped
    assert "café" in raw


def test_a_page_whose_query_is_no_utf_8_is_returned_to_after_the_sign_in(app: Flask) -> None:
    client = client_of(app)
    client.get("/growth/journeys", environ_overrides={"QUERY_STRING": "source=\xff"})
    location = press(client, client.page(link(app))).headers["Location"]
    assert location == "/growth/journeys?source=%FF"
    assert client.get(location).status_code in (200, 303)
