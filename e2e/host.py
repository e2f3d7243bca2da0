"""A host site on loopback under several names: pages that embed the wizard, and the destinations."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from threaded_server import serving_in_thread

NONCE = "'nonce-host'"
"""What a policy names the host's own script by."""

MAY_EMBED = "localhost"
"""The name whose pages may frame the wizard; `other.localhost` is a site that may not, 127.0.0.1 is the wizard's."""

DESTINATION = "destination.localhost"
"""The name that the ways out lead to, a site of its own."""

NO_SCRIPT = {"Content-Security-Policy": "script-src 'none'"}
"""Headers that switch JavaScript off in a page and not in what it frames, in every engine."""

RECORDER = """
window.hostEvents = []
window.moved = []
window.heard = []
for (const name of ['ready', 'step', 'result', 'exit']) addEventListener('wizard-' + name, event => {
  hostEvents.push([name, event.detail ?? {}, event.target.id, event.bubbles && event.composed])
  navigator.sendBeacon('/received', JSON.stringify([location.href, hostEvents.length, hostEvents.at(-1)]))
})
addEventListener('message', event => heard.push(event.data))
for (const name of ['scroll', 'focusin']) document.addEventListener(name, () => moved.push(name), true)
"""
"""What every page of the host that runs scripts keeps of what happens on it, for tests to ask for."""


@dataclass(frozen=True, slots=True)
class Hosted:
    """A page, and headers that it is sent with."""

    html: str
    headers: Mapping[str, str]


@dataclass
class HostSite:
    """The site: its pages by path, the requests that it got with their headers, and the events that its pages sent."""

    port: int = 0
    pages: dict[str, Hosted] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    events: list[tuple[str, int, list[Any]]] = field(default_factory=list)

    def origin(self, name: str = MAY_EMBED) -> str:
        """Its origin under `name`."""
        return f"http://{name}:{self.port}"

    def put(self, body: str, *, head: str = "", headers: Mapping[str, str] | None = None, name: str = MAY_EMBED) -> str:
        """The address of a new page with this `body` between a heading and much text, so that moving it shows."""
        path = f"/page-{len(self.pages)}"
        self.pages[path] = Hosted(_page(body, head), headers or {})
        return self.origin(name) + path

    def destinations(self) -> dict[str, str]:
        """The settings that make each destination lead here."""
        names = ("cloud", "private_cloud", "on_premise")
        return {f"WIZARD_{name.upper()}_URL": f"{self.origin(DESTINATION)}/{name}" for name in names}


def _page(body: str, head: str) -> str:
    filling = "<p>Our product does what it does, and does it well.</p>"
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Another site</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">{head}
<script nonce="host">{RECORDER}</script></head><body><main><h1>Another site</h1>{filling * 3}
{body}
{filling * 60}</main></body></html>"""


class _Handler(BaseHTTPRequestHandler):
    """Serves the pages of a site; an address that it knows nothing of is a page whose title is its path."""

    def __init__(self, site: HostSite, *given: object) -> None:
        self.site = site
        super().__init__(*given)  # type: ignore[arg-type]  # what the server passes on

    def do_GET(self) -> None:  # the library's name
        path = urlsplit(self.path).path
        self.site.asked.append((self.path, dict(self.headers.items())))
        page = self.site.pages.get(path) or Hosted(f"<!doctype html><title>{path}</title><h1>{path}</h1>", {})
        self.send_response(200)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **page.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page.html.encode())

    def do_POST(self) -> None:  # the library's name
        length = int(self.headers["Content-Length"])
        page, number, event = json.loads(self.rfile.read(length))
        self.site.events.append((page, number, event[:2]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def hosting() -> Iterator[HostSite]:
    """A site that runs on a free port, under all its names."""
    site = HostSite()
    with serving_in_thread(partial(_Handler, site)) as site.port:
        yield site
