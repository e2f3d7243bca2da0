"""Where a visitor came from, as far as the first request tells: campaign tags and the referring site's host.

Nothing that could name a person is kept: no full referrer, no address, no value that holds an e-mail address.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

MAX_CHARACTERS = 100
READ_CHARACTERS = 1000  # enough to find an e-mail address that the cut would go through
MAX_ENCODINGS = 8
EMAIL = re.compile(r"[^\s@](@|%40)[^\s@]+\.[^\s@]", re.IGNORECASE)
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


@dataclass(frozen=True, slots=True)
class Attribution:
    """The slots that a journey carries; an empty one is not known."""

    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_term: str = ""
    utm_content: str = ""
    referrer_host: str = ""
    embed_origin: str = ""

    def filled(self) -> Mapping[str, str]:
        """The slots that hold something."""
        return {slot: value for slot, value in asdict(self).items() if value}


def clean(value: str) -> str:
    """`value` without control characters, cut at 100 characters; nothing at all of one that holds an e-mail address."""
    characters = (character for character in value[:READ_CHARACTERS] if unicodedata.category(character)[0] != "C")
    kept = "".join(characters).strip()
    cut = kept[:MAX_CHARACTERS].strip()
    return "" if any(EMAIL.search(text) for whole in (kept, cut) for text in _readings(whole)) else cut


def _readings(value: str) -> Iterator[str]:
    """`value`, and what is read in it once its encoding is undone, step by step; links are encoded more than once.

    Full-width forms, which some keyboards write, are read as what they stand for.
    """
    yield value
    for _ in range(MAX_ENCODINGS):
        read = unicodedata.normalize("NFKC", unquote(value)).replace("\u3002", ".")
        if read == value:
            return
        yield read
        value = read


def read_attribution(query: Mapping[str, str], referrer: str | None, own_host: str) -> Attribution:
    """The slots that a first request fills, from its query and its `Referer`; our own pages refer nobody."""
    tags = {name: clean(query.get(name, "")) for name in UTM}
    return Attribution(**tags, referrer_host=_host(referrer or "", own_host))


def _host(referrer: str, own_host: str) -> str:
    try:
        parts = urlsplit(referrer)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or parts.netloc == own_host:
        return ""
    host = parts.hostname or ""
    return "" if _is_address(host) else clean(host)


def _is_address(host: str) -> bool:
    """Whether it is an IP address, which may be somebody's own."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
