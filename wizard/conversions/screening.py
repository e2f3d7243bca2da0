"""What is not a person, and what a person's device is, by the headers of one request; nothing of them is kept."""

import re
from functools import lru_cache
from typing import Protocol

from crawleruseragents import is_crawler  # type: ignore[import-untyped]  # it ships no types

from wizard.conversions.events import Device

READ_CHARACTERS = 500  # of a user agent: real ones are shorter, and the list's patterns take long on long ones
REMEMBERED = 1024

PREFETCH_HEADERS = (
    ("Sec-Purpose", "prefetch"),  # of Chromium, Firefox and Safari; a prerender is a `prefetch;prerender`
    ("Purpose", "prefetch"),
    ("X-Purpose", "preview"),
    ("X-Moz", "prefetch"),
)

# From the top, the first that fits. After MDN, "Browser detection using the user agent", and what each vendor says of
# its own; a television comes first, since it may call itself anything else besides.
PLATFORMS: tuple[tuple[re.Pattern[str], Device], ...] = (
    (re.compile(r"TV|Web0S|BRAVIA|CrKey|\bAFT[A-Z]"), "unknown"),
    (re.compile(r"Windows NT"), "desktop"),  # Internet Explorer adds `Tablet PC` wherever Windows can do ink
    (re.compile(r"iPad|Tablet|Android(?!.*Mobi)"), "tablet"),  # an iPad says `Mobile`, too
    (re.compile(r"Mobi"), "mobile"),
    (re.compile(r"Macintosh|X11|CrOS"), "desktop"),
)


class Headers(Protocol):
    """The headers of a request; a name is found however it is written."""

    def get(self, key: str, default: str, /) -> str:
        """The header's value."""


def is_bot(user_agent: str) -> bool:
    """Whether a crawler, a monitor or an HTTP library sent this, as far as it says so itself.

    Every browser calls itself `Mozilla/` or, long ago, `Opera/`; a crawler may, too, and is known by a list.
    """
    return _is_bot(user_agent[:READ_CHARACTERS])


@lru_cache(REMEMBERED)
def _is_bot(user_agent: str) -> bool:
    return not user_agent.startswith(("Mozilla/", "Opera/")) or is_crawler(user_agent)


def is_prefetch(headers: Headers) -> bool:
    """Whether a browser fetches this ahead of a visit that may never come."""
    return any(purpose in headers.get(name, "").lower() for name, purpose in PREFETCH_HEADERS)


def device(user_agent: str, headers: Headers) -> Device:
    """What the visitor holds, as far as the browser says so; an iPad that asks for desktop pages says it is a Mac."""
    if headers.get("Sec-CH-UA-Mobile", "").strip() == "?1":
        return "mobile"
    told = user_agent[:READ_CHARACTERS]
    return next((kind for pattern, kind in PLATFORMS if pattern.search(told)), "unknown")
