"""Whether the current request shows a page to a person, by the browser's `Sec-Fetch-*` headers.

Any page on the web can request ours as an image, a script or a frame. Pages can't forge these headers (W3C, Fetch
Metadata). Over plain HTTP and in old browsers they are absent, and the request counts.
"""

from typing import Literal
from urllib.parse import urlsplit

from wizard.setting_parsers import may_embed, origin
from wizard.visitor.presenting import is_framed
from wizard.visitor.services import services
from wizard.web.request_values import header

Uncounted = Literal["not-a-page", "not-allowed-frame"]
"""Why a request's events are not stored: it is not for a page, or from a frame of a site that may not embed us."""

PAGES = ("", "document", "iframe")


def uncounted_reason() -> Uncounted | None:
    """The reason why events of the current request are not stored, if there is one."""
    if header("Sec-Fetch-Dest") not in PAGES:
        return "not-a-page"
    if _is_in_foreign_frame() and header("Referer") and not _is_allowed(header("Referer")):
        return "not-allowed-frame"
    return None


def is_unconfirmed_frame() -> bool:
    """Whether a frame of an unnamed site loads the page: its views are recorded with the first answer."""
    return _is_in_foreign_frame() and not header("Referer")


def _is_in_foreign_frame() -> bool:
    """Whether another origin's page loads this in a frame; False for navigation within the frame."""
    return is_framed() and header("Sec-Fetch-Site", "same-origin") != "same-origin"


def _is_allowed(referrer: str) -> bool:
    """Whether the page at `referrer` may frame us."""
    try:
        parts = urlsplit(referrer)
        named = origin(f"{parts.scheme}://{parts.netloc}")
    except ValueError:
        return False
    return may_embed(named, services().embed_origins())
