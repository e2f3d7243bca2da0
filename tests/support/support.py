"""Shared helpers: settings, empty logs, the questionnaire's paths, and a client that checks every page."""

import re
import secrets
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from wizard.app import recorder_of
from wizard.config import Settings, read_settings
from wizard.storage.database import open_database
from wizard.storage.migrate import migrate
from wizard.storage.schema import ledger
from wizard.web.areas import is_for_dashboard
from wizard.web.assets import source_of
from wizard.web.services import EXTENSION

KEY = "a key for tests that is long enough to be one"
DESTINATIONS = {
    "cloud": "https://cloud.example/signup",
    "private_cloud": "https://contact.example/private-cloud",
    "on_premise": "https://docs.example/self-host",
}
ENVIRON = {
    "WIZARD_SECRET_KEYS": KEY,
    **{f"WIZARD_{name.upper()}_URL": address for name, address in DESTINATIONS.items()},
    "WIZARD_SUSPECT_ANSWER_MS": "0",  # tests answer faster than people read; those of the mark set it
}

WHO = ("hobby", "job", "team", "organisation")
TEAM_SIZE = ("just_me", "2_10", "11_50", "51_plus")
HOSTING = ("enjoy", "avoid", "own_cloud", "own_servers", "unsure")


BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
)

COOKIE_STAYS_HERE = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])[:/]")
"""Where the dashboard's cookie may go over an unencrypted connection: to this machine itself."""

FOLDER = TemporaryDirectory(prefix="wizard-tests-")


def settings(**environ: str) -> Settings:
    """Settings by their names in lower case, without `WIZARD_`. Each call has a new, empty log."""
    own = Path(FOLDER.name) / secrets.token_hex(8)
    own.mkdir()
    places = {
        "WIZARD_DATABASE_URL": empty_log(own),
        "WIZARD_SPOOL_DIR": f"{own}/spool",
        "WIZARD_JOURNAL_BYTES": "1048576",
    }
    given = {f"WIZARD_{name.upper()}": value for name, value in environ.items()}
    return read_settings(ENVIRON | places | given)


def empty_log(folder: Path, name: str = "wizard.db") -> str:
    """Make an empty, migrated SQLite log in `folder`. Returns its URL."""
    path = folder / name
    shutil.copy(_migrated(), path)
    return f"sqlite:///{path}"


@cache
def _migrated() -> Path:
    """An empty log to copy, which is faster than a migration."""
    path = Path(FOLDER.name) / "template.db"
    database = open_database(f"sqlite:///{path}")
    migrate(database)
    database.dispose()
    return path


def every_path() -> Iterator[dict[str, str]]:
    """The complete paths, from the specification of the questions rather than from the code."""
    for hosting in HOSTING:
        yield {"who": "hobby", "hosting": hosting}
    for who, team_size, hosting in product(WHO[1:], TEAM_SIZE, HOSTING):
        if team_size != "just_me" or who == "job":
            yield {"who": who, "team_size": team_size, "hosting": hosting}


def name_of(path: Mapping[str, str]) -> str:
    """A path as the id of a test."""
    return "-".join(path.values())


@dataclass(frozen=True)
class Expected:
    """The expected result of a path."""

    persona: str
    recommended: str
    alternatives: tuple[str, ...]
    declined: tuple[str, ...] = ()


def expected(path: Mapping[str, str]) -> Expected:
    """The expected result of `path`: a second implementation of the routing, from its specification."""
    size, hosting = path.get("team_size"), path["hosting"]
    alone = path["who"] == "hobby" or size == "just_me"
    if alone and hosting in ("enjoy", "own_servers"):
        return Expected("enthusiast", "on_premise", ("cloud",))
    if alone:
        return Expected("visionary", "cloud", ("on_premise",), ("private_cloud",) if hosting == "own_cloud" else ())
    wide = size == "51_plus" or (size == "11_50" and path["who"] == "organisation")
    persona = "enterprise" if wide else "team"
    if hosting in ("avoid", "unsure"):
        return Expected(persona, "cloud", ("private_cloud",))
    return Expected(persona, "private_cloud", ("cloud",), ("on_premise",) if hosting == "own_servers" else ())


def _parsed(response: TestResponse) -> tuple[BeautifulSoup, list[Tag]]:
    """A response's elements, as a tree and as a list. Parses each response once."""
    kept = vars(response)
    if "parsed" not in kept:
        html = BeautifulSoup(response.text, "html.parser")
        kept["parsed"] = html, html.find_all()
    found: tuple[BeautifulSoup, list[Tag]] = kept["parsed"]
    return found


