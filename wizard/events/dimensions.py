"""What journeys are told apart by. Filters, cells, tables, sentences and the report's `--by` follow from these."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement

from wizard.events.attribution import ATTRIBUTION
from wizard.storage.schema import journeys


@dataclass(frozen=True, slots=True)
class Dimension:
    """`key` in an address, `name` on a page, and the columns of `journeys` that hold its value, one after the other.

    An empty value is not known, and is listed as `missing`. A sentence names a group of journeys `through` its value,
    or, where that is not known, `without` it. With `has_table`, the overview ranks the values in a table of their own.
    """

    key: str
    columns: tuple[str, ...]
    name: str
    missing: str = "Unknown"
    through: str = "with the value {}"
    without: str = "with an unknown value"
    has_table: bool = True

    @property
    def is_tag(self) -> bool:
        """Whether its values come from outside, so that each journey may have one of its own."""
        return self.columns[0] in ATTRIBUTION

    @property
    def value(self) -> ColumnElement[str]:
        """The value that a row of `journeys` has."""
        first, *more = (journeys.c[name] for name in self.columns)
        return first + more[0] if more else first

    def value_of(self, row: Any) -> str:
        """The value that a row of `journeys`, or its cell, has."""
        first, *more = self.columns
        value: str = getattr(row, first)
        return value + "".join(getattr(row, column) for column in more) if more else value


DIMENSIONS: Mapping[str, Dimension] = {
    each.key: each
    for each in (
        Dimension("source", ("utm_source",), "Source", "Untagged", "through {}", "untagged"),
        Dimension(
            "campaign", ("utm_campaign",), "Campaign", "Untagged", "through the campaign {}", "without a campaign"
        ),
        Dimension("page", ("embed_origin", "embed_path"), "Embed page", "Opened directly", "on {}", "opened directly"),
        Dimension("referrer", ("referrer_host",), "Referrer", "No referrer", "from {}", "without a referrer"),
        Dimension("language", ("locale",), "Language", "Unknown", "in the language {}", "in an unknown language"),
        Dimension("device", ("device",), "Device", "Unknown", "with the device {}", "on an unknown device"),
        Dimension("persona", ("persona",), "Persona", "No result", has_table=False),
        Dimension("recommendation", ("recommended",), "Recommendation", "No result", has_table=False),
        Dimension("version", ("flow_version",), "Questionnaire version", has_table=False),
        Dimension("wording", ("wording_version",), "Wording version", has_table=False),
    )
}
"""What journeys can be filtered by, by their keys, in the order of pages."""

TAG_DIMENSIONS = tuple(key for key, each in DIMENSIONS.items() if each.is_tag)
RANKED = tuple(key for key, each in DIMENSIONS.items() if each.has_table)
"""The keys of those that have a table, in its order."""

GROUPED: Mapping[str, Dimension] = {
    "deployment" if key == "recommendation" else each.columns[0]: replace(each, columns=each.columns[:1])
    for key, each in DIMENSIONS.items()
}
"""What `wizard report --by` groups by, as it calls them: by the first column of each; of pages that is their origin."""

DAY = "day"
SPLITS = (*GROUPED, DAY)
"""All that a report can be split by."""
