"""Response headers have a bound, so that a proxy's buffer can be set: docs/deploy.md says what to."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from dashboard_sign_in import signed_in
from support import Client, Page, client_of, settings
from werkzeug.test import TestResponse

from wizard.app import create_app
from wizard.events.attribution import CAMPAIGN_TAGS
from wizard.setting_parsers import MAX_ADDRESS_CHARACTERS, MAX_EMBED_ORIGINS_CHARACTERS
from wizard.visitor.journey import MAX_TOKEN_CHARACTERS
from wizard.web.headers import MAX_BYTES

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy.md"
LONGEST = {
    "cyrillic": "\N{CYRILLIC SMALL LETTER ZHE}" * 100,
    "cjk": "\N{CJK UNIFIED IDEOGRAPH-4E2D}" * 66,
    "emoji": "\N{SEEDLING}" * 50,
    "ascii": "%" * 100,
}
"""Tags as long as any that are kept, each in an alphabet that takes more room when it is encoded."""

ORIGINS = [f"https://{number:03}.{'x' * 50}.example.com" for number in range(79)]
ADDRESS = f"https://example.com/?{'x' * (MAX_ADDRESS_CHARACTERS - 21)}"
SECONDS_HEADERS = "HTTP/1.1 303 See Other\r\nserver: granian\r\ndate: Sat, 28 Nov 2026 00:00:00 GMT\r\n\r\n"
"""What the server itself adds."""


def size(response: TestResponse) -> int:
    """How many bytes the head of a response takes."""
    return len(SECONDS_HEADERS) + sum(len(f"{name}: {value}\r\n".encode()) for name, value in response.headers)


@pytest.fixture(scope="module")
def client() -> Client:
    assert MAX_EMBED_ORIGINS_CHARACTERS - 100 < len(" ".join(ORIGINS)) <= MAX_EMBED_ORIGINS_CHARACTERS
    assert len(ADDRESS) == MAX_ADDRESS_CHARACTERS
    addresses = dict.fromkeys(("cloud_url", "private_cloud_url", "on_premise_url"), ADDRESS)
    return client_of(create_app(settings(embed_origins=",".join(ORIGINS), **addresses)))


def visit(client: Client, tag: str) -> list[TestResponse]:
    """Every response of a visit from a link, and from a page around the frame, that tell as much as they can."""
    look = {"theme": "dark", "accent": "#4b5563", "locale": f"en-{'-'.join(['abcdefgh'] * 4)}"}
    query = urlencode({**dict.fromkeys(CAMPAIGN_TAGS, tag), "campaign": tag, **look})
    host = ORIGINS[0].removeprefix("https://")
    told = {"host.embed_origin": ORIGINS[0], "host.embed_path": f"/{tag}", "host.referrer_host": "r" * 60 + ".example"}
    framed = {"Referer": f"https://{host}/{tag}".encode().decode("latin-1"), "Sec-Fetch-Dest": "iframe"}
    responses = [client.get(f"/?{query}", headers=framed)]
    for choice in ("team", "2_10", "own_servers"):
        page = Page(responses[-1])
        form = page.one("form")
        data = page.fields | {page.step: choice} | told
        responses.append(client.post(str(form["action"]), data=data, headers={"Sec-Fetch-Dest": "iframe"}))
        assert responses[-1].status_code == 303
        responses.append(client.get(responses[-1].location or ""))
    ways = [str(link["href"]) for link in Page(responses[-1]).all("a[href*='/go/']")]
    assert ways
    responses += [client.get(way) for way in ways]
    assert all(response.status_code == 303 for response in responses[-len(ways) :])
    return responses


@pytest.mark.parametrize("alphabet", LONGEST)
def test_the_headers_of_a_visit_with_the_longest_tags_fit_a_documented_buffer(alphabet: str, client: Client) -> None:
    responses = visit(client, LONGEST[alphabet])
    assert max(map(size, responses)) <= MAX_BYTES


def test_the_longest_journey_that_is_taken_has_headers_that_fit_as_well(client: Client) -> None:
    response = max(visit(client, LONGEST["cjk"]), key=lambda each: len(each.location or ""))
    token = re.search(r"journey=([^&]+)", max((each.location or "" for each in visit(client, LONGEST["cjk"])), key=len))
    assert token is None or len(token[1]) <= MAX_TOKEN_CHARACTERS
    look = urlencode(dict.fromkeys(("theme", "accent", "locale"), "\N{SEEDLING}" * 40))
    longest = len(f"/?journey={'x' * MAX_TOKEN_CHARACTERS}&step={'x' * 40}&{look}")
    assert size(response) - len(response.location or "") + longest <= MAX_BYTES


@pytest.mark.parametrize("address", ["/", "/embed", "/nowhere", "/healthz", "/embed.js", "/growth/sign-in", "/oembed"])
def test_the_headers_of_every_other_response_fit_as_well(address: str, client: Client) -> None:
    assert size(client.get(address)) <= MAX_BYTES


@pytest.mark.parametrize("path", ["/growth", "/growth/journeys", "/growth/export/journeys.csv"])
def test_a_long_address_of_the_dashboard_is_answered_as_it_is(path: str, client: Client) -> None:
    inside = signed_in(client.application)
    query = urlencode(
        {"source": LONGEST["cjk"] * 5, "campaign": LONGEST["cjk"] * 5, "device": "x" * 5000, "no": "such"}
    )
    response = inside.get(f"{path}?{query}")
    assert response.status_code == 200
    assert size(response) <= MAX_BYTES
    assert inside.get(f"{path}?source=x&no=such").status_code == (200 if "export" in path else 303)


def test_no_header_is_longer_than_the_least_that_proxies_take_for_one(client: Client) -> None:
    """Apache's mod_proxy takes 8,190 bytes."""
    for response in (*visit(client, LONGEST["cjk"]), client.get("/"), client.get("/embed")):
        assert max(len(f"{name}: {value}".encode()) for name, value in response.headers) < 8190


def test_the_documented_buffers_hold_the_longest_headers_and_request_lines() -> None:
    text = DEPLOY.read_text("utf-8")
    kilobytes = {name: int(size) for name, size in re.findall(r"(\w+) (?:\d+ )?(\d+)k;", text)}
    assert kilobytes["proxy_buffer_size"] * 1024 >= MAX_BYTES
    assert kilobytes["proxy_buffers"] * 1024 >= MAX_BYTES
    assert kilobytes["large_client_header_buffers"] * 1024 >= 2 * MAX_BYTES
