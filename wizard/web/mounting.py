"""Mounts the application below a path of another site, and keeps the dashboard to an origin of its own.

Scripts of a site can use everything on its origin as its visitors can, so the dashboard is never served below a path.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from flask import request

from wizard.config import Settings
from wizard.setting_parsers import MAX_PREFIX_CHARACTERS, OWN_PATHS, prefix
from wizard.web.areas import API, DASHBOARD, is_below, is_for_dashboard
from wizard.web.forwarding import ALL_KEYS, DOUBT_SECONDS, KEYS
from wizard.web.origins import host_for
from wizard.web.rare_warning import RareWarning
from wizard.web.services import services

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOG = logging.getLogger("wizard")
FORWARDED_PREFIX = "X-Forwarded-Prefix"
KEY = KEYS[FORWARDED_PREFIX]
ELSEWHERE = "/elsewhere"
"""What the application gets before the path of a page that is not served at this origin: no route begins with it."""

OUTSIDE = "wizard.outside_dashboard"
"""The key in the WSGI environment that holds the path of a request to the dashboard's own origin, if it has no page."""

ANYWHERE = (API, "/static", "/healthz", "/readyz")
"""What is served at every origin, and asked for by other programs than visitors' browsers."""

MISPLACED = re.compile(r"(/.+?)/(embed\.js|oembed|go/\w+|static/[\w.-]+)")
UNKNOWN_ADDRESS = RareWarning(LOG)

State = Literal["ok", "wrong-prefix"]


