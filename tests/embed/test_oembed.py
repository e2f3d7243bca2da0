"""oEmbed: an address of ours becomes a frame on somebody's page; any other becomes a reason why not."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import Flask, render_template_string
from hypothesis import given
from hypothesis import strategies as st
from support import Client, Page, client_of, settings
from werkzeug.test import TestResponse

from wizard.app import create_app
from wizard.embed.oembed import Unembeddable, read_address
from wizard.embed.snippet import RESERVED_HEIGHT

OWN = "https://wizard.example.com"


@pytest.fixture(scope="module")
def own_app() -> Flask:
    return create_app(settings(public_url=OWN))


@pytest.fixture
def cms(own_app: Flask) -> Client:
    return client_of(own_app)


def ask(cms: Client, url: str, **more: str) -> TestResponse:
    return cms.get("/oembed", query_string={"url": url, **more})


def told(response: TestResponse) -> dict[str, Any]:
    """What the answer says."""
    assert response.mimetype == "application/json"
    said: dict[str, Any] = json.loads(response.data)
    return said


def frame_of(response: TestResponse) -> dict[str, str]:
    """The attributes of the frame that the answer holds, and of nothing else."""
    assert response.status_code == 200, response.text
    (frame,) = BeautifulSoup(told(response)["html"], "html.parser").select("*")
    assert frame.name == "iframe"
    return {name: str(value) for name, value in frame.attrs.items()}


def query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def test_our_first_page_is_a_frame_with_all_that_the_specification_asks_for(cms: Client) -> None:
    response = ask(cms, f"{OWN}/", format="json")
    said, frame = told(response), frame_of(response)
    assert (said["type"], said["version"]) == ("rich", "1.0")
    assert (said["title"], said["provider_name"], said["provider_url"]) == (
        frame["title"],
        "Deployment Wizard",
        f"{OWN}/",
    )
    assert isinstance(said["cache_age"], int)
    assert (frame["width"], frame["height"]) == (str(said["width"]), str(said["height"]))
    assert RESERVED_HEIGHT in frame["style"]
    assert frame["src"] == f"{OWN}/"


@pytest.mark.parametrize("path", ["", "/", "/embed"])
def test_the_options_in_the_address_go_on_into_the_frame(path: str, cms: Client) -> None:
    query = {
        "theme": "dark",
        "accent": "0b7a75",
        "locale": "en",
        "campaign": "pricing",
        "who": "team",
        "hosting": "avoid",
        "utm_source": "a <b>",
        "preview": "1",
    }
    other = {"mode": "dialog", "share-path": "1", "step": "who", "unknown": "x", "team_size": "just_me", "utm_id": "x"}
    frame = frame_of(ask(cms, f"{OWN}{path}?{urlencode({**query, **other})}#fragment"))
    assert query_of(frame["src"]) == query


@pytest.mark.parametrize("name", ["theme", "accent", "locale", "campaign", "who", "utm_source", "preview", "x"])
@pytest.mark.parametrize(
    "hostile",
    ['"><script>alert(1)</script>', "javascript:alert(1)", "a@example.com", "\x00\r\n", "x" * 10_000, "\ud800"],
)
def test_hostile_values_are_cleaned_or_left_out(name: str, hostile: str, cms: Client) -> None:
    address = f"{OWN}/?{name}=" + urlencode({"": hostile.encode("utf-8", "surrogatepass")})[1:]
    frame = frame_of(ask(cms, address))
    assert frame["src"].startswith(f"{OWN}/")
    assert all(len(value) <= 100 and value.isprintable() for value in query_of(frame["src"]).values())
    assert "example.com" not in urlsplit(frame["src"]).query


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        ({}, (880, 560)),
        ({"maxwidth": "400", "maxheight": "300"}, (400, 300)),
        ({"maxwidth": "400"}, (400, 680)),
        ({"maxwidth": "560"}, (560, 560)),
        ({"maxwidth": "5000", "maxheight": "5000"}, (880, 560)),
        ({"maxwidth": "1", "maxheight": "1"}, (1, 1)),
        *(
            ({"maxwidth": bad, "maxheight": bad}, (880, 560))
            for bad in ("", "0", "-1", "400px", "4e2", "9" * 99, "٤٠٠")
        ),
    ],
)
def test_the_frame_is_no_larger_than_asked_for(limits: dict[str, str], size: tuple[int, int], cms: Client) -> None:
    said = told(ask(cms, f"{OWN}/", **limits))
    assert (said["width"], said["height"]) == size
    style = frame_of(ask(cms, f"{OWN}/", **limits))["style"]
    assert ("vw" in style) == ("maxheight" not in limits or size[1] == 560)
    assert f"{size[1]}px" in style, "in a wide window it would be less high than a narrow frame needs"
    assert ("frame-sizing" in style) == ("vw" in style), "it grows where its height isn't limited"


@pytest.mark.parametrize("wanted", ["xml", "yaml", "JSON", "json,xml", "<b>"])
def test_another_format_is_not_implemented(wanted: str, cms: Client) -> None:
    response = ask(cms, f"{OWN}/", format=wanted)
    assert response.status_code == 501
    assert "format=json" in told(response)["error"]


@pytest.mark.parametrize(
    "address",
    [
        f"{OWN}/?journey=x",
        f"{OWN}/?journey=",
        f"{OWN}/embed?journey=x",
        f"{OWN}/go/cloud",
        f"{OWN}/go/cloud?journey=x",
        f"{OWN}/growth",
        f"{OWN}/growth/reports?from=x",
        f"{OWN}/studio",
        f"{OWN}/studio/people",
    ],
)
def test_what_is_somebodys_own_is_not_embedded(address: str, cms: Client) -> None:
    response = ask(cms, address)
    assert response.status_code == 401
    assert "html" not in told(response)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "x",
        "//wizard.example.com/",
        "https://other.example/",
        "http://wizard.example.com/",
        "https://wizard.example.com:8443/",
        "https://wizard.example.com.other.example/",
        "https://somebody@wizard.example.com/",
        "https://wizard.example.com@other.example/",
        "https://[::1",
        "https://wizard.example.com:x/",
        "javascript:alert(1)",
        "data:text/html,x",
        f"{OWN}/nowhere",
        f"{OWN}/growths",
        f"{OWN}/studios",
        f"{OWN}/embed.js",
        f"{OWN}//embed",
        f"{OWN}/?{'a=1&' * 500}",
        '"><script>alert(1)</script>',
        "\x00",
    ],
)
def test_what_is_not_ours_to_embed_is_not_found(address: str, cms: Client) -> None:
    response = ask(cms, address)
    assert response.status_code == 404
    assert told(response)["error"].endswith((".", "url=…"))
    assert response.headers["Cache-Control"] == "no-store"


def test_without_an_address_nothing_is_found(cms: Client) -> None:
    assert cms.get("/oembed").status_code == 404


@given(st.text(max_size=80))
def test_any_text_is_an_address_of_ours_or_a_reason_why_not(text: str) -> None:
    try:
        read_address(text, (OWN,))
    except Unembeddable as error:
        assert error.status in (401, 404)  # noqa: PT017  # either way is right
    else:
        assert text.startswith(OWN)


def test_of_a_parameter_that_is_there_twice_the_first_counts_as_it_does_on_the_page(cms: Client) -> None:
    assert query_of(frame_of(ask(cms, f"{OWN}/?theme=dark&theme=light"))["src"]) == {"theme": "dark"}


@pytest.mark.parametrize("address", [f"{OWN}/", "https://other.example/"])
def test_any_site_may_ask(address: str, cms: Client) -> None:
    assert ask(cms, address).headers["Access-Control-Allow-Origin"] == "*"


def test_the_default_port_is_the_same_origin(cms: Client) -> None:
    assert frame_of(ask(cms, "https://wizard.example.com:443/"))["src"] == f"{OWN}/"


def test_without_a_public_address_the_one_that_was_asked_is_our_own(client: Client) -> None:
    response = client.get("/oembed?url=http://w.example:8000/", headers={"Host": "w.example:8000"})
    assert frame_of(response)["src"] == "http://w.example:8000/"


def test_at_a_name_in_other_letters_it_is_embedded_too(client: Client) -> None:
    name = "xn--bcher-kva.example"
    response = client.get(f"/oembed?url=http://{name}/", headers={"Host": name})
    assert frame_of(response)["src"] == f"http://{name}/"


@pytest.mark.parametrize("host", ["wizard_1", "[::1", "a b", "127.0.0.1:99999"])
def test_at_a_host_that_can_not_be_read_nothing_of_others_is_found(host: str, client: Client) -> None:
    assert client.get("/oembed?url=http://elsewhere.example/", headers={"Host": host}).status_code == 404


def test_an_answer_is_kept_as_long_as_it_says(cms: Client) -> None:
    response = ask(cms, f"{OWN}/")
    assert response.headers["Cache-Control"] == f"public, max-age={told(response)['cache_age']}"


def test_the_link_to_be_discovered_by_leads_to_the_answer(own_app: Flask, cms: Client) -> None:
    address = f'{OWN}/?theme=dark&campaign="><b>'
    with own_app.test_request_context():
        html = BeautifulSoup(render_template_string("{{ oembed_link(address) }}", address=address), "html.parser")
    (link,) = html.select("*")
    assert (link.name, link["rel"], link["type"]) == ("link", ["alternate"], "application/json+oembed")
    assert link["title"]
    assert str(link["href"]).startswith(f"{OWN}/oembed?")
    assert query_of(frame_of(cms.get(str(link["href"])))["src"]) == {"theme": "dark", "campaign": '"><b>'}


LINK = 'link[type="application/json+oembed"]'


@pytest.mark.parametrize(
    "query",
    [
        "",
        "theme=dark&accent=0b7a75&locale=en",
        "who=team&campaign=pricing&utm_source=a%26b",
        "preview=1",
        "who=hobby&hosting=enjoy",
    ],
)
def test_a_page_leads_to_the_answer_for_its_own_address(query: str, cms: Client) -> None:
    page = cms.page(f"/?{query}&unknown=x&utm_term=somebody%40example.com")
    assert "example.com&" not in str(page.one(LINK)["href"])
    frame = frame_of(cms.get(str(page.one(LINK)["href"])))
    assert query_of(frame["src"]) == dict(parse_qsl(query))


def test_a_page_of_a_journey_in_a_frame_or_with_a_problem_leads_to_no_answer(cms: Client) -> None:
    page = cms.page("/")
    assert cms.page("/", headers={"Sec-Fetch-Dest": "iframe"}).all(LINK) == []
    assert cms.page("/", query_string={"journey": page.journey}).all(LINK) == []
    assert Page(cms.submit(page, None)).all(LINK) == []
    assert cms.page("/nowhere").all(LINK) == []


def test_no_query_makes_that_link_long(cms: Client) -> None:
    link = cms.page("/", query_string=dict.fromkeys(["utm_source", "theme", "accent", "x"], "x" * 5000)).one(LINK)
    assert len(str(link["href"])) < 1000
