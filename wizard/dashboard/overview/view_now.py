"""The visits under way in words: how many, at which page of the wizard, and on which embed page."""

from dataclasses import dataclass

from wizard.analytics.under_way import UnderWay
from wizard.dashboard.labels import Names, plural
from wizard.events.transitions import RESULT

MOST_EMBEDS = 3


@dataclass(frozen=True, slots=True)
class NowView:
    """A sentence about all visits under way, and how many there are on each embed page: its name and a number.

    `others` counts the embed pages that are left out. Where all were opened directly, there is none.
    """

    sentence: str
    embeds: tuple[tuple[str, int], ...]
    others: str


def now_of(found: UnderWay, names: Names) -> NowView:
    """The view of the visits under way."""
    named = found.embeds if any(found.embeds) else {}
    embeds = tuple((names.value("page", page), visits) for page, visits in named.items())
    shown, rest = embeds[:MOST_EMBEDS], embeds[MOST_EMBEDS:]
    others = f"{len(rest):,} more {plural(len(rest), 'page')}: {sum(visits for _, visits in rest):,}" if rest else ""
    return NowView(_sentence(found, names), shown, others)


def _sentence(found: UnderWay, names: Names) -> str:
    if not found.visits:
        return "Nobody in the last five minutes"
    places = ", ".join(
        f"{visits:,} at {'the result' if page == RESULT else names.question(page)}"
        for page, visits in found.pages.items()
    )
    return f"{found.visits:,} {plural(found.visits, 'visit')} under way: {places}"
