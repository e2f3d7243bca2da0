"""The security headers."""

from support import client_of, settings

from wizard.app import create_app
from wizard.headers import FEATURES, content_security_policy


def test_the_policy_allows_our_own_stylesheet_and_forms_and_nothing_else() -> None:
    assert content_security_policy(()).split("; ") == [
        "default-src 'none'",
        "style-src 'self'",
        "img-src data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    ]


def test_the_sites_that_may_embed_are_named_on_every_response() -> None:
    client = client_of(create_app(settings(embed_origins="https://www.example.com, https://*.example.org")))
    ends = "frame-ancestors 'self' https://www.example.com https://*.example.org"
    for address in ("/", "/nowhere", "/healthz", "/robots.txt", "/?journey=x", "/go/cloud"):
        assert client.get(address).headers["Content-Security-Policy"].endswith(ends)


def test_no_feature_is_granted() -> None:
    granted = client_of(create_app(settings())).get("/").headers["Permissions-Policy"].split(", ")
    assert granted == [f"{feature}=()" for feature in FEATURES]
