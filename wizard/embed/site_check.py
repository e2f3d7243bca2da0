"""Whether a page may embed the wizard, and the setting that would allow it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from wizard.setting_parsers import may_embed, origin
from wizard.web.origins import embed_origins_line

Verdict = Literal["own", "allowed", "refused", "impossible", "unreadable"]
"""`impossible` is a host that browsers can't be told of; `unreadable` is no address of a page."""

LOCAL = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class SiteCheck:
    """The verdict on a `site` (an origin). `line` is the setting that would allow it, if it is refused."""

    verdict: Verdict
    site: str = ""
    line: str = ""


def check_site(given: str, own: Sequence[str], embed_origins: Sequence[str]) -> SiteCheck | None:
    """The verdict on the page at `given`, with or without `https://`; None where nothing is given.

    `own` are the wizard's origins, `embed_origins` those that may embed it besides.
    """
    if not given.strip():
        return None
    try:
        site = _origin(given.strip())
    except ValueError:
        return SiteCheck("unreadable")
    if may_embed(site, own):
        return SiteCheck("own", site)
    if may_embed(site, embed_origins):
        return SiteCheck("allowed", site)
    line = embed_origins_line(embed_origins, site)
    return SiteCheck("refused" if line else "impossible", site, line)


def _origin(address: str) -> str:
    """The origin of an address. A host that is not ASCII is written as browsers do (RFC 3490). Raises ValueError."""
    host = address.partition("/")[0].partition(":")[0].lower()
    if "://" not in address:
        address = f"{'http' if host in LOCAL else 'https'}://{address}"
    parts = urlsplit(address)
    netloc = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    return origin(f"{parts.scheme}://{netloc}")
