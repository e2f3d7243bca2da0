"""The security headers."""

import pytest
from flask import Flask
from support import Client, Page, client_of, settings

from wizard.app import create_app
from wizard.web.assets import source_of
from wizard.web.csp import allow, content_security_policy, refuse_frames
from wizard.web.headers import FEATURES


def test_the_policy_allows_the_styles_in_the_page_and_forms_to_ourselves_and_nothing_else(client: Client) -> None:
    response = client.get("/")
    sources = " ".join(source_of(style.get_text().encode()) for style in Page(response).all("style"))
    assert response.headers["Content-Security-Policy"].split("; ") == [
        "default-src 'none'",
        "form-action 'self'",
        "base-uri 'none'",
        f"style-src {sources}",
        "img-src data:",
        "frame-ancestors 'self'",
    ]


def test_a_response_without_a_page_is_allowed_nothing(client: Client) -> None:
    policy = client.get("/healthz").headers["Content-Security-Policy"]
    assert "style-src" not in policy
    assert "script-src" not in policy


def test_the_sites_that_may_embed_are_named_on_every_response() -> None:
    client = client_of(create_app(settings(embed_origins="https://www.example.com, https://*.example.org")))
    ends = "frame-ancestors 'self' https://www.example.com https://*.example.org"
    for address in ("/", "/nowhere", "/healthz", "/robots.txt", "/?journey=x", "/go/cloud"):
        assert client.get(address).headers["Content-Security-Policy"].endswith(ends)


def test_what_is_allowed_twice_is_named_once(app: Flask) -> None:
    with app.test_request_context():
        for _ in range(2):
            allow("style-src", "'self'")
        assert "; style-src 'self'; " in content_security_policy(())


def test_a_page_can_refuse_every_frame_and_the_next_one_is_as_ever(app: Flask) -> None:
    with app.test_request_context():
        refuse_frames()
        assert content_security_policy(("https://www.example.com",)).endswith("; frame-ancestors 'none'")
    with app.test_request_context():
        assert content_security_policy(()).endswith("; frame-ancestors 'self'")


FRAMED = ("Cross-Origin-Resource-Policy", "Cross-Origin-Embedder-Policy")


@pytest.mark.parametrize("address", ["/", "/nowhere", "/?journey=x", "/?who=hobby&hosting=enjoy", "/embed"])
def test_isolated_pages_that_may_embed_us_can(address: str) -> None:
    allowed = client_of(create_app(settings(embed_origins="https://www.example.com"))).get(address).headers
    assert [allowed.get(name) for name in FRAMED] == ["cross-origin", "require-corp"]
    alone = client_of(create_app(settings())).get(address).headers
    assert [alone.get(name) for name in FRAMED] == ["same-origin", None]


def test_the_dashboard_is_for_nobody_else() -> None:
    client = client_of(create_app(settings(embed_origins="https://www.example.com")))
    for address in ("/growth", "/growth/journeys.csv", "/growth/nowhere"):
        headers = client.get(address).headers
        assert [headers.get(name) for name in FRAMED] == ["same-origin", None]


def test_no_feature_is_granted() -> None:
    granted = client_of(create_app(settings())).get("/").headers["Permissions-Policy"].split(", ")
    assert granted == [f"{feature}=()" for feature in FEATURES]


HSTS = "Strict-Transport-Security"


@pytest.mark.parametrize("address", ["/", "/nowhere", "/healthz", "/embed.js", "/growth", "/api/nowhere", "/go//x"])
def test_hsts_is_sent_where_it_is_set_over_tls_alone_and_for_this_host_alone(address: str) -> None:
    off, on = (create_app(settings(**given)) for given in ({}, {"hsts_seconds": "31536000"}))
    for base in ("https://wizard.example.com", "http://localhost"):
        assert HSTS not in client_of(off).get(address, base_url=base).headers
    assert client_of(on).get(address, base_url="https://wizard.example.com").headers[HSTS] == "max-age=31536000"
    assert HSTS not in client_of(on).get(address, base_url="http://localhost").headers, "RFC 6797, 7.2"


def test_hsts_follows_the_public_url_and_a_proxy_that_is_trusted() -> None:
    public = create_app(settings(hsts_seconds="60", public_url="https://wizard.example.com"))
    assert client_of(public).get("/healthz").headers[HSTS] == "max-age=60"
    forwarded = {"X-Forwarded-Proto": "https"}
    for count, is_sent in (("1", True), ("0", False)):
        app = create_app(settings(hsts_seconds="60", trusted_proxies=count))
        assert (HSTS in client_of(app).get("/healthz", headers=forwarded).headers) is is_sent
    plain = create_app(settings(hsts_seconds="60", public_url="http://wizard.example.com"))
    assert HSTS not in client_of(plain).get("/healthz").headers
