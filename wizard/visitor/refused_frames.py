"""Notes the sites that load the wizard in a frame and may not: in the server's log, and for the dashboard.

`frame-ancestors` makes the browser refuse to show the page. So the operator would only hear of it from the site.
"""

import logging
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from wizard.events.refused_frames import OTHER
from wizard.setting_parsers import origin
from wizard.visitor.page_requests import Uncounted
from wizard.web.rare_warning import RareWarnings
from wizard.web.request_values import header

REMEMBERED = 256
MAX_CHARACTERS = 100
MAX_LOGGED = 20
"""The most sites that one process logs by name within an hour."""

MESSAGE = (
    "%s loaded the wizard in a frame, which WIZARD_EMBED_ORIGINS does not allow (requests since it was logged last: %d)"
)
LOCAL = ("localhost", "127.0.0.1")
WARNINGS = RareWarnings(logging.getLogger("wizard"), MAX_LOGGED, "another site")


def noted(reason: Uncounted) -> str | None:
    """The site of a refused frame, which is logged; None if the current request is not counted for another `reason`."""
    if reason != "not-allowed-frame":
        return None
    site = site_of(header("Referer")[: MAX_CHARACTERS * 2])
    WARNINGS.log(site or "a site without a name", MESSAGE)
    return site


@lru_cache(REMEMBERED)
def site_of(referrer: str) -> str:
    """The origin of the page at `referrer`; OTHER if it has no name, as an IP address may be a person's own."""
    try:
        parts = urlsplit(referrer)
        named = origin(f"{parts.scheme}://{parts.netloc}")
    except ValueError:
        return OTHER
    host = parts.hostname or ""
    return OTHER if len(named) > MAX_CHARACTERS or (host not in LOCAL and _is_address(host)) else named


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
