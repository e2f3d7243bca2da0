"""Detects bots, prefetches and the kind of device from the headers of one request, which are not stored."""

import re
from functools import lru_cache
from typing import Protocol

from crawleruseragents import is_crawler  # type: ignore[import-untyped]  # it ships no types

from wizard.events.model import Device

READ_CHARACTERS = 500  # of a user agent: real ones are shorter, and the list's patterns take long on long ones
REMEMBERED = 1024

PREFETCH_HEADERS = (
    ("Sec-Purpose", "prefetch"),  # of Chromium, Firefox and Safari; a prerender is a `prefetch;prerender`
    ("Purpose", "prefetch"),
    ("X-Purpose", "preview"),
    ("X-Moz", "prefetch"),
)

CONTACT = re.compile(r"https?://|\+www\.|\w@(?:[\w-]+\.)+[a-z]{2,}\b", re.IGNORECASE)
"""A web or e-mail address of a robot's operator; browsers have none."""

ROBOT = re.compile(
    r"(?<!cu)(?:bots?|crawl(?:er|ing)?|spider|scraper|slurp|indexer|archiver|fetcher|checker|validator)(?![a-z])"
    r"|(?:preview(?:er)?|monitor(?:ing)?)/|url ?preview|headless|phantomjs|slimerjs|lighthouse|prerender"
    r"|puppeteer|playwright|selenium|webdriver",
    re.IGNORECASE,
)
"""What names of robots end in, headless browsers, and what fetches previews of links. Cubot makes phones."""

COMPATIBLE = re.compile(
    r"[(;] ?compatible;"
    r"(?! ?(?:MSIE|Windows|X11|Linux|U;|Konqueror|NetSurf|Dillo|IBrowse|NetPositive|OmniWeb|AOL|Amiga))",
    re.IGNORECASE,
)
"""Only old browsers say that they are compatible, and these are all that do."""

DEVICE_NAME = re.compile(r"(?<=Android )[^;()]*;[^;]*?(?:;[^;]*?)?(?: Build/[^;)]*|(?=\) ))")
"""The name of a device and its build, which may be any."""

IN_APP = re.compile(r"Instagram|MetaIAB|\[FBA[NV]|Viber|Slack_SSB|Fluid/")
"""Apps that show pages to people; the list takes them for the robots of the same companies."""

PLAIN_BROWSERS = re.compile(
    r"(?:Lynx|ELinks|Links|w3m|Emacs-w3m|URL/Emacs|retawq|edbrowse|NetSurf|Dillo|Offpunk)(?![a-z-])", re.IGNORECASE
)
"""Browsers that do not call themselves `Mozilla/`: those of a terminal, and small ones."""

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

    Browsers call themselves `Mozilla/` or, long ago, `Opera/`, but for a few; a robot may, too. It is known by its
    name, by an address to write to, and by a list of those that have neither.
    """
    return _is_bot(user_agent[:READ_CHARACTERS])


@lru_cache(REMEMBERED)
def _is_bot(user_agent: str) -> bool:
    if not user_agent.startswith(("Mozilla/", "Opera/")) and not PLAIN_BROWSERS.match(user_agent):
        return True
    if CONTACT.search(user_agent) or COMPATIBLE.search(user_agent):
        return True
    named = DEVICE_NAME.sub("", user_agent)
    return bool(ROBOT.search(named)) or (not IN_APP.search(named) and is_crawler(named))


def is_prefetch(headers: Headers) -> bool:
    """Whether a browser prefetches the page."""
    return any(purpose in headers.get(name, "").lower() for name, purpose in PREFETCH_HEADERS)


def device(user_agent: str, headers: Headers) -> Device:
    """The kind of device, as the browser declares it; an iPad that requests desktop pages declares a Mac."""
    if headers.get("Sec-CH-UA-Mobile", "").strip() == "?1":
        return "mobile"
    return _platform(user_agent[:READ_CHARACTERS])


@lru_cache(REMEMBERED)
def _platform(user_agent: str) -> Device:
    return next((kind for pattern, kind in PLATFORMS if pattern.search(user_agent)), "unknown")
