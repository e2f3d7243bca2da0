"""What the marks of journeys mean, in words: for the dashboard and the command line."""

from collections.abc import Iterable, Mapping

from wizard.events.model import Event

SUSPICION_WORDS: Mapping[str, str] = {
    "burst": "burst from one network",
    "fast": "answers faster than a person reads",
}
"""Why a journey is marked as suspect."""

GPC_WORDS = "no handoff, no referrer"
"""What Global Privacy Control leaves out of a journey."""


def sends_gpc(events: Iterable[Event]) -> bool:
    """Whether any of these events came with Global Privacy Control."""
    return any(event.context.gpc for event in events)
