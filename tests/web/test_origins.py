"""The address that a request came to is taken as browsers write it; what they never write is warned of."""

import logging
import re

import pytest
from support import Client, Page, client_of, settings

from wizard.app import create_app
from wizard.events.attribution import Attribution
from wizard.host_names import is_host, is_host_and_port
from wizard.visitor import same_origin, sources
from wizard.web import origins
from wizard.web.rare_warning import RareWarning

NAMES = (
    "wizard.example.com",
    "wizard_app",
    "wizard_app:8000",
    "_wizard-app_.intern",
    "wizard.example.com.",
    "wizard.example.com.:8000",
    "xn--bcher-kva.example",
    "192.0.2.1:8000",
    "[::1]",
    "[2001:db8::1]:8000",
)


@pytest.fixture(autouse=True)
def unwarned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has been warned of before."""
    monkeypatch.setattr(origins, "UNUSABLE_HOST", RareWarning(logging.getLogger("wizard")))
    monkeypatch.setattr(same_origin, "REFUSED", RareWarning(logging.getLogger("wizard")))


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_is_taken_under_each_name_that_a_browser_sends(name: str, client: Client) -> None:
    page = client.page("/", headers={"Host": name})
    assert page.one("link[rel=canonical]")["href"] == f"http://{name}/"
    response = client.submit(page, "job", headers={"Host": name, "Origin": f"http://{name}"})
    assert response.status_code == 303
    elsewhere = client.submit(page, "job", headers={"Host": name, "Origin": "http://evil.example"})
    assert elsewhere.status_code == 403


@pytest.mark.parametrize("name", NAMES)
def test_the_link_to_share_has_the_name_that_was_asked_for(name: str, client: Client) -> None:
    page = client.page("/?who=hobby&hosting=enjoy", headers={"Host": name})
    assert f"http://{name}/?who=hobby" in page.response.text


@pytest.mark.parametrize("name", NAMES)
def test_oembed_takes_an_address_under_each_of_these_names(name: str, client: Client) -> None:
    response = client.get("/oembed", query_string={"url": f"http://{name}/"}, headers={"Host": name})
    assert response.status_code == 200
    assert response.json is not None
    assert response.json["provider_url"] == f"http://{name}/"


@pytest.mark.parametrize(
    ("sent", "scheme", "expected"),
    [
        ("Wizard_App", "http", "http://wizard_app"),
        ("wizard_app:80", "http", "http://wizard_app"),
        ("wizard_app:443", "http", "http://wizard_app:443"),
        ("wizard_app:443", "https", "https://wizard_app"),
        ("WIZARD.EXAMPLE.COM.", "https", "https://wizard.example.com."),
    ],
)
def test_the_origin_is_written_as_browsers_write_it(sent: str, scheme: str, expected: str, client: Client) -> None:
    page = client.page("/", headers={"Host": sent}, base_url=f"{scheme}://localhost")
    assert page.one("link[rel=canonical]")["href"] == f"{expected}/"


@pytest.mark.parametrize(
    "sent", ["local host", "a,b", "a/b", "user@host", "wizard:0", "wizard:65536", "[::1", "[x]", "é"]
)
def test_a_host_that_no_browser_sends_is_warned_of_once_and_links_lead_to_the_server(
    sent: str, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        page = client.page("/", headers={"Host": sent})
        assert page.one("link[rel=canonical]")["href"] == "http://localhost/"
    [line] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert line.startswith(f"Host: {sent!a}")
    assert "WIZARD_PUBLIC_URL" in line


def test_a_host_that_no_browser_sends_does_no_harm_where_the_public_url_is_set(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = client_of(create_app(settings(public_url="https://wizard.example.com")))
    page = client.page("/", headers={"Host": "local host"})
    assert page.one("link[rel=canonical]")["href"] == "https://wizard.example.com/"
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_answers_that_a_proxy_makes_look_foreign_are_warned_of_with_both_names(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Host": "wizard_app", "Origin": "http://wizard.example.com"}
    for _ in range(2):
        assert client.submit(client.page("/"), "job", headers=headers).status_code == 403
    [line] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert re.search(r"http://wizard\.example\.com.* http://wizard_app;.*WIZARD_PUBLIC_URL", line)


def test_a_public_url_may_have_an_underscore() -> None:
    client = client_of(create_app(settings(public_url="http://Wizard_App:8000")))
    page = client.page("/")
    assert page.one("link[rel=canonical]")["href"] == "http://wizard_app:8000/"
    response = client.submit(page, "job", headers={"Origin": "http://wizard_app:8000"})
    assert Page(response).status == 303


@pytest.mark.parametrize(
    "text", ["", ".", "a b", "a\n", "[::1]x", "[fe80::1%eth0", "a:b", "ä", "A", "a..b", ".a", "a" * 64]
)
def test_what_is_no_host_name_is_not_taken_for_one(text: str) -> None:
    assert not is_host_and_port(text)
    assert not is_host(text)


@pytest.mark.parametrize("host", ["wizard_app", "wizard.example.com"])
def test_our_own_pages_refer_nobody_under_the_public_url_or_under_the_name_that_was_asked_for(host: str) -> None:
    app = create_app(settings(public_url="https://wizard.example.com"))
    for own in ("https://wizard.example.com/", f"http://{host}/"):
        with app.test_request_context("/", headers={"Host": host, "Referer": own}):
            assert sources.attribution() == Attribution()
