"""Where a visitor came from: campaign tags, the referring site's host, and the page that showed the wizard in a frame.

Nothing that could name a person is kept: no full referrer, no address, no value that holds an e-mail address, no token
in a path.
"""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from wizard.personal_data import holds_email, mask_path
from wizard.setting_parsers import may_embed, origin
from wizard.storage.attribution_slots import ATTRIBUTION, CAMPAIGN_TAGS, Slots

__all__ = ["ATTRIBUTION", "CAMPAIGN_TAGS", "Attribution", "clean", "read_attribution", "read_framed", "read_host_page"]

MAX_CHARACTERS = 100
MAX_BYTES = 200  # of UTF-8: with every slot as full as this, a sealed journey still fits into an address
READ_CHARACTERS = 1000  # enough to find an e-mail address or a token that the cut would go through


@dataclass(frozen=True, slots=True)
class Attribution(Slots):
    """The slots that a journey carries."""

    def filled(self) -> Mapping[str, str]:
        """The slots that hold something."""
        return {name: value for name in ATTRIBUTION if (value := getattr(self, name))}

    def without_referrer(self) -> "Attribution":
        """This one without the referring site and the embedding page's path, as Global Privacy Control asks for."""
        return replace(self, referrer_host="", embed_path="")

    def completed(self, other: "Attribution") -> "Attribution":
        """This one, with what `other` knows in the slots that are empty."""
        return Attribution(**{**other.filled(), **self.filled()})


def clean(value: str) -> str:
    """`value` without control characters, cut at 100 characters and 200 bytes.

    Nothing at all is kept of one that holds an e-mail address, plain or encoded.
    """
    if not value:
        return ""
    characters = (character for character in value[:READ_CHARACTERS] if unicodedata.category(character)[0] != "C")
    kept = "".join(characters).strip()
    cut = kept[:MAX_CHARACTERS].encode()[:MAX_BYTES].decode(errors="ignore").strip()
    return "" if holds_email(kept) or holds_email(cut) else cut


def clean_path(path: str) -> str:
    """`path` cleaned like any value, and what names or admits somebody masked in it, segment by segment."""
    return clean(mask_path(path[:READ_CHARACTERS]))


def read_attribution(query: Mapping[str, str], referrer: str | None, own_hosts: Collection[str]) -> Attribution:
    """The slots that a first request fills, from its query and its `Referer`; our own pages refer nobody."""
    return Attribution(**_tags(query), referrer_host=_host(_parts(referrer or ""), own_hosts))


def read_framed(query: Mapping[str, str], referrer: str | None, embed_origins: Sequence[str]) -> Attribution:
    """The slots that the first request of a frame fills; its `Referer` is the page that it is in.

    That tells no more than the origin, unless the page's own policy sends its path along. Who is not among
    `embed_origins` can't have framed us, so its name is not taken.
    """
    page = _parts(referrer or "")
    embed_origin = _embed_origin(page, embed_origins)
    path = page.path if page and page.path != "/" and embed_origin else ""
    return Attribution(**_tags(query), embed_origin=embed_origin, embed_path=clean_path(path))


def read_host_page(sent: Mapping[str, str], embed_origins: Sequence[str]) -> Attribution:
    """The slots that the embedding page's script fills, each by its own name, from what it has `sent`.

    A page that was reached from its own site was referred by nobody.
    """
    page = _parts(sent.get("embed_origin", ""))
    embed_origin = _embed_origin(page, embed_origins)
    path = sent.get("embed_path", "").partition("?")[0].partition("#")[0]
    return Attribution(
        **_tags(sent),
        referrer_host=_host(_parts(f"https://{sent.get('referrer_host', '')}/"), [page.netloc] if page else ()),
        embed_origin=embed_origin,
        embed_path=clean_path(path) if embed_origin and path.startswith("/") else "",
    )


def _tags(given: Mapping[str, str]) -> dict[str, str]:
    return {name: clean(given.get(name, "")) for name in CAMPAIGN_TAGS}


def _parts(address: str) -> SplitResult | None:
    """The parts of a web address; None where it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") else None


def _embed_origin(page: SplitResult | None, embed_origins: Sequence[str]) -> str:
    try:
        named = origin(f"{page.scheme}://{page.netloc}") if page else ""
    except ValueError:
        return ""
    return clean(named) if may_embed(named, embed_origins) else ""


def _host(page: SplitResult | None, own_hosts: Collection[str]) -> str:
    if page is None or page.netloc in own_hosts:
        return ""
    host = page.hostname or ""
    return "" if _is_address(host) else clean(host)


def _is_address(host: str) -> bool:
    """Whether it is an IP address, which may be somebody's own."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
