"""A proxy whose forwarding is not trusted: guessing stays limited, visitors are not refused, and operators are told."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from dashboard_sign_in import link
from flask import Flask
from support import Client, Page, client_of, settings

from wizard.app import create_app
from wizard.web.client_address import client_address
from wizard.web.forwarding import DOUBT_SECONDS, FORWARDING_HEADERS, Forwarding
from wizard.web.rare_warning import WARN_SECONDS
from wizard.web.rate_limit import FAILURES

PROXY, VISITOR = "127.0.0.1", "192.0.2.1"
PER_MINUTE = 3
BAD_LINK = "/growth/sign-in?link=x"


class Site:
    """An application with a low limit, `trusted` proxies, and a clock that a test may set."""

    def __init__(self, trusted: int) -> None:
        self.app = create_app(settings(rate_limit=str(PER_MINUTE), trusted_proxies=str(trusted)))
        self.now = 0.0
        self.client: Client = client_of(self.app)
        forwarding = vars(self.app)["wsgi_app"]
        while not isinstance(forwarding, Forwarding):
            forwarding = forwarding.app
        forwarding.monotonic = forwarding.warning.monotonic = lambda: self.now
        self.first = self.client.page("/")

    def answer(self, peer: str = PROXY, **headers: str) -> int:
        """The status of an answer that comes from `peer`."""
        options: dict[str, Any] = {"environ_base": {"REMOTE_ADDR": peer}, "headers": _named(headers)}
        return Page(self.client.submit(self.first, "hobby", **options)).status

    def get(self, path: str, peer: str = PROXY, **headers: str) -> int:
        """The status of a page that is read from `peer`."""
        return self.client.get(path, environ_base={"REMOTE_ADDR": peer}, headers=_named(headers)).status_code

    def state(self) -> str:
        """What /readyz says of forwarding."""
        told = self.client.get("/readyz").json
        assert told is not None
        assert told["status"] == "ready"
        return str(told["forwarding"])


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def visitors(count: int) -> Iterator[str]:
    """So many addresses of visitors."""
    return (f"198.51.100.{number}" for number in range(1, count + 1))


@pytest.mark.parametrize(
    "peer", ["127.0.0.1", "::1", "10.1.2.3", "172.18.0.2", "192.168.1.9", "100.64.0.1", "fd00::1", ""]
)
def test_behind_a_proxy_with_trusted_proxies_0_sign_ins_are_limited_as_one_address(peer: str) -> None:
    site = Site(0)
    tried = [site.get(BAD_LINK, peer, X_Forwarded_For=visitor) for visitor in visitors(FAILURES + 1)]
    assert tried == [401] * FAILURES + [429]
    assert site.get(link(site.app), peer, X_Forwarded_For=VISITOR) == 429


def test_behind_a_proxy_with_trusted_proxies_0_api_calls_are_limited_as_one_address() -> None:
    site = Site(0)
    called = [site.get("/api/openapi.json", X_Forwarded_For=visitor) for visitor in visitors(PER_MINUTE + 1)]
    assert called == [200] * PER_MINUTE + [429]


def test_behind_a_proxy_with_trusted_proxies_0_no_answer_is_refused() -> None:
    site = Site(0)
    for peer in (PROXY, "172.18.0.2"):
        answers = [site.answer(peer, X_Forwarded_For=visitor) for visitor in visitors(2 * PER_MINUTE)]
        assert answers == [303] * 2 * PER_MINUTE


def test_a_count_that_is_too_high_lets_nobody_guess_under_made_up_addresses() -> None:
    site = Site(2)
    assert [site.answer(X_Forwarded_For=visitor) for visitor in visitors(5)] == [303] * 5
    made_up = [site.get(BAD_LINK, X_Forwarded_For=f"{visitor}, {VISITOR}") for visitor in visitors(FAILURES + 1)]
    assert made_up == [401] * FAILURES + [429]
    called = [site.get("/api/openapi.json", X_Forwarded_For=f"{visitor}, {VISITOR}") for visitor in visitors(4)]
    assert called == [200] * PER_MINUTE + [429]


@pytest.mark.parametrize(
    ("trusted", "headers"),
    [
        *((0, {name: "1"}) for name in FORWARDING_HEADERS),
        (1, {"X-Real-IP": VISITOR}),
        (1, {"Forwarded": f"for={VISITOR}"}),
        (2, {"X-Forwarded-For": VISITOR}),
        (1, {"X-Forwarded-For": "unix:"}),
        (1, {"X-Forwarded-For": "unknown"}),
        (1, {"X-Forwarded-For": f"{VISITOR}, 127.0.0.1"}),
    ],
)
def test_untrusted_forwarding_is_told_by_the_log_once_and_by_readyz(
    trusted: int, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    site = Site(trusted)
    assert site.state() == "ok"
    for _ in range(3):
        assert site.get("/", **headers) == 200
    assert site.state() == "untrusted"
    [line] = warnings(caplog)
    assert f"WIZARD_TRUSTED_PROXIES: {trusted}, but " in line
    assert any(name in line for name in headers)
    assert VISITOR not in line


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log says of forwarding."""
    lines = (record.getMessage() for record in caplog.records if record.levelno == logging.WARNING)
    return [line for line in lines if line.startswith("WIZARD_TRUSTED_PROXIES")]


