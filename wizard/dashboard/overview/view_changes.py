"""Explains a change in a sentence: which groups account for it, and whether the cause is traffic or rate.

A group is named only where it moved by more than its share of the whole would have had it, and by more than chance
would. Values that visitors brought are escaped, and kept apart from the text around them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from wizard.analytics.breakdown import Group, Ranking
from wizard.analytics.stages import JOURNEYS, STAGES, rate_of
from wizard.dashboard.labels import METRIC_NAMES, Names
from wizard.dashboard.overview.view_words import FEW, Z_ROW, are_few, is_noise, signed, signed_percent
from wizard.events.dimensions import DIMENSIONS, RANKED

NAMED = 2
"""How many groups a sentence names; the table has all of them."""

PLACES = f"{', '.join(RANKED[:-1])} or {RANKED[-1]}"


@dataclass(frozen=True, slots=True)
class Why:
    """What moved, in a sentence, and the dimension that explains the most of it, if one does."""

    sentence: Markup
    dimension: str | None = None


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

    @property
    def furthest(self) -> float:
        """How far the one that stands out most does so."""
        return max((abs(beyond(group, self.total, self.metric)) for group in self.groups), default=0.0)

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


def why(rankings: Mapping[str, Ranking], metric: str, than: str, names: Names) -> Why:
    """The sentence for the whole page. `than` is what the period is compared with."""
    total = next(iter(rankings.values())).total
    now, before, name = total.now[metric], total.before[metric], METRIC_NAMES[metric]
    if is_few(total, metric):
        few = Markup("{}: {:,}, and {:,} in {}. {}")
        return Why(few.format(name, now, before, than, _too_few(total, metric)))
    most = max((Explained.of(each, metric, names) for each in rankings.values()), key=lambda each: each.furthest)
    dimension = most.dimension if most.groups else None
    if is_noise(now, before):
        flat = Markup("{}: within normal variation ({:,}, and {:,} in {})").format(name, now, before, than)
        return Why(
            flat + (Markup(", but some groups changed: {}.").format(most.text()) if dimension else Markup(".")),
            dimension,
        )
    verb = "rose" if now > before else "fell"
    change = f"{abs(now - before):,} ({signed_percent((now - before) / before)})" if before else f"{now:,}"
    moved = Markup("{} {} by {} against {}").format(name, verb, change, than)
    if dimension:
        return Why(Markup("{}: {}.").format(moved, most.text()), dimension)
    return Why(Markup("{}. The change is similar everywhere: no {} stands out.").format(moved, PLACES))


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


def _too_few(group: Group, metric: str) -> str:
    """Why nothing is compared."""
    if group.now[rate_of(metric)] < FEW:
        return f"Too few {unit_of(metric)} to compare."
    return "There were too few to compare with."


def standing_out(ranking: Ranking, metric: str) -> list[Group]:
    """The groups that moved on their own account, the furthest first."""
    found = [group for group in ranking.groups if _stands_out(group, ranking.total, metric)]
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


def _stands_out(group: Group, total: Group, metric: str) -> bool:
    now, before = group.now[metric], group.before[metric]
    far = abs(beyond(group, total, metric)) > Z_ROW * (now + before) ** 0.5
    return far and not is_noise(now, before, Z_ROW)


def through(dimension: str, value: str, names: Names) -> Markup:
    """A group in a sentence."""
    if not value or (dimension, value) == ("device", "unknown"):
        return Markup(DIMENSIONS[dimension].without)  # noqa: S704  # a text of ours
    shown = Markup("<bdi>{}</bdi>").format(names.value(dimension, value))
    return Markup(DIMENSIONS[dimension].through).format(shown)  # noqa: S704  # a text of ours, and `format` escapes
