"""Labels of the dashboard: the wording's own texts where there are some, else ids in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from wizard.analytics.answer_groups import ANSWER
from wizard.analytics.publishes import published_number
from wizard.analytics.rates import Rate
from wizard.analytics.stages import JOURNEYS, STAGES
from wizard.events.dimensions import DIMENSIONS
from wizard.events.periods import EPOCH
from wizard.questionnaire.wording import Wording

DASH = "\N{EN DASH}"
NO_RESULT = "No result"
SECOND_MS = 1000
TENTHS_UNTIL_MS = 59_950
UNITS = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))

METRIC_NAMES = {JOURNEYS: "Journeys", **{key: stage.label for key, stage in STAGES.items()}}


@dataclass(frozen=True)
class Names:
    """Names in one wording. An id that it does not know (an earlier questionnaire's) is its own name."""

    wording: Wording

    def step(self, step: str) -> str:
        """A question, or where journeys start and end, in a word or two."""
        return _in_words(step)

    def question(self, step: str) -> str:
        """A question as it is asked."""
        return self._text(f"questions.{step}.title", self.step(step))

    def answer(self, step: str, choice: str) -> str:
        """What a choice says."""
        return self._text(f"questions.{step}.choices.{choice}.label", choice)

    def persona(self, persona: str) -> str:
        """A persona."""
        return _in_words(persona) if persona else NO_RESULT

    def deployment(self, deployment: str) -> str:
        """A deployment."""
        return self._text(f"deployments.{deployment}.name", deployment)

    def value(self, dimension: str, value: str) -> str:
        """A value of a dimension."""
        if dimension == "persona":
            return self.persona(value)
        if dimension == "recommendation" and value:
            return self.deployment(value)
        if dimension == ANSWER:
            step, _, choice = value.partition(".")
            return f"{self.step(step)}: {self.answer(step, choice)}"
        if dimension == "wording" and (number := published_number(value)) is not None:
            return f"Version {number}"
        if dimension == "device":
            return value.capitalize()
        return value or DIMENSIONS[dimension].missing

    def _text(self, key: str, otherwise: str) -> str:
        return self.wording.texts.get(key, otherwise)


def _in_words(id_: str) -> str:
    return id_.replace("_", " ").capitalize()


def percent(rate: Rate) -> str:
    """A rate in percent: 4.2%; a dash where there is none."""
    return DASH if rate.rate is None else f"{rate.rate:.1%}"


def interval(rate: Rate) -> str:
    """The 95% interval of a rate, in percent: 3.6 to 4.9; nothing where there is none."""
    return "" if rate.interval is None else " to ".join(f"{100 * end:.1f}" for end in rate.interval)


def plural(count: int, noun: str) -> str:
    """A noun behind its count."""
    return noun if count == 1 else f"{noun}s"


def duration(ms: float | None) -> str:
    """A duration: 850 ms, 5.4 s, 2 min 5 s, 3 h 2 min, 2 d 4 h; a dash where there is none."""
    if ms is None:
        return DASH
    if round(ms) < SECOND_MS:
        return f"{ms:.0f} ms"
    if ms < TENTHS_UNTIL_MS:
        return f"{ms / SECOND_MS:.1f} s"
    seconds = round(ms / SECOND_MS)
    (name, size), (less, smaller) = next(pair for pair in pairwise(UNITS) if seconds >= pair[0][1])
    rest = seconds % size // smaller
    return f"{seconds // size:,} {name}" + (f" {rest} {less}" if rest else "")


def moment(ms: int, zone: ZoneInfo) -> datetime:
    """`ms`, in milliseconds since the epoch, as clocks in `zone` show it."""
    return (EPOCH + timedelta(milliseconds=ms)).astimezone(zone)
