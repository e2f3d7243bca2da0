"""The attribution of the current request, and which parameters a recommendation link passes on."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

from flask import request

from wizard.events.attribution import CAMPAIGN_TAGS, Attribution, clean, read_attribution, read_framed, read_host_page
from wizard.events.handoff import PARAMETER
from wizard.host_names import is_host_and_port
from wizard.presentation import PARAMETERS
from wizard.setting_parsers import may_embed
from wizard.visitor.journey import Journey
from wizard.visitor.presenting import is_framed
from wizard.visitor.services import services
from wizard.web.areas import is_below
from wizard.web.origins import asked_host
from wizard.web.request_values import header, parameters

UNKNOWN = Attribution()
HOST_FIELDS = "host."
"""The prefix of the form fields that the embedding page's script fills in."""


def attribution() -> Attribution:
    """The attribution of a journey that begins with the current request."""
    referrer = header("Referer")
    if not referrer and not parameters():
        return UNKNOWN
    is_by_site = _is_of_site_around(referrer)
    if not is_by_site and _is_from_own_page(referrer):
        return read_host_page(parameters(), services().embed_origins())
    if is_framed():
        # Not our own origin: a visit that begins again in its frame has it as `Referer`, whatever page the frame is in.
        if not is_by_site:
            return read_framed(parameters(), referrer, services().settings.embed_origins)
        # Browsers send the path along within an origin, whether or not the page wants to share it.
        return replace(read_framed(parameters(), referrer, services().embed_origins()), embed_path="")
    return read_attribution(parameters(), referrer, () if is_by_site else _own_hosts())


def _own_hosts() -> tuple[str, str]:
    """The hosts of our own addresses."""
    return asked_host(), urlsplit(services().own_origin()).netloc


def _is_from_own_page(referrer: str) -> bool:
    """Whether the `Referer` is a page of ours, whose link "Start again" has the attribution in its address."""
    host = referrer.partition("//")[2].partition("/")[0]
    return bool(host) and host in _own_hosts()


def kept(journey: Journey) -> str:
    """The attribution of `journey`, as the query of an address at which a new journey begins."""
    known = journey.attribution.filled()
    if journey.campaign:
        known = {**known, "campaign": journey.campaign}
    return urlencode(known) if known else ""


def asked() -> str:
    """The campaign tags and the embedding page's campaign in the current address, as `kept` returns them."""
    if not parameters():
        return ""
    given = {name: clean(parameters().get(name, "")) for name in (*CAMPAIGN_TAGS, "campaign")}
    return urlencode({name: value for name, value in given.items() if value})


def _is_of_site_around(referrer: str) -> bool:
    """Whether `referrer` is a page of the site that the wizard is mounted below. Our own pages send no path along."""
    if not request.root_path:
        return False
    try:
        path = urlsplit(referrer).path
    except ValueError:
        return False
    return path not in ("", "/") and not is_below(path, request.root_path)


def campaign(given: Mapping[str, str]) -> str:
    """The embedding page's campaign, for visitors without one."""
    return clean(given.get("campaign", ""))


def embeddable() -> str:
    """The current address, for a site that embeds it by oEmbed; "" for a journey's, and in a frame."""
    if is_framed():
        return ""
    if not parameters():
        return "" if request.method == "POST" else f"{services().own_address()}/"
    if "journey" in parameters() or request.method == "POST":
        return ""
    names = (*PARAMETERS, "campaign", *services().flow.by_name, *CAMPAIGN_TAGS, "preview")
    query = urlencode({name: clean(parameters()[name]) for name in names if name in parameters()})
    return f"{services().own_address()}/?{query}".rstrip("?")


def framed_by(journey: Journey) -> str:
    """The origin of the page around the frame, which may size it; "" where it is not known, or may not embed us.

    The page that loads the frame, else the one that the journey is attributed to, as for the frame's later pages.
    """
    if not is_framed():
        return ""
    allowed = services().embed_origins()
    referrer = "" if header("Sec-Fetch-Site", "same-origin") == "same-origin" else header("Referer")
    found = read_framed({}, referrer, allowed).embed_origin if referrer else journey.attribution.embed_origin
    # A source list ends an origin at a space, a comma or a semicolon. A stored origin may not be allowed any more.
    is_exact = is_host_and_port(found.partition("://")[2])
    return found if is_exact and may_embed(found, allowed) else ""


def with_host_page(journey: Journey) -> Journey:
    """The journey with the attribution that the embedding page's script has added to the form of the first answer."""
    if journey.turn > 0:
        return journey
    sent = {
        name.removeprefix(HOST_FIELDS): value for name, value in request.form.items() if name.startswith(HOST_FIELDS)
    }
    if not sent:
        return journey
    more = replace(
        journey,
        attribution=journey.attribution.completed(read_host_page(sent, services().embed_origins())),
        campaign=journey.campaign or campaign(sent),
    )
    return more.with_gpc() if more.gpc else more


def sends_gpc() -> bool:
    """Whether the browser sends Global Privacy Control (`Sec-GPC`)."""
    return header("Sec-GPC").strip() == "1"


def carried(journey: Journey) -> dict[str, str]:
    """The parameters of a recommendation's link: campaign tags, and the handoff, which names the journey.

    A preview has neither; under Global Privacy Control there is no handoff.
    """
    if journey.is_preview:
        return {}
    known = journey.source.filled()
    tags = {name: known[name] for name in CAMPAIGN_TAGS if name in known}
    return tags if journey.gpc else tags | {PARAMETER: services().handoffs.make(journey.id)}
