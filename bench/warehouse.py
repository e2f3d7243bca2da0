"""The same figures as the reports have, asked of DuckDB over a Parquet export of the raw events."""

from pathlib import Path
from typing import Any

import duckdb

EPOCH_MS = "epoch_ms(ts)"
ORDER = "(turn, ts, event_id)"

SPLITS = {
    "utm_source": "max(utm_source)",
    "utm_campaign": "max(utm_campaign)",
    "embed_origin": "max(embed_origin)",
    "referrer_host": "max(referrer_host)",
    "locale": "max(locale)",
    "device": "max(device)",
    "persona": f"coalesce(arg_max(persona, {ORDER}) FILTER (event = 'result_view'), '')",
    "deployment": f"coalesce(arg_max(recommended, {ORDER}) FILTER (event = 'result_view'), '')",
    "day": "strftime(timezone('{zone}', min(ts)), '%Y-%m-%d')",
}
"""One value for each journey. Every event of a journey carries the same slots here, so that `max` will do."""

JOURNEYS = """
SELECT journey_id, {split} AS split,
    max(event = 'wizard_view')::INT AS viewed, max(event = 'question_answer')::INT AS started,
    max(event = 'result_view')::INT AS finished, max(event = 'cta_click')::INT AS clicked,
    max(event = 'conversion')::INT AS converted, sum(value) AS value
FROM events GROUP BY journey_id
"""

TOTALS = """
SELECT split, count(*) AS journeys, sum(viewed) AS viewed, sum(started) AS started,
    sum(started * finished) AS finished, sum(started * clicked) AS clicked, sum(started * converted) AS converted,
    round(sum(started * coalesce(value, 0)), 2) AS value
FROM journey GROUP BY split ORDER BY split
"""

# A step that was answered beforehand has no visitors of its own; only journeys that are not fresh can have one.
STEPS = f"""
WITH told AS (
    SELECT journey_id, step, max(event = 'question_answer')::INT AS answered,
        count(*) FILTER (event = 'question_error') AS errors,
        max(event = 'question_view' AND contains(answers, '"' || step || '":'))::INT AS went_back,
        max(event = 'question_answer' AND entry = 'x')::INT AS unused
    FROM events WHERE step IS NOT NULL GROUP BY journey_id, step
), standing AS (
    SELECT journey_id, arg_max(answers, {ORDER}) AS answers
    FROM events WHERE entry <> 'fresh' AND event <> 'conversion' GROUP BY journey_id
)
SELECT step, count(*) AS reached, sum(answered) AS answered
FROM told LEFT JOIN standing USING (journey_id)
WHERE answered = 1 OR standing.answers IS NULL OR NOT contains(standing.answers, '"' || step || '":')
GROUP BY step ORDER BY step
"""
