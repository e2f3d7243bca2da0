"""Below a path of another site, every address of a visit is within it; the dashboard has an origin of its own."""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from dashboard_sign_in import link, press
from flask import Flask
from flask.testing import FlaskClient
from reverse_proxy import MANNERS, PREFIX, FrontSite, Manner, front_site, passed_on
from server import Server, fetch, serving
from support import DESTINATIONS, ENVIRON, KEY, Client, Page, client_of, every_path, settings
from werkzeug.test import TestResponse

from wizard.app import create_app
from wizard.config import Settings
from wizard.setting import SettingError
from wizard.setting_parsers import OWN_PATHS
from wizard.visitor import sources
from wizard.web import mounting
from wizard.web.rare_warning import RareWarning

SITE = "https://www.example.com"
OWN = SITE + PREFIX
DASHBOARD = "https://wizard.example.com"
ADDRESSES = ("href", "src", "action", "data-here")
EVIL = (
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "/x\r\nSet-Cookie: a=b",
    "/../x",
    "/x/..",
    "/x//y",
    '/x"><script>',
    "/x'y",
    "/%2e%2e",
    "/x?y",
    "/x#y",
    "/x;y",
    "/é",
    "x",
    "/" + "a" * 5000,
    "/embed/x",
    "/growth/x",
)
"""Values of X-Forwarded-Prefix that no proxy of ours sends."""


@pytest.fixture(autouse=True)
def unwarned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has been warned of before."""
    monkeypatch.setattr(mounting, "UNKNOWN_ADDRESS", RareWarning(logging.getLogger("wizard")))


class Front:
    """The site in front of an application, asked for addresses as browsers are; `header` is what it always sends."""

    def __init__(self, app: Flask, manner: Manner, header: Mapping[str, str] | None = None) -> None:
        self.client: FlaskClient = plain(app)
        self.manner = manner
        self.header = dict(header or {})

    def ask(self, address: str, method: str = "GET", **options: Any) -> TestResponse:
        """The response for an address of the site."""
        parts = urlsplit(urljoin(f"{SITE}/", address))
        assert f"{parts.scheme}://{parts.netloc}" == SITE, address
        assert parts.path == PREFIX or parts.path.startswith(f"{PREFIX}/"), f"outside of the prefix: {address}"
        target, said = passed_on(f"{parts.path}?{parts.query}" if parts.query else parts.path, self.manner)
        headers = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "www.example.com"}
        options["headers"] = headers | said | self.header
        options["environ_overrides"] = at(target)
        return self.client.open("/", method=method, base_url="http://127.0.0.1:8000", **options)

    def page(self, address: str) -> Page:
        """The page at an address of the site."""
        return Page(self.ask(address))

    def answer(self, page: Page, choice: str) -> Page:
        """Send the page's form, and follow its redirect."""
        form = page.one("form")
        sent = self.ask(str(form["action"]), "POST", data=page.fields | {page.step: choice})
        assert sent.status_code == 303
        return self.page(sent.headers["Location"])

    def visit(self, path: Mapping[str, str], start: str = f"{PREFIX}/") -> Iterator[Page]:
        """Every page of a visit that answers with `path`."""
        page = self.page(start)
        yield page
        while page.html.select("form .choices"):
            page = self.answer(page, path[page.step])
            yield page


def plain(app: Flask) -> FlaskClient:
    """A client that checks nothing by itself, and sends any path as it is."""
    return FlaskClient(app, app.response_class, use_cookies=False)


def at(path: str) -> dict[str, str]:
    """The environment of a request for `path`, which a client would take for a host if it begins with two slashes."""
    path, _, query = path.partition("?")
    return {"PATH_INFO": path, "QUERY_STRING": query}


def addresses(html: BeautifulSoup | Tag) -> Iterator[str]:
    """Every address in a page, except those within it, images in the page itself, and e-mail."""
    for element in html.find_all():
        found = [str(element[name]) for name in ADDRESSES if name in element.attrs]
        found += [str(element["content"])] if element.get("property") == "og:url" else []
        yield from (one for one in found if not one.startswith(("#", "data:", "mailto:")))


def is_within(address: str) -> bool:
    """Whether a page of ours leads to `address` within the prefix."""
    return address == PREFIX or address.startswith((f"{PREFIX}/", f"{OWN}/"))


