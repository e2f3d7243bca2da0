"""Whether a page may embed the wizard, and the setting that would allow it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from wizard.host_names import ascii_host
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
    """The origin of an address, with or without its scheme. Raises ValueError."""
    if "://" not in address:
        address = address.removeprefix("//")
        host = address.partition("/")[0].partition(":")[0].lower()
        is_local = host in LOCAL or host.endswith(".localhost")
        address = f"{'http' if is_local else 'https'}://{address}"
    parts = urlsplit(address)
    host, colon, port = parts.netloc.partition(":")
    netloc = parts.netloc if parts.netloc.isascii() else f"{ascii_host(host)}{colon}{port}"
    return origin(f"{parts.scheme}://{netloc}")
