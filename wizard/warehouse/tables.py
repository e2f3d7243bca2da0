"""The tables of the warehouse, as its first version made them; `migrations.py` has what came later.

They have the columns of the log's tables, with the same names, and `version` and `is_gone`: of several rows with one
key, ClickHouse keeps the one with the highest version, and hides it if `is_gone` is 1. The keys begin with the day
(UTC), since most statements read a period. All rows of a journey are on one shard. docs/decisions/0039 has the reasons.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DAY_MS = 86_400_000

TEXT = "LowCardinality(String)"
TEXT_OR_NULL = "LowCardinality(Nullable(String))"
ID = "String"
FLAG = "Int16"
COUNT = "Int32"
LONG = "Int64"
LONG_OR_NULL = "Nullable(Int64)"
NUMBER_OR_NULL = "Nullable(Float64)"

JOURNEYS = {
    "journey_id": ID,
    "began_ms": LONG,
    "last_ms": LONG,
    **dict.fromkeys(("viewed", "started", "finished", "clicked", "converted"), FLAG),
    "furthest_step": TEXT,
    **dict.fromkeys(("started_ms", "finished_ms", "clicked_ms", "converted_ms", "elapsed_ms"), LONG_OR_NULL),
    **dict.fromkeys(("answers", "persona", "recommended", "declined"), TEXT),
    **dict.fromkeys(("clicked_deployment", "clicked_position", "converted_deployment"), TEXT),
    "value": NUMBER_OR_NULL,
    "entry": TEXT,
    "continued_from": ID,
    **dict.fromkeys(("flow_version", "wording_version", "locale", "device"), TEXT),
    **dict.fromkeys(("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"), TEXT),
    **dict.fromkeys(("referrer_host", "embed_origin", "embed_path", "edges"), TEXT),
    "cell": LONG,
    "handoff": FLAG,
    "suspect": TEXT,
    "tags": LONG,
}

STEPS = {
    "journey_id": ID,
    "step": TEXT,
    "began_ms": LONG,
    "viewed": FLAG,
    "answered": FLAG,
    "reached_ms": LONG_OR_NULL,
    "answered_ms": LONG_OR_NULL,
    "answer": TEXT,
    "first_answer": TEXT,
    "elapsed_ms": LONG_OR_NULL,
    **dict.fromkeys(("errors", "changes", "went_back"), COUNT),
    "prefilled": FLAG,
    "suspect": TEXT,
}

EVENTS = {
    "journey_id": ID,
    "event_id": ID,
    "event": TEXT,
    "ts_ms": LONG,
    "turn": COUNT,
    **dict.fromkeys(("step", "answer", "error"), TEXT_OR_NULL),
    "elapsed_ms": LONG_OR_NULL,
    **dict.fromkeys(("persona", "recommended", "declined", "deployment", "position"), TEXT_OR_NULL),
    "value": NUMBER_OR_NULL,
    **dict.fromkeys(("answers", "entry"), TEXT),
    "continued_from": ID,
    **dict.fromkeys(("flow_version", "wording_version", "locale", "device"), TEXT),
    **dict.fromkeys(("embed_origin", "embed_path", "referrer_host"), TEXT),
    **dict.fromkeys(("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"), TEXT),
    "gpc": FLAG,
    "suspect": TEXT,
}

FLUSHED = "fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1"
REMOVED_SOON = "old_parts_lifetime = 5, cleanup_delay_period = 5, max_cleanup_delay_period = 10"
ERASABLE = f"{FLUSHED}, {REMOVED_SOON}, cleanup_delay_period_random_add = 1"
"""Settings of each table: what was written and merged is flushed, so that files which a merge or an erasure has
replaced can be removed after seconds instead of minutes."""

SETTLED_SECONDS = 6 * 3600
MERGED = f"min_age_to_force_merge_seconds = {SETTLED_SECONDS}, min_age_to_force_merge_on_partition_only = 1"
"""Settings of the copies: a month to which nothing was written for so long is merged into one part, in which nothing is
left to merge for readers."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A table: its columns by name, the column of the time, what follows the day in its key, and what is looked up."""

    columns: Mapping[str, str]
    when: str
    key: str
    looked_up: Sequence[str] = ("journey_id",)

    @property
    def all_columns(self) -> Mapping[str, str]:
        """The types of all columns by name: those of the log, then the version, and whether the row is gone."""
        return {**self.columns, "version": "UInt64", "is_gone": "UInt8"}

    @property
    def own(self) -> str:
        """What follows the name of a server's own table when it is made."""
        indexes = "".join(f", INDEX by_{name} {name} TYPE bloom_filter(0.001) GRANULARITY 2" for name in self.looked_up)
        return (
            f"({columns_of(self.all_columns, ' CODEC(ZSTD(1))')}{indexes}) "
            "ENGINE = ReplacingMergeTree(version, is_gone) "
            f"PARTITION BY toYYYYMM(fromUnixTimestamp64Milli({self.when}, 'UTC')) "
            f"ORDER BY (intDiv({self.when}, {DAY_MS}), {self.key}) SETTINGS {ERASABLE}, {MERGED}"
        )


def columns_of(types: Mapping[str, str], suffix: str = "") -> str:
    """A list of columns for CREATE TABLE, each with this suffix."""
    return ", ".join(f"{name} {kind}{suffix}" for name, kind in types.items())


REPLACED = {
    "journeys": Definition(JOURNEYS, "began_ms", "journey_id", ("journey_id", "continued_from")),
    "journey_steps": Definition(STEPS, "began_ms", "journey_id, step"),
    "events": Definition(EVENTS, "ts_ms", "journey_id, event_id"),
}
"""The copies of the log's tables."""

SHIPMENTS = {"mark": "UInt64", "at_ms": LONG}
"""A shipment writes one mark before its first row, 2n, and one after its last, 2n + 1."""

HOLDS = {"until_ms": LONG}
"""A reader that asks shipments to begin no sooner than this writes a row."""

OWN_TABLES = {
    **{name: each.own for name, each in REPLACED.items()},
    "shipments": (
        f"({columns_of(SHIPMENTS)}) ENGINE = MergeTree ORDER BY mark "
        "TTL toDateTime(intDiv(at_ms, 1000), 'UTC') + INTERVAL 30 DAY SETTINGS fsync_after_insert = 1"
    ),
    "holds": (
        f"({columns_of(HOLDS)}) ENGINE = MergeTree ORDER BY until_ms "
        "TTL toDateTime(intDiv(until_ms, 1000), 'UTC') + INTERVAL 1 DAY"
    ),
    # The ids of the journeys that are being erased.
    "erasing": f"({columns_of({'journey_id': ID})}) ENGINE = MergeTree ORDER BY journey_id SETTINGS {ERASABLE}",
}
"""What follows the name of each server's own tables when they are made."""

DISTRIBUTED = {
    **{name: (columns_of(each.all_columns), "cityHash64(journey_id)") for name, each in REPLACED.items()},
    "shipments": (columns_of(SHIPMENTS), "0"),
    "holds": (columns_of(HOLDS), "0"),
}
"""The tables of all shards: their columns, and what says which shard a row is on. All shipments and holds are on the
first."""
