"""The tabs of the overview, each declared once: figures, breakdowns and details."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wizard.analytics.answer_groups import ANSWER
from wizard.events.dimensions import DIMENSIONS

TIME = "time"
"""The key of the figure that is a time; those of the others are the stages'."""

SHORTER = {"version": "Version", "wording": "Wording"}
NAMES = {key: SHORTER.get(key, each.name) for key, each in DIMENSIONS.items()}
BREAKDOWNS: Mapping[str, str] = {
    **{key: name for key, name in NAMES.items() if key not in SHORTER},
    ANSWER: "Answer",
    **{key: NAMES[key] for key in SHORTER},
}
"""What the breakdown can be by, and what its tab is called."""

DETAIL_NAMES: Mapping[str, str] = {
    "steps": "Steps",
    "answers": "Answers",
    "results": "Results",
    "signups": "Click to signup",
    "embeds": "Embeds",
    "days": "Days",
    "log": "Data quality",
}
"""The tabs of the details. What each shows: `view_details.MAKERS`, and templates/dashboard/details/, by its key."""


@dataclass(frozen=True, slots=True)
class Tab:
    """A link that shows something else in the same place."""

    key: str
    name: str
    href: str
    is_current: bool


def tabs_of(names: Mapping[str, str], chosen: str, address: Callable[[str], str]) -> tuple[Tab, ...]:
    """A tab for each of `names`, by their keys; `address` is where each leads."""
    return tuple(Tab(key, name, address(key), key == chosen) for key, name in names.items())
