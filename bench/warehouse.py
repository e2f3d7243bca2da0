"""The figures of the reports, asked of DuckDB over a Parquet export of the raw events: what a warehouse would do.

It knows nothing of the folded tables. Where several ways to ask were tried, this is the fastest of them; as the
command does, it gives the figures of all journeys beside those of each group, which costs it next to nothing.
"""

# For scripts; its queries are put together from its own texts.
# ruff: noqa: INP001, S608

from pathlib import Path
from typing import Any

import duckdb

SLOTS = (
    *("utm_source", "utm_campaign", "embed_origin", "referrer_host", "locale", "device"),
    *("flow_version", "wording_version"),
)
"""What every event of a journey carries alike in demo data, so that no join is needed."""

OF_JOURNEYS = {
    "persona": "coalesce(arg_max(persona, turn) FILTER (event = 'result_view'), '')",
    "deployment": "coalesce(arg_max(recommended, turn) FILTER (event = 'result_view'), '')",
    "day": "strftime(timezone('{zone}', min(ts)), '%Y-%m-%d')",
}

JOURNEYS = """
SELECT {shown}, count(*), sum(viewed), sum(started), sum(started * finished), sum(started * clicked),
    sum(started * converted), sum(started * handoff), sum((1 - started) * finished), sum((1 - started) * clicked),
    sum((1 - started) * converted), coalesce(sum(started * value), 0)
FROM (
    SELECT journey_id, {split} AS split,
        max(event = 'wizard_view')::INT AS viewed, max(event = 'question_answer')::INT AS started,
        max(event = 'result_view')::INT AS finished, max(event = 'cta_click')::INT AS clicked,
        max(event = 'conversion')::INT AS converted, max(event = 'cta_click' AND gpc = 0)::INT AS handoff,
        sum(value) AS value
    FROM events GROUP BY journey_id
)
GROUP BY GROUPING SETS ({sets})
"""

# Suspect journeys are left out: those that began in a burst, or in which every answer came too fast.
PEOPLE = """
CREATE VIEW events AS
WITH marked AS (SELECT DISTINCT journey_id FROM read_parquet('{parquet}') WHERE suspect <> ''),
suspects AS (
    SELECT journey_id FROM read_parquet('{parquet}') SEMI JOIN marked USING (journey_id)
    GROUP BY journey_id
    HAVING max(suspect = 'burst') OR min(suspect = 'fast') FILTER (event = 'question_answer')
)
SELECT * FROM read_parquet('{parquet}') ANTI JOIN suspects USING (journey_id)
"""

# A step that was answered beforehand has no visitors of its own. Only journeys that are not fresh can have one.
STANDING = """standing AS (
    SELECT journey_id, arg_max(answers, turn) AS answers
    FROM events WHERE entry <> 'fresh' AND event <> 'conversion' GROUP BY journey_id
)"""
BEFOREHAND = "answered = 0 AND contains(answers, '\"' || step || '\":')"

VISITORS = f"""
WITH told AS (
    SELECT journey_id, step, max(event = 'question_answer')::INT AS answered
    FROM events WHERE step IS NOT NULL GROUP BY journey_id, step
), {STANDING}
SELECT step, sum(visitors), sum(answered) FROM (
    SELECT step, count(*) AS visitors, sum(answered) AS answered FROM told GROUP BY step
    UNION ALL
    SELECT step, -count(*), 0 FROM told JOIN standing USING (journey_id) WHERE {BEFOREHAND} GROUP BY step
)
GROUP BY step
"""

STEPS = f"""
WITH told AS (
    SELECT journey_id, step, {{slot}} AS slot, max(event = 'question_answer')::INT AS answered,
        sum((event = 'question_error')::INT) AS errors,
        max((event = 'question_view' AND contains(answers, '"' || step || '":'))::INT) AS went_back,
        (min(answer) <> max(answer))::INT AS changed, arg_min(elapsed_ms, turn) AS elapsed_ms
    FROM events WHERE step IS NOT NULL GROUP BY journey_id, step
), {STANDING}{{journey}}
SELECT {{split}} AS split, step, count(*), sum(answered), sum(errors), sum((errors > 0)::INT), sum(went_back),
    coalesce(sum(changed), 0), quantile_disc(elapsed_ms, [0.5, 0.9])
FROM told {{join}} LEFT JOIN standing USING (journey_id)
WHERE answers IS NULL OR NOT ({BEFOREHAND})
GROUP BY GROUPING SETS ({{sets}})
"""

JOURNEY = ", journey AS (SELECT journey_id, {split} AS split FROM events GROUP BY journey_id)"


class Warehouse:
    """A Parquet file of events, in a DuckDB that uses all of this machine's cores."""

    def __init__(self, parquet: Path, zone: str) -> None:
        self._connection = duckdb.connect()
        self._connection.execute(PEOPLE.format(parquet=parquet))
        self._zone = zone

    def funnel(self) -> tuple[Any, dict[str, Any]]:
        """How far the journeys came, and how many reached and answered each step."""
        (totals,) = self._rows(JOURNEYS.format(split="NULL", shown="NULL", sets="()"))
        return _totals(totals), {
            step: (int(reached), int(answered)) for step, reached, answered in self._rows(VISITORS)
        }

    def report(self, by: str | None) -> dict[str | None, Any]:
        """All figures of each group, and under None those of all: its totals, and its steps'."""
        value = "NULL" if by is None else f"max({by})" if by in SLOTS else OF_JOURNEYS[by].format(zone=self._zone)
        on_events = by is None or by in SLOTS
        steps = STEPS.format(
            slot=value if on_events else "NULL",
            split="NULL" if by is None else "slot" if on_events else "journey.split",
            journey="" if on_events else JOURNEY.format(split=value),
            join="" if on_events else "JOIN journey USING (journey_id)",
            sets="(step)" if by is None else "(split, step), (step)",
        )
        totals = JOURNEYS.format(
            split=value, shown="NULL" if by is None else "split", sets="()" if by is None else "(split), ()"
        )
        found: dict[str | None, Any] = {row[0]: (_totals(row), {}) for row in self._rows(totals)}
        for split, step, *counts, times in self._rows(steps):
            found[split][1][step] = (*map(int, counts), *(times or (None, None)))
        return found

    def _rows(self, query: str) -> list[Any]:
        return self._connection.execute(query).fetchall()


def _totals(row: Any) -> tuple[Any, ...]:
    _, *counts, value = row
    return (*map(int, counts), round(value, 2))
