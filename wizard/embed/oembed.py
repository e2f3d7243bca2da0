"""oEmbed: how to embed one of the wizard's addresses, for sites that are given only that (see oembed.com)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from wizard.embed.options import Options, read_options
from wizard.embed.snippet import (
    frame_address,
    frame_attributes,
    frame_html,
    frame_style,
    reserved_height,
    reserved_height_px,
    sizing_style,
)
from wizard.errors import WizardError
from wizard.events.attribution import CAMPAIGN_TAGS, clean
from wizard.questionnaire.flow import Flow
from wizard.setting_parsers import origin
from wizard.web.areas import is_below, is_for_dashboard

WIDTH_PX = 880
"""The greatest width of the wizard's pages."""

CACHE_SECONDS = 3600
MAX_PARAMETERS = 100
SIZE = re.compile(r"[1-9][0-9]{0,5}")


class Unembeddable(WizardError):
    """An address that can't be embedded, with the status of the reason (2.3.5 of the specification)."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


def require_json(wanted: str) -> None:
    """Raise Unembeddable (501) where another format than JSON is wanted."""
    if wanted not in ("", "json"):
        raise Unembeddable(HTTPStatus.NOT_IMPLEMENTED, "Answers are given as JSON only: ask with format=json.")


def read_address(address: str, own_addresses: Collection[str]) -> Mapping[str, str]:
    """The query of `address`, if it is a public page of the wizard, which is reached at each of `own_addresses`.

    Raises Unembeddable: 404 for other addresses, 401 for pages that are not public.
    """
    if not address:
        raise _not_found("Say which address to embed: url=…")
    try:
        parts = urlsplit(address)
        given = (origin(f"{parts.scheme}://{parts.netloc}"), parts.path)
        path = next((found for own in own_addresses if (found := _path_below(own, *given)) is not None), None)
        query = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError as error:
        raise _not_found("That is not a web address.") from error
    if path is None:
        raise _not_found(f"Only addresses of {' and '.join(dict.fromkeys(own_addresses))} are embedded from here.")
    first = dict(reversed(query))  # of several values the first counts, as it does for the page itself
    if "journey" in first or path.startswith("/go/") or is_for_dashboard(path):
        raise Unembeddable(HTTPStatus.UNAUTHORIZED, "That page is not for everybody: embed the wizard's first page.")
    if path not in ("", "/", "/embed", "/embed/"):
        raise _not_found("There is nothing to embed at that address: embed the wizard's first page.")
    return first


def _path_below(own_address: str, given_origin: str, path: str) -> str | None:
    """The `path` of an address at `given_origin` below that of `own_address`; None where it is not below that."""
    own = urlsplit(own_address)
    is_ours = given_origin == origin(f"{own.scheme}://{own.netloc}") and is_below(path, own.path)
    return path.removeprefix(own.path) if is_ours else None


def _not_found(message: str) -> Unembeddable:
    return Unembeddable(HTTPStatus.NOT_FOUND, message)


def read_frame(query: Mapping[str, str], flow: Flow, locales: Collection[str]) -> tuple[Options, Mapping[str, str]]:
    """The options in the frame's query, and its other parameters; invalid ones are left out."""
    options = replace(read_options(query, flow, locales).options, mode="inline", share_path=False)
    tags = {name: clean(query.get(name, "")) for name in CAMPAIGN_TAGS}
    preview = {"preview": "1"} if query.get("preview") == "1" else {}
    return options, {**{name: value for name, value in tags.items() if value}, **preview}


def answer(
    own_address: str, options: Options, more: Mapping[str, str], title: str, asked: Mapping[str, str]
) -> Mapping[str, object]:
    """The answer of type `rich`: a frame, limited by the `maxwidth` and `maxheight` in `asked`.

    A limit that is not a whole number of at least 1 is ignored.
    """
    width_px = _at_most(asked.get("maxwidth", ""), WIDTH_PX)
    reserved_px = reserved_height_px(width_px)
    height_px = _at_most(asked.get("maxheight", ""), reserved_px)
    address = frame_address(own_address, options, more)
    frame = frame_attributes(address, title, width_px=width_px, height_px=height_px)
    # On a phone it is narrower, and so must be higher, unless the height is limited, too.
    is_limited = height_px < reserved_px
    height = f"height:{height_px}px" if is_limited else sizing_style(reserved_height(height_px))
    return {
        "type": "rich",
        "version": "1.0",
        "title": title,
        "provider_name": title,
        "provider_url": f"{own_address}/",
        "cache_age": CACHE_SECONDS,
        "width": width_px,
        "height": height_px,
        "html": frame_html({**frame, "style": f"{frame_style(options.presentation)};max-width:100%;{height}"}),
    }


def _at_most(limit: str, size_px: int) -> int:
    return min(int(limit), size_px) if SIZE.fullmatch(limit) else size_px
