"""The addresses on the overview: where each number leads, and how the page is asked for with something changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from wizard.analytics.quoting import quoted
from wizard.analytics.selection import Selection
from wizard.analytics.stages import JOURNEYS, KEY_FIGURES, METRICS
from wizard.analytics.tag_values import Wanted
from wizard.dashboard.filter_bar import MOST_OPTIONS
from wizard.dashboard.overview.tabs import BREAKDOWNS, DETAIL_NAMES, TIME
from wizard.events.periods import iso
from wizard.web.areas import DASHBOARD

SORTS = ("name", *METRICS, "moved")
"""What the breakdown can be sorted by; `moved` is how much of the change a row accounts for."""

ALL = "1"
"""What stands in an address for a breakdown that is shown whole."""

ALLOWED: Mapping[str, tuple[str, ...]] = {
    "metric": (*METRICS, TIME),
    "by": tuple(BREAKDOWNS),
    "sort": SORTS,
    "all": (ALL,),
    "show": tuple(DETAIL_NAMES),
}
ASKED_NAMES = {
    "metric": "a figure of this page",
    "by": "a breakdown of this page",
    "sort": "the order of the breakdown",
    "find": "a text to find",
    "all": "the choice of all rows",
    "show": "a tab of the details",
}
MOST_ROWS = 1000
"""How many rows a breakdown has that is shown whole: a page is for reading, an export for the rest."""

FIND_CHARACTERS = 200


@dataclass(frozen=True)
class Asked:
    """How the overview is to be shown: which figure, which breakdown in which order, and which tab of the details.

    `find` leaves only the rows of the breakdown that contain it; `is_whole` shows all of them.
    """

    metric: str = "finished"
    by: str = "source"
    sort: str = JOURNEYS
    find: str = ""
    is_whole: bool = False
    show: str = "steps"

    @property
    def figure(self) -> str:
        """The key of the figure whose tab is chosen; that of the journeys is beside the started."""
        return KEY_FIGURES[0] if self.metric == JOURNEYS else self.metric

    @property
    def explained(self) -> str:
        """What the changes of the breakdown are of: a time is not counted, so that the finished are."""
        return "finished" if self.metric == TIME else self.metric

    def wanted(self) -> Wanted:
        """The values of tags that the page can show."""
        return Wanted(self.sort, self.explained, MOST_ROWS if self.is_whole else MOST_OPTIONS, self.by, self.find)

    def parameters(self) -> list[tuple[str, str]]:
        """It as it stands in an address, which leaves out what goes without saying."""
        usual = _pairs(Asked())
        return [pair for pair, left_out in zip(_pairs(self), usual, strict=True) if pair != left_out]


def _pairs(asked: Asked) -> list[tuple[str, str]]:
    return [
        ("metric", asked.metric),
        ("by", asked.by),
        ("sort", asked.sort),
        ("find", asked.find),
        ("all", ALL if asked.is_whole else ""),
        ("show", asked.show),
    ]


def read_asked(given: MultiDict[str, str]) -> tuple[Asked, tuple[str, ...]]:
    """How an address asks for the overview, and a line for each part that can't be read and is left out."""
    read = {name: value for name in ALLOWED if (value := given.get(name, ""))}
    if read.get("all") in BREAKDOWNS:  # as earlier versions wrote it
        read |= {"by": read["all"], "all": ALL}
    find = " ".join(given.get("find", "").split())
    bad = {name: value for name, value in read.items() if value not in ALLOWED[name]}
    if "\0" in find or len(find) > FIND_CHARACTERS:  # no database looks for the one, nobody for the other
        bad["find"], find = find, ""
    problems = tuple(
        f"{quoted(value)} can't be read as {ASKED_NAMES[name]}, and is left out; no number changes by that"
        for name, value in bad.items()
    )
    good = {name: value for name, value in read.items() if name not in bad}
    is_whole = good.pop("all", "") == ALL
    return replace(Asked(), **good, find=find, is_whole=is_whole), problems


@dataclass(frozen=True, slots=True)
class Number:
    """How many journeys, and the address of the list of them; none leads nowhere, nor does what no address can name."""

    count: int
    href: str | None = None


@dataclass(frozen=True)
class Links:
    """The addresses for what is selected, and how it is shown."""

    selection: Selection
    asked: Asked

    def journeys(self, count: int, *conditions: tuple[str, str], **filters: str) -> Number:
        """So many journeys of the selection, which meet these conditions and filters besides."""
        return _listed(count, self.selection.also(*conditions, **filters))

    def before(self, count: int, *conditions: tuple[str, str]) -> Number:
        """The same of the period before, which has no name, as it is counted."""
        before, ends = self.selection.before, self.selection.span.before
        span = self._between(iso(ends.since_ms or 0), iso(ends.until_ms or 0)).span
        return _listed(count, replace(before, span=span).also(*conditions))

    def of_day(self, day: str, count: int, *conditions: tuple[str, str]) -> Number:
        """The same of one day, such as 2026-11-01."""
        return _listed(count, self._of_days(day, day).also(*conditions))

    def days(self, first: str, last: str) -> str:
        """The overview of some days, both included."""
        return self.overview(self._of_days(first, last))

    def list(self, *conditions: tuple[str, str]) -> str:
        """The list of the selection's journeys that meet these conditions besides."""
        return _list(self.selection.also(*conditions))

    def overview(self, selection: Selection | None = None, **changes: str | bool) -> str:
        """The overview of `selection` (or else of this one), shown as it is but for `changes` of `Asked`."""
        return canonical(selection or self.selection, replace(self.asked, **changes))  # type: ignore[arg-type]  # by name

    def _of_days(self, first: str, last: str) -> Selection:
        """Some days of the span; of one that begins or ends at an exact time, as much of them as is in it."""
        span = self.selection.span
        since = span.since if "T" in span.since and first == str(span.first) else first
        until = span.until if "T" in span.until and last == str(span.last) else last
        return self._between(since, until)

    def _between(self, since: str, until: str) -> Selection:
        return replace(self.selection, span=replace(self.selection.span, name="", since=since, until=until))


def parameters(selection: Selection, asked: Asked) -> list[tuple[str, str]]:
    """All that the one address of an overview says."""
    return [*replace(selection, as_of_ms=None).parameters(), *asked.parameters()]


def canonical(selection: Selection, asked: Asked) -> str:
    """The one address of an overview."""
    return f"{DASHBOARD}?{urlencode(parameters(selection, asked))}"


def _list(selection: Selection) -> str:
    return f"{DASHBOARD}/journeys?{selection.query()}"


def _listed(count: int, selection: Selection) -> Number:
    return Number(count, _list(selection) if count else None)
