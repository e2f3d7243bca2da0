"""The stages of the funnel, each declared once: figures, filters, tables, charts and reports follow from these."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func

from wizard.analytics.rates import Rate
from wizard.storage.schema import journeys

JOURNEYS = "journeys"
"""What all journeys are counted under, whichever stage they reached."""


@dataclass(frozen=True, slots=True)
class Prefilled:
    """Journeys that reached a stage without starting, since their link held all answers.

    `outcome` selects them in an address, `words` are its name on pages, and each is counted as one `noun`.
    """

    outcome: str
    words: str
    noun: str


@dataclass(frozen=True, slots=True)
class Stage:
    """`key` is its flag, a column of `journeys`, and its name in addresses and exports; `label` is its name on pages.

    With a `meaning` it is one of the key figures: it has a tile, which says so, a column in the ranked tables and a
    mark in the list. `words` are its name among filters, if not its label. Its rate is a share of the journeys that
    reached the stage `rate_of`, or of all `journeys`; those who reached it are its `members`, so many `unit`s. Only
    journeys that started are counted, unless it is one that comes first; `prefilled` counts the others apart. One that
    `is_late` may still be reached days later. `in_trend` gives it a line in the trend and a column in the days.
    """

    key: str
    label: str
    meaning: str = ""
    words: str = ""
    rate_of: str = "started"
    members: str = ""
    unit: str = "visitors"
    prefilled: Prefilled | None = None
    in_trend: bool = True
    is_late: bool = False

    @property
    def is_of_started(self) -> bool:
        """Whether only journeys that started are counted."""
        return self.rate_of != JOURNEYS

    @property
    def flags(self) -> Mapping[str, int]:
        """What the columns of a journey are that is counted."""
        return {"started": 1, self.key: 1} if self.is_of_started else {self.key: 1}

    def holds(self, row: Any) -> bool:
        """Whether a row of `journeys`, or its cell, is counted."""
        return bool(getattr(row, self.key) and (row.started or not self.is_of_started))

    def count(self) -> ColumnElement[int]:
        """How many rows of `journeys` are counted."""
        return _count(self.flags).label(self.key)

    def count_unstarted(self) -> ColumnElement[int]:
        """How many rows of `journeys` reached it without starting."""
        return _count({"started": 0, self.key: 1}).label(f"{self.key}_unstarted")


def _count(flags: Mapping[str, int]) -> ColumnElement[int]:
    return func.sum(case((and_(*(journeys.c[name] == flag for name, flag in flags.items())), 1), else_=0))


STAGES: Mapping[str, Stage] = {
    each.key: each
    for each in (
        Stage("viewed", "Viewed", words="Saw the first page", rate_of=JOURNEYS),
        Stage("started", "Started", "gave at least one answer", rate_of=JOURNEYS, members="starters"),
        Stage(
            "finished",
            "Finished",
            "reached a result",
            prefilled=Prefilled("linked", "Reached a result by a prefilled link", "result"),
        ),
        Stage(
            "clicked",
            "Clicked through",
            "clicked a recommendation",
            prefilled=Prefilled("linked_clicked", "Prefilled link, clicked through", "click"),
        ),
        # A click that took a handoff along, without which no signup can be reported.
        Stage("handoff", "Clicked through with a handoff", members="those who clicked", unit="clicks", in_trend=False),
        Stage(
            "converted",
            "Converted",
            "signed up, as reported by the signup service; the rate is of those who clicked, without visitors whose "
            "browsers send Global Privacy Control, since their signups can't be reported",
            rate_of="handoff",
            prefilled=Prefilled("linked_converted", "Prefilled link, converted", "signup"),
            is_late=True,
        ),
    )
}
"""By their keys, in the funnel's order; each is a column of the index that counts them."""

KEY_FIGURES = tuple(key for key, stage in STAGES.items() if stage.meaning)
METRICS = (JOURNEYS, *KEY_FIGURES)
"""What groups of journeys are compared by."""

OF_STARTED = tuple(key for key, stage in STAGES.items() if key == "started" or stage.is_of_started)
"""The stages whose journeys have all started."""

TREND = tuple(key for key, stage in STAGES.items() if stage.in_trend)
PREFILLED: Mapping[str, Prefilled] = {key: stage.prefilled for key, stage in STAGES.items() if stage.prefilled}
"""The stages whose journeys that did not start are counted, too, apart from all others."""


def rate_of(metric: str) -> str:
    """What a rate of `metric` is a share of: a stage, or `journeys`; journeys are a share of nothing but themselves."""
    return STAGES[metric].rate_of if metric in STAGES else JOURNEYS


def reached(row: Any) -> tuple[str, ...]:
    """The keys of the stages that a row of `journeys`, or its cell, is counted in."""
    return _reached(_flags_of(row))


_flags_of = attrgetter(*STAGES)


@lru_cache(maxsize=256)
def _reached(flags: tuple[int, ...]) -> tuple[str, ...]:
    """The keys of the stages of a row with these flags, in the order of `STAGES`."""
    row = SimpleNamespace(**dict(zip(STAGES, flags, strict=True)))
    return tuple(key for key, stage in STAGES.items() if stage.holds(row))


class Counts(Counter[str]):
    """How many journeys there are, under `journeys`, and how many of them reached each stage, under its key.

    What is not there is none. `Counts.sum` is for several of them; Counter's own operators return plain counters.
    """

    @classmethod
    def sum(cls, several: Iterable[Mapping[str, int]]) -> "Counts":
        """All of `several` together."""
        found = cls()
        for each in several:
            found.update(each)
        return found

    def less(self, other: Mapping[str, int]) -> "Counts":
        """What is left without `other`."""
        found = Counts(self)
        found.subtract(other)
        return found

    def add(self, stages: Iterable[str], journeys_: int) -> None:
        """Count so many journeys that reached these stages."""
        self[JOURNEYS] += journeys_
        for key in stages:
            self[key] += journeys_

    def rate(self, metric: str) -> Rate:
        """The rate of a stage."""
        # A journey with a signup had a handoff, even where the click is not in the log.
        return Rate(self[metric], max(self[metric], self[rate_of(metric)]))
