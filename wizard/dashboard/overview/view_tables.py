"""The ranked tables: each value of a dimension beside what it was, and how much of the change it accounts for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from wizard.analytics.breakdown import Group, Ranked, Ranking, ranked
from wizard.analytics.overview import Overview
from wizard.analytics.stages import JOURNEYS, METRICS, rate_of
from wizard.dashboard.filter_bar import Choice
from wizard.dashboard.labels import DASH, METRIC_NAMES, Names, percent
from wizard.dashboard.overview.view_changes import is_few, parts, standing_out, unit_of, why_of_table
from wizard.dashboard.overview.view_links import MOST_ROWS, Links, Number
from wizard.dashboard.overview.view_words import is_noise, signed, whole_percent
from wizard.events.dimensions import DIMENSIONS, RANKED

ROWS = 10


@dataclass(frozen=True, slots=True)
class Moving:
    """A row's change, split into traffic and rate, and its share of the total's; quiet where it doesn't stand out."""

    text: str
    visitors: str
    rate: str
    share: str
    is_quiet: bool


@dataclass(frozen=True, slots=True)
class Count:
    """A cell: so many, and which share that is. What `is_aside` a narrow screen has no room for."""

    number: Number
    share: str
    is_aside: bool


@dataclass(frozen=True, slots=True)
class TableRow:
    """One value: its name in short, and in full where a visitor gave it; its counts and its change."""

    name: str
    full: str
    href: str | None
    width: str
    counts: tuple[Count, ...]
    moving: Moving


@dataclass(frozen=True, slots=True)
class Header:
    """A column's header: the address that sorts by it, and whether that is how it is sorted."""

    key: str
    name: str
    href: str
    is_sorted: bool
    is_aside: bool


@dataclass(frozen=True, slots=True)
class Table:
    """One dimension. `more` leads to the whole table, or back from it."""

    dimension: str
    name: str
    sentence: Markup
    headers: tuple[Header, ...]
    rows: tuple[TableRow, ...]
    total: TableRow
    has_shares: bool
    more: tuple[str, str] | None
    volume: str


def tables_of(overview: Overview, links: Links, names: Names) -> tuple[Table, ...]:
    """The tables in their order."""
    return tuple(_table(overview.rankings[dimension], links, names) for dimension in RANKED)


def metrics_of(links: Links) -> tuple[Choice, ...]:
    """What can be explained."""
    chosen = links.asked.metric
    return tuple(Choice(METRIC_NAMES[name], links.overview(metric=name), name == chosen) for name in METRICS)


def _table(ranking: Ranking, links: Links, names: Names) -> Table:
    dimension, asked = ranking.dimension, links.asked
    found = _sorted(ranking, links, names, MOST_ROWS if asked.whole == dimension else ROWS)
    loud = [] if is_few(ranking.total, asked.metric) else standing_out(ranking, asked.metric)
    if _has_moved(ranking.total, asked.metric):
        loud.append(ranking.total)
    rows = _Rows(ranking, links, max((group.now[JOURNEYS] for group in found.top), default=0), loud)
    folded = [rows.folded(found)] if found.other else []
    return Table(
        dimension,
        DIMENSIONS[dimension].name,
        why_of_table(ranking, asked.metric, names),
        _headers(links),
        (*(rows.of_value(group, names) for group in found.top), *folded),
        rows.total(),
        _has_moved(ranking.total, asked.metric),
        _more(ranking, links, is_folded=bool(folded)),
        unit_of(asked.metric),
    )


def _more(ranking: Ranking, links: Links, *, is_folded: bool) -> tuple[str, str] | None:
    if links.asked.whole == ranking.dimension:
        return f"Show the first {ROWS}", links.overview(whole="")
    return (
        (f"Show all {len(ranking.groups) + ranking.rest_values:,}", links.overview(whole=ranking.dimension))
        if is_folded
        else None
    )


def _sorted(ranking: Ranking, links: Links, names: Names, at_most: int) -> Ranked:
    """In the order that is asked for; by name, those with the most journeys are left unfolded."""
    by = links.asked.sort
    if by != "name":
        return ranked(ranking, by, links.asked.metric, at_most)
    found = ranked(ranking, JOURNEYS, links.asked.metric, at_most)
    in_order = sorted(found.top, key=lambda group: names.value(ranking.dimension, group.value).casefold())
    return Ranked(tuple(in_order), found.other, found.others)


