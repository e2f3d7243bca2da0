"""One row of the list of journeys, in words."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from wizard.analytics.stages import KEY_FIGURES, STAGES
from wizard.dashboard.labels import DASH, Names, moment
from wizard.events.dimensions import DIMENSIONS
from wizard.events.labels import SUSPICION_WORDS
from wizard.events.periods import iso
from wizard.events.projection import JourneyRow


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a journey came from, where that is known: `label` says what `value` is."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Row:
    """One journey: which `stages` it reached, the `furthest` in words, and the `next_action` after a result.

    `persona`, `recommended` and `value` are empty where there are none, and so is `suspect`: why it may be automated.
    """

    journey_id: str
    at: datetime
    iso: str
    origins: tuple[Origin, ...]
    device: str
    language: str
    stages: tuple[tuple[str, bool], ...]
    furthest: str
    persona: str
    recommended: str
    next_action: str
    value: str
    suspect: str


def row_anchor(journey_id: str) -> str:
    """The id of the element of the list that shows this journey."""
    return f"row-{journey_id}"


def row_in_words(row: JourneyRow, names: Names, zone: ZoneInfo) -> Row:
    """A row of the list."""
    return Row(
        journey_id=row.journey_id,
        at=moment(row.began_ms, zone),
        iso=iso(row.began_ms),
        origins=tuple(origins(row)),
        device=names.value("device", row.device),
        language=names.value("language", row.locale),
        stages=tuple((stage, bool(getattr(row, stage))) for stage in KEY_FIGURES),
        furthest=_furthest(row, names),
        persona=names.persona(row.persona) if row.persona else "",
        recommended=names.deployment(row.recommended) if row.recommended else "",
        next_action=_next_action(row, names),
        value=worth(row.value),
        suspect=SUSPICION_WORDS.get(row.suspect, row.suspect),
    )


def origins(row: JourneyRow) -> list[Origin]:
    """Source, campaign, embed page and referrer, those that are known."""
    every = {
        "Source": row.utm_source,
        "Campaign": row.utm_campaign,
        "Embed page": row.embed_origin.partition("//")[2] + row.embed_path,
        "Referrer": row.referrer_host,
    }
    return [Origin(label, value) for label, value in every.items() if value] or [
        Origin("Source", DIMENSIONS["source"].missing)
    ]


def _furthest(row: JourneyRow, names: Names) -> str:
    """The furthest stage in words, such as Finished, or Dropped off at Team size."""
    reached = [STAGES[key].label for key in KEY_FIGURES if STAGES[key].is_of_started and getattr(row, key)]
    if reached:
        return reached[-1]
    if row.furthest_step:
        return f"Dropped off at {names.step(row.furthest_step)}"
    return "No page viewed"


def _next_action(row: JourneyRow, names: Names) -> str:
    """The next action after a result; a dash where there was no result."""
    taken = names.deployment(row.clicked_deployment)
    if row.converted:
        return f"Signed up for {names.deployment(row.converted_deployment)}"
    if row.clicked:
        return f"Clicked {taken}" if row.clicked_position == "recommended" else f"Clicked {taken} instead"
    return "No click" if row.finished else DASH


def worth(value: float | None) -> str:
    """The value of signups: 1,200.00; empty where none was reported."""
    return "" if value is None else f"{value:,.2f}"
