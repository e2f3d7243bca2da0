"""Every page, and every snippet that can be made, is valid HTML: the Nu Html Checker finds nothing."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from dashboard_app import add_demo, dashboard_on
from dashboard_sign_in import link, signed_in
from factories import address, sqlite_log
from flask import Flask
from npm_packages import installed
from support import Client, Page, client_of, settings

from wizard.app import create_app
from wizard.embed.options import MODES, read_options
from wizard.embed.snippet import element_snippet, frame_snippet
from wizard.questionnaire.questions import QUESTIONS

FALSE_ALARMS = (
    # CSS that is newer than the checker.
    r"CSS: “view-transition-name”: Property “view-transition-name” doesn't exist",
    r"CSS: Unknown pseudo-element or pseudo-class “(::view-transition|:active-view-transition)”",
    r"CSS: Unrecognized at-rule “@view-transition”",
    r"CSS: Parse Error\. ition-(old|new)\((title|taken)\)",
    r"CSS: “frame-sizing”: Property “frame-sizing” doesn't exist",
    r"CSS: “height”: Character s is neither a decimal digit number",  # `calc-size()`
    # Roles that styles (`list-style`, `display`) take away in some browsers, so that attributes name them again.
    r"The “(list|table|rowgroup|row|rowheader|columnheader|cell)” role is unnecessary for element “\w+”",
    r"The “role” attribute must not be used on a “(tr|th|td)” element which has a “table” ancestor",
    # A warning for frames of the same site. The wizard in a snippet is another one.
    r"Setting both “allow-scripts” and “allow-same-origin” is not recommended",
)
"""What the checker says of valid pages, as regular expressions for a message and the part of the page that it is on."""

ORIGIN = "https://wizard.example.com"
FRAMED = {"Sec-Fetch-Dest": "iframe"}
LOOK = "theme=dark&accent=f9bd2b&locale=en"
ASKED = "theme=dark&accent=0b7a75&locale=en&campaign=a%26b&who=team&share-path=1"


def visitor_pages(client: Client) -> Iterator[tuple[str, Page]]:
    """Pages of each kind that visitors see, by name."""
    for name, headers in (("page", {}), ("framed", FRAMED)):
        first = client.page(f"/?utm_source=a%26b&{LOOK}", headers=headers)
        yield f"{name}-question", first
        yield f"{name}-error", Page(client.submit(first, None, headers=headers))
        yield f"{name}-second", client.answer(first, "team", headers=headers)
        yield f"{name}-declined", client.page("/?who=job&team_size=just_me&hosting=own_cloud", headers=headers)
        yield f"{name}-result", client.page("/?who=hobby&hosting=enjoy&preview=1", headers=headers)
        yield f"{name}-bad", client.page("/?journey=x", headers=headers)
        yield f"{name}-nowhere", client.page("/nowhere", headers=headers)
    yield "plain", client.page("/")
    yield "builder", client.page("/embed")
    yield "builder-inline", client.page(f"/embed?{ASKED}")
    yield "builder-dialog", client.page(f"/embed?{ASKED}&mode=dialog")
    yield "builder-messages", client.page("/embed?theme=neon&accent=red&mode=popup&locale=xx&who=nobody")


def dashboard_pages(folder: Path) -> Iterator[tuple[str, Page]]:
    """Pages of each kind of the dashboard, by name."""
    log = sqlite_log(folder)
    add_demo(log, 300)
    url = address(log)
    log.database.dispose()
    with dashboard_on(url) as app:
        outside = client_of(app)
        yield "growth-sign-in-first", outside.page("/growth")
        yield "growth-link", outside.page(link(app))
        yield "growth-bad-link", outside.page("/growth/sign-in?link=x")
        client = signed_in(app)
        yield "growth", client.page("/growth")
        yield "growth-empty", client.page("/growth?utm_source=nothing")
        yield "growth-filtered", client.page("/growth?period=7d&persona=team&flow=other")
        journeys = client.page("/growth/journeys")
        yield "growth-journeys", journeys
        yield "growth-journey", client.page(str(journeys.one("tbody tr:first-child a")["href"]))
        yield "growth-nowhere", client.page("/growth/nowhere")
        yield from studio_pages(signed_in(app, "admin@example.com", "admin"))


def studio_pages(client: Client) -> Iterator[tuple[str, Page]]:
    """Pages of each kind of the studio, by name: of a draft with a text that has a problem, and one in conflict."""
    for name in ("people", "audit", "versions", "texts/site.name", "preview"):
        yield f"studio-{name.partition('/')[0]}", client.page(f"/studio/{name}")
    token = str(client.page("/studio").one("main [name=csrf_token]")["value"])
    begun = client.post("/studio/drafts", data={"csrf_token": token, "title": "A & <b>"})
    draft = begun.headers["Location"]
    yield "studio", client.page("/studio")
    text = client.page(f"{draft}?key=questions.who.title&locale=de")
    fields = {str(field["name"]): str(field["value"]) for field in text.html.select("#edit input")}
    part = {"X-Part": "text"}
    saved = client.post(f"{draft}/texts", data={**fields, "text": "<b> {nobody}"}, headers=part)
    yield "studio-saved", Page(saved)
    yield "studio-conflict", Page(client.post(f"{draft}/texts", data={**fields, "text": "Another"}))
    yield "studio-conflict-part", Page(client.post(f"{draft}/texts", data={**fields, "text": "A third"}, headers=part))
    yield "studio-unsaved", Page(client.post(f"{draft}/texts", data={**fields, "csrf_token": "", "text": "<b>"}))
    yield "studio-text", client.page(f"{draft}?key=questions.who.title&locale=de")
    yield "studio-editor", client.page(draft)
    yield "studio-unreviewed", client.page(f"{draft}?filter=unreviewed&locale=ar&view=preview&width=desktop")
    yield "studio-nothing", client.page(f"{draft}?filter=stale&locale=de")
    yield "studio-review", client.page(f"{draft}/review")


def snippets() -> Iterator[str]:
    """The snippets of each combination of options, with titles that need escaping."""
    looks: tuple[dict[str, str], ...] = ({}, {"theme": "dark", "accent": "#0b7a75", "locale": "en"})
    campaigns = ("", "a&b <c> \"d\" 'e' ü")
    answers: tuple[Mapping[str, str], ...] = ({}, *QUESTIONS.paths[:2])
    for look, campaign, answered, mode, path in product(looks, campaigns, answers, MODES, ("", "1")):
        query = {**look, "campaign": campaign, **answered, "mode": mode, "share-path": path}
        options = read_options(query, QUESTIONS, ("en",)).options
        yield element_snippet(ORIGIN, options, "Deploy & <run>")
        yield frame_snippet(ORIGIN, options, "Deploy & <run>")


def document(body: str) -> str:
    head = "<head><title>Snippets</title></head>"
    return f'<!doctype html><html lang="en">{head}<body><h1>Snippets</h1>{body}</body></html>'


def oembed_html() -> str:
    given = {"url": "http://localhost/?theme=dark&who=team", "maxwidth": "400"}
    html: str = client_of(create_app(settings())).get(f"/oembed?{urlencode(given)}").get_json()["html"]
    return html


@pytest.fixture(scope="module")
def found(shared_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """What the checker finds, except for false alarms, by page. It starts once for all, since that takes long."""
    java = shutil.which("java")
    assert java, "no java on this machine; `make system` installs it or says how"
    checker = installed() / "vnu-jar" / "build" / "dist" / "vnu.jar"
    folder = tmp_path_factory.mktemp("html")
    pages = {name: page.response.text for name, page in visitor_pages(client_of(shared_app))}
    pages |= {name: page.response.text for name, page in dashboard_pages(tmp_path_factory.mktemp("log"))}
    numbered = enumerate(dict.fromkeys(snippets()))
    pages["snippets"] = document("".join(f"<section><h2>{number}</h2>{one}</section>" for number, one in numbered))
    pages["oembed"] = document(oembed_html())
    pages["wrong"] = document('<iframe width="100%"></iframe>')
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html, "utf-8")
    command = [java, "-Xss2m", "-jar", str(checker), "--format", "json", "--stdout", "--exit-zero-always", str(folder)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    lines: dict[str, list[str]] = {name: [] for name in pages}
    for message in told["messages"]:
        line = f"{message['message']} {message.get('extract', '')}"
        if not re.search("|".join(FALSE_ALARMS), line):
            lines[Path(message["url"]).stem].append(line)
    return lines


def test_pages_and_snippets_are_valid(found: Mapping[str, list[str]]) -> None:
    assert {name: lines for name, lines in found.items() if lines and name != "wrong"} == {}


def test_the_checker_finds_what_is_wrong(found: Mapping[str, list[str]]) -> None:
    assert len(found["wrong"]) == 1


def test_snippets_are_well_formed_xml() -> None:
    for snippet in (*snippets(), oembed_html()):
        ET.fromstring(f"<body>{snippet}</body>")  # noqa: S314  # ours
