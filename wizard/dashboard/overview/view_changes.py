"""Explains a change in a sentence: which groups account for it, and whether the cause is traffic or rate.

A group is named only where it moved by more than its share of the whole would have had it, and by more than chance
would. Values that visitors brought are escaped, and kept apart from the text around them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from wizard.analytics.breakdown import Group, Metric, Ranking, base
from wizard.dashboard.labels import METRIC_NAMES, Names
from wizard.dashboard.overview.view_words import FEW, Z_ROW, are_few, is_noise, signed, signed_percent

NAMED = 2
"""How many groups a sentence names; whoever wants more has the table."""

THROUGH = {
    "source": "through {}",
    "campaign": "through the campaign {}",
    "page": "on {}",
    "referrer": "from {}",
    "language": "in the language {}",
    "device": "with the device {}",
}
UNKNOWN = {
    "source": "untagged",
    "campaign": "without a campaign",
    "page": "opened directly",
    "referrer": "without a referrer",
    "language": "in an unknown language",
    "device": "on an unknown device",
}
PLACES = "source, campaign, page, referrer, language or device"


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
    metric: Metric
    names: Names

    @classmethod
    def of(cls, ranking: Ranking, metric: Metric, names: Names) -> "Explained":
        """What is to be said of one dimension."""
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
        is_told = not is_noise(self.total.now.of(self.metric), self.total.before.of(self.metric))
        is_part = is_told and by * change > 0 and abs(by) <= abs(change)
        how = by_what(group, self.metric)
        return Markup("{}{} {}{}").format(
            signed(by),
            " of it" if is_part else "",
            through(self.dimension, group.value, self.names),
            f", {how}" if how else "",
        )


def why(rankings: Mapping[str, Ranking], metric: Metric, than: str, names: Names) -> Why:
    """The sentence for the whole page. `than` is what the period is compared with."""
    total = next(iter(rankings.values())).total
    now, before, name = total.now.of(metric), total.before.of(metric), METRIC_NAMES[metric]
    if is_few(total, metric):
        told = Markup("{}: {:,}, and {:,} in {}. {}")
        return Why(told.format(name, now, before, than, _too_few(total, metric)))
    most = max((Explained.of(each, metric, names) for each in rankings.values()), key=lambda each: each.furthest)
    dimension = most.dimension if most.groups else None
    if is_noise(now, before):
        told = Markup("{}: within normal variation ({:,}, and {:,} in {})").format(name, now, before, than)
        return Why(
            told + (Markup(", but some groups changed: {}.").format(most.text()) if dimension else Markup(".")),
            dimension,
        )
    verb = "rose" if now > before else "fell"
    change = f"{abs(now - before):,} ({signed_percent((now - before) / before)})" if before else f"{now:,}"
    told = Markup("{} {} by {} against {}").format(name, verb, change, than)
    if dimension:
        return Why(Markup("{}: {}.").format(told, most.text()), dimension)
    return Why(Markup("{}. The change is similar everywhere: no {} stands out.").format(told, PLACES))


def why_of_table(ranking: Ranking, metric: Metric, names: Names) -> Markup:
    """The sentence for one table."""
    if is_few(ranking.total, metric):
        return Markup("Too few {} for a comparison.").format(volume_of(metric))
    explained = Explained.of(ranking, metric, names)
    return Markup("{}.").format(explained.text()) if explained.groups else Markup("No row stands out.")


def is_few(group: Group, metric: Metric) -> bool:
    """Whether too few are in it for its changes to say much."""
    of = base(metric)
    return are_few(group.now.of(of), group.before.of(of))


def _too_few(group: Group, metric: Metric) -> str:
    """Why nothing is compared."""
    if group.now.of(base(metric)) < FEW:
        return f"Too few {volume_of(metric)} to compare."
    return "There were too few to compare with."


def standing_out(ranking: Ranking, metric: Metric) -> list[Group]:
    """The groups that moved on their own account, the furthest first."""
    found = [group for group in ranking.groups if _stands_out(group, ranking.total, metric)]
    return sorted(found, key=lambda group: (-abs(group.moved(metric).total), group.value))


def beyond(group: Group, total: Group, metric: Metric) -> float:
    """How far a group moved beyond what it would have moved had every group changed alike."""
    before = total.before.of(metric)
    share = group.before.of(metric) / before if before else 0.0
    return group.moved(metric).total - total.moved(metric).total * share


def by_what(group: Group, metric: Metric) -> str:
    """The cause of a group's change: due to fewer visitors (-300) and a lower rate (-80); empty for journeys."""
    if metric == "journeys":
        return ""
    if not group.before.journeys or not group.now.journeys:
        return "which is new" if group.now.journeys else "which is gone"
    total, volume, rate = parts(group, metric)
    told = {
        f"{'more' if volume > 0 else 'fewer'} {volume_of(metric)}": volume,
        f"a {'higher' if rate > 0 else 'lower'} rate": rate,
    }
    along = [text for text, by in told.items() if by * total > 0]
    against = [text for text, by in told.items() if by * total < 0]
    if len(along) == 1 and not against:
        return f"due to {along[0]}"
    numbered = [" and ".join(f"{text} ({signed(told[text])})" for text in some) for some in (along, against) if some]
    return f"due to {', despite '.join(numbered)}" if along else ""


def volume_of(metric: Metric) -> str:
    """What a rate of `metric` is a share of, in a word: signups are of clicks, all else of visitors."""
    return "clicks" if base(metric) == "handoff" else "visitors"


def parts(group: Group, metric: Metric) -> tuple[int, int, int]:
    """The change of a group, of which by visitors, and by their rate; in whole numbers that add up."""
    moved = group.moved(metric)
    volume = round(moved.volume)
    return moved.total, volume, moved.total - volume


def _stands_out(group: Group, total: Group, metric: Metric) -> bool:
    now, before = group.now.of(metric), group.before.of(metric)
    far = abs(beyond(group, total, metric)) > Z_ROW * (now + before) ** 0.5
    return far and not is_noise(now, before, Z_ROW)


def through(dimension: str, value: str, names: Names) -> Markup:
    """A group in a sentence."""
    if not value or (dimension, value) == ("device", "unknown"):
        return Markup(UNKNOWN[dimension])  # noqa: S704  # a text of ours
    shown = Markup("<bdi>{}</bdi>").format(names.value(dimension, value))
    return Markup(THROUGH[dimension]).format(shown)  # noqa: S704  # a text of ours, and `format` escapes