class Page:
    """A response, as a person or a program would read it."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status = response.status_code
        self.html, self.elements = _parsed(response)

    def one(self, selector: str) -> Tag:
        """The one element that `selector` finds."""
        found = self.html.select(selector)
        assert len(found) == 1, f"{selector}: {len(found)} found on {self.heading}"
        return found[0]

    def all(self, selector: str) -> list[Tag]:
        """Every element that `selector` finds."""
        return list(self.html.select(selector))

    def named(self, name: str) -> list[Tag]:
        """Every element of this name. Much faster on a large page than a selector."""
        return [element for element in self.elements if element.name == name]

    def bearing(self, attribute: str) -> list[Tag]:
        """Every element that has this attribute."""
        return [element for element in self.elements if attribute in element.attrs]

    @property
    def heading(self) -> str:
        """The text of the page's heading."""
        return self.named("h1")[0].get_text(" ", strip=True)

    @property
    def text(self) -> str:
        """The text of the page, with single spaces."""
        return " ".join(self.html.body.get_text(" ").split()) if self.html.body else ""

    @property
    def fields(self) -> dict[str, str]:
        """The hidden fields of the page's form."""
        return {str(field["name"]): str(field["value"]) for field in self.all("form input[type=hidden]")}

    @property
    def step(self) -> str:
        """The name of the question."""
        return str(self.all("form .choices button")[0]["name"])

    @property
    def choices(self) -> list[str]:
        """The ids of the choices that are offered."""
        return [str(button["value"]) for button in self.all("form .choices button")]

    @property
    def given(self) -> list[str]:
        """The ids of the choices that are marked as the visitor's answer."""
        return [str(button["value"]) for button in self.all("form .choices button[aria-current=true]")]

    @property
    def journey(self) -> str:
        """The sealed journey that the page carries."""
        if field := self.html.select_one("input[name=journey]"):
            return str(field["value"])
        return parse_qs(urlsplit(str(self.all("a[data-deployment]")[0]["href"])).query)["journey"][0]


class Client(FlaskClient):
    """A test client that checks every response."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request, and check the response."""
        response = super().open(*args, **kwargs)
        if EXTENSION in self.application.extensions:
            recorder = recorder_of(self.application)
            if recorder.waiting:
                recorder.ingest()
        check_response(response)
        return response

    def page(self, address: str, **kwargs: Any) -> Page:
        """The page at `address`."""
        return Page(self.get(address, **kwargs))

    def submit(self, page: Page, choice: str | None, **kwargs: Any) -> TestResponse:
        """Send the page's form with `choice` selected. Returns the response, without following redirects."""
        form = page.one("form")
        data = page.fields | ({page.step: choice} if choice is not None else {})
        return self.post(str(form["action"]), data=data, **kwargs)

    def answer(self, page: Page, choice: str | None, **kwargs: Any) -> Page:
        """Send the page's form with `choice` selected, and follow redirects. Returns the page."""
        return Page(self.submit(page, choice, follow_redirects=True, **kwargs))

    def visit(self, path: Mapping[str, str]) -> Page:
        """Answer every question with `path`, from the first page. Returns the result page."""
        page = self.page("/")
        while page.html.select("form .choices"):
            page = self.answer(page, path[page.step])
        return page


