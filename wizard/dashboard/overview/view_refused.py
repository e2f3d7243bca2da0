"""The sites that loaded the wizard in a frame and may not: how often, and the setting that would allow them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from wizard.dashboard.labels import plural
from wizard.dashboard.phrases import days_in_words
from wizard.dashboard.services import visitor_page
from wizard.events.refused_frames import OTHER, RefusedSite
from wizard.setting_parsers import may_embed
from wizard.web.origins import embed_origins_line

MOST_ROWS = 10


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A site, its number of frames, the first and last day, and the snippet builder's page on how to allow it."""

    site: str
    frames: int
    first: str
    last: str
    href: str


@dataclass(frozen=True, slots=True)
class RefusedView:
    """How many sites there are, those with the most frames, a sentence about the others, and a line of the settings.

    `line` would allow `rows[0]`.
    """

    total: int
    rows: Sequence[RefusedRow]
    others: str
    line: str


def refused_of(
    found: Sequence[RefusedSite], allowed: Sequence[str], embed_origins: Sequence[str]
) -> RefusedView | None:
    """The view of the sites in `found` that are not `allowed` by now; None if there are none."""
    named = [each for each in found if each.site != OTHER and not may_embed(each.site, allowed)]
    unnamed = sum(each.frames for each in found if each.site == OTHER)
    if not named and not unnamed:
        return None
    shown, rest = named[:MOST_ROWS], named[MOST_ROWS:]
    line = next(filter(None, (embed_origins_line(embed_origins, each.site) for each in shown)), "")
    return RefusedView(len(named) + bool(unnamed), [_row(each) for each in shown], _others(rest, unnamed), line)


def _row(each: RefusedSite) -> RefusedRow:
    href = f"{visitor_page('/embed')}?{urlencode({'site': each.site})}"
    return RefusedRow(each.site, each.frames, _day(each.first_day_ms), _day(each.last_day_ms), href)


def _day(day_ms: int) -> str:
    day = datetime.fromtimestamp(day_ms / 1000, UTC).date()
    return days_in_words(day, day)


def _others(rest: Sequence[RefusedSite], unnamed: int) -> str:
    parts = []
    if rest:
        frames = sum(each.frames for each in rest)
        parts.append(f"{len(rest):,} more {plural(len(rest), 'site')}: {frames:,}.")
    if unnamed:
        parts.append(f"Sites without a name of their own, or beyond the first hundred of a day: {unnamed:,}.")
    return " ".join(parts)
