"""The queries of the overview over raw events, for DuckDB; what is in braces is put in where they are used."""

# For scripts; queries are put together from its own texts.
# ruff: noqa: INP001, S608

from wizard.analytics.completeness import COMPLETE_MS, MOST_SIGNUPS

RANKED = ("source", "campaign", "page", "referrer", "language", "device")
OTHERS = ("persona", "recommendation", "version", "wording")
"""The dimensions: those that the page ranks, and those that it only filters by."""

SUSPECT_OF = """CASE WHEN max(suspect = 'burst') THEN 'burst'
    WHEN bool_and(suspect = 'fast') FILTER (event = 'question_answer') THEN 'fast' ELSE '' END"""

TOLD = """
CREATE OR REPLACE TEMP TABLE told AS
SELECT journey_id, min(ts) AS began, max(event = 'wizard_view')::INT AS viewed,
    min(ts) FILTER (event = 'question_answer') AS started_at, min(ts) FILTER (event = 'result_view') AS finished_at,
    min(ts) FILTER (event = 'cta_click') AS clicked_at, min(ts) FILTER (event = 'conversion') AS converted_at,
    max(event = 'conversion' OR (event = 'cta_click' AND gpc = 0)) AS has_handoff,
    coalesce(arg_max(persona, turn) FILTER (event = 'result_view'), '') AS persona,
    coalesce(arg_max(recommended, turn) FILTER (event = 'result_view'), '') AS recommendation,
    coalesce(arg_max(declined, turn) FILTER (event = 'result_view'), '') AS declined,
    coalesce(arg_max(position, turn) FILTER (event = 'cta_click'), '') AS position,
    arg_min(deployment, turn) FILTER (event = 'conversion') AS deployment, sum(value) AS value,
    max(utm_source) AS source, max(utm_campaign) AS campaign, max(embed_origin || embed_path) AS page,
    max(referrer_host) AS referrer, max(locale) AS language, max(device) AS device,
    max(flow_version) AS version, max(wording_version) AS wording,
    {suspect} AS suspect
FROM events GROUP BY journey_id HAVING began >= '{first}' AND began < '{until}'
"""

FLAGS = """journey_id, began, viewed, started_at, finished_at, clicked_at, converted_at, persona, recommendation,
    declined, position, source, campaign, page, referrer, language, device, version, wording"""

NOW = f"""
CREATE OR REPLACE TEMP TABLE now AS
SELECT {FLAGS}, (started_at IS NOT NULL)::INT AS started, (finished_at IS NOT NULL)::INT AS finished,
    (clicked_at IS NOT NULL)::INT AS clicked, (converted_at IS NOT NULL)::INT AS converted,
    has_handoff::INT AS handoff, value
FROM told WHERE suspect = '' AND began >= '{{since}}'
"""

# As it stood when it was as old as the other one is now.
EARLIER = f"""
CREATE OR REPLACE TEMP TABLE earlier AS
SELECT {FLAGS}, coalesce(started_at < '{{as_of}}', false)::INT AS started,
    coalesce(finished_at < '{{as_of}}', false)::INT AS finished,
    coalesce(clicked_at < '{{as_of}}', false)::INT AS clicked,
    coalesce(converted_at < '{{as_of}}', false)::INT AS converted,
    (has_handoff AND (coalesce(clicked_at < '{{as_of}}', false) OR coalesce(converted_at < '{{as_of}}', false)))::INT
        AS handoff,
    CASE WHEN converted_at < '{{as_of}}' THEN value END AS value
FROM told WHERE suspect = '' AND began < '{{before_until}}'
"""

# A step that was answered beforehand has no visitors of its own. Only journeys that are not fresh can have one.
STEP = """
CREATE OR REPLACE TEMP TABLE step AS
WITH told_step AS (
    SELECT journey_id, step, min(ts) AS reached_at, min(ts) FILTER (event = 'question_answer') AS answered_at,
        max(event = 'question_answer')::INT AS answered, sum((event = 'question_error')::INT) AS errors,
        max((event = 'question_view' AND contains(answers, '"' || step || '":'))::INT) AS went_back,
        (min(answer) <> max(answer))::INT AS changed, arg_min(elapsed_ms, turn) AS elapsed_ms,
        arg_min(answer, turn) AS first_answer, arg_max(answer, turn) AS answer
    FROM events SEMI JOIN (SELECT journey_id FROM now UNION ALL SELECT journey_id FROM earlier) USING (journey_id)
    WHERE step IS NOT NULL GROUP BY journey_id, step
), standing AS (
    SELECT journey_id, arg_max(answers, turn) AS answers
    FROM events WHERE entry <> 'fresh' AND event <> 'conversion' GROUP BY journey_id
)
SELECT told_step.*, told.began >= '{since}' AS is_now
FROM told_step JOIN told USING (journey_id) LEFT JOIN standing USING (journey_id)
WHERE standing.answers IS NULL OR NOT (answered = 0 AND contains(standing.answers, '"' || step || '":'))
"""

STEPS = """
SELECT step, answer, count(*), sum(answered), sum(errors), sum((errors > 0)::INT), sum(went_back),
    coalesce(sum(changed), 0), quantile_disc(elapsed_ms, [0.5, 0.9])
FROM step WHERE is_now GROUP BY GROUPING SETS ((step, answer), (step))
HAVING NOT (grouping(answer) = 0 AND answer IS NULL)
"""

