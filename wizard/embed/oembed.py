"""What is said of an address to a site that would embed it from that alone (the specification is at oembed.com)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from wizard.embed.options import Options, read_options
from wizard.embed.snippet import (
    STYLE,
    frame_address,
    frame_attributes,
    frame_html,
    reserved_height,
    reserved_height_px,
)
from wizard.errors import WizardError
from wizard.events.attribution import CAMPAIGN_TAGS, clean
from wizard.questionnaire.flow import Flow
from wizard.setting_parsers import origin

WIDTH_PX = 880
"""As wide as the wizard's pages get."""

CACHE_SECONDS = 3600
MAX_PARAMETERS = 100
SIZE = re.compile(r"[1-9][0-9]{0,5}")


class Unembeddable(WizardError):
    """An address that is not embedded, with the status that the specification has for why (2.3.5)."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


def require_json(wanted: str) -> None:
    """Raise Unembeddable (501) where the answer is to be in another format than the one that we have."""
    if wanted not in ("", "json"):
        raise Unembeddable(HTTPStatus.NOT_IMPLEMENTED, "Answers are given as JSON only: ask with format=json.")


def read_address(address: str, own_origins: Collection[str]) -> Mapping[str, str]:
    """The query of `address`, one of our own that anybody may see.

    Raises Unembeddable: 404 for an address that is not one of ours to embed, 401 for one that is somebody's own.
    """
    if not address:
        raise _not_found("Say which address to embed: url=…")
    try:
        parts = urlsplit(address)
        given_origin = origin(f"{parts.scheme}://{parts.netloc}")
        own = {origin(one) for one in own_origins}
        query = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError as error:
        raise _not_found("That is not a web address.") from error
    if given_origin not in own:
        raise _not_found(f"Only addresses of {' and '.join(dict.fromkeys(own_origins))} are embedded from here.")
    first = dict(reversed(query))  # of several values the first counts, as it does for the page itself
    if "journey" in first or parts.path.startswith(("/go/", "/growth/")) or parts.path == "/growth":
        raise Unembeddable(HTTPStatus.UNAUTHORIZED, "That page is not for everybody: embed the wizard's first page.")
    if parts.path not in ("", "/", "/embed"):
        raise _not_found("There is nothing to embed at that address: embed the wizard's first page.")
    return first


def _not_found(message: str) -> Unembeddable:
    return Unembeddable(HTTPStatus.NOT_FOUND, message)


def read_frame(query: Mapping[str, str], flow: Flow, locales: Collection[str]) -> tuple[Options, Mapping[str, str]]:
    """What the frame's address says: the options, and what it says besides; what can't be used is left out."""
    options = replace(read_options(query, flow, locales).options, mode="inline", share_path=False)
    tags = {name: clean(query.get(name, "")) for name in CAMPAIGN_TAGS}
    preview = {"preview": "1"} if query.get("preview") == "1" else {}
    return options, {**{name: value for name, value in tags.items() if value}, **preview}


def answer(
    own_origin: str, options: Options, more: Mapping[str, str], title: str, asked: Mapping[str, str]
) -> Mapping[str, object]:
    """The answer of type `rich`: a plain frame, no larger than the `maxwidth` and `maxheight` that are `asked` for.

    A limit that is no whole number of at least 1 is none.
    """
    width_px = _at_most(asked.get("maxwidth", ""), WIDTH_PX)
    reserved_px = reserved_height_px(width_px)
    height_px = _at_most(asked.get("maxheight", ""), reserved_px)
    address = frame_address(own_origin, options, more)
    frame = frame_attributes(address, title, width=str(width_px), height_px=height_px)
    # On a phone it becomes narrower than was asked for, and so higher, unless that was limited, too.
    height = reserved_height(height_px) if height_px == reserved_px else f"{height_px}px"
    return {
        "type": "rich",
        "version": "1.0",
        "title": title,
        "provider_name": title,
        "provider_url": f"{own_origin}/",
        "cache_age": CACHE_SECONDS,
        "width": width_px,
        "height": height_px,
        "html": frame_html({**frame, "style": f"{STYLE};max-width:100%;height:{height}"}),
    }


def _at_most(limit: str, size_px: int) -> int:
    return min(int(limit), size_px) if SIZE.fullmatch(limit) else size_px
