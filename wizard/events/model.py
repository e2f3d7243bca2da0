"""The kinds of event, as data. An event's id says what happened, so that the same thing can't be logged twice.

Names follow PostHog's convention: lowercase, present tense, snake_case. docs/events.md has the table of them.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Literal

from wizard.events.attribution import ATTRIBUTION, LATER, Attribution
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
    the same journey, at the same turn, with the same answers.
    """

    name: ClassVar[str]
    identity: ClassVar[tuple[str, ...]]
    is_always_stored: ClassVar[bool] = False
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


@dataclass(frozen=True)
class QuestionView(Event):
    """A question page is served."""

    name: ClassVar[str] = "question_view"
    identity: ClassVar[tuple[str, ...]] = ("step",)
    step: str


@dataclass(frozen=True)
class QuestionAnswer(Event):
    """An answer is accepted, `elapsed_ms` after the page that asked for it was served."""

    name: ClassVar[str] = "question_answer"
    identity: ClassVar[tuple[str, ...]] = ("step", "answer")
    step: str
    answer: str
    elapsed_ms: int


@dataclass(frozen=True)
class QuestionError(Event):
    """An answer is refused: `missing` or `invalid`."""

    name: ClassVar[str] = "question_error"
    identity: ClassVar[tuple[str, ...]] = ("step", "error")
    step: str
    error: str


@dataclass(frozen=True)
class ResultView(Event):
    """A result is served. `declined` are deployments that were asked for and are not offered."""

    name: ClassVar[str] = "result_view"
    identity: ClassVar[tuple[str, ...]] = ()
    persona: str
    recommended: str
    declined: tuple[str, ...]


@dataclass(frozen=True)
class CtaClick(Event):
    """A way out is followed."""

    name: ClassVar[str] = "cta_click"
    identity: ClassVar[tuple[str, ...]] = ("deployment",)
    is_always_stored: ClassVar[bool] = True
    deployment: str
    position: Position


@dataclass(frozen=True)
class Conversion(Event):
    """The destination confirms a signup, worth `value` if it said so."""

    name: ClassVar[str] = "conversion"
    identity: ClassVar[tuple[str, ...]] = ("deployment",)
    is_always_stored: ClassVar[bool] = True
    deployment: str
    value: float | None


KINDS: Mapping[str, type[Event]] = {
    kind.name: kind
    for kind in (WizardView, QuestionView, QuestionAnswer, QuestionError, ResultView, CtaClick, Conversion)
}
"""Each kind of event by its name, in the order of a visit."""

OWN: Mapping[str, tuple[str, ...]] = {
    name: tuple(field.name for field in fields(kind) if field.name != "context") for name, kind in KINDS.items()
}
"""What each kind of event carries of its own."""


def canonical(content: Any) -> str:
    """`content` as JSON, in the one way that it can be written."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def to_record(event: Event) -> dict[str, Any]:
    """The event as plain values, a key for each property that it has, and `event` for its name."""
    record = {"event": event.name, **event.properties(), "answers": canonical(dict(event.context.answers))}
    if isinstance(event, ResultView):
        record["declined"] = ",".join(event.declined)
    return record


def from_record(record: Mapping[Any, Any]) -> Event:
    """The event that `to_record` wrote, other keys passed over. Raises KeyError, TypeError or ValueError."""
    name = record["event"]
    own = {key: record[key] for key in OWN[name]}
    if name == ResultView.name:
        own["declined"] = tuple(part for part in own["declined"].split(",") if part)
    context = Context(
        journey_id=record["journey_id"],
        ts_ms=record["ts_ms"],
        turn=record["turn"],
        answers=json.loads(record["answers"]),
        entry=record["entry"],
        continued_from=record["continued_from"],
        flow_version=record["flow_version"],
        wording_version=record["wording_version"],
        locale=record["locale"],
        device=record["device"],
        attribution=Attribution(**{slot: record[slot] for slot in ATTRIBUTION if slot in record or slot not in LATER}),
        gpc=record.get("gpc", 0),
        suspect=record.get("suspect", ""),
    )
    return KINDS[name](context, **own)
