"""Whatever goes wrong, the visitor gets a designed page with the right status and a way to go on."""

import pytest
from flask import Flask
from support import Client, Page, client_of
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from wizard.questionnaire.strategy import Strategy


@pytest.mark.parametrize(
    "address", ["/nowhere", "/static/nowhere.css", "/go/", "/go", "/journey/x", "/../etc/passwd", "/%00"]
)
def test_an_unknown_address_gets_a_page(address: str, client: Client) -> None:
    page = client.page(address)
    assert (page.status, page.heading) == (404, "There's no such page")
    assert page.one("main a.button")["href"] == "/"


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("PUT", "/", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("DELETE", "/", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("POST", "/go/cloud", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/robots.txt", {"GET", "HEAD", "OPTIONS"}),
        ("TRACE", "/", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("BREW", "/", {"GET", "HEAD", "OPTIONS", "POST"}),
    ],
)
def test_a_wrong_method_gets_a_page_and_is_told_the_right_ones(
    method: str, address: str, allowed: set[str], client: Client
) -> None:
    page = Page(client.open(address, method=method))
    assert (page.status, page.heading) == (405, "That doesn't work here")
    assert set(page.response.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_body_over_16_kb_gets_a_page(content_type: str, client: Client) -> None:
    page = Page(client.post("/", data=b"who=" + b"x" * (16 * 1024), content_type=content_type))
    assert (page.status, page.heading) == (413, "That was too much")


def test_a_body_of_16_kb_is_read(client: Client) -> None:
    body = b"who=" + b"x" * (16 * 1024 - 4)
    page = Page(client.post("/", data=body, content_type="application/x-www-form-urlencoded"))
    assert (page.status, page.heading) == (400, "We couldn't read that")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\xff\xfe=\x00&who=%ff%00", "application/x-www-form-urlencoded"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"--x", "multipart/form-data"),
        (b"{", "application/json"),
        (b"<x/>", "text/xml; charset=nonsense"),
    ],
)
def test_a_body_that_is_not_a_form_gets_a_page(body: bytes, content_type: str, client: Client) -> None:
    page = Page(client.post("/", data=body, content_type=content_type))
    assert page.status == 400
    assert page.one("main a.button")["href"] == "/"


@pytest.mark.parametrize("host", ["a..b", ".a", "...", "a" * 64])
@pytest.mark.parametrize("address", ["/", "/nowhere", "/go/cloud", "/healthz", "/static/wizard.css"])
def test_a_host_that_can_not_be_one_gets_a_page(address: str, host: str, client: Client) -> None:
    page = Page(client.get(address, headers={"Host": host}))
    assert (page.status, page.heading) == (400, "We couldn't read that")
    assert page.one("main a.button")["href"] == "/"


def test_a_fault_of_ours_gets_a_page_with_a_reference_and_no_traceback(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(Strategy, "outcome", fail)
    page = client_of(app).page("/?who=hobby&hosting=avoid")
    assert (page.status, page.heading) == (500, "Something broke on our side")
    assert page.response.headers["X-Request-Id"] in page.text
    assert "secret" not in page.text
    assert "a secret detail" in caplog.text


@pytest.mark.parametrize(
    ("error", "heading", "retry"),
    [
        (ServiceUnavailable(retry_after=5), "Something broke on our side", "5"),
        (TooManyRequests(retry_after=7), "A short pause, please", "7"),
    ],
)
def test_any_other_error_gets_a_page_and_keeps_when_to_come_again(
    error: ServiceUnavailable | TooManyRequests, heading: str, retry: str, app: Flask
) -> None:
    def fail() -> str:
        raise error

    app.add_url_rule("/failing", "failing", fail)
    page = client_of(app).page("/failing")
    assert (page.status, page.heading) == (error.code, heading)
    assert page.response.headers["Retry-After"] == retry


def test_a_redirect_is_no_problem(app: Flask) -> None:
    app.add_url_rule("/folder/", "folder", lambda: "here")
    response = client_of(app).get("/folder")
    assert response.status_code == 308
