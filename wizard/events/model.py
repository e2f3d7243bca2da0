"""The kinds of event, each one declaration. An event's id says what happened, so nothing can be logged twice.

To add a kind, declare it here, in its place in a visit, and describe it in docs/events.md. A property of a new name is
also a column of `events`; a flag, or a new name in `in_journey`, one of `journeys`. The dashboard shows a kind by its
name and `summary`, unless `dashboard/journeys/timeline.py` has words for it.
Names follow PostHog's convention: lowercase, present tense, snake_case.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Literal

from wizard.events.attribution import Attribution
from wizard.events.canonical import canonical, canonical_answers
from wizard.questionnaire.rules import Answers

DEMO_PREFIX = "demo."  # what the ids of simulated journeys begin with

Entry = Literal["fresh", "prefilled", "continued"]
"""How a journey began: bare, from a link with answers in it, or from one that had expired."""

Device = Literal["mobile", "tablet", "desktop", "unknown"]
Position = Literal["recommended", "alternative"]
Suspicion = Literal["", "burst", "fast"]
"""Why an event may be automated: its journey began in a burst from one network, or its answer came too fast."""


@dataclass(frozen=True, slots=True)
class Context:
    """What every event of one request carries. `ts_ms` counts milliseconds since the epoch, UTC.

    `answers` are all that had been answered by then; `turn` is how many answers had been accepted. `gpc` is 1 where the
    browser sent Global Privacy Control (`Sec-GPC: 1`), else 0.
    """

    journey_id: str
    ts_ms: int
    turn: int
    answers: Answers
    entry: Entry
    continued_from: str
    flow_version: str
    wording_version: str
    locale: str
    device: Device
    attribution: Attribution
    gpc: int = 0
    suspect: Suspicion = ""


@dataclass(frozen=True)
class Event:
    """Something that happened in a journey.

    Each kind declares its `identity`: those of its own properties that tell two of its events apart which happened in
    the same journey, at the same turn, with the same answers. `flag` is the column of `journeys` that is 1 once there
    is an event of this kind, if there is one. A kind with `begins_turn` comes before all others of its turn.
    A kind without `has_state` is reported from elsewhere: its context has neither turn nor answers, and repeats what
    the journey's row has. `missing` is what it has of a property that only other kinds have.
    """

    name: ClassVar[str]
    identity: ClassVar[tuple[str, ...]]
    flag: ClassVar[str] = ""
    summary_format: ClassVar[str] = ""
    is_always_stored: ClassVar[bool] = False
    begins_turn: ClassVar[bool] = False
    has_state: ClassVar[bool] = True
    missing: ClassVar[None] = None
    context: Context

    def __init_subclass__(cls) -> None:
        """Raise TypeError for a kind that does not declare its identity: its events could share an id unnoticed."""
        declared: tuple[str, ...] | None = cls.__dict__.get("identity")
        if declared is None or not set(declared) <= set(cls.__annotations__):
            raise TypeError(f"{cls.__name__}.identity must name those of its own properties that tell its events apart")

    @cached_property
    def event_id(self) -> str:
        """64 hexadecimal digits that follow from what happened, and from nothing else.

        Left out on purpose: times, keys, tokens, wording and whatever else differs between two records of one thing.
        """
        own = {name: getattr(self, name) for name in self.identity}
        step = own.pop("step", None)
        # Released ids have the one further property bare, so only several are written by their names.
        rest = own if len(own) > 1 else next(iter(own.values()), None)
        at = self.context
        before, after = canonical([at.journey_id, self.name, at.turn, step]), canonical([rest])
        # One list of all, as released ids were made; its parts are encoded apart, since answers repeat.
        content = f"{before[:-1]},{canonical_answers(at.answers)},{after[1:]}"
        return hashlib.sha256(content.encode()).hexdigest()

    def summary(self) -> str:
        """What the event says besides its name: as `summary_format` has it, or else each of its own properties."""
        own = self.own_properties()
        named = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in own.items())
        return self.summary_format.format_map(own) if self.summary_format else named

    def in_journey(self) -> dict[str, Any]:
        """What the event adds to the journey's row besides the flag, by column (see `projection.COMBINED`)."""
        return {}

    def in_step(self) -> dict[str, Any]:
        """What the event adds to the row of a step, by column, likewise; `step` names the step."""
        return {}

    def own_properties(self) -> dict[str, Any]:
        """What this kind of event carries besides the context."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "context"}

    def properties(self) -> dict[str, Any]:
        """All that the event carries, by the names that the log, the export and the docs use."""
        at = self.context
        carried = {field.name: getattr(at, field.name) for field in fields(at) if field.name != "attribution"}
        slots = {field.name: getattr(at.attribution, field.name) for field in fields(at.attribution)}
        return {"event_id": self.event_id, **carried, **slots, **self.own_properties()}


@dataclass(frozen=True)
class WizardView(Event):
    """A person is served the first page of a new journey."""

    name = "wizard_view"
    identity = ()
    flag = "viewed"
    begins_turn = True


@dataclass(frozen=True)
class QuestionView(Event):
    """A question page is served."""

    name = "question_view"
    identity = ("step",)
    summary_format = "{step}"
    step: str

    def in_step(self) -> dict[str, Any]:
        """That it was viewed; gone back to, if it had an answer already."""
        return {"step": self.step, "viewed": 1, "went_back": int(self.step in self.context.answers)}


@dataclass(frozen=True)
class QuestionAnswer(Event):
    """An answer is accepted, `elapsed_ms` after the page that asked for it was served."""

    name = "question_answer"
    identity = ("step", "answer")
    summary_format = "{step} = {answer}"
    flag = "started"
    begins_turn = True
    step: str
    answer: str
    elapsed_ms: int

    def in_step(self) -> dict[str, Any]:
        """The answer, and how long it took."""
        return {"step": self.step, "answered": 1, "answer": self.answer, "elapsed_ms": self.elapsed_ms}


@dataclass(frozen=True)
class QuestionError(Event):
    """An answer is refused: `missing` or `invalid`."""

    name = "question_error"
    identity = ("step", "error")
    summary_format = "{step}: {error}"
    step: str
    error: str

    def in_step(self) -> dict[str, Any]:
        """One more error."""
        return {"step": self.step, "errors": 1}


@dataclass(frozen=True)
class ResultView(Event):
    """A result is served. `declined` are deployments that were asked for and are not offered."""

    name = "result_view"
    identity = ()
    flag = "finished"
    persona: str
    recommended: str
    declined: tuple[str, ...]

    def in_journey(self) -> dict[str, Any]:
        """The result, and when it was served."""
        result = {"persona": self.persona, "recommended": self.recommended, "declined": ",".join(self.declined)}
        return {**result, "finished_ms": self.context.ts_ms}

    def summary(self) -> str:
        """The persona, what was recommended and what was declined."""
        declined = f", declined {', '.join(self.declined)}" if self.declined else ""
        return f"{self.persona}: {self.recommended}{declined}"


@dataclass(frozen=True)
class CtaClick(Event):
    """A recommendation link is clicked."""

    name = "cta_click"
    identity = ("deployment",)
    summary_format = "{deployment} ({position})"
    flag = "clicked"
    is_always_stored = True
    deployment: str
    position: Position

    def in_journey(self) -> dict[str, Any]:
        """The link, and whether it carried a handoff: under Global Privacy Control it did not."""
        link = {"clicked_deployment": self.deployment, "clicked_position": self.position}
        return link if self.context.gpc else link | {"handoff": 1}


@dataclass(frozen=True)
class Conversion(Event):
    """The destination reports a signup, with its `value` if known."""

    name = "conversion"
    identity = ("deployment",)
    flag = "converted"
    is_always_stored = True
    has_state = False
    deployment: str
    value: float | None

    def in_journey(self) -> dict[str, Any]:
        """The signup, its value if it has one, and the handoff, without which it could not have been reported."""
        signup = {"converted_deployment": self.deployment, "handoff": 1}
        return signup if self.value is None else signup | {"value": self.value}

    def summary(self) -> str:
        """What was signed up for, and its value."""
        return self.deployment + (f", value {self.value:,.2f}" if self.value is not None else "")


KINDS: Mapping[str, type[Event]] = {kind.name: kind for kind in Event.__subclasses__()}
"""Each kind of event by its name, in the order of a visit, which is that of the declarations above."""

FLAGS = tuple(kind.flag for kind in KINDS.values() if kind.flag)  # columns of `journeys`

OWN: Mapping[str, tuple[str, ...]] = {
    name: tuple(field.name for field in fields(kind) if field.name != "context") for name, kind in KINDS.items()
}
"""What each kind of event carries of its own."""