STEPS_BEFORE = """
SELECT step, sum((reached_at < '{as_of}')::INT), coalesce(sum((answered_at < '{as_of}')::INT), 0), sum(errors),
    sum((errors > 0)::INT), sum(went_back), coalesce(sum(changed), 0), quantile_disc(elapsed_ms, [0.5, 0.9])
FROM step WHERE NOT is_now GROUP BY step HAVING sum((reached_at < '{as_of}')::INT) > 0
"""

CHANGED = "SELECT step, first_answer, answer, count(*) FROM step WHERE is_now AND changed = 1 GROUP BY ALL"

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
SELECT taken.source, target, CASE WHEN target = 'result' THEN recommendation ELSE '' END AS way, count(*)
FROM taken JOIN now USING (journey_id) GROUP BY taken.source, target, way
"""

COUNTS = "count(*), sum(started), sum(started * finished), sum(started * clicked), sum(started * converted)"
WITH_HANDOFF = f"{COUNTS}, sum(started * handoff)"
FIGURES = f"""SELECT {WITH_HANDOFF}, sum(viewed), sum((1 - started) * finished), sum((1 - started) * clicked),
    sum((1 - started) * converted), coalesce(sum(started * value), 0),
    quantile_disc(epoch_ms(finished_at) - epoch_ms(began), 0.5) FILTER (started = 1 AND finished = 1) FROM {{period}}"""
OUTCOMES = """SELECT persona, recommendation, position, count(*), sum(converted) FROM now
    WHERE started = 1 AND finished = 1 GROUP BY ALL"""
DECLINED = """SELECT d, count(*) FROM (SELECT unnest(string_split(declined, ',')) AS d FROM now
    WHERE started = 1 AND finished = 1) WHERE d <> '' GROUP BY d"""
DAYS = f"""SELECT strftime(timezone('{{zone}}', began), '%Y-%m-%d') AS day, sum(viewed), {COUNTS.partition(", ")[2]}
    FROM {{period}} GROUP BY day"""
# Clocks of the zone differ from UTC by whole hours.
HOURS = f"""SELECT epoch_ms(date_trunc('hour', began)) AS hour, sum(viewed), {COUNTS.partition(", ")[2]}
    FROM {{period}} GROUP BY hour"""
RANKINGS = f"""SELECT is_now, {", ".join(RANKED)}, {", ".join(f"grouping({name})" for name in RANKED)}, {WITH_HANDOFF}
    FROM (SELECT true AS is_now, * FROM now UNION ALL SELECT false, * FROM earlier)
    GROUP BY GROUPING SETS ({", ".join(f"(is_now, {name})" for name in RANKED)})"""
LAGS = """SELECT epoch_ms(converted_at) - epoch_ms(clicked_at) FROM {period}
    WHERE started_at IS NOT NULL AND clicked_at IS NOT NULL AND converted = 1"""
SIGNUPS = f"""
WITH signed_up AS (SELECT DISTINCT journey_id FROM events WHERE event = 'conversion'), told_signup AS (
    SELECT min(ts) AS began, min(ts) FILTER (event = 'conversion') AS converted_at, {SUSPECT_OF} AS suspect
    FROM events SEMI JOIN signed_up USING (journey_id) GROUP BY journey_id
)
SELECT epoch_ms(converted_at) - epoch_ms(began) AS lag_ms FROM told_signup
WHERE suspect = '' AND began >= '{{since}}' AND began < '{{until}}' AND lag_ms < {COMPLETE_MS}
ORDER BY began DESC LIMIT {MOST_SIGNUPS}
"""
QUICK = """SELECT count(*) FROM {period} WHERE started_at IS NOT NULL
    AND epoch_ms(finished_at) - epoch_ms(began) <= {limit_ms}"""
SUSPECT = "SELECT suspect, count(*) FROM told WHERE suspect <> '' AND began >= '{since}' GROUP BY suspect"
PRESENT = """SELECT strftime(ts AT TIME ZONE 'UTC', '%Y-%m-%d') AS day, count(*) FROM events
    WHERE ts >= TIMESTAMPTZ '{since}' AND ts < TIMESTAMPTZ '{until}' GROUP BY day"""
VERSIONS = """SELECT flow_version, locale, wording_version, epoch_ms(min(ts)) FROM events
    WHERE event <> 'conversion' GROUP BY ALL"""
UNDER_WAY = """
WITH recent AS (
    SELECT journey_id, CASE WHEN event IN ('result_view', 'cta_click') THEN 'result' ELSE step END AS at_page,
        embed_origin || embed_path AS page, row_number() OVER (
            PARTITION BY journey_id ORDER BY ts DESC, turn DESC, event = 'question_answer') AS number
    FROM events WHERE ts > '{now}'::TIMESTAMPTZ - INTERVAL 5 MINUTE AND ts <= '{now}'
        AND event NOT IN ('wizard_view', 'conversion')
)
SELECT at_page, page, count(*) FROM recent WHERE number = 1 GROUP BY ALL
"""
GROUPS = f"""SELECT is_now, {", ".join(RANKED)}, {", ".join(f"grouping({name})" for name in RANKED)},
    count(*) - sum(answered), count(*)
    FROM step JOIN told USING (journey_id) WHERE step = '{{step}}'
    GROUP BY GROUPING SETS ({", ".join(f"(is_now, {name})" for name in RANKED)})"""
