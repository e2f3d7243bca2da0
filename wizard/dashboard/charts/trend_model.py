"""What the chart of one figure is drawn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Unit = Literal["hour", "day", "week", "month"]
MarkerKind = Literal["release", "publish", "note"]
MARKER_KINDS: Mapping[MarkerKind, str] = {"release": "Release", "publish": "Published", "note": "Note"}
"""What a marker is, in a word, by its kind."""


@dataclass(frozen=True, slots=True)
class Point:
    """One hour, day, week or month of the period, and what lies at the same place of the period before.

    `label` is for the axis, a line each. `count` is None for what is yet to come, `before` where the period before has
    nothing there. `note` says why not all is counted ("so far", "in part"): then the point is drawn dashed. A point
    that `is_immature` is hatched: it may still grow, such as conversions of recent visits. `href` is what lies behind.
    """

    title: str
    label: str
    since_ms: int
    count: int | None
    before: int | None = None
    before_title: str = ""
    note: str = ""
    is_immature: bool = False
    href: str | None = None

    @property
    def full_title(self) -> str:
        """Its title and its note."""
        return f"{self.title}, {self.note}" if self.note else self.title


@dataclass(frozen=True, slots=True)
class Marker:
    """Something that happened at `at_ms`: a release of the questionnaire or its wording, or a colleague's note.

    A `publish` is that of a version of the texts.
    """

    at_ms: int
    kind: MarkerKind
    label: str
    href: str | None = None

    @property
    def words(self) -> str:
        """Its kind and label."""
        return f"{MARKER_KINDS[self.kind]}: {self.label}"


@dataclass(frozen=True, slots=True)
class Trend:
    """A figure's `name` ("Started"), its points in order, and the name of the period before ("the 28 days before").

    `immature` is what the legend says of hatched points.
    """

    name: str
    unit: Unit
    points: Sequence[Point]
    than: str
    markers: Sequence[Marker] = ()
    immature: str = "May still grow"
