"""Formats one journey for `wizard journey`: its events line by line, and its row in `journeys`."""

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


def as_json(events: Sequence[Event], row: JourneyRow | None) -> dict[str, Any]:
    """The events as in an export, and the journey's row, with `answers` as objects. `events` must not be empty."""
    empty = dict.fromkeys(COLUMNS)
    exported = [as_record(empty | to_record(event)) for event in events]
    journey = row and {column: getattr(row, column) for column in journeys.c.keys()} | {  # noqa: SIM118
        "answers": json.loads(row.answers)
    }
    return {"journey_id": events[0].context.journey_id, "events": exported, "journey": journey}


def as_text(events: Sequence[Event], row: JourneyRow | None) -> str:
    """A line per event with its time, name, summary and the milliseconds to answer; then the journey's row."""
    cells = [(iso(event.context.ts_ms), event.name, event.summary(), _elapsed(event)) for event in events]
    totals = [*_totals(row), *_notes(events, row)] if row else ["No row in the journey tables; run: wizard rebuild"]
    return "\n".join([text_table(cells), "", *totals])


def _elapsed(event: Event) -> str:
    return f"{event.elapsed_ms:,} ms" if isinstance(event, QuestionAnswer) else ""


def _totals(row: JourneyRow) -> list[str]:
    """Two lines: the stages reached and the answers; the entry, the device and the attribution."""
    value = f", value {row.value:,.2f}" if row.value is not None else ""
    reached = [
        "viewed" if row.viewed else "",
        f"started, to {row.furthest_step}" if row.started else "not started",
        f"finished as {row.persona}, {row.recommended} recommended" if row.finished else "",
        f"clicked {row.clicked_deployment} ({row.clicked_position})" if row.clicked else "",
        f"converted to {row.converted_deployment}{value}" if row.converted else "",
    ]
    answers = [f"{step} = {answer}" for step, answer in json.loads(row.answers).items()]
    entry = row.entry + (f" from {row.continued_from}" if row.continued_from else "")
    source = [f"{slot} {getattr(row, slot)}" for slot in ATTRIBUTION if getattr(row, slot)]
    return [
        f"{'; '.join(filter(None, reached))}. Answers: {', '.join(answers) or 'none'}.",
        f"{', '.join([entry, row.device, row.locale, f'flow {row.flow_version}', *source])}.",
    ]


def _notes(events: Sequence[Event], row: JourneyRow) -> list[str]:
    """A line each if Global Privacy Control was on, and if the journey is suspect."""
    suspect = SUSPICION_WORDS.get(row.suspect, row.suspect)
    return [
        *([f"Global Privacy Control: {GPC_WORDS}."] if sends_gpc(events) else []),
        *([f"Suspect: {suspect}. Excluded from figures by default."] if suspect else []),
    ]