def mounted(**environ: str) -> Flask:
    """An application below the prefix, behind one proxy."""
    return create_app(settings(**{"public_url": OWN, "trusted_proxies": "1", **environ}))


@pytest.fixture(scope="module")
def below() -> Flask:
    return mounted()


def test_every_address_of_every_visit_is_within_the_prefix_and_leads_somewhere(below: Flask) -> None:
    front = Front(below, "removes the prefix")
    asked = set()
    for path in every_path():
        *_, result = pages = list(front.visit(path))
        for page in pages:
            assert page.status == 200
            found = list(addresses(page.html))
            assert found
            assert [one for one in found if not is_within(one)] == []
            asked |= {one for one in found if page is pages[0] or page is result}
        share = str(result.one("input[readonly]")["value"])
        assert share.startswith(f"{OWN}/?who=")
        for out in result.all("a[data-deployment]"):
            left = front.ask(str(out["href"]))
            assert left.status_code == 303
            assert left.headers["Location"].startswith(DESTINATIONS[str(out["data-deployment"])])
    for address in sorted(asked):
        if "/go/" not in address and address != f"{PREFIX}/":
            assert front.ask(address).status_code == 200, address


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("public_url", [OWN, ""])
def test_it_works_whether_the_proxy_removes_the_prefix_or_not(
    manner: Manner, public_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    # Without a public URL, the wizard only knows what a proxy says.
    header = {} if public_url else {"X-Forwarded-Prefix": f"{PREFIX}/"}
    front = Front(mounted(public_url=public_url), manner, header)
    for start in (PREFIX, f"{PREFIX}/", f"{PREFIX}/?utm_source=a&theme=dark"):
        for page in front.visit({"who": "team", "team_size": "2_10", "hosting": "own_cloud"}, start):
            assert page.status == 200
            assert [one for one in addresses(page.html) if not is_within(one)] == []
    builder = front.page(f"{PREFIX}/embed?mode=dialog")
    documentation = "https://developer.wordpress.org/"
    assert [one for one in addresses(builder.html) if not one.startswith(documentation) and not is_within(one)] == []
    for code in builder.all("pre code"):
        assert [one for one in addresses(BeautifulSoup(code.get_text(), "html.parser")) if not is_within(one)] == []
    assert f'src="{OWN}/embed.js"' in builder.one("#element-snippet").get_text()
    for asset in [one for one in addresses(builder.html) if "/static/" in one or "embed.js" in one]:
        assert front.ask(asset).status_code == 200
    told = front.ask(f"{PREFIX}/oembed?url={OWN}/embed%3Ftheme%3Ddark").get_json()
    assert (told["provider_url"], f'src="{OWN}/?theme=dark"' in told["html"]) == (f"{OWN}/", True)
    assert front.ask(f"{PREFIX}/oembed?url={SITE}/").status_code == 404
    assert front.ask(f"{PREFIX}/oembed?url={SITE}/starting").status_code == 404
    assert front.ask(f"{PREFIX}/oembed?url={OWN}/growth").status_code == 401
    assert front.ask(f"{PREFIX}/robots.txt").text.endswith(f"Disallow: {PREFIX}/go/\n")
    assert front.ask(f"{PREFIX}/readyz").get_json()["forwarding"] == "ok"
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("manner", MANNERS)
def test_errors_lead_back_into_the_prefix(below: Flask, manner: Manner) -> None:
    front = Front(below, manner)
    for address, status in (("/nothing", 404), ("/?journey=x", 400), ("/go/cloud?journey=x", 400)):
        page = front.page(PREFIX + address)
        assert page.status == status
        assert str(page.one("main a.button")["href"]) == f"{PREFIX}/"
    assert front.ask(f"{PREFIX}//embed").status_code in (200, 308)
    nameless = Front(below, manner, {"X-Forwarded-Host": "local host"}).page(f"{PREFIX}/nothing")
    assert (nameless.status, nameless.one("main a.button")["href"]) == (404, f"{PREFIX}/")


def test_the_api_is_served_below_the_prefix_and_says_so() -> None:
    app = mounted(conversion_keys=KEY)
    front = Front(app, "passes the prefix on")
    described = front.ask(f"{PREFIX}/api/openapi.json").get_json()
    [server] = described["servers"]
    [path] = [path for path in described["paths"] if path.endswith("conversions")]
    assert front.ask(server["url"] + path, "POST", json={}).status_code == 401
    unknown = front.ask(f"{PREFIX}/api/nothing")
    assert (unknown.status_code, unknown.mimetype) == (404, "application/problem+json")
    assert f" {PREFIX}/api/openapi.json" in unknown.get_json()["detail"]
    assert plain(app).post("/api/conversions", json={}).status_code == 401, "server to server, without a proxy"
    assert plain(app).get("/healthz").status_code == 200
    assert plain(app).get("/readyz").status_code == 200


def test_without_a_path_links_and_the_description_of_the_api_stay_as_they_were(client: Client) -> None:
    assert json.loads(client.get("/api/openapi.json").data)["servers"][0]["url"] == "/"
    assert client.page("/?journey=x").one("a.button")["href"] == "/"


@pytest.mark.parametrize("value", EVIL)
@pytest.mark.parametrize("public_url", [OWN, SITE, ""])
def test_an_unusable_prefix_gets_into_no_link_and_is_warned_of_once(
    value: str, public_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings(public_url=public_url, trusted_proxies="1"))
    client = plain(app)
    sent = {"HTTP_X_FORWARDED_PREFIX": value, "HTTP_X_FORWARDED_FOR": "192.0.2.7"}
    root = PREFIX if public_url == OWN else ""
    for address in ("/", "/embed", "/nothing", "//embed", "/growth", "/growth/sign-in"):
        response = client.get("/", environ_overrides=sent | at(address))
        told = response.text + str(response.headers)
        assert "evil" not in told
        assert value not in addresses(BeautifulSoup(response.text, "html.parser"))
        if address == "/":
            assert f'action="{root}/"' in told
        if "growth" in address:
            assert response.status_code == 404
            assert "Set-Cookie" not in response.headers
    [line] = [text for text in messages(caplog) if "X-Forwarded-Prefix was" in text]
    assert line.startswith(f"WIZARD_PUBLIC_URL: {public_url or 'not set'}, but ")
    assert line.isprintable()
    assert len(line) < 800
    assert forwarding_of(app) == ("ok" if public_url == SITE else "wrong-prefix")


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The warnings so far."""
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def forwarding_of(app: Flask) -> str:
    """What /readyz says of forwarding."""
    return str(plain(app).get("/readyz").get_json()["forwarding"])


def test_a_prefix_from_a_peer_that_is_not_trusted_is_ignored_and_detected(caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(settings())
    page = Page(plain(app).get("/", headers={"X-Forwarded-Prefix": PREFIX}))
    assert page.one("form")["action"] == "/"
    assert forwarding_of(app) == "untrusted"
    [line] = messages(caplog)
    assert line.startswith("WIZARD_TRUSTED_PROXIES: 0, but X-Forwarded-Prefix came")


@pytest.mark.parametrize(
    ("trusted", "sent", "root"),
    [("1", "/start", "/start"), ("1", "/evil, /start/", "/start"), ("2", "/start, /inner", "/start"), ("2", "/a", "")],
)
def test_the_prefix_is_the_one_of_the_outermost_trusted_proxy(trusted: str, sent: str, root: str) -> None:
    app = create_app(settings(trusted_proxies=trusted))
    headers = {"X-Forwarded-Prefix": sent, "X-Forwarded-For": "192.0.2.7, 192.0.2.8"}
    page = Page(plain(app).get("/", headers=headers))
    assert page.one("form")["action"] == f"{root}/"
    assert forwarding_of(app) == ("ok" if root else "wrong-prefix")


@pytest.mark.parametrize("public_url", [OWN, SITE])
def test_another_prefix_than_that_of_the_public_url_is_warned_of_and_ignored(
    public_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings(public_url=public_url, trusted_proxies="1"))
    front = Front(app, "removes the prefix", {"X-Forwarded-Prefix": "/begin"})
    for _ in range(2):
        assert front.page(f"{PREFIX}/").one("link[rel=canonical]")["href"] == f"{public_url}/"
    [line] = messages(caplog)
    assert line.startswith(f"WIZARD_PUBLIC_URL: {public_url}, but X-Forwarded-Prefix was /begin; set WIZARD_PUBLIC_URL")
    assert forwarding_of(app) == ("ok" if public_url == SITE else "wrong-prefix")


@pytest.mark.parametrize(
    ("public_url", "path", "extra"),
    [
        (OWN, "/start/start", "/start/start"),
        (OWN, "/start/start/", "/start/start"),
        (OWN, "/start/start/embed.js", "/start/start"),
        (OWN, "/begin/oembed", "/start/begin"),
        (SITE, "/start/embed.js", "/start"),
        ("", "/start/static/tokens.css", "/start"),
    ],
)
def test_a_prefix_that_came_twice_or_is_not_in_the_settings_is_warned_of(
    public_url: str, path: str, extra: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = plain(create_app(settings(public_url=public_url)))
    for _ in range(2):
        assert client.get(path).status_code == 404
    [line] = messages(caplog)
    assert line.startswith(f"WIZARD_PUBLIC_URL: {public_url or 'not set'}, but '")
    assert f"below the path {extra!r}; set WIZARD_PUBLIC_URL" in line


@pytest.mark.parametrize("path", ["/nothing", "/wp-login.php", "/static/x", "/go/", "/start/x", "/api/x/embed.js"])
def test_an_unknown_address_is_not_warned_of(path: str, caplog: pytest.LogCaptureFixture) -> None:
    assert plain(create_app(settings())).get(path).status_code == 404
    assert messages(caplog) == []


def test_a_proxy_that_passes_on_some_addresses_with_the_prefix_and_some_without_is_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = mounted()
    front = Front(app, "passes the prefix on")
    assert front.page(f"{PREFIX}/").status == 200
    balancer = {"Via": "1.1 balancer", "X-Forwarded-For": "192.0.2.7"}
    for path in ("/healthz", "/readyz", "/api/openapi.json"):
        assert plain(app).get(path, headers=balancer).status_code == 200
    assert plain(app).get("/").status_code == 200, "somebody on this machine itself"
    assert messages(caplog) == []
    front.manner = "removes the prefix"
    for _ in range(2):
        assert front.page(f"{PREFIX}/embed").status == 200
    [line] = messages(caplog)
    assert line.startswith(f"WIZARD_PUBLIC_URL: {OWN}, and a request came without its path, unlike those before")
    assert forwarding_of(app) == "ok", "both work"


def test_no_route_begins_with_a_part_that_a_prefix_may_have() -> None:
    rules = [rule.rule for rule in create_app(settings()).url_map.iter_rules()]
    assert {rule.split("/")[1] for rule in rules} - {""} == OWN_PATHS
    assert mounting.ELSEWHERE.strip("/") not in OWN_PATHS


WRITTEN_OTHERWISE = (
    "/growth",
    "/growth/",
    "//growth",
    "///growth/journeys",
    "/growth//sign-in",
    "/growth/sign-in?link=x",
)


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("path", WRITTEN_OTHERWISE)
def test_below_a_path_there_is_no_dashboard(path: str, manner: Manner, below: Flask) -> None:
    front = Front(below, manner)
    for response in (front.ask(PREFIX + path), plain(below).get("/", environ_overrides=at(path))):
        assert response.status_code == 404
        assert "Set-Cookie" not in response.headers
        assert "/growth" not in response.text
        assert response.headers["Cache-Control"] == "private, no-cache"


def test_below_a_path_that_only_the_proxy_names_there_is_no_dashboard_and_the_log_says_what_to_set(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = create_app(settings(trusted_proxies="1"))
    front = Front(app, "removes the prefix and says so")
    assert front.ask(f"{PREFIX}/growth").status_code == 404
    [line] = messages(caplog)
    assert line.startswith("WIZARD_DASHBOARD_URL: not set, and /growth was asked for below a path (/start)")
    assert plain(app).get("/growth", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 401


APART: Mapping[str, str] = {"dashboard_url": DASHBOARD}


@pytest.mark.parametrize("public_url", [OWN, SITE])
def test_the_dashboard_is_used_at_its_own_origin_alone(public_url: str) -> None:
    app = create_app(settings(public_url=public_url, **APART))
    colleague = client_of(app)
    assert colleague.get("/growth", base_url=DASHBOARD).status_code == 401
    response = press(colleague, colleague.page(link(app), base_url=DASHBOARD), base_url=DASHBOARD)
    assert (response.status_code, response.headers["Location"]) == (303, "/growth")
    [cookie] = response.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-wizard_session=")
    assert "Path=/;" in f"{cookie};"
    assert "Secure" in cookie
    assert "Domain" not in cookie
    overview = colleague.page("/growth", base_url=DASHBOARD)
    assert overview.status == 200
    assert f'src="{public_url}/embed.js"' in overview.one("#snippet").get_text()
    assert overview.one(".actions a")["href"] == f"{public_url}/embed"
    within = [one for one in addresses(overview.html) if "sign-out" not in one and not one.startswith(public_url)]
    assert {colleague.get(address, base_url=DASHBOARD).status_code for address in within} == {200}
    session = cookie.partition(";")[0]
    for base in (SITE, "https://evil.example", "http://127.0.0.1:8000"):
        for path in (*WRITTEN_OTHERWISE, *(PREFIX + path for path in WRITTEN_OTHERWISE)):
            refused = plain(app).get("/", base_url=base, headers={"Cookie": session}, environ_overrides=at(path))
            assert refused.status_code == 404, (base, path)
            assert "Set-Cookie" not in refused.headers
            posted = plain(app).post("/growth/sign-out", base_url=base, headers={"Cookie": session})
            assert posted.status_code == 404
    assert colleague.get("/growth", base_url=DASHBOARD).status_code == 200, "the session goes on"


def test_at_the_dashboards_own_origin_there_are_no_visitors_pages() -> None:
    app = create_app(settings(public_url=OWN, **APART))
    outside = (
        "/embed",
        "/embed.js",
        "/go/cloud",
        "/oembed",
        "/start/",
        "/start/growth",
        "/robots.txt",
        "/sign-in?link=x",
    )
    for path in outside:
        response = plain(app).get(path, base_url=DASHBOARD)
        assert response.status_code == 404, path
        assert "Set-Cookie" not in response.headers, "which would end the session of a colleague"
        assert Page(response).one("main a.button")["href"] == "/growth"
    root = plain(app).get("/", base_url=DASHBOARD)
    assert (root.status_code, root.headers["Location"]) == (303, "/growth")
    assert "Set-Cookie" not in root.headers
    for path in ("/static/tokens.css", "/api/openapi.json", "/healthz", "/readyz"):
        assert plain(app).get(path, base_url=DASHBOARD).status_code == 200
    assert plain(app).get("/growth/elsewhere/", base_url=DASHBOARD).status_code == 401


def test_a_dashboard_that_a_proxy_serves_below_a_path_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(settings(public_url=OWN, trusted_proxies="1", **APART))
    headers = {"X-Forwarded-Prefix": "/tools", "X-Forwarded-For": "192.0.2.7"}
    assert plain(app).get("/growth", base_url=DASHBOARD, headers=headers).status_code == 404
    assert "X-Forwarded-Prefix was /tools" in messages(caplog)[0]


@pytest.mark.parametrize("public_url", [DASHBOARD, ""])
def test_an_origin_that_visitors_reach_too_serves_both_and_others_no_dashboard(public_url: str) -> None:
    app = create_app(settings(public_url=public_url, **APART))
    client = client_of(app)
    assert client.get("/", base_url=DASHBOARD).status_code == 200
    assert client.get("/growth", base_url=DASHBOARD).status_code == 401
    assert plain(app).get("/growth", base_url="https://other.example").status_code == 404
    assert plain(app).get("/", base_url="https://other.example").status_code == 200


@pytest.mark.parametrize("host", ["wizard.example.com", "WIZARD.example.com:443"])
def test_the_dashboards_origin_is_known_by_its_host_as_a_proxy_may_hide_the_scheme(host: str) -> None:
    app = create_app(settings(public_url=OWN, **APART))
    assert plain(app).get("/growth", headers={"Host": host}).status_code == 401
    assert plain(app).get("/growth", headers={"Host": f"x.{host}"}).status_code == 404


@pytest.mark.parametrize("dashboard_url", [SITE, SITE.replace("https:", "http:")])
@pytest.mark.parametrize("public_url", [OWN, OWN.replace("https:", "http:")])
def test_the_public_urls_own_site_can_not_be_the_dashboards(public_url: str, dashboard_url: str) -> None:
    with pytest.raises(SettingError) as error:
        settings(public_url=public_url, dashboard_url=dashboard_url)
    line = str(error.value)
    assert line.startswith(f"WIZARD_DASHBOARD_URL: given '{dashboard_url}'")
    assert f"WIZARD_PUBLIC_URL is '{public_url}'" in line
    assert line.isprintable()
    assert Settings().dashboard_url is None


def test_answers_from_the_dashboards_origin_are_refused_and_from_the_site_accepted() -> None:
    app = create_app(settings(public_url=OWN, **APART))
    page = Page(plain(app).get(f"{PREFIX}/", base_url=SITE))
    for origin, status in ((SITE, 303), (DASHBOARD, 403), ("null", 403), ("https://evil.example", 403)):
        data = page.fields | {page.step: "job"}
        response = plain(app).post(f"{PREFIX}/", base_url=SITE, data=data, headers={"Origin": origin})
        assert response.status_code == status, origin


def test_no_prefix_is_taken_for_that_of_another_request() -> None:
    app = create_app(settings(trusted_proxies="1"))
    for root in ("", "/one", "/two", ""):
        headers = {"X-Forwarded-For": "192.0.2.7"} | ({"X-Forwarded-Prefix": root} if root else {})
        page = Page(plain(app).get("/", headers=headers))
        assert page.one("form")["action"] == f"{root}/"
        assert page.one("link[rel=canonical]")["href"] == f"http://localhost{root}/"


@pytest.mark.parametrize(
    ("referrer", "host", "embed_origin"),
    [
        (f"{SITE}/pricing", "www.example.com", SITE),
        (f"{SITE}/starting", "www.example.com", SITE),
        (f"{SITE}/", "", ""),
        (f"{OWN}/embed", "", ""),
        (OWN, "", ""),
        ("https://other.example/pricing", "other.example", ""),
        ("https://[x/", "", ""),
    ],
)
def test_a_page_of_the_site_around_refers_and_frames_as_other_sites_do(
    referrer: str, host: str, embed_origin: str, below: Flask
) -> None:
    sent = {"base_url": SITE, "environ_overrides": {"SCRIPT_NAME": PREFIX}}
    with below.test_request_context("/", headers={"Referer": referrer}, **sent):
        assert (sources.attribution().referrer_host, sources.attribution().embed_origin) == (host, "")
    with below.test_request_context("/", headers={"Referer": referrer, "Sec-Fetch-Dest": "iframe"}, **sent):
        assert (sources.attribution().referrer_host, sources.attribution().embed_origin) == ("", embed_origin)
        assert sources.attribution().embed_path == "", "which is shared by share-path alone"


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FrontSite, Server]]:
    """A real server behind a real reverse proxy."""
    with front_site() as site:
        folder = tmp_path_factory.mktemp("mounted")
        with serving(folder, environ={**ENVIRON, **site.environ(), "WIZARD_DATABASE_URL": ""}) as server:
            site.upstream = server.port
            yield site, server


@pytest.mark.parametrize("manner", MANNERS)
def test_a_visit_through_a_real_proxy_stays_below_the_prefix(manner: Manner, front: tuple[FrontSite, Server]) -> None:
    site, server = front
    site.manner = manner
    answers = {"who": "organisation", "team_size": "51_plus", "hosting": "avoid"}
    status, text, address = fetch(site.public_url)
    for choice in answers.values():
        assert status == 200
        html = BeautifulSoup(text, "html.parser")
        assert html.form is not None
        form = {str(one["name"]): str(one["value"]) for one in html.select("input[type=hidden]")}
        status, text, address = fetch(urljoin(address, str(html.form["action"])), form | {form["step"]: choice})
        assert address.startswith(f"{site.public_url}/?journey=")
    assert re.search(r'data-recommended="cloud"', text)
    assert site.missed == []
    assert fetch(f"{site.public_url}/growth")[0] == 404
    assert fetch(f"{site.dashboard_url}/growth")[0] == 401
    assert fetch(f"http://127.0.0.1:{server.port}/healthz")[0] == 200


def test_the_server_says_at_the_start_that_the_dashboard_is_not_served(tmp_path: Path) -> None:
    with serving(tmp_path, environ={**ENVIRON, "WIZARD_PUBLIC_URL": OWN, "WIZARD_TRUSTED_PROXIES": "1"}) as server:
        log = server.log.read_text()
    [line] = [line for line in log.splitlines() if "WIZARD_DASHBOARD_URL" in line]
    assert f"not served: scripts of {SITE} could use it" in line
    assert f"http://127.0.0.1:{server.port}{PREFIX}/ (Ctrl-C stops it)" in log
