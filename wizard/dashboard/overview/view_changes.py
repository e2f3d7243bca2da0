"""Explains a change of a table in a sentence: which groups account for it, and whether by traffic or by rate.

A group is named only where it moved by more than its share of the whole would have had it, and by more than chance
would. Values that visitors brought are escaped, and kept apart from the text around them.
"""

from dataclasses import dataclass

from markupsafe import Markup

from wizard.analytics.answer_groups import ANSWER
from wizard.analytics.breakdown import Group, Ranking
from wizard.analytics.changes import ALPHA
from wizard.analytics.distributions import normal_z
from wizard.analytics.stages import JOURNEYS, STAGES, rate_of
from wizard.dashboard.labels import Names
from wizard.dashboard.overview.view_words import are_few, is_noise, signed
from wizard.events.dimensions import DIMENSIONS, RANKED

NAMED = 2
"""How many groups a sentence names; the table has all of them."""

PLACES = f"{', '.join(RANKED[:-1])} or {RANKED[-1]}"


@dataclass(frozen=True, slots=True)
class Explained:
    """What a sentence is about: the groups of one dimension that stand out, of this `total`, in this metric."""

    groups: tuple[Group, ...]
    dimension: str
    total: Group
    metric: str
    names: Names

    @classmethod
    def of(cls, ranking: Ranking, metric: str, names: Names) -> "Explained":
        """The groups of one dimension that stand out."""
        return cls(tuple(standing_out(ranking, metric)), ranking.dimension, ranking.total, metric, names)

    def text(self) -> Markup:
        """The first groups, with what moved them."""
        return Markup("; ").join(self._one(group) for group in self.groups[:NAMED])

    def _one(self, group: Group) -> Markup:
        """One group: -380 of it through newsletter, due to fewer visitors (-300) and a lower rate (-80)."""
        by, change = group.moved(self.metric).total, self.total.moved(self.metric).total
        is_named = not is_noise(self.total.now[self.metric], self.total.before[self.metric])
        is_part = is_named and by * change > 0 and abs(by) <= abs(change)
        how = by_what(group, self.metric)
        return Markup("{}{} {}{}").format(
            signed(by),
            " of it" if is_part else "",
            through(self.dimension, group.value, self.names),
            f", {how}" if how else "",
        )


def why_of_table(ranking: Ranking, metric: str, names: Names) -> Markup:
    """The sentence for one table."""
    if is_few(ranking.total, metric):
        return Markup("Too few {} for a comparison.").format(unit_of(metric))
    explained = Explained.of(ranking, metric, names)
    return Markup("{}.").format(explained.text()) if explained.groups else Markup("No row stands out.")


def is_few(group: Group, metric: str) -> bool:
    """Whether too few are in it for its changes to say much."""
    of = rate_of(metric)
    return are_few(group.now[of], group.before[of])


def standing_out(ranking: Ranking, metric: str) -> list[Group]:
    """The groups that moved on their own account, beyond chance among so many rows; the furthest first."""
    rows = len(ranking.groups) + ranking.rest_values
    z = normal_z(ALPHA / rows) if rows else 0.0
    found = [group for group in ranking.groups if _stands_out(group, ranking.total, metric, z)]
    return sorted(found, key=lambda group: (-abs(group.moved(metric).total), group.value))


def beyond(group: Group, total: Group, metric: str) -> float:
    """How far a group moved beyond what it would have moved had every group changed alike."""
    before = total.before[metric]
    share = group.before[metric] / before if before else 0.0
    return group.moved(metric).total - total.moved(metric).total * share


def by_what(group: Group, metric: str) -> str:
    """The cause of a group's change: due to fewer visitors (-300) and a lower rate (-80); empty for journeys."""
    if metric == JOURNEYS:
        return ""
    if not group.before[JOURNEYS] or not group.now[JOURNEYS]:
        return "which is new" if group.now[JOURNEYS] else "which is gone"
    total, volume, rate = parts(group, metric)
    causes = {
        f"{'more' if volume > 0 else 'fewer'} {unit_of(metric)}": volume,
        f"a {'higher' if rate > 0 else 'lower'} rate": rate,
    }
    along = [text for text, by in causes.items() if by * total > 0]
    against = [text for text, by in causes.items() if by * total < 0]
    if len(along) == 1 and not against:
        return f"due to {along[0]}"
    numbered = [" and ".join(f"{text} ({signed(causes[text])})" for text in some) for some in (along, against) if some]
    return f"due to {', despite '.join(numbered)}" if along else ""


def unit_of(metric: str) -> str:
    """What a rate of `metric` is a share of, in a word: signups are of clicks, all else of visitors."""
    of = rate_of(metric)
    return STAGES[of].unit if of in STAGES else "visitors"


def parts(group: Group, metric: str) -> tuple[int, int, int]:
    """The change of a group, of which by visitors, and by their rate; in whole numbers that add up."""
    moved = group.moved(metric)
    volume = round(moved.volume)
    return moved.total, volume, moved.total - volume


def _stands_out(group: Group, total: Group, metric: str, z: float) -> bool:
    now, before = group.now[metric], group.before[metric]
    return abs(beyond(group, total, metric)) > z * (now + before) ** 0.5 and not is_noise(now, before, z)


def through(dimension: str, value: str, names: Names) -> Markup:
    """A group in a sentence."""
    if not value or (dimension, value) == ("device", "unknown"):
        return Markup(DIMENSIONS[dimension].without)  # noqa: S704  # a text of ours
    shown = Markup("<bdi>{}</bdi>").format(names.value(dimension, value))
    if dimension == ANSWER:
        return Markup("of those who answered {}").format(shown)
    return Markup(DIMENSIONS[dimension].through).format(shown)  # noqa: S704  # a text of ours, and `format` escapes
