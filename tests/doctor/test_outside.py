"""What `wizard doctor` finds from outside, with one thing wrong at a time."""

import re
from collections.abc import Callable, Mapping
from http.client import HTTPMessage
from typing import Any

import pytest
from proxied_site import DAY_S, NOW_S, SET, URL, Proxied, reply

from wizard.config import Settings, read_settings
from wizard.doctor.examine import ANSWERS, CONNECTION, examine_site
from wizard.doctor.fetching import Answer, Unreachable
from wizard.doctor.finding import Finding
from wizard.doctor.site import Site


def examined(proxied: Proxied, url: str = URL, settings: Settings | None = None) -> dict[str, Finding]:
    """The findings by check, with the clock of this machine at NOW_S."""
    return {
        finding.check: finding for finding in examine_site(Site(url, settings, proxied.fetch, lambda: NOW_S * 1000))
    }


def test_a_site_that_is_set_up_as_the_docs_say_has_nothing_to_correct() -> None:
    found = examined(Proxied())
    assert list(found) == [*CONNECTION, *ANSWERS]
    assert [finding for finding in found.values() if finding.result != "ok" or finding.advice] == []


def test_so_has_one_below_a_path_whichever_way_the_proxy_passes_it_on() -> None:
    url = "https://www.example.com/start"
    sent = {**SET, "X-Forwarded-Host": "www.example.com"}
    environ = {"trusted_proxies": "1", "public_url": url}
    redirect: dict[str, Answer | Unreachable] = {
        "http://www.example.com/start/": reply(301, Location="https://www.example.com/start/")
    }
    for removes_path in ("", "/start"):
        proxied = Proxied(environ, sent, removes_path=removes_path, upstream_host="www.example.com", others=redirect)
        found = examined(proxied, url)
        assert [finding for finding in found.values() if finding.result != "ok"] == []


def adding(name: str, value: str) -> Callable[[HTTPMessage], None]:
    return lambda message: message.add_header(name, value)


def removing(name: str) -> Callable[[HTTPMessage], None]:
    return lambda message: message.__delitem__(name)


def replacing(name: str, value: str) -> Callable[[HTTPMessage], None]:
    def replace(message: HTTPMessage) -> None:
        del message[name]
        message[name] = value

    return replace


def at(path: str, answer: object) -> dict[str, Any]:
    """What comes at `path` instead of the wizard's answer."""
    return {"others": {f"{URL}{path}": answer}}


WITHOUT_PUBLIC_URL = {"trusted_proxies": "1"}
JSON = b'{"status": "ready", "log": "%s", "waiting": 7, "forwarding": "ok"}'


