"""`Accept-Encoding` is obeyed on every route, refusals included."""

import gzip
from collections.abc import Iterator

import brotli
import pytest
from dashboard_sign_in import signed_in
from flask import Flask
from flask.testing import FlaskClient
from support import Client, client_of, settings

from wizard.app import create_app
from wizard.dashboard.access.cookie import NAME
from wizard.web.content_encoding import usable

NAMES = {"deployment": "cloud", "name": "wizard.css", "what": "journeys", "form": "csv", "journey_id": "x"}
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}
ANY = {"br", "gzip", "identity"}

CASES: list[tuple[str | None, set[str]]] = [
    (None, ANY),
    ("", {"identity"}),
    ("gzip;q=0", {"identity"}),
    ("br;q=0", {"identity"}),
    ("br;q=0, gzip;q=0", {"identity"}),
    ("gzip; q=0", {"identity"}),
    ("br ;q=0", {"identity"}),
    ("GZIP;Q=0.0", {"identity"}),
    ("br; q=0.000,gzip", {"gzip", "identity"}),
    ("gzip;q=0, br", {"br", "identity"}),
    ("br;q=0, *", {"gzip", "identity"}),
    ("gzip;q=0, *", {"br", "identity"}),
    ("br;q=0, gzip;q=0, *", {"identity"}),
    ("*;q=0", {"identity"}),
    ("*;q=0, gzip", {"gzip"}),
    ("*;q=0, identity;q=0.5", {"identity"}),
    ("gzip, *;q=0", {"gzip"}),
    ("identity;q=0", {"identity"}),  # nothing of ours is accepted
    ("identity;q=0, gzip", {"gzip"}),
    ("identity; q=0, br;q=0.1", {"br"}),
    ("identity;q=0, *", {"br", "gzip"}),
    ("identity;q=0, br;q=0, *;q=0.1", {"gzip"}),
    ("identity, gzip;q=0.5, br;q=0.1", {"identity"}),
    ("gzip;q=1, br;q=0.5", {"gzip", "identity"}),
    ("x-gzip;q=0, *;q=0", {"identity"}),
    ("deflate, zstd, compress", {"identity"}),
    ("gzip, gzip;q=0", {"identity"}),
    ("gzip;q=nonsense", {"identity"}),
    ("gzip;q=-1, br;q=2", {"identity"}),
    (",;,;q=0,=", {"identity"}),
]


@pytest.fixture(scope="module")
def served() -> Flask:
    return create_app(settings())


@pytest.fixture(scope="module")
def colleague(served: Flask) -> FlaskClient:
    """Somebody who has signed in, and looks at no page: there are hundreds."""
    cookie = signed_in(served).get_cookie(NAME, path="/")
    assert cookie is not None
    client = FlaskClient(served, served.response_class)
    client.set_cookie(NAME, cookie.value, path="/")
    return client


def addresses(app: Flask) -> Iterator[str]:
    """An address of every route that can be read, and some that go wrong."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            yield adapter.build(rule.endpoint, {name: NAMES.get(name, "x") for name in rule.arguments})
    yield from ("/growth/export/events.jsonl", "/growth/export/journeys.parquet", "/oembed?url=http://localhost/")
    yield from ("/nowhere", "/api/nowhere", "/go//x", "/static/embed.js", "/?who=hobby&hosting=avoid")


@pytest.mark.parametrize(("header", "allowed"), CASES, ids=[repr(header) for header, _ in CASES])
def test_every_route_sends_only_what_is_accepted(
    header: str | None, allowed: set[str], served: Flask, colleague: FlaskClient
) -> None:
    headers = {} if header is None else {"Accept-Encoding": header}
    for address in dict.fromkeys(addresses(served)):
        response = colleague.get(address, headers=headers)
        assert response.status_code != 401 or address == "/growth/sign-in"
        coding = response.headers.get("Content-Encoding", "identity")
        # Exports are compressed by gzip or not at all.
        is_never = address.startswith("/growth/export/") and not allowed & {"gzip", "identity"}
        assert coding in (allowed if not is_never else {"identity"}), f"{address}: {coding}"
        assert "Accept-Encoding" in response.vary, address
        UNPACK[coding](response.data)
        assert response.content_length in (None, len(response.data))
        if address in ("/", "/embed.js", "/static/wizard.css", "/robots.txt"):
            same = colleague.head(address, headers=headers).headers.get("Content-Encoding", "identity")
            # A page that is asked for often is compressed by Brotli from then on.
            assert same == coding or (address == "/" and {same, coding} == {"gzip", "br"} <= allowed)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("br, gzip", ["br", "gzip"]),
        ("gzip, br", ["br", "gzip"]),
        ("gzip;q=1, br;q=0.5", ["gzip", "br"]),
        ("*;q=0.3, gzip;q=0.2", ["br", "gzip"]),
        ("x-gzip", ["gzip"]),
        ("identity;q=0.5, br;q=0.4, gzip;q=0.5", ["gzip"]),
        ("gzip;level=9;q=0.5", ["gzip"]),
    ],
)
def test_the_client_says_which_it_likes_best_and_else_the_smaller_comes_first(
    header: str, expected: list[str], client: Client
) -> None:
    assert [coding for coding, _ in usable(header)] == expected
    for address in ("/embed.js", "/static/wizard.css"):
        response = client.get(address, headers={"Accept-Encoding": header})
        assert response.headers["Content-Encoding"] == expected[0]


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip, deflate, br, zstd", "gzip"),
        ("br, gzip", "gzip"),
        ("gzip;q=0.9, br", "br"),
        ("br;q=0.9, gzip", "gzip"),
        ("br, gzip;q=0", "br"),
        ("*;q=0.3, gzip;q=0.2", "br"),
        ("identity", "identity"),
    ],
)
def test_a_prepared_page_is_sent_by_gzip_at_first_where_encodings_are_equally_accepted(
    header: str, coding: str, app: Flask
) -> None:
    client = client_of(app)
    for address in ("/", "/?who=hobby&hosting=avoid"):
        response = client.get(address, headers={"Accept-Encoding": header})
        assert response.headers.get("Content-Encoding", "identity") == coding
        assert UNPACK[coding](response.data).startswith(b"<!doctype html>")
        head = client.head(address, headers={"Accept-Encoding": header})
        assert head.headers.get("Content-Encoding", "identity") == coding


def test_what_is_compressed_only_because_it_must_be_has_an_etag_of_its_own(client: Client) -> None:
    plain, packed = (
        client.get("/static/embed.js", headers={"Accept-Encoding": header}) for header in ("", "gzip, identity;q=0")
    )
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    small = client.get("/robots.txt", headers={"Accept-Encoding": "br, *;q=0"})
    assert brotli.decompress(small.data) == client.get("/robots.txt").data
