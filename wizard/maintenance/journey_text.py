"""One journey's trail as an operator reads it: its events line by line, and what they fold to."""

import json
from collections.abc import Sequence
from typing import Any

from wizard.events.attribution import ATTRIBUTION
from wizard.events.labels import GPC_WORDS, SUSPICION_WORDS, sends_gpc
from wizard.events.model import Event, QuestionAnswer
from wizard.events.periods import iso
from wizard.events.projection import JourneyRow
from wizard.events.record import to_record
from wizard.maintenance.export import COLUMNS, as_record
from wizard.storage.schema import journeys
from wizard.text_table import text_table


def as_json(trail: Sequence[Event], row: JourneyRow | None) -> dict[str, Any]:
    """The events as an export has them, and the journey's row."""
    empty = dict.fromkeys(COLUMNS)
    events = [as_record(empty | to_record(event)) for event in trail]
    return {"journey_id": trail[0].context.journey_id, "events": events, "journey": _row_as_json(row) if row else None}


def _row_as_json(row: JourneyRow) -> dict[str, Any]:
    """The row in the order of its columns, its answers as an object."""
    return {column.name: getattr(row, column.name) for column in journeys.c} | {"answers": json.loads(row.answers)}


def as_text(trail: Sequence[Event], row: JourneyRow | None) -> str:
    """A line for each event: when, which, what, and in how many milliseconds; then the journey's row in a few."""
    cells = [(iso(event.context.ts_ms), event.name, event.summary(), _elapsed(event)) for event in trail]
    folded = [*_folded(row), *_marks(trail, row)] if row else ["no row: wizard rebuild makes one"]
    return "\n".join([text_table(cells), "", *folded])


def _elapsed(event: Event) -> str:
    return f"{event.elapsed_ms:,} ms" if isinstance(event, QuestionAnswer) else ""


def _folded(row: JourneyRow) -> list[str]:
    """What the journey came to, how it began, and where it came from as far as that is known."""
    worth = f", worth {row.value:,.2f}" if row.value is not None else ""
    reached = [
        "viewed" if row.viewed else "",
        f"started, to {row.furthest_step}" if row.started else "not started",
        f"finished as {row.persona}, {row.recommended} recommended" if row.finished else "",
        f"clicked {row.clicked_deployment} ({row.clicked_position})" if row.clicked else "",
        f"converted to {row.converted_deployment}{worth}" if row.converted else "",
    ]
    answers = [f"{step} = {answer}" for step, answer in json.loads(row.answers).items()]
    entry = row.entry + (f" from {row.continued_from}" if row.continued_from else "")
    source = [f"{slot} {getattr(row, slot)}" for slot in ATTRIBUTION if getattr(row, slot)]
    return [
        f"{'; '.join(filter(None, reached))}. Answers: {', '.join(answers) or 'none'}.",
        f"{', '.join([entry, row.device, row.locale, f'flow {row.flow_version}', *source])}.",
    ]


def _marks(trail: Sequence[Event], row: JourneyRow) -> list[str]:
    """What was left out of the journey, and why figures leave it out, if they do."""
    suspect = SUSPICION_WORDS.get(row.suspect, row.suspect)
    return [
        *([f"Global Privacy Control: {GPC_WORDS}."] if sends_gpc(trail) else []),
        *([f"Suspect: {suspect}. Figures leave it out unless they are told to include it."] if suspect else []),
    ]