def test_some_minutes_after_the_last_sign_readyz_is_ok_and_the_log_warns_again_rarely(
    caplog: pytest.LogCaptureFixture,
) -> None:
    site = Site(0)
    site.get("/", X_Forwarded_For=VISITOR)
    site.now = DOUBT_SECONDS - 1
    assert site.state() == "untrusted"
    site.now = DOUBT_SECONDS
    assert site.state() == "ok"
    site.get("/", X_Forwarded_For=VISITOR)
    assert len(warnings(caplog)) == 1
    site.now = WARN_SECONDS
    site.get("/", X_Forwarded_For=VISITOR)
    assert len(warnings(caplog)) == 2


@pytest.mark.parametrize(
    ("trusted", "headers"),
    [
        (0, {}),
        (1, {}),
        (2, {}),
        (1, {"X-Forwarded-For": VISITOR, "Forwarded": "for=unknown", "Via": "1.1 proxy", "X-Real-IP": "10.0.0.1"}),
        (1, {"X-Forwarded-For": f"made up, {VISITOR}"}),
        (1, {"X-Forwarded-For": "127.0.0.1"}),
        (2, {"X-Forwarded-For": f"{VISITOR}, 10.0.0.1"}),
    ],
)
def test_a_health_check_without_forwarding_headers_and_trusted_forwarding_are_no_sign(
    trusted: int, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    site = Site(trusted)
    site.get("/healthz", **headers)
    site.get("/", **headers)
    assert site.state() == "ok"
    assert warnings(caplog) == []


def test_a_visitor_with_a_public_address_gains_nothing_by_a_forwarding_header(caplog: pytest.LogCaptureFixture) -> None:
    site = Site(0)
    answers = [site.answer(VISITOR, X_Forwarded_For=made_up) for made_up in visitors(PER_MINUTE + 1)]
    assert answers == [303] * PER_MINUTE + [429]
    tried = [site.get(BAD_LINK, VISITOR, X_Forwarded_For=made_up) for made_up in visitors(FAILURES + 1)]
    assert tried == [401] * FAILURES + [429]
    assert site.get(BAD_LINK, "198.51.100.9") == 401, "nobody else is limited by it"
    assert site.state() == "ok"
    assert warnings(caplog) == []


def test_visitors_who_come_past_the_untrusted_proxy_keep_limits_of_their_own() -> None:
    site = Site(0)
    for visitor in visitors(FAILURES + 1):
        site.get(BAD_LINK, X_Forwarded_For=visitor)
    assert site.get(BAD_LINK, VISITOR) == 401


@pytest.mark.parametrize("sent", ['"', '"made up', 'a="b', '"made \\'])
def test_an_open_quote_takes_in_no_address_that_a_proxy_appends(sent: str) -> None:
    assert seen_by(1, {"X-Forwarded-For": f"{sent}, {VISITOR}"}) == [VISITOR]


def test_a_service_on_this_machine_calls_the_api_without_limit() -> None:
    site = Site(1)
    assert [site.get("/api/openapi.json") for _ in range(2 * PER_MINUTE)] == [200] * 2 * PER_MINUTE


def seen_by(trusted: int, headers: dict[str, str]) -> list[str]:
    """The client address that an application behind the middleware sees."""
    seen: list[str] = []
    app = Flask("seen")

    @app.get("/")
    def see() -> str:
        seen.append(str(client_address()))
        return ""

    app.wsgi_app = Forwarding(app.wsgi_app, trusted)  # type: ignore[method-assign]  # Flask's own way to wrap it
    app.test_client().get("/", headers=headers)
    return seen