@pytest.mark.parametrize(
    ("check", "result", "found", "changed"),
    [
        ("server", "problem", "can't be reached", at("/healthz", Unreachable("Name or service not known"))),
        ("server", "problem", "answers 502: the proxy", at("/healthz", reply(502))),
        ("server", "problem", "not as the wizard does", at("/healthz", reply(200, b"<p>It works</p>"))),
        ("server", "problem", "can't be trusted", at("/healthz", Unreachable("expired", is_certificate=True))),
        ("tls", "problem", "Browsers don't trust", at("/healthz", Unreachable("expired", is_certificate=True))),
        ("tls", "warning", "was not seen", at("/healthz", Unreachable("Name or service not known"))),
        ("tls", "warning", "expires in 20 days", {"expires_s": NOW_S + 20 * DAY_S + 60}),
        ("tls", "problem", "expires in 1 day.", {"expires_s": NOW_S + DAY_S + 60}),
        ("http-redirect", "warning", "answers 200", {"others": {"http://wizard.example.com/": reply(200)}}),
        ("hsts", "warning", "is not sent", {"changes": removing("Strict-Transport-Security")}),
        ("hsts", "warning", "sent 2 times", {"changes": adding("Strict-Transport-Security", "max-age=60")}),
        ("clock", "warning", "20 seconds ahead", {"date_s": NOW_S + 20}),
        ("clock", "problem", "3,600 seconds behind", {"date_s": NOW_S - 3600}),
        ("clock", "warning", "no Date", {"changes": removing("Date")}),
        ("readiness", "problem", "answers 404", at("/readyz", reply(404))),
        ("readiness", "problem", "can't serve visitors", at("/readyz", reply(503, JSON % b"ok"))),
        ("readiness", "problem", "Events are lost", at("/readyz", reply(200, JSON % b"losing"))),
        ("readiness", "problem", "7 wait in the journal", at("/readyz", reply(200, JSON % b"spooling"))),
        ("forwarding", "problem", "WIZARD_TRUSTED_PROXIES", {"environ": {"public_url": URL}}),
        ("forwarding", "problem", "WIZARD_TRUSTED_PROXIES", {"environ": {"trusted_proxies": "2", "public_url": URL}}),
        (
            "forwarding",
            "problem",
            "X-Forwarded-Prefix",
            at("/readyz", reply(200, b'{"log": "ok", "forwarding": "wrong-prefix"}')),
        ),
        (
            "address",
            "problem",
            "reaches the server as one to http://wizard.example.com.",
            {"sent": {"X-Forwarded-For": "192.0.2.7"}},
        ),
        (
            "address",
            "problem",
            "reaches the server as one to https://wizard_app.internal.",
            {
                "sent": {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"},
                "upstream_host": "wizard_app.internal",
                "environ": WITHOUT_PUBLIC_URL,
            },
        ),
        (
            "address",
            "warning",
            "lead to https://other.example.com",
            {"environ": {"trusted_proxies": "1", "public_url": "https://other.example.com"}},
        ),
        (
            "address",
            "warning",
            "does not say",
            {"environ": {"trusted_proxies": "1", "public_url": URL}, "removes_path": "/oembed"},
        ),
        ("path", "problem", "/embed answers 404", at("/embed", reply(404))),
        ("path", "problem", "are not found", at("/embed", reply(200, b'<link href="/elsewhere/static/a.css">'))),
        ("frames", "problem", "removes the header", {"changes": removing("Content-Security-Policy")}),
        ("frames", "problem", "adds to the header", {"changes": adding("Content-Security-Policy", "default-src *")}),
        ("frames", "warning", "X-Frame-Options: SAMEORIGIN", {"changes": adding("X-Frame-Options", "SAMEORIGIN")}),
        ("caching", "problem", "Age: 7", {"changes": adding("Age", "7")}),
        ("caching", "problem", "max-age=60", {"changes": replacing("Cache-Control", "public, max-age=60")}),
        ("forged-headers", "problem", "X-Forwarded-Host", {"removed": ()}),
        ("forged-headers", "problem", "X-Forwarded-Host", {"removed": (), "environ": WITHOUT_PUBLIC_URL}),
        (
            "forged-headers",
            "problem",
            "X-Forwarded-Prefix",
            {"removed": ("X-Forwarded-Host",), "environ": WITHOUT_PUBLIC_URL},
        ),
        (
            "underscore-headers",
            "problem",
            "X_Forwarded_Host",
            {"removed": ("X-Forwarded-Host", "X-Forwarded-Prefix"), "sent": {"X-Forwarded-For": "192.0.2.7"}},
        ),
        ("running-version", "warning", "another /embed.js", at("/embed.js", reply(200, b"older"))),
    ],
)
def test_each_fault_is_found_with_what_to_do(check: str, result: str, found: str, changed: Mapping[str, Any]) -> None:
    finding = examined(Proxied(**changed))[check]
    assert (finding.result, found in finding.found) == (result, True), finding
    assert finding.advice
    assert not re.search(r"\b(Set|Remove|Renew|Correct|Start) (it|them)\b", finding.advice), (
        "say what: it may be read alone"
    )


def test_without_tls_there_is_a_problem_except_on_this_machine() -> None:
    plain = Proxied({}, {}, upstream_host="wizard.example.com")
    del plain.others["http://wizard.example.com/"]
    assert examined(plain, "http://wizard.example.com")["tls"].result == "problem"
    for host in ("127.0.0.1:8000", "localhost:8000", "[::1]:8000"):
        found = examined(Proxied({}, {}, upstream_host=host), f"http://{host}")
        assert [finding for finding in found.values() if finding.result != "ok"] == []


def test_a_server_is_not_blamed_where_it_can_not_reach_its_own_public_address() -> None:
    settings = read_settings({"WIZARD_PUBLIC_URL": URL})
    proxied = Proxied(others={f"{URL}/healthz": Unreachable("no answer within 10 seconds")})
    found = examined(proxied, settings=settings)
    assert found["server"].result == "warning"
    assert f"wizard doctor {URL}" in found["server"].advice
    assert list(found) == list(CONNECTION)


def test_origins_that_the_running_server_does_not_allow_are_found_by_its_settings() -> None:
    settings = read_settings({"WIZARD_EMBED_ORIGINS": "https://www.example.com"})
    assert "https://www.example.com" in examined(Proxied(), settings=settings)["frames"].found
    allowed = {"trusted_proxies": "1", "public_url": URL, "embed_origins": "https://www.example.com"}
    assert examined(Proxied(allowed), settings=settings)["frames"].result == "ok"


def test_an_answer_that_fails_to_come_is_told_and_the_other_checks_go_on() -> None:
    found = examined(Proxied(others={f"{URL}/embed": Unreachable("Connection reset by peer")}))
    assert (found["path"].result, found["path"].found) == ("warning", "No answer came (Connection reset by peer).")
    assert found["running-version"].result == "ok"
