"""Whatever body comes, to whatever route, by whatever method: an answer of ours, never a 5xx, never a traceback."""

import json
import logging
from collections.abc import Iterator, Mapping

import pytest
from dashboard_sign_in import signed_in
from flask import Flask
from support import DESTINATIONS, Client, Page, client_of, counted, settings

from wizard.app import create_app
from wizard.web.areas import is_for_dashboard

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MULTIPART = "multipart/form-data; boundary=x"


def part(name: str, value: str, more: str = "") -> bytes:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'.encode()


BODIES: Mapping[str, tuple[bytes, str | None]] = {
    "json list": (b"[1]", JSON),
    "json number": (b"1", JSON),
    "json null": (b"null", JSON),
    "json text": (b'"link"', JSON),
    "json string member": (b'{"link": "x", "csrf_token": "x"}', JSON),
    "json number member": (b'{"link": 5}', JSON),
    "json list member": (b'{"link": [5], "csrf_token": [[]]}', JSON),
    "json object member": (b'{"link": {"a": 1}, "journey": {}}', JSON),
    "json list of pairs": (b'[["link", 1]]', JSON),
    "json list of texts": (b'["ab", "cd"]', JSON),
    "json broken": (b"{", JSON),
    "json deep": (b"[" * 5000, JSON),
    "json deep objects": (b'{"link":' * 1500, JSON),
    "json deep and closed": (b"[" * 5000 + b"]" * 5000, JSON),
    "json long number": (b'{"value": ' + b"9" * 10_000 + b"}", JSON),
    "json not a number": (b'{"value": NaN}', JSON),
    "json lone surrogate": (b'{"handoff": "\\ud800", "deployment": "\\u0000"}', JSON),
    "json utf-16": ('{"link": 1}'.encode("utf-16"), JSON),
    "json utf-7": (b"{}", f"{JSON}; charset=utf-7"),
    "json invalid utf-8": (b'{"link": "\xff"}', JSON),
    "json of another name": (b"[1]", "application/vnd.api+json"),
    "json twice": (b'{"handoff": "a", "handoff": 1}', JSON),
    "form said to be json": (b"link=x&journey=x", JSON),
    "form": (b"link=x&journey=x&csrf_token=x", FORM),
    "form with nul bytes": (b"link=%00&journey=\x00&step=%00&csrf_token=%00", FORM),
    "form with invalid utf-8": (b"link=%ff&journey=\xff\xfe&csrf_token=%ed%a0%80", FORM),
    "form with fields twice": (b"link=x&link=y&journey=a&journey=b&csrf_token=1&csrf_token=2", FORM),
    "form with empty fields": (b"link=&journey=&csrf_token=&=&&=", FORM),
    "form with long fields": (b"link=" + b"x" * 9000 + b"&journey=" + b"y" * 5000, FORM),
    "form with many fields": (b"a=&" * 5000, FORM),
    "form in another charset": ("link=\u20ac&journey=x".encode("utf-16"), f"{FORM}; charset=utf-16"),
    "form with a bad charset": (b"journey=x", f"{FORM}; charset=nonsense; charset*=''%ff"),
    "form with dots": (b"journey=.&link=.&csrf_token=.", FORM),
    "form too long": (b"journey=" + b"x" * 20_000, FORM),
    "multipart fields": (part("journey", "x") + part("link", "x") + b"--x--\r\n", MULTIPART),
    "multipart fields as files": (
        part("journey", "x", '; filename="a.txt"') + part("link", "x", '; filename="b"') + b"--x--\r\n",
        MULTIPART,
    ),
    "multipart csrf as a file": (part("csrf_token", "x", '; filename="a"') + b"--x--\r\n", MULTIPART),
    "multipart broken": (b"--x\r\nbroken", MULTIPART),
    "multipart cut short": (part("journey", "x")[:-4], MULTIPART),
    "multipart without a boundary": (b"--x", "multipart/form-data"),
    "multipart with many parts": (part("a", "") * 200, MULTIPART),
    "multipart nested": (b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n", MULTIPART),
    "multipart with a bad charset": (
        part("a", "b").replace(b'a"', b'a"\r\nContent-Type: a/b; charset=\xff'),
        MULTIPART,
    ),
    "multipart mixed": (b"--x--", "multipart/mixed; boundary=x"),
    "plain text": (b"journey=x", "text/plain"),
    "xml": (b"<x/>", "text/xml; charset=nonsense"),
    "no type": (b"journey=x&link=x", None),
    "empty type": (b"journey=x&link=x", ""),
    "type that is none": (b"journey=x", ";;=,;*=''"),
    "type that is not ascii": (b"journey=x", "application/\xff"),
    "nothing, said to be json": (b"", JSON),
    "nothing, said to be a form": (b"", FORM),
    "nothing, said to be multipart": (b"", MULTIPART),
    "nothing": (b"", None),
    "bytes": (bytes(range(256)) * 8, "application/octet-stream"),
}
OTHER_METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "BREW")
TAKING: Mapping[str, str] = {
    "/": "/",
    "/growth/sign-in": "/growth/sign-in",
    "/growth/sign-out": "/growth/sign-out",
    "/growth/shared": "/growth/shared",
    "/growth/revoke-shared": "/growth/revoke-shared",
    "/growth/notes": "/growth/notes",
    "/growth/notes/<note_id>": "/growth/notes/0123456789abcdef",
    "/growth/notes/<note_id>/remove": "/growth/notes/0123456789abcdef/remove",
    "/studio/people": "/studio/people",
    "/studio/people/role": "/studio/people/role",
    "/studio/people/remove": "/studio/people/remove",
    "/studio/people/sign-out": "/studio/people/sign-out",
    "/studio/drafts": "/studio/drafts",
    "/studio/drafts/<draft_id>/current": "/studio/drafts/0123456789abcdef/current",
    "/studio/drafts/<draft_id>/discard": "/studio/drafts/0123456789abcdef/discard",
    "/studio/drafts/<draft_id>/rename": "/studio/drafts/0123456789abcdef/rename",
    "/studio/drafts/<draft_id>/reopen": "/studio/drafts/0123456789abcdef/reopen",
    "/studio/drafts/<draft_id>/reviewed": "/studio/drafts/0123456789abcdef/reviewed",
    "/studio/drafts/<draft_id>/texts": "/studio/drafts/0123456789abcdef/texts",
    "/studio/drafts/<draft_id>/undo": "/studio/drafts/0123456789abcdef/undo",
    "/studio/drafts/<draft_id>/po": "/studio/drafts/0123456789abcdef/po",
    "/studio/drafts/<draft_id>/publish": "/studio/drafts/0123456789abcdef/publish",
    "/studio/versions/<number>/roll-back": "/studio/versions/1/roll-back",
    "/api/conversions": "/api/conversions",
}
"""The routes that take a body, and an address of each."""

