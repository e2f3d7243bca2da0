"""The figures of a step: how many reached and answered it, how they wandered, and how long their answers took."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import NamedTuple

from wizard.analytics.rates import Rate


class Times(NamedTuple):
    """How long answers took: half of them at most `median_ms`, nine in ten at most `p90_ms`; None without any.

    Nearest rank: each is a time that was measured, the smallest that so many did not exceed.
    """

    median_ms: int | None = None
    p90_ms: int | None = None


class Wanderings(NamedTuple):
    """Visitors of one step who met an error (`errors` of them in all), went back to it, or changed their answer."""

    errors: int = 0
    met_error: int = 0
    went_back: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step: its own visitors (`reached`), and what they did. All of its rates are of them."""

    step: str
    reached: int
    answered: int
    wanderings: Wanderings
    times: Times

    def of_reached(self, count: int) -> Rate:
        """A share of those who reached the step."""
        return Rate(count, self.reached)

    @property
    def dropped_off(self) -> Rate:
        """Those who reached it and did not answer."""
        return self.of_reached(self.reached - self.answered)


class Gathered:
    """What has been read of one step of one group so far."""

    def __init__(self) -> None:
        self.reached = 0
        self.wanderings = [0, 0, 0, 0]
        self.times: array[int] = array("q")
        self.ranked: tuple[int, Times] | None = None

    def add(self, times: str | Sequence[int] | None, visitors: int, wandered: Sequence[int]) -> None:
        """Count so many `visitors`, who `wandered` so much.

        The `times` of their answers have a line each, as of `all_times`; those of `ranked_times` are given once.
        """
        self.reached += visitors
        if isinstance(times, str):
            self.times.extend(map(int, StringIO(times)))
        elif times and times[0]:
            self.ranked = ranked_of(times)
        if any(wandered):
            self.wanderings = [a + b for a, b in zip(self.wanderings, wandered, strict=True)]

    def figures(self, step: str) -> StepFigures:
        """The step's figures, once all is read."""
        answered, times = self.ranked or _ranked(self.times)
        return StepFigures(step, self.reached, answered, Wanderings(*self.wanderings), times)


def ranked_of(times: Sequence[int] | None) -> tuple[int, Times]:
    """How many times there are, and their median and what nine in ten do not exceed, from a value of `ranked_times`."""
    return (times[0], Times(*times[1:])) if times and times[0] else (0, Times())


def _ranked(times: "array[int]") -> tuple[int, Times]:
    """How many times there are, and their median and what nine in ten do not exceed."""
    ordered, count = sorted(times), len(times)
    return count, Times(*(ordered[rank_of(percent, count) - 1] for percent in (50, 90))) if count else Times()


def rank_of(percent: int, count: int) -> int:
    """Which of `count` values in order, counted from 1, is the smallest that `percent` of them do not exceed."""
    return -(-percent * count // 100)


def in_order(steps: Iterable[StepFigures], step_order: Sequence[str]) -> tuple[StepFigures, ...]:
    """In the flow's order; a step that the flow no longer has comes last."""
    rank = {name: position for position, name in enumerate(step_order)}
    return tuple(sorted(steps, key=lambda each: (rank.get(each.step, len(rank)), each.step)))
