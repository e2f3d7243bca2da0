"""The dashboard's overview, asked of DuckDB over a Parquet export of the raw events.

It folds the events of each journey and of each of its steps once, keeps that in memory, and asks all else of it: faster
than asking the events anew for each figure. It knows nothing of the log's own folded tables.
"""

# For scripts; its queries are put together from its own texts.
# ruff: noqa: INP001, S608

from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb

from wizard.events.periods import Period, iso

JOURNEYS = """
CREATE OR REPLACE TEMP TABLE told AS
SELECT journey_id, min(ts) AS began, max(event = 'wizard_view')::INT AS viewed,
    max(event = 'question_answer')::INT AS started, max(event = 'result_view')::INT AS finished,
    max(event = 'cta_click')::INT AS clicked, max(event = 'conversion')::INT AS converted,
    max(event = 'conversion' OR (event = 'cta_click' AND gpc = 0))::INT AS handoff,
    coalesce(arg_max(persona, turn) FILTER (event = 'result_view'), '') AS persona,
    coalesce(arg_max(recommended, turn) FILTER (event = 'result_view'), '') AS recommended,
    coalesce(arg_max(declined, turn) FILTER (event = 'result_view'), '') AS declined,
    coalesce(arg_max(position, turn) FILTER (event = 'cta_click'), '') AS position,
    min(ts) FILTER (event = 'result_view') AS finished_at, sum(value) AS value,
    max(utm_source) AS source, max(utm_campaign) AS campaign, max(embed_origin || embed_path) AS page,
    max(referrer_host) AS referrer, max(locale) AS language, max(device) AS device
FROM events GROUP BY journey_id HAVING max(suspect = 'burst')::INT = 0
    AND NOT coalesce(bool_and(suspect = 'fast') FILTER (event = 'question_answer'), false)
    AND began >= TIMESTAMPTZ '{first}' AND began < TIMESTAMPTZ '{until}'
"""

# A step that was answered beforehand has no visitors of its own. Only journeys that are not fresh can have one.
STEPS = """
WITH step AS (
    SELECT journey_id, step, max(event = 'question_answer')::INT AS answered,
        sum((event = 'question_error')::INT) AS errors,
        max((event = 'question_view' AND contains(answers, '"' || step || '":'))::INT) AS went_back,
        (min(answer) <> max(answer))::INT AS changed, arg_min(elapsed_ms, turn) AS elapsed_ms,
        arg_max(answer, turn) AS answer
    FROM events SEMI JOIN now USING (journey_id) WHERE step IS NOT NULL GROUP BY journey_id, step
), standing AS (
    SELECT journey_id, arg_max(answers, turn) AS answers
    FROM events WHERE entry <> 'fresh' AND event <> 'conversion' GROUP BY journey_id
)
SELECT step, answer, count(*), sum(answered), sum(errors), sum((errors > 0)::INT), sum(went_back),
    coalesce(sum(changed), 0), quantile_disc(elapsed_ms, [0.5, 0.9])
FROM step LEFT JOIN standing USING (journey_id)
WHERE answers IS NULL OR NOT (answered = 0 AND contains(answers, '"' || step || '":'))
GROUP BY GROUPING SETS ((step, answer), (step))
HAVING NOT (grouping(answer) = 0 AND answer IS NULL)
"""

EDGES = """
WITH shown AS (
    SELECT journey_id, turn, answers, coalesce(step, 'result') AS page, ts
    FROM events SEMI JOIN now USING (journey_id)
    WHERE event = 'result_view' OR event = 'question_view' AND NOT contains(answers, '"' || step || '":')
), page AS (
    SELECT journey_id, turn, answers, arg_min(page, ts) AS target FROM shown GROUP BY journey_id, turn, answers
), taken AS (
    SELECT journey_id, step AS source, target
    FROM events JOIN page USING (journey_id, turn, answers) WHERE event = 'question_answer'
    UNION
    SELECT journey_id, 'start', arg_min(page, ts) FROM shown WHERE turn = 0 GROUP BY journey_id
)
SELECT taken.source, target, CASE WHEN target = 'result' THEN recommended ELSE '' END AS way, count(*)
FROM taken JOIN now USING (journey_id) GROUP BY taken.source, target, way
"""

COUNTS = "count(*), sum(started), sum(started * finished), sum(started * clicked), sum(started * converted)"
WITH_HANDOFF = f"{COUNTS}, sum(started * handoff)"
FIGURES = f"""SELECT {WITH_HANDOFF}, sum(viewed), sum((1 - started) * finished), sum((1 - started) * clicked),
    sum((1 - started) * converted), coalesce(sum(started * value), 0),
    quantile_disc(epoch_ms(finished_at) - epoch_ms(began), 0.5) FILTER (started = 1) FROM {{period}}"""