FEW = ("json list", "form", "form too long", "multipart broken", "no type")
"""What is sent to every route by every method; the others, where one is taken."""

API_KEY = "a key of the signup service"


@pytest.fixture(scope="module")
def served() -> Flask:
    app = create_app(settings(conversion_keys=API_KEY))
    # One client address sends all of this.
    app.config["RATELIMIT_ENABLED"] = False
    return app


@pytest.fixture(scope="module")
def colleague(served: Flask) -> Client:
    return signed_in(served, role="admin")


def addresses(app: Flask) -> Iterator[str]:
    """An address of every route, and some that lead nowhere."""
    names = {"deployment": next(iter(DESTINATIONS)), "name": "wizard.css", "what": "journeys", "form": "csv"}
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        yield adapter.build(rule.endpoint, {name: names.get(name, "x") for name in rule.arguments})
    yield from ("/nowhere", "/growth/nowhere", "/api/nowhere")


def assert_answered(response: object, caplog: pytest.LogCaptureFixture, sent: str) -> None:
    page = Page(response)  # type: ignore[arg-type]
    assert page.status < 500, sent
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info]
    assert not errors, f"{sent}: {errors}"
    if page.status < 400 or page.response.request.method == "HEAD":
        return
    if page.response.request.path.startswith("/api"):
        assert page.response.mimetype == "application/problem+json", sent
        assert json.loads(page.response.data)["status"] == page.status
    else:
        assert page.heading, sent


@pytest.mark.parametrize(
    ("method", "kind"),
    [*(("POST", kind) for kind in BODIES), *((method, kind) for method in OTHER_METHODS for kind in FEW)],
)
def test_no_body_gets_more_than_a_page_of_ours_from_any_route(
    method: str, kind: str, served: Flask, colleague: Client, caplog: pytest.LogCaptureFixture
) -> None:
    body, content_type = BODIES[kind]
    for address in dict.fromkeys(addresses(served)) if kind in FEW else TAKING.values():
        for client in (client_of(served), colleague) if is_for_dashboard(address) else (client_of(served),):
            headers = {"Authorization": f"Bearer {API_KEY}"} if address.startswith("/api") else {}
            response = client.open(address, method=method, data=body, content_type=content_type, headers=headers)
            assert_answered(response, caplog, f"{method} {address} with {kind}")


@pytest.mark.parametrize("kind", [kind for kind, (body, _) in BODIES.items() if body])
@pytest.mark.parametrize("address", [address for address in TAKING.values() if not address.startswith("/api")])
def test_what_is_no_form_is_refused_where_a_form_is_due(
    address: str, kind: str, colleague: Client, served: Flask
) -> None:
    body, content_type = BODIES[kind]
    for client in (client_of(served), colleague):
        if client is colleague or address in ("/", "/growth/sign-in"):
            response = client.post(address, data=body, content_type=content_type)
            assert response.status_code in (400, 413)
        else:
            assert client.post(address, data=body, content_type=content_type).status_code == 401
    assert colleague.page("/growth").status == 200, "nothing signed anybody out"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("address", ["/", "/healthz", "/readyz", "/embed.js", "/static/wizard.css", "/go/cloud"])
def test_a_body_where_none_is_taken_is_refused(method: str, address: str, client: Client) -> None:
    response = client.open(address, method=method, data=b"journey=x", content_type=FORM)
    assert response.status_code == 400
    assert response.headers["Connection"] == "close"


def test_every_route_that_takes_a_body_is_among_those_that_are_sent_all_of_them(served: Flask) -> None:
    assert {rule.rule for rule in served.url_map.iter_rules() if "POST" in (rule.methods or ())} == set(TAKING)


def test_a_body_that_is_no_form_is_counted_as_malformed() -> None:
    app = create_app(settings())
    client_of(app).post("/", data=b"[1]", content_type=JSON)
    assert counted(app)["rejected malformed"] == 1
