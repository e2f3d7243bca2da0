"""The kinds of event, each one declaration. An event's id says what happened, so nothing can be logged twice.

To add a kind, declare it here, in its place in a visit, and write its words in `dashboard/journeys/timeline.py` and its
row in docs/events.md. A property of a new name is a column of `events`, too; a new flag is one of `journeys`.

Names follow PostHog's convention: lowercase, present tense, snake_case. docs/events.md has the table of them.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Literal

from wizard.events.attribution import Attribution
from wizard.questionnaire.flow import Answers

DEMO_PREFIX = "demo."
"""What the ids of simulated journeys begin with."""

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
    the journey's row has.
    """

    name: ClassVar[str]
    identity: ClassVar[tuple[str, ...]]
    flag: ClassVar[str] = ""
    is_always_stored: ClassVar[bool] = False
    begins_turn: ClassVar[bool] = False
    has_state: ClassVar[bool] = True
    context: Context

    def __init_subclass__(cls) -> None:
        """Raise TypeError for a kind that does not declare its identity: its events could share an id unnoticed."""
        declared: tuple[str, ...] | None = cls.__dict__.get("identity")
        if declared is None or not set(declared) <= set(cls.__annotations__):
            raise TypeError(f"{cls.__name__}.identity must name those of its own properties that tell its events apart")

    @cached_property
    def event_id(self) -> str:
        """64 hexadecimal digits that follow from what happened, and from nothing else.

        Left out on purpose: times, keys, tokens, wording and whatever else differs between two tellings of one thing.
        """
        own = {name: getattr(self, name) for name in self.identity}
        step = own.pop("step", None)
        # Released ids have the one further property bare, so only several are written by their names.
        rest = own if len(own) > 1 else next(iter(own.values()), None)
        at = self.context
        content = [at.journey_id, self.name, at.turn, step, dict(at.answers), rest]
        return hashlib.sha256(canonical(content).encode()).hexdigest()

    def summary(self) -> str:
        """What the event says besides its name, for the command line. Raises TypeError for a kind that has none."""
        raise TypeError(f"there is no summary of {self.name!r}")

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

    name: ClassVar[str] = "wizard_view"
    identity: ClassVar[tuple[str, ...]] = ()
    flag: ClassVar[str] = "viewed"
    begins_turn: ClassVar[bool] = True

    def summary(self) -> str:
        """Nothing."""
        return ""


@dataclass(frozen=True)
class QuestionView(Event):
    """A question page is served."""

    name: ClassVar[str] = "question_view"
    identity: ClassVar[tuple[str, ...]] = ("step",)
    step: str

    def summary(self) -> str:
        """The question."""
        return self.step


@dataclass(frozen=True)
class QuestionAnswer(Event):
    """An answer is accepted, `elapsed_ms` after the page that asked for it was served."""

    name: ClassVar[str] = "question_answer"
    identity: ClassVar[tuple[str, ...]] = ("step", "answer")
    flag: ClassVar[str] = "started"
    begins_turn: ClassVar[bool] = True
    step: str
    answer: str
    elapsed_ms: int

    def summary(self) -> str:
        """The question and its answer."""
        return f"{self.step} = {self.answer}"


@dataclass(frozen=True)
class QuestionError(Event):
    """An answer is refused: `missing` or `invalid`."""

    name: ClassVar[str] = "question_error"
    identity: ClassVar[tuple[str, ...]] = ("step", "error")
    step: str
    error: str

    def summary(self) -> str:
        """The question and its error."""
        return f"{self.step}: {self.error}"


@dataclass(frozen=True)
class ResultView(Event):
    """A result is served. `declined` are deployments that were asked for and are not offered."""

    name: ClassVar[str] = "result_view"
    identity: ClassVar[tuple[str, ...]] = ()
    flag: ClassVar[str] = "finished"
    persona: str
    recommended: str
    declined: tuple[str, ...]

    def summary(self) -> str:
        """What the answers came to."""
        declined = f", declined {', '.join(self.declined)}" if self.declined else ""
        return f"{self.persona}: {self.recommended}{declined}"


@dataclass(frozen=True)
class CtaClick(Event):
    """A recommendation link is followed."""

    name: ClassVar[str] = "cta_click"
    identity: ClassVar[tuple[str, ...]] = ("deployment",)
    flag: ClassVar[str] = "clicked"
    is_always_stored: ClassVar[bool] = True
    deployment: str
    position: Position

    def summary(self) -> str:
        """Where the link leads, and which of those offered it was."""
        return f"{self.deployment} ({self.position})"


@dataclass(frozen=True)
class Conversion(Event):
    """The destination reports a signup, with its `value` if known."""

    name: ClassVar[str] = "conversion"
    identity: ClassVar[tuple[str, ...]] = ("deployment",)
    flag: ClassVar[str] = "converted"
    is_always_stored: ClassVar[bool] = True
    has_state: ClassVar[bool] = False
    deployment: str
    value: float | None

    def summary(self) -> str:
        """What was signed up for, and its value."""
        return self.deployment + (f", value {self.value:,.2f}" if self.value is not None else "")


KINDS: Mapping[str, type[Event]] = {kind.name: kind for kind in Event.__subclasses__()}
"""Each kind of event by its name, in the order of a visit, which is that of the declarations above."""

FLAGS = tuple(kind.flag for kind in KINDS.values() if kind.flag)
"""The columns of `journeys` that say of which kinds there is an event."""

OWN: Mapping[str, tuple[str, ...]] = {
    name: tuple(field.name for field in fields(kind) if field.name != "context") for name, kind in KINDS.items()
}
"""What each kind of event carries of its own."""


def canonical(content: Any) -> str:
    """`content` as JSON, in the one way that it can be written."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"))