def _headers(links: Links) -> tuple[Header, ...]:
    columns = [
        ("name", "Name"),
        *((name, METRIC_NAMES[name]) for name in METRICS),
        ("moved", "Change"),
    ]
    return tuple(
        Header(key, name, links.overview(sort=key), key == links.asked.sort, _is_aside(key, links.asked.metric))
        for key, name in columns
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """Makes the rows of one table, whose longest bar is `widest`; the changes of `loud` groups are not grey."""

    ranking: Ranking
    links: Links
    widest: int
    loud: Sequence[Group]

    def of_value(self, group: Group, names: Names) -> TableRow:
        """A value's row, whose numbers lead to its journeys."""
        filters = {self.ranking.dimension: group.value}
        name = names.value(self.ranking.dimension, group.value).removeprefix("https://")
        row = self._of_several(name, group, (group,))
        href = self.links.overview(self.links.selection.also(**filters)) if group.now[JOURNEYS] else None
        return replace(row, full=group.value, href=href, counts=self._counts(group, filters))

    def total(self) -> TableRow:
        """All values together."""
        row = self._of_several("All", self.ranking.total, _every(self.ranking))
        return replace(row, width="", counts=self._counts(self.ranking.total, {}))

    def folded(self, found: Ranked) -> TableRow:
        """All that is not among the top."""
        top = {id(group) for group in found.top}
        rest = [group for group in _every(self.ranking) if id(group) not in top]
        return self._of_several(f"Other ({found.others:,})", found.other or self.ranking.total, rest)

    def _of_several(self, name: str, together: Group, groups: Iterable[Group]) -> TableRow:
        """A row of `groups`, whose parts are the sums of theirs: columns are read as sums."""
        width = f"{100 * together.now[JOURNEYS] / self.widest:.1f}%" if self.widest else ""
        metric = self.links.asked.metric
        visitors = sum(parts(group, metric)[1] for group in groups)
        is_quiet = together not in self.loud
        moving = _moving(together, visitors, self.ranking.total, metric, is_quiet=is_quiet)
        return TableRow(name, full="", href=None, width=width, counts=self._counts(together, None), moving=moving)

    def _counts(self, group: Group, filters: Mapping[str, str] | None) -> tuple[Count, ...]:
        chosen = self.links.asked.metric
        return tuple(
            Count(self._number(group, metric, filters), _share(group, metric), _is_aside(metric, chosen))
            for metric in METRICS
        )

    def _number(self, group: Group, metric: str, filters: Mapping[str, str] | None) -> Number:
        count = group.now[metric]
        if filters is None:
            return Number(count)
        conditions = [] if metric == JOURNEYS else [("outcome", metric)]
        return self.links.journeys(count, *conditions, **filters)


def _every(ranking: Ranking) -> tuple[Group, ...]:
    """All groups; those that are too rare to be listed count as one."""
    return (*ranking.groups, ranking.rest) if ranking.rest else ranking.groups


def _is_aside(column: str, chosen: str) -> bool:
    return column not in ("name", JOURNEYS, "moved", chosen)


def _share(group: Group, metric: str) -> str:
    return percent(group.now.rate(metric)) if rate_of(metric) != JOURNEYS else ""


def _moving(group: Group, visitors: int, total: Group, metric: str, *, is_quiet: bool) -> Moving:
    """The change of a row, so much of it by `visitors`; where journeys are counted, there is nothing to split."""
    by, of_total = group.moved(metric).total, total.moved(metric).total
    split = ("", "") if metric == JOURNEYS else (signed(visitors), signed(by - visitors))
    return Moving(
        signed(by),
        *split,
        whole_percent(by / of_total) if of_total and _has_moved(total, metric) else DASH,
        is_quiet,
    )


def _has_moved(total: Group, metric: str) -> bool:
    """Whether there is a change to account for: shares of one that may be chance would mean nothing."""
    return not is_few(total, metric) and not is_noise(total.now[metric], total.before[metric])
