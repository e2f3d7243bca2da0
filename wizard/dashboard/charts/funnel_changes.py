"""How the drop-off of each question changed since the period before, and whether by more than chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from wizard.analytics.rates import Difference, Rate, difference
from wizard.analytics.step_figures import StepFigures
from wizard.dashboard.labels import percent
from wizard.dashboard.overview.view_words import MINUS


@dataclass(frozen=True, slots=True)
class StepChange:
    """The share of those who reached a question that dropped off there, now and before, and the difference."""

    now: Rate
    before: Rate
    difference: Difference

    @property
    def points(self) -> str:
        """The change in percentage points, with its 95% interval: +2.1 points (+0.4 to +3.8)."""
        by, low, high = (_points(each) for each in (self.difference.by, self.difference.low, self.difference.high))
        return f"{by} points ({low} to {high})"

    @property
    def verdict(self) -> str:
        """Whether more or fewer dropped off, where that is beyond chance."""
        if not self.difference.is_beyond_chance:
            return "within normal variation"
        return (
            "\N{BLACK UP-POINTING TRIANGLE} more than before"
            if self._is_more
            else ("\N{BLACK DOWN-POINTING TRIANGLE} fewer than before")
        )

    @property
    def tone(self) -> Literal["good", "bad", ""]:
        """Its class in the stylesheet; none within normal variation."""
        if not self.difference.is_beyond_chance:
            return ""
        return "bad" if self._is_more else "good"

    @property
    def words(self) -> str:
        """All of it in words."""
        verdict = self.verdict.removeprefix("\N{BLACK UP-POINTING TRIANGLE} ")
        verdict = verdict.removeprefix("\N{BLACK DOWN-POINTING TRIANGLE} ")
        return f"{percent(self.before)} of {self.before.of:,} before; {self.points}, {verdict}"

    @property
    def _is_more(self) -> bool:
        return self.difference.by > 0


def step_changes(now: Sequence[StepFigures], before: Sequence[StepFigures]) -> Mapping[str, StepChange]:
    """The change at each step that somebody reached in both periods, by the step's name."""
    earlier = {each.step: _drop_off(each) for each in before}
    found = {}
    for step in now:
        rate, rate_before = _drop_off(step), earlier.get(step.step, Rate(0, 0))
        if (by := difference(rate, rate_before)) is not None:
            found[step.step] = StepChange(rate, rate_before, by)
    return found


def _drop_off(step: StepFigures) -> Rate:
    return step.of_reached(step.reached - step.answered)


def _points(share: float) -> str:
    text = f"{100 * share:+.1f}".replace("-", MINUS)
    return "0.0" if text in ("+0.0", f"{MINUS}0.0") else text
