"""Redirects are relative, since the Host header is the client's; only `/go/` leads to another site."""

from collections.abc import Iterator

import pytest
from dashboard_sign_in import link, press, signed_in
from flask import Flask, Response, jsonify
from support import DESTINATIONS, Client, client_of, settings
from werkzeug.exceptions import HTTPException

from wizard.app import create_app

EVIL = "evil.example"
NAMES = {"deployment": "cloud", "name": "wizard.css", "what": "journeys", "form": "csv", "journey_id": "x"}
METHODS = ("GET", "HEAD", "OPTIONS", "POST")


@pytest.fixture(scope="module")
def served() -> Flask:
    app = create_app(settings())
    app.add_url_rule("/folder/", "folder", lambda: jsonify("here"))
    app.add_url_rule("/growth/folder/", "growth.folder", lambda: jsonify("here"))
    app.add_url_rule("/pages/<int:page>", "pages", numbered)
    app.add_url_rule("/pages/", "pages", numbered, defaults={"page": 1})
    return app


def numbered(page: int) -> Response:
    return jsonify(page)


@pytest.fixture(scope="module")
def colleague(served: Flask) -> Client:
    return signed_in(served)


def written_otherwise(app: Flask) -> Iterator[str]:
    """Every route's address with slashes that are too many, or too few."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        path = adapter.build(rule.endpoint, {name: NAMES.get(name, "1") for name in rule.arguments})
        yield from (path.replace("/", "//"), path.replace("/", "//", 2)[1:], path.rstrip("/"), f"{path}/", f"/{path}")
        yield from (f"//{EVIL}{path}", f"{path}//{EVIL}", path.replace("/", "/\\"), f"/..{path}")
    yield from ("/pages/1", "/go//x", f"/static//{EVIL}", f"/go///{EVIL}")


@pytest.mark.parametrize("method", METHODS)
def test_an_address_that_is_written_otherwise_leads_to_one_of_the_same_host(
    method: str, served: Flask, colleague: Client
) -> None:
    redirected = 0
    for path in dict.fromkeys(written_otherwise(served)):
        for client in (client_of(served), colleague) if "growth" in path else (client_of(served),):
            given = {"PATH_INFO": path, "QUERY_STRING": "a=%2F&b=http://x", "HTTP_HOST": EVIL}
            response = client.open("/", method=method, environ_overrides=given)
            location = response.headers.get("Location")
            if location is None:
                continue
            redirected += 1
            assert location.startswith("/"), f"{method} {path}"
            assert not location.startswith(("//", "/\\")), f"{method} {path}"
            assert EVIL not in location.partition("/")[0]
            if response.status_code == 308:
                assert location.endswith("?a=%2F&b=http://x"), "what was asked is kept"
                assert "public" not in response.headers.get("Cache-Control", "")
    assert redirected


@pytest.mark.parametrize("host", [EVIL, "localhost", "localhost:99"])
def test_double_slashes_lead_to_the_address_that_is_meant(host: str, client: Client) -> None:
    response = client.get("/go//x?y=1", base_url=f"http://{host}")
    assert (response.status_code, response.headers["Location"]) == (308, "/go/x?y=1")
    assert EVIL not in response.text


def test_the_redirects_of_a_visit_and_of_the_dashboard_name_no_host(app: Flask) -> None:
    base = f"https://{EVIL}"
    client = client_of(app)
    page = client.page("/", base_url=base)
    assert client.submit(page, "job", base_url=base).headers["Location"].startswith("/?journey=")
    colleague = client_of(app)
    offered = colleague.page(link(app), base_url=base)
    assert press(colleague, offered, base_url=base).headers["Location"] == "/growth"
    for path in ("/growth?utm_source=a", "/growth/journeys?x=1"):
        response = colleague.get(path, base_url=base)
        assert response.status_code != 303 or response.headers["Location"].startswith("/growth")


def test_only_a_recommendation_link_leads_out_and_only_to_what_is_configured(client: Client) -> None:
    page = client.visit({"who": "hobby", "hosting": "avoid"})
    for link_out in page.all("a[data-deployment]"):
        response = client.get(str(link_out["href"]), base_url=f"http://{EVIL}")
        assert response.headers["Location"].startswith(DESTINATIONS[str(link_out["data-deployment"])])


@pytest.mark.parametrize(("public_url", "is_public"), [("", False), ("https://wizard.example.com", True)])
def test_nothing_that_follows_the_host_is_kept_by_shared_caches(public_url: str, is_public: bool) -> None:
    app = create_app(settings(public_url=public_url) if public_url else settings())
    adapter = app.url_map.bind("localhost")
    seen = {}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        try:
            path = adapter.build(rule.endpoint, {name: NAMES.get(name, "1") for name in rule.arguments})
        except HTTPException:
            continue
        answers = [
            app.test_client().get(path, query_string={"url": f"http://{host}/"}, base_url=f"http://{host}")
            for host in ("localhost", EVIL)
        ]
        kept = {"public" in answer.headers.get("Cache-Control", "public") for answer in answers}
        seen[rule.endpoint] = kept == {True}
        if True in kept:
            told = [(answer.status_code, answer.data) for answer in answers]
            assert public_url or told[0] == told[1], path
            names = [{name: text for name, text in answer.headers if name != "X-Request-Id"} for answer in answers]
            assert public_url or names[0] == names[1], path
    assert seen["embed.tell"] == is_public
    assert seen["static"]
    assert seen["embed_script"]
