"""A site on loopback with a reverse proxy: the wizard is below one of its paths, the dashboard at another host name."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from typing import Literal
from urllib.parse import urlsplit

from threaded_server import serving_in_thread

PREFIX = "/start"
SITE, DASHBOARD = "localhost", "127.0.0.1"
"""The host names of the site and of the dashboard."""

Manner = Literal["passes the prefix on", "removes the prefix", "removes the prefix and says so"]
MANNERS: tuple[Manner, ...] = ("passes the prefix on", "removes the prefix", "removes the prefix and says so")
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "date", "server"}


@dataclass
class FrontSite:
    """The site: its own pages by path, and how it passes on requests to the port `upstream`."""

    port: int = 0
    upstream: int = 0
    manner: Manner = "removes the prefix"
    pages: dict[str, str] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    """The paths outside of the prefix that were asked for and are not among the pages."""

    @property
    def public_url(self) -> str:
        """The wizard's address."""
        return f"http://{SITE}:{self.port}{PREFIX}"

    @property
    def dashboard_url(self) -> str:
        """The dashboard's origin."""
        return f"http://{DASHBOARD}:{self.port}"

    def environ(self) -> dict[str, str]:
        """The settings of a wizard behind it."""
        return {
            "WIZARD_PUBLIC_URL": self.public_url,
            "WIZARD_DASHBOARD_URL": self.dashboard_url,
            "WIZARD_TRUSTED_PROXIES": "1",
        }


def passed_on(target: str, manner: Manner) -> tuple[str, dict[str, str]]:
    """The target that the wizard gets of a request for `target` below the prefix, and the proxy's header for it."""
    if manner == "passes the prefix on":
        return target, {}
    removed = target.removeprefix(PREFIX)
    said = {"X-Forwarded-Prefix": PREFIX} if manner == "removes the prefix and says so" else {}
    return removed if removed.startswith("/") else f"/{removed}", said


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, site: FrontSite, *given: object) -> None:
        self.site = site
        super().__init__(*given)  # type: ignore[arg-type]  # what the server passes on

    def do_GET(self) -> None:  # the library's name
        host = self.headers["Host"].partition(":")[0]
        path = urlsplit(self.path).path
        if host == DASHBOARD:
            self._pass_on(self.path, {})
        elif path == PREFIX or path.startswith(f"{PREFIX}/"):
            self._pass_on(*passed_on(self.path, self.site.manner))
        else:
            self._own_page(path)

    do_POST = do_HEAD = do_GET  # noqa: N815  # the library's names

    def _own_page(self, path: str) -> None:
        page = self.site.pages.get(path)
        if page is None:
            self.site.missed.append(path)
        body = (page or "<!doctype html><title>Not here</title>").encode()
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _pass_on(self, target: str, headers: dict[str, str]) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        sent = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        sent = {name: value for name, value in sent.items() if not name.lower().startswith("x-forwarded-")}
        sent |= {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "http", "X-Forwarded-Host": self.headers["Host"]}
        upstream = HTTPConnection("127.0.0.1", self.site.upstream, timeout=30)
        upstream.request(self.command, target, body or None, sent | headers)
        answer = upstream.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP and name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        upstream.close()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def front_site() -> Iterator[FrontSite]:
    """A site that runs on a free port. Its `upstream` is set once the wizard runs."""
    site = FrontSite()
    with serving_in_thread(partial(_Handler, site)) as site.port:
        yield site
