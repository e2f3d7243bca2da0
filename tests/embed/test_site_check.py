"""Whether a page may embed the wizard, by its address as people write it."""

import pytest

from wizard.embed.site_check import SiteCheck, check_site

OWN = ("https://wizard.example.com",)
ALLOWED = ("https://www.example.com", "https://*.partner.example")


@pytest.mark.parametrize(
    ("given", "verdict", "site"),
    [
        ("https://www.example.com/pricing?x=1#y", "allowed", "https://www.example.com"),
        ("www.example.com/pricing", "allowed", "https://www.example.com"),
        ("  WWW.Example.com:443 ", "allowed", "https://www.example.com"),
        ("shop.partner.example", "allowed", "https://shop.partner.example"),
        ("wizard.example.com", "own", "https://wizard.example.com"),
        ("partner.example", "refused", "https://partner.example"),
        ("http://www.example.com", "refused", "http://www.example.com"),
        ("localhost:3000", "refused", "http://localhost:3000"),
        ("müller.example", "refused", "https://xn--mller-kva.example"),
        ("https://пример.example:8443/a", "refused", "https://xn--e1afmkfd.example:8443"),
        ("Faß.example", "refused", "https://xn--fa-hia.example"),  # as browsers write it, not RFC 3490
        ("σίγμας.example", "refused", "https://xn--kxaef0b5ab.example"),
        ("FAẞ.example", "refused", "https://fass.example"),
        ("//shop.example/x", "refused", "https://shop.example"),
        ("shop.localhost:3000", "refused", "http://shop.localhost:3000"),
        ("üser@shop.example", "unreadable", ""),
        ("https://under_score.example", "impossible", "https://under_score.example"),
        ("http://[::1]:3000", "impossible", "http://[::1]:3000"),
        ("no way", "unreadable", ""),
        ("javascript:alert(1)", "unreadable", ""),
        ("ftp://example.com", "unreadable", ""),
        ("https://user@www.example.com/", "unreadable", ""),
        ("//", "unreadable", ""),
        ("https://\x00", "unreadable", ""),
        (f"https://{'ä' * 5000}.example", "unreadable", ""),
    ],
)
def test_the_verdict_on_a_page(given: str, verdict: str, site: str) -> None:
    found = check_site(given, OWN, ALLOWED)
    assert found
    assert (found.verdict, found.site) == (verdict, site)
    assert bool(found.line) == (verdict == "refused")


def test_the_line_keeps_the_sites_that_are_allowed() -> None:
    line = "WIZARD_EMBED_ORIGINS=https://www.example.com,https://*.partner.example,https://shop.example"
    assert check_site("shop.example", OWN, ALLOWED) == SiteCheck("refused", "https://shop.example", line)
    assert check_site("shop.example", OWN, ()) == SiteCheck(
        "refused", "https://shop.example", "WIZARD_EMBED_ORIGINS=https://shop.example"
    )


def test_a_setting_that_is_full_takes_no_more() -> None:
    full = tuple(f"https://{number:03}.{'a' * 40}.example" for number in range(105))
    found = check_site("shop.example", OWN, full)
    assert found
    assert found.verdict == "impossible"


def test_nothing_is_said_of_nothing() -> None:
    assert check_site(" ", OWN, ALLOWED) is None
