"""The application as a whole: health, weight, proxies."""

import gzip
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
from factories import NOV_1
from flask import Flask
from support import KEY, Client, client_of, settings
from werkzeug.test import TestResponse

from wizard.app import create_app
from wizard.dashboard.services import sign_ins
from wizard.errors import WizardError
from wizard.events.handoff import HandoffExpired, Handoffs
from wizard.files.bundled import bundled
from wizard.visitor.journey import JourneyExpired, Seal
from wizard.visitor.prepared_pages import BROTLI_QUALITIES
from wizard.visitor.services import services

BUDGET_BYTES = 6000
BUDGETS_BYTES = {"ar": 7000, "ja": 7000}
"""Before the first question is compressed as hard as it gets, in languages whose letters take more bytes."""

EMBEDDED_BYTES = 9000
BROWSERS = "gzip, deflate, br, zstd"
WARM = max(BROTLI_QUALITIES)
"""How often a page is asked for until it is compressed as hard as it gets."""


def weight_of(response: TestResponse) -> int:
    """The bytes of a response on the wire, its head included."""
    head = f"HTTP/1.1 {response.status}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in response.headers)
    return len(head) + 2 + len(response.data)


def test_the_process_is_up_and_ready(client: Client) -> None:
    assert client.get("/healthz").json == {"status": "up"}
    assert client.get("/readyz").json == {
        "status": "ready",
        "wording": list(services(client.application).wordings),
        "wording_version": services(client.application).published.files.version,
        "log": "ok",
        "waiting": 0,
        "forwarding": "ok",
    }


def test_health_is_never_kept_and_an_unready_server_says_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(app)
    assert client.get("/healthz").headers["Cache-Control"] == "no-store"
    monkeypatch.setattr(Seal, "open", lambda *_: None)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.headers["Cache-Control"] == "no-store"


def test_it_reads_its_settings_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # it makes its log there, and not where somebody runs the wizard
    monkeypatch.setenv("WIZARD_SECRET_KEYS", "x" * 32)
    monkeypatch.setenv("WIZARD_EMBED_ORIGINS", "https://www.example.com")
    policy = client_of(create_app()).get("/").headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self' https://www.example.com")


def test_every_part_goes_by_the_clock_that_it_is_given() -> None:
    app = create_app(settings(), clock=lambda: NOV_1)
    page = client_of(app).page("/")
    visitor = services(app)
    assert visitor.seal.open(page.journey).started_ms == NOV_1
    with pytest.raises(JourneyExpired):
        Seal([KEY], 24).open(page.journey)
    sign_ins(app).invite("one@example.com", hours=1)
    assert [link.made_ms for link in sign_ins(app).all()] == [NOV_1]
    token = visitor.handoffs.make("j-1")
    assert visitor.handoffs.read(token) == "j-1"
    with pytest.raises(HandoffExpired):
        Handoffs([KEY], 1, clock=lambda: NOV_1 + 2 * 86_400_000).read(token)


def test_it_does_not_start_on_texts_that_are_not_right(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text("[site]\nname = 'x'\n")
    with pytest.raises(WizardError, match=r"en\.toml: .*question\.back is missing"):
        create_app(settings(wording_dir=str(tmp_path)))


@pytest.mark.parametrize(("encoding", "unpack"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
def test_the_first_question_fits_in_6_kb_styles_and_headers_included(
    encoding: str, unpack: Callable[[bytes], bytes], client: Client
) -> None:
    response = client.get("/", headers={"Accept-Encoding": encoding})
    assert response.headers["Content-Encoding"] == encoding
    assert b"@layer" in unpack(response.data)
    assert weight_of(response) <= BUDGET_BYTES


def test_a_browser_gets_the_first_question_within_6_kb_the_first_time_and_ever_after(app: Flask) -> None:
    client = client_of(app)
    weights = [weight_of(client.get("/", headers={"Accept-Encoding": BROWSERS})) for _ in range(WARM)]
    assert max(weights) <= BUDGET_BYTES
    assert weights[-1] < weights[3] < weights[0], "the more often it is asked for, the harder it is compressed"


@pytest.mark.parametrize("locale", sorted(path.stem for path in bundled("wording").glob("*.toml")))
def test_the_first_question_fits_in_its_budget_in_every_language(locale: str, client: Client) -> None:
    headers = {"Accept-Language": locale}
    weights = [weight_of(client.get("/", headers={**headers, "Accept-Encoding": BROWSERS})) for _ in range(WARM)]
    assert client.page("/", headers=headers).one("html")["lang"] == locale
    assert weights[-1] <= BUDGET_BYTES
    assert max(weights) <= BUDGETS_BYTES.get(locale, BUDGET_BYTES)


def test_the_first_question_is_one_request(client: Client) -> None:
    page = client.page("/")
    fetching = "script, img, iframe, object, embed, video, audio, [rel=stylesheet], [rel=preload], [rel=manifest]"
    assert page.all(fetching) == []
    assert all(str(link["href"]).startswith("data:") for link in page.all("link[rel=icon]"))
    sheet = page.all("style")[0].get_text()
    assert "url(" not in sheet
    assert "@import" not in sheet


def test_behind_a_trusted_proxy_the_address_is_the_one_that_the_visitor_sees() -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "wizard.example.com", "X-Forwarded-For": "192.0.2.1"}
    trusting, wary = (client_of(create_app(settings(trusted_proxies=count))) for count in ("1", "0"))
    assert trusting.page("/", headers=headers).one("link[rel=canonical]")["href"] == "https://wizard.example.com/"
    assert wary.page("/", headers=headers).one("link[rel=canonical]")["href"] == "http://localhost/"
    own = {**headers, "Origin": "https://wizard.example.com"}
    assert trusting.submit(trusting.page("/"), "job", headers=own).status_code == 303
    assert wary.submit(wary.page("/"), "job", headers=own).status_code == 403


def test_all_that_an_embed_brings_along_fits_in_9_kb_headers_included(app: Flask) -> None:
    client = client_of(app)
    accepted = {"Accept-Encoding": BROWSERS}
    for _ in range(WARM):
        page = client.get("/", headers={**accepted, "Sec-Fetch-Dest": "iframe"})
    weight = sum(map(weight_of, (page, client.get("/embed.js", headers=accepted))))
    assert page.headers["Content-Encoding"] == "br"
    assert 5000 < weight <= EMBEDDED_BYTES
