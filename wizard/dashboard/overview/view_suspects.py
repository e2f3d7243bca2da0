"""How many suspect visits there are in the period, whether the overview counts them, and how to change that."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from wizard.analytics.overview import Overview
from wizard.analytics.scope import Suspects
from wizard.dashboard.overview.view_links import Links
from wizard.dashboard.phrases import suspects_in_words

OTHERS: Mapping[Suspects, Mapping[Suspects, str]] = {
    "excluded": {"included": "Include them", "only": "Show only these"},
    "included": {"excluded": "Exclude them", "only": "Show only these"},
    "only": {"excluded": "Exclude them", "included": "Show all visits"},
}
"""The other choices, for each that can be made."""


@dataclass(frozen=True, slots=True)
class SuspectsLine:
    """The number of suspect visits, with the reasons, and the links to the other choices: text and address."""

    text: str
    links: tuple[tuple[str, str], ...]


def suspects_of(overview: Overview, links: Links) -> SuspectsLine | None:
    """The line about suspect visits; None where there are none and they were not asked for."""
    chosen = overview.selection.suspects
    text = suspects_in_words(overview.suspect, chosen)
    if not text:
        return None
    others = OTHERS[chosen].items()
    return SuspectsLine(
        text, tuple((name, links.overview(replace(links.selection, suspects=choice))) for choice, name in others)
    )