class Mounting:
    """WSGI middleware that sets the prefix of the application, and hides what is not served at a request's origin.

    The prefix is the path of WIZARD_PUBLIC_URL; without that setting, X-Forwarded-Prefix of trusted proxies. It works
    whether the proxy removes the prefix from the path or passes it on.
    """

    def __init__(
        self, app: "WSGIApplication", settings: Settings, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._public_url = settings.public_url
        self._prefix = settings.public_prefix
        self._trusted = settings.trusted_proxies
        self._dashboard = urlsplit(settings.dashboard_url or "")
        self._has_own_dashboard_origin = settings.has_own_dashboard_origin
        self._is_at_root = not self._prefix and not settings.dashboard_url
        self._is_passed_on: bool | None = None
        self.monotonic = monotonic
        self._seen = -float("inf")
        self.warning = RareWarning(LOG, monotonic)
        self.manner_warning = RareWarning(LOG, monotonic)
        self.dashboard_warning = RareWarning(LOG, monotonic)

    @property
    def state(self) -> State:
        """Whether a proxy sent an unusable or another prefix within DOUBT_SECONDS."""
        return "wrong-prefix" if self.monotonic() - self._seen < DOUBT_SECONDS else "ok"

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Call the application, with SCRIPT_NAME and PATH_INFO set."""
        if not self._is_at_root or KEY in environ or environ.get("SCRIPT_NAME"):
            # Slashes as Werkzeug's routing reads them.
            path = "/" + environ.get("PATH_INFO", "").lstrip("/")
            is_dashboard_origin = self._dashboard.netloc and self._is_dashboard_origin(environ)
            place = self._at_dashboard if is_dashboard_origin else self._at_site
            environ["PATH_INFO"] = place(environ, path)
        return self._app(environ, start_response)

    def _is_dashboard_origin(self, environ: "WSGIEnvironment") -> bool:
        """Whether the request came to the dashboard's host. Its scheme is unknown behind an untrusted proxy."""
        return host_for(environ.get("HTTP_HOST", ""), self._dashboard.scheme) == self._dashboard.netloc

    def _at_dashboard(self, environ: "WSGIEnvironment", path: str) -> str:
        """The path of a request to the dashboard's origin, below /growth unless visitors come there, too."""
        is_below_a_path = self._forwarded_prefix(environ, "") != ""
        if self._has_own_dashboard_origin and not is_for_dashboard(path) and not _is_anywhere(path):
            environ[OUTSIDE] = path
            path = DASHBOARD + ELSEWHERE + path
        return ELSEWHERE + path if is_below_a_path and is_for_dashboard(path) else path

    def _at_site(self, environ: "WSGIEnvironment", path: str) -> str:
        """The path of a request to any other origin, without the prefix."""
        forwarded = self._forwarded_prefix(environ, self._prefix)
        mounted = self._prefix if self._public_url else forwarded
        mounted = mounted or environ.get("SCRIPT_NAME", "").rstrip("/")
        if mounted:
            environ["SCRIPT_NAME"] = mounted
            is_passed_on = is_below(path, mounted)
            self._check_manner(environ, path, is_passed_on=is_passed_on)
            path = "/" + path[len(mounted) :].lstrip("/") if is_passed_on else path
        if is_for_dashboard(path) and (self._dashboard.netloc or mounted or forwarded != ""):
            self._note_dashboard(mounted)
            return ELSEWHERE + path
        return path

    def _forwarded_prefix(self, environ: "WSGIEnvironment", expected: str) -> str | None:
        """The prefix that trusted proxies send; "" where they send none, None where it can't be used."""
        header = environ.get(KEY, "") if self._trusted else ""
        if not header.strip():
            return ""
        values = header.split(",")
        if len(values) < self._trusted:
            self._note(f"had fewer values ({len(values)}) than WIZARD_TRUSTED_PROXIES ({self._trusted})")
            return None
        sent = values[-self._trusted].strip()
        try:
            found = prefix(sent)
        except ValueError:
            self._note(f"was {sent[:MAX_PREFIX_CHARACTERS]!a}, which is no path that the wizard can be below")
            return None
        if found and self._public_url and found != expected:
            self._note(f"was {found}")
        return found

    def _note(self, fault: str) -> None:
        if (
            self._prefix or not self._public_url
        ):  # else a proxy that was never told of the header may pass on a visitor's
            self._seen = self.monotonic()
        self.warning.log(
            "WIZARD_PUBLIC_URL: %s, but %s %s; set WIZARD_PUBLIC_URL to the address that visitors see, with its path, "
            "and let the proxy set %s to that path, or remove it",
            self._public_url or "not set",
            FORWARDED_PREFIX,
            fault,
            FORWARDED_PREFIX,
        )

    def _check_manner(self, environ: "WSGIEnvironment", path: str, *, is_passed_on: bool) -> None:
        """Warn where a proxy passes on the prefix of some addresses, and removes that of others."""
        if is_passed_on is self._is_passed_on or ALL_KEYS.isdisjoint(environ) or _is_anywhere(path):
            return
        if self._is_passed_on is not None:
            self.manner_warning.log(
                "WIZARD_PUBLIC_URL: %s, and a request came %s its path, unlike those before; both work, but the proxy "
                "should pass on that path for every address, or for none, and pass on nothing from outside of it",
                self._public_url or "not set",
                "with" if is_passed_on else "without",
            )
        self._is_passed_on = is_passed_on

    def _note_dashboard(self, mounted: str) -> None:
        """Log that the dashboard was asked for where it can't be served, unless it has its origin."""
        if not self._dashboard.netloc:
            self.dashboard_warning.log(
                "WIZARD_DASHBOARD_URL: not set, and %s was asked for below a path (%s), where the dashboard is not "
                "served; set it to an origin of its own",
                DASHBOARD,
                mounted or FORWARDED_PREFIX,
            )


def _is_anywhere(path: str) -> bool:
    """Whether `path` is served at every origin."""
    return any(is_below(path, root) for root in ANYWHERE)


def own_path(path: str) -> str:
    """A path of ours as links have it: below the prefix of the current request."""
    return request.root_path + path


def path_outside() -> str:
    """The path of a request to the dashboard's own origin that is not the dashboard's; "" for all others."""
    found: str = request.environ.get(OUTSIDE, "")
    return found


def report_unknown_address() -> None:
    """Warn if the current request's address, which no route has, is one of ours below a path that is not the prefix.

    The proxy then adds a path, or the settings lack it.
    """
    found = MISPLACED.fullmatch(request.path)
    extra = found[1] if found else ""
    if request.root_path and is_below(request.path, request.root_path):
        extra = request.root_path
    if not extra or extra.split("/")[1] in OWN_PATHS or len(extra) > MAX_PREFIX_CHARACTERS:
        return
    UNKNOWN_ADDRESS.log(
        "WIZARD_PUBLIC_URL: %s, but %s came, which is the wizard's below the path %s; set WIZARD_PUBLIC_URL to the "
        "address that visitors see, with its path, and let the proxy pass on that path once, or remove it",
        services().settings.public_url or "not set",
        ascii(own_path(request.path)[: 2 * MAX_PREFIX_CHARACTERS]),
        ascii(own_path(extra)),
    )
