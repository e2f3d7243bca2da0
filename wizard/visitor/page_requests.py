"""Whether the current request shows a page to a person, as far as the browser's own headers tell.

Any page on the web can request ours as an image, a script or a frame. Browsers say so in the headers `Sec-Fetch-*`,
which no page can forge (W3C, Fetch Metadata); where they are absent (plain HTTP, old browsers) nothing is known.
"""

from typing import Literal
from urllib.parse import urlsplit

from wizard.setting_parsers import may_embed, origin
from wizard.visitor.presenting import is_framed
from wizard.visitor.services import services
from wizard.web.request_values import header

Uncounted = Literal["not-a-page", "not-allowed-frame"]
"""Why a request's events are not stored: nobody sees its answer, or a site shows it that may not frame us."""

PAGES = ("", "document", "iframe")


def uncounted_reason() -> Uncounted | None:
    """Why no events are stored of the current request; None where nothing says that nobody sees it."""
    if header("Sec-Fetch-Dest") not in PAGES:
        return "not-a-page"
    if _is_in_foreign_frame() and header("Referer") and not _is_allowed(header("Referer")):
        return "not-allowed-frame"
    return None


def is_unconfirmed_frame() -> bool:
    """Whether another site's frame loads the page without naming that site: its views count once it is answered."""
    return _is_in_foreign_frame() and not header("Referer")


def _is_in_foreign_frame() -> bool:
    """Whether another origin's page loads this in a frame. What our own page in the frame goes on to is not so."""
    return is_framed() and header("Sec-Fetch-Site", "same-origin") != "same-origin"


def _is_allowed(referrer: str) -> bool:
    """Whether the page at `referrer` may frame us."""
    try:
        parts = urlsplit(referrer)
        named = origin(f"{parts.scheme}://{parts.netloc}")
    except ValueError:
        return False
    return may_embed(named, services().embed_origins())