def check_response(response: TestResponse) -> None:
    """Assert what holds for every response."""
    headers = response.headers
    is_growth = is_for_dashboard(response.request.path)
    if is_growth:
        check_dashboard_response(response)
    else:
        assert "Set-Cookie" not in headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    is_shared = response.request.path.startswith("/growth/shared/")
    assert headers.getlist("Referrer-Policy") == ["no-referrer" if is_shared else "strict-origin"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    ancestors = "'none'" if is_growth and not is_preview(response) else "'self'"
    assert f"frame-ancestors {ancestors}" in headers["Content-Security-Policy"]
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["X-Request-Id"]
    if response.status_code in range(300, 400) or "Content-Encoding" in headers or not response.data:
        return
    if response.mimetype == "text/html":
        check_page(Page(response))


def is_preview(response: TestResponse) -> bool:
    """Whether it is the page in a frame of the studio, which shows what visitors see."""
    path, is_asked = response.request.path, response.request.method in ("GET", "HEAD")
    return is_asked and path.startswith("/studio/") and path.endswith("/preview") and response.status_code == 200


def check_dashboard_response(response: TestResponse) -> None:
    """Assert what holds for every response of the dashboard, including errors."""
    headers = response.headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["X-Frame-Options"] == ("SAMEORIGIN" if is_preview(response) else "DENY")
    assert "Cookie" in response.vary
    secure = set() if COOKIE_STAYS_HERE.match(response.request.host_url) else {"secure"}
    for cookie in headers.getlist("Set-Cookie"):
        name, *attributes = (part.strip().lower() for part in cookie.split(";"))
        given = {attribute for attribute in attributes if not attribute.startswith(("expires=", "max-age="))}
        assert name.startswith("__host-wizard_session=" if secure else "wizard_session=")
        assert given == {"httponly", "samesite=lax", "path=/", *secure}


def check_page(page: Page) -> None:
    """Assert what holds for every page."""
    is_growth = is_for_dashboard(page.response.request.path)
    assert page.response.headers["Cache-Control"] == ("no-store" if is_growth else "private, no-cache")
    (title,) = page.all("head > title")
    assert title.get_text().strip()
    (html,) = page.named("html")
    assert html["lang"]
    assert len(page.named("h1")) == 1
    assert page.heading
    assert len(page.named("main")) == 1
    ids = [str(element["id"]) for element in page.bearing("id")]
    assert len(ids) == len(set(ids)), f"an id is not unique: {sorted(ids)}"
    for attribute in ("aria-describedby", "aria-labelledby"):
        for element in page.bearing(attribute):
            assert set(str(element[attribute]).split()) <= set(ids)
    for link in page.named("a"):
        href = str(link.get("href", ""))
        assert not href.startswith("#") or href[1:] in ids or (href == "#" and is_preview(page.response))
    assert not page.bearing("style")
    assert not page.bearing("onclick")
    if is_preview(page.response):
        check_preview_page(page)
    elif is_growth:
        check_dashboard_page(page)
    elif page.response.request.path in ("/embed", "/embed/") and page.status == 200:
        check_snippet_page(page)
    else:
        check_visitor_page(page)
    assert "Traceback" not in page.text
    indexable = page.status == 200 and "noindex" not in page.response.headers.get("X-Robots-Tag", "")
    robots = [meta["content"] for meta in page.named("meta") if meta.get("name") == "robots"]
    assert robots == ([] if indexable else ["noindex"])


def check_visitor_page(page: Page) -> None:
    """Assert what holds for every page of the questionnaire."""
    for form in page.named("form"):
        # Those of problems only switch the language, at the page's own address or where they lead on to.
        assert form["method"] == ("get" if page.html.select("main.problem") else "post")
        assert re.fullmatch(r"/?(\?[^#]*)?", str(form["action"]))
    assert not [script for script in page.named("script") if script.get("src")]
    assert len(page.named("script")) == len(page.bearing("data-framed")) + len(page.bearing("data-copies"))
    assert_only_inline(page, page.response.headers["Content-Security-Policy"])


def check_preview_page(page: Page) -> None:
    """Assert what holds for every page in a frame of the studio: one script, and nothing that leads elsewhere."""
    assert len(page.named("script")) == 1
    policy = page.response.headers["Content-Security-Policy"]
    assert "form-action 'none'" in policy
    assert not page.html.select("[action], [formaction], [src]")
    assert {link["href"] for link in page.named("a")} <= {"#"}
    assert_only_inline(page, policy)


def assert_only_inline(page: Page, policy: str) -> None:
    """Assert that the policy allows exactly the styles and scripts that are in the page."""
    for directive, name in (("style-src", "style"), ("script-src", "script")):
        allowed = re.findall(rf"{directive} ([^;]*)", policy)
        sent = [source_of(element.get_text().encode()) for element in page.named(name)]
        assert " ".join(allowed).split() == sent


def check_snippet_page(page: Page) -> None:
    """Assert what holds for the snippet builder: it has no inline scripts or styles."""
    (form,) = page.named("form")
    assert (form["method"], form["action"]) == ("get", "/embed")
    assert not page.named("style")
    for script in page.named("script"):
        assert str(script["src"]).startswith("/")
        assert not script.get_text()


def check_dashboard_page(page: Page) -> None:
    """Assert what holds for every page of the dashboard: no inline scripts, and forms within the dashboard."""
    for form in page.named("form"):
        assert form["method"] in ("get", "post")
        assert is_for_dashboard(urlsplit(str(form["action"])).path)
        assert len(form.find_all("input", {"name": "csrf_token"})) == (form["method"] == "post")
    for script in page.named("script"):
        source = script.get("src")
        assert str(source).startswith("/static/") if source else script.get("type") == "application/json"


def client_of(app: Flask) -> Client:
    """A client of `app` with a browser's User-Agent."""
    app.test_client_class = Client
    client = app.test_client()
    assert isinstance(client, Client)
    client.environ_base["HTTP_USER_AGENT"] = BROWSER
    return client


def files_in(folder: Path) -> set[str]:
    """The paths of the files in `folder`, recursively."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def counted(app: Flask) -> Counter[str]:
    """The ledger's counts of `app` so far, by outcome and reason."""
    recorder = recorder_of(app)
    recorder.ingest()
    table = ledger.c
    found = select(table.outcome, table.reason, func.sum(table.events)).group_by(table.outcome, table.reason)
    with recorder.log.database.reader.connect() as connection:
        return Counter({f"{outcome} {reason}".strip(): int(n) for outcome, reason, n in connection.execute(found)})
