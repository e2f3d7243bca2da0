"""The rows of the breakdown: each value's counts beside what they were, and how much of the change it accounts for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from wizard.analytics.answer_groups import ANSWER
from wizard.analytics.breakdown import Group, Ranked, Ranking
from wizard.analytics.stages import JOURNEYS, METRICS, rate_of
from wizard.dashboard.labels import DASH, Names, percent
from wizard.dashboard.overview.view_changes import is_few, parts, standing_out
from wizard.dashboard.overview.view_links import Links, Number
from wizard.dashboard.overview.view_words import is_noise, signed, whole_percent


@dataclass(frozen=True, slots=True)
class Moving:
    """A row's change, split into traffic and rate, and its share of the total's; quiet where it doesn't stand out."""

    text: str
    visitors: str
    rate: str
    share: str
    is_quiet: bool = True


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


@dataclass(frozen=True)
class Rows:
    """Makes the rows of a breakdown, whose longest bar is `widest`."""

    ranking: Ranking
    links: Links
    widest: int

    @cached_property
    def standing_out(self) -> frozenset[str]:
        """The values whose change stands out."""
        metric = self.links.asked.explained
        found = [] if is_few(self.ranking.total, metric) else standing_out(self.ranking, metric)
        return frozenset(group.value for group in found)

    def of_value(self, group: Group, names: Names) -> TableRow:
        """A value's row, whose numbers lead to its journeys."""
        conditions, filters = _narrowed(self.ranking.dimension, group.value)
        name = names.value(self.ranking.dimension, group.value).removeprefix("https://")
        row = self._of_several(name, group, (group,))
        selection = self.links.selection.also(*conditions, **filters)
        href = self.links.overview(selection, find="", is_whole=False) if group.now[JOURNEYS] else None
        moving = replace(row.moving, is_quiet=group.value not in self.standing_out)
        return replace(
            row, full=group.value, href=href, counts=self._counts(group, filters, *conditions), moving=moving
        )

    def total(self) -> TableRow:
        """All values together."""
        row = self._of_several("All", self.ranking.total, _parts(self.ranking))
        moving = replace(row.moving, is_quiet=not has_moved(self.ranking.total, self.links.asked.explained))
        return replace(row, width="", counts=self._counts(self.ranking.total, {}), moving=moving)

    def folded(self, found: Ranked, among: Ranking) -> TableRow:
        """All of `among` that is not among the top."""
        top = {id(group) for group in found.top}
        rest = [group for group in _every(among) if id(group) not in top]
        return self._of_several(f"Other ({found.others:,})", found.other or self.ranking.total, rest)

    def _of_several(self, name: str, together: Group, groups: Iterable[Group]) -> TableRow:
        """A row of `groups`, whose parts are the sums of theirs: columns are read as sums."""
        width = f"{100 * together.now[JOURNEYS] / self.widest:.1f}%" if self.widest else ""
        metric = self.links.asked.explained
        visitors = sum(parts(group, metric)[1] for group in groups)
        moving = _moving(together, visitors, self.ranking.total, metric)
        return TableRow(name, full="", href=None, width=width, counts=self._counts(together, None), moving=moving)

    def _counts(
        self, group: Group, filters: Mapping[str, str] | None, *conditions: tuple[str, str]
    ) -> tuple[Count, ...]:
        chosen = self.links.asked.explained
        return tuple(
            Count(self._number(group, metric, filters, *conditions), _share(group, metric), is_aside(metric, chosen))
            for metric in METRICS
        )

    def _number(
        self, group: Group, metric: str, filters: Mapping[str, str] | None, *conditions: tuple[str, str]
    ) -> Number:
        count = group.now[metric]
        if filters is None:
            return Number(count)
        outcome = [] if metric == JOURNEYS else [("outcome", metric)]
        return self.links.journeys(count, *conditions, *outcome, **filters)


def _narrowed(dimension: str, value: str) -> tuple[tuple[tuple[str, str], ...], dict[str, str]]:
    """The conditions and the filters that leave the journeys of one value."""
    return (((ANSWER, value),), {}) if dimension == ANSWER else ((), {dimension: value})


def _parts(ranking: Ranking) -> tuple[Group, ...]:
    """The groups that the total is the sum of: itself, where journeys are in several groups."""
    return (ranking.total,) if ranking.dimension == ANSWER else _every(ranking)


def _every(ranking: Ranking) -> tuple[Group, ...]:
    """All groups; those that are too rare to be listed count as one."""
    return (*ranking.groups, ranking.rest) if ranking.rest else ranking.groups


def is_aside(column: str, chosen: str) -> bool:
    """Whether a narrow screen has no room for a column."""
    return column not in ("name", JOURNEYS, "moved", chosen)


def _share(group: Group, metric: str) -> str:
    return percent(group.now.rate(metric)) if rate_of(metric) != JOURNEYS else ""


def _moving(group: Group, visitors: int, total: Group, metric: str) -> Moving:
    """The change of a row, so much of it by `visitors`; where journeys are counted, there is nothing to split."""
    by, of_total = group.moved(metric).total, total.moved(metric).total
    split = ("", "") if metric == JOURNEYS else (signed(visitors), signed(by - visitors))
    return Moving(
        signed(by),
        *split,
        whole_percent(by / of_total) if of_total and has_moved(total, metric) else DASH,
    )


def has_moved(total: Group, metric: str) -> bool:
    """Whether there is a change to account for: shares of one that may be chance would mean nothing."""
    return not is_few(total, metric) and not is_noise(total.now[metric], total.before[metric])
