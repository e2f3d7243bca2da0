"""The attribution of the current request, and which parameters a recommendation link passes on."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

from flask import request

from wizard.events.attribution import CAMPAIGN_TAGS, Attribution, clean, read_attribution, read_framed, read_host_page
from wizard.events.handoff import PARAMETER
from wizard.presentation import PARAMETERS
from wizard.visitor.journey import Journey
from wizard.visitor.presenting import is_framed
from wizard.visitor.services import services
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
    if is_framed():
        # Not our own origin: a visit that begins again in its frame has it as `Referer`, whatever page the frame is in.
        return read_framed(parameters(), referrer, services().settings.embed_origins)
    own = (asked_host(), urlsplit(services().own_origin()).netloc)
    return read_attribution(parameters(), referrer, own)


def campaign(given: Mapping[str, str]) -> str:
    """The embedding page's campaign, for visitors without one."""
    return clean(given.get("campaign", ""))


def embeddable() -> str:
    """The current address, for a site that embeds it by oEmbed; "" for a journey's."""
    if not parameters():
        return "" if request.method == "POST" else f"{services().own_origin()}/"
    if "journey" in parameters() or request.method == "POST":
        return ""
    names = (*PARAMETERS, "campaign", *services().flow.by_name, *CAMPAIGN_TAGS, "preview")
    query = urlencode({name: clean(parameters()[name]) for name in names if name in parameters()})
    return f"{services().own_origin()}/?{query}".rstrip("?")


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