OUTCOMES = """SELECT persona, recommended, position, count(*), sum(converted) FROM now
    WHERE started = 1 AND finished = 1 GROUP BY ALL"""
DECLINED = """SELECT d, count(*) FROM (SELECT unnest(string_split(declined, ',')) AS d FROM now
    WHERE started = 1 AND finished = 1) WHERE d <> '' GROUP BY d"""
DAYS = f"""SELECT strftime(timezone('{{zone}}', began), '%Y-%m-%d') AS day, sum(viewed), {COUNTS.partition(", ")[2]}
    FROM now GROUP BY day"""
PRESENT = """SELECT strftime(ts AT TIME ZONE 'UTC', '%Y-%m-%d') AS day, count(*) FROM events
    WHERE ts >= TIMESTAMPTZ '{since}' AND ts < TIMESTAMPTZ '{until}' GROUP BY day"""
RANKED = ("source", "campaign", "page", "referrer", "language", "device")


class OverviewWarehouse:
    """A Parquet file of events, in a DuckDB that uses all of this machine's cores."""

    def __init__(self, parquet: Path, zone: str) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute(f"CREATE VIEW events AS SELECT * FROM read_parquet('{parquet}')")
        self._zone = zone

    def overview(self, period: Period, before: Period, days: Period) -> dict[str, Any]:
        """Every figure of `period` and of the one `before`; events are counted over whole `days`, UTC."""
        since, until, first = (iso(ms or 0) for ms in (period.since_ms, period.until_ms, before.since_ms))
        self._rows(JOURNEYS.format(first=first, until=until))
        for name, condition in (("now", f"began >= '{since}'"), ("earlier", f"began < '{iso(before.until_ms or 0)}'")):
            self._rows(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM told WHERE {condition}")
        whole = {"since": iso(days.since_ms or 0), "until": iso(days.until_ms or 0)}
        return {
            "now": _figures(*self._rows(FIGURES.format(period="now"))),
            "before": _figures(*self._rows(FIGURES.format(period="earlier"))),
            **self._steps(),
            "edges": {tuple(edge): count for *edge, count in self._rows(EDGES)},
            "outcomes": _outcomes(self._rows(OUTCOMES)),
            "declined": dict(self._rows(DECLINED)),
            "days": {day: tuple(map(int, counts)) for day, *counts in self._rows(DAYS.format(zone=self._zone))},
            "rankings": {name: self._ranking(name) for name in RANKED},
            "options": {name: dict(self._options(name)) for name in (*RANKED, "persona")},
            "present": dict(self._rows(PRESENT.format(**whole))),
        }

    def _steps(self) -> dict[str, Any]:
        steps, answers = {}, defaultdict(dict)
        for step, answer, *counts, times in self._rows(STEPS):
            if answer is None:
                steps[step] = (*map(int, counts), *(times or (None, None)))
            else:
                answers[step][answer] = int(counts[0])
        return {"steps": steps, "answers": dict(answers)}

    def _ranking(self, name: str) -> dict[str, Any]:
        found: dict[str, list[tuple[int, ...]]] = defaultdict(lambda: [(0,) * 6, (0,) * 6])
        for place, period in enumerate(("now", "earlier")):
            for value, *counts in self._rows(f"SELECT {name}, {WITH_HANDOFF} FROM {period} GROUP BY {name}"):
                found[value][place] = tuple(map(int, counts))
        return {value: tuple(both) for value, both in found.items()}

    def _options(self, name: str) -> list[Any]:
        return self._rows(f"SELECT {name}, count(*) FROM now GROUP BY {name}")

    def _rows(self, query: str) -> list[Any]:
        return self._connection.execute(query).fetchall()


def _figures(row: Any) -> tuple[Any, ...]:
    *counts, value, median_ms = row
    return (*(int(count or 0) for count in counts), round(value, 2), median_ms)


def _outcomes(rows: list[Any]) -> dict[tuple[str, str], tuple[int, ...]]:
    """By persona and recommended: finished, followed, alternative, left, converted."""
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 5)
    for persona, recommended, position, count, converted in rows:
        counts = found[persona, recommended]
        counts[0] += count
        counts[{"recommended": 1, "alternative": 2}.get(position, 3)] += count
        counts[4] += converted
    return {key: tuple(map(int, counts)) for key, counts in found.items()}
