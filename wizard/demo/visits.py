"""Makes demo data: simulated visits, through the real questions and the real classification.

What a visit does follows from the seed and its number alone; when it does so follows from the calendar, back from now.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import accumulate
from random import Random
from typing import Any, TypeVar

from wizard.demo import profile
from wizard.events.attribution import Attribution
from wizard.events.log import DAY_MS
from wizard.events.model import (
    DEMO_PREFIX,
    Context,
    Conversion,
    CtaClick,
    Event,
    QuestionAnswer,
    QuestionError,
    QuestionView,
    ResultView,
    WizardView,
)
from wizard.questionnaire.flow import Flow, Step
from wizard.questionnaire.rules import Answers
from wizard.questionnaire.strategy import Outcome, Strategy

HOUR_MS = 3_600_000
ANSWERED = 0.93
STARTED = 0.68
FROM_A_LINK = 0.08
FROM_A_COLLEAGUE = 0.02
K = TypeVar("K")


class Demo:
    """Makes the visits of one seed. It keeps what it works out, since few sets of answers differ."""

    def __init__(self, flow: Flow, strategy: Strategy, seed: int) -> None:
        self.flow = flow
        self._strategy = strategy
        self._seed = seed
        self._fitting: dict[tuple[tuple[str, str], ...], Answers] = {}
        self._outcomes: dict[tuple[tuple[str, str], ...], Outcome] = {}

    def visits(self, journeys: int, days: int, now_ms: int) -> Iterator[list[Event]]:
        """The events of each of this many visits, over the `days` until `now_ms`; none that lies after it.

        The events of a visit that expired and was gone on with are those of two journeys.
        """
        for number, began_ms in enumerate(_beginnings(journeys, days, now_ms, Random(self._seed))):  # noqa: S311
            chance, age_ms = Random(f"{self._seed}.{number}"), now_ms - began_ms  # noqa: S311
            events = _Visit(self, chance, self._id(number), began_ms, age_ms).events()
            yield [event for event in events if event.context.ts_ms < now_ms]

    def fitting(self, answers: Answers) -> Answers:
        """Those of `answers` that the flow keeps."""
        key = tuple(answers.items())
        if key not in self._fitting:
            self._fitting[key] = self.flow.fitting(answers)
        return self._fitting[key]

    def outcome(self, answers: Answers) -> Outcome:
        """What a complete set of `answers` comes to."""
        key = tuple(answers.items())
        if key not in self._outcomes:
            self._outcomes[key] = self._strategy.outcome(answers)
        return self._outcomes[key]

    def _id(self, number: int) -> str:
        return DEMO_PREFIX + hashlib.sha256(f"{self._seed}.{number}".encode()).hexdigest()[:22]


def _attribution(channel: profile.Channel, age_ms: int) -> Attribution:
    """Where a visit of the channel came from that began so long ago."""
    if channel.moved_to and age_ms < profile.MOVED_DAYS * DAY_MS:
        return replace(channel.attribution, embed_path=channel.moved_to)
    return channel.attribution


def _beginnings(journeys: int, days: int, now_ms: int, chance: Random) -> Iterator[int]:
    """When each journey begins: busy hours have more of them, to the exact number in all."""
    first_ms = now_ms - days * DAY_MS
    hours = [datetime.fromtimestamp((first_ms + hour * HOUR_MS) / 1000, UTC) for hour in range(days * 24)]
    busy = list(accumulate(profile.HOURS[at.hour] * profile.WEEKDAYS[at.weekday()] for at in hours))
    done = 0
    for hour, so_far in enumerate(busy):
        upto = journeys * so_far // busy[-1]
        yield from (first_ms + hour * HOUR_MS + chance.randrange(HOUR_MS) for _ in range(upto - done))
        done = upto


class _Visit:
    """One visit as it goes: where it stands, and its events so far."""

    def __init__(self, demo: Demo, chance: Random, journey_id: str, began_ms: int, age_ms: int) -> None:
        self._demo = demo
        self._chance = chance
        self._channel = chance.choices(profile.CHANNELS, [channel.share for channel in profile.CHANNELS])[0]
        device = _draw(chance, profile.DEVICES)
        self._appeal = self._channel.appeal * profile.DEVICE_APPEAL[device]
        self._pace = profile.DEVICE_PACE[device]
        answers = self._link()
        self._events: list[Event] = []
        self._at = Context(
            journey_id=journey_id,
            ts_ms=began_ms,
            turn=0,
            answers=answers,
            entry="prefilled" if answers else "fresh",
            continued_from="",
            flow_version=demo.flow.version,
            wording_version="demo",
            locale=_draw(chance, profile.LOCALES),
            device=device,
            attribution=_attribution(self._channel, age_ms),
        )

    def events(self) -> list[Event]:
        """All that happens, from the first page to the signup."""
        self._record(WizardView)
        self._questions()
        if self._at.turn and not isinstance(self._events[-1], CtaClick | Conversion) and self._happens(0.04):
            self._go_on_after_expiry()
        return self._events

    def _questions(self) -> None:
        """Answer what is asked, as far as the visitor goes; at the result, some go back once to change an answer."""
        changed = False
        while True:
            step = self._demo.flow.walk(self._at.answers).step
            if step is None:
                self._result()
                if changed or not self._happens(0.05):
                    break
                changed = True
                self._change(self._chance.choice(list(self._at.answers)))
                continue
            self._record(QuestionView, step=step.name)
            if not self._goes_on():
                return
            if self._at.answers and self._happens(0.06):
                self._change(list(self._demo.flow.walk(self._at.answers).answers)[-1])
            else:
                self._answer(step)
        self._leave()

    def _goes_on(self) -> bool:
        likely = ANSWERED if self._at.answers else STARTED
        return self._happens(min(0.99, likely * self._appeal))

    def _answer(self, step: Step, *, unlike: str | None = None) -> None:
        """Answer the question that is shown, perhaps after an answer that was refused."""
        elapsed_ms = self._spend(1 + len(step.choices))
        if self._happens(0.035):
            self._record(QuestionError, step=step.name, error="missing" if self._happens(0.95) else "invalid")
            elapsed_ms += self._spend(2)
        offered = step.offered(self._demo.flow.walk(self._at.answers).answers)
        choices = {choice.id: profile.CHOICES.get(choice.id, 0.25) for choice in offered if choice.id != unlike}
        answer = _draw(self._chance, choices)
        answers = self._demo.fitting({**self._at.answers, step.name: answer})
        self._at = replace(self._at, turn=self._at.turn + 1, answers=answers)
        self._record(QuestionAnswer, step=step.name, answer=answer, elapsed_ms=elapsed_ms)

    def _change(self, name: str) -> None:
        """Go back to a question by the page's own link; some then answer it otherwise, some leave it as it is."""
        self._spend(2)
        self._record(QuestionView, step=name)
        if self._happens(0.6):
            self._answer(self._demo.flow.by_name[name], unlike=self._at.answers[name])

    def _result(self) -> None:
        self._spend(0.1)
        outcome = self._demo.outcome(self._at.answers)
        way = outcome.recommendation
        declined = tuple(str(deployment) for deployment in way.declined)
        self._record(ResultView, persona=str(outcome.persona), recommended=str(way.recommended), declined=declined)

    def _leave(self) -> None:
        """Click a recommendation, or not; sign up there after hours or days, or not."""
        outcome = self._demo.outcome(self._at.answers)
        if not self._happens(profile.CLICKS.get(outcome.persona, 0.4) * self._appeal):
            return
        self._spend(6)
        other = outcome.recommendation.alternatives and self._happens(0.16)
        deployment = str(outcome.recommendation.alternatives[0] if other else outcome.recommendation.recommended)
        self._record(CtaClick, deployment=deployment, position="alternative" if other else "recommended")
        if self._happens(profile.CONVERSIONS.get(deployment, 0.1)):
            days, spread = profile.SIGNUP_DAYS.get(deployment, (2.0, 1.0))
            later_ms = int(self._chance.lognormvariate(math.log(days * DAY_MS), spread))
            self._at = replace(self._at, ts_ms=self._at.ts_ms + later_ms)
            median = profile.SIGNUP_VALUES.get(deployment)
            value = round(self._chance.lognormvariate(math.log(median), 0.7), 2) if median else None
            self._record(Conversion, deployment=deployment, value=value)

    def _go_on_after_expiry(self) -> None:
        """Come back some days later, in a journey that continues this one."""
        before = self._at
        own = before.journey_id.removeprefix(DEMO_PREFIX)
        following = DEMO_PREFIX + hashlib.sha256(f"continued:{own}".encode()).hexdigest()[:22]
        later_ms = before.ts_ms + DAY_MS + int(self._chance.expovariate(1 / (3 * DAY_MS)))
        self._at = replace(
            before,
            journey_id=following,
            ts_ms=later_ms,
            turn=0,
            entry="continued",
            continued_from=before.journey_id,
        )
        self._record(WizardView)
        self._questions()

    def _link(self) -> Answers:
        """The answers that the visitor's link has prefilled: mostly none, some of them, or all of a colleague's."""
        kind = self._chance.random()
        if kind >= FROM_A_LINK:
            return {}
        path = self._chance.choice(self._demo.flow.paths)
        return path if kind < FROM_A_COLLEAGUE else self._demo.fitting(dict(list(path.items())[:1]))

    def _happens(self, probability: float) -> bool:
        return self._chance.random() < probability

    def _spend(self, seconds: float) -> int:
        """Let about so many seconds pass, seldom much less and sometimes much more; how many ms they were."""
        elapsed_ms = int(self._chance.lognormvariate(math.log(seconds * 1000 * self._pace), 0.75))
        self._at = replace(self._at, ts_ms=self._at.ts_ms + elapsed_ms)
        return elapsed_ms

    def _record(self, kind: type[Event], **own: Any) -> None:
        self._events.append(kind(self._at, **own))


def _draw(chance: Random, weights: Mapping[K, float]) -> K:
    return chance.choices(list(weights), list(weights.values()))[0]
