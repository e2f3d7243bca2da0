"""Compares the paths of the questionnaire with those of an earlier one, as `wizard routes --json` printed them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from wizard.errors import WizardError
from wizard.questionnaire.flow import Flow
from wizard.questionnaire.routes import as_records
from wizard.questionnaire.rules import Answers
from wizard.questionnaire.strategy import Strategy

Kind = Literal["changed", "gone", "new"]
PathKey = frozenset[tuple[str, str]]
"""The answers of a path, in no order."""


class RoutesError(WizardError):
    """The file with the earlier paths can't be used."""


@dataclass(frozen=True, slots=True)
class PathResult:
    """What a path leads to."""

    persona: str
    recommended: str
    alternatives: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def destination(self) -> tuple[str, str]:
        """How a visitor is classified, and where they are sent."""
        return self.persona, self.recommended


@dataclass(frozen=True, slots=True)
class RouteChange:
    """A path that differs. `before` is None for a new one.

    `after` is what the same answers lead to today: one result, or several for a path that is gone, if it now depends
    on another answer. `asked` is the question that is asked today where the answers of a path that is gone end.
    """

    kind: Kind
    answers: Answers
    before: PathResult | None
    after: tuple[PathResult, ...]
    asked: str = ""

    @property
    def changed(self) -> tuple[str, ...]:
        """The parts of the result that differ, for a path that is in both."""
        if self.kind != "changed":
            return ()
        (after,) = self.after
        names = (field.name for field in fields(PathResult))
        return tuple(name for name in names if getattr(self.before, name) != getattr(after, name))

    @property
    def elsewhere(self) -> Literal["yes", "perhaps", "no"]:
        """Whether these answers are classified or sent elsewhere today. Always `no` for a new path."""
        if self.before is None:
            return "no"
        others = [each.destination != self.before.destination for each in self.after]
        return "yes" if all(others) else "perhaps" if any(others) else "no"


def key_of(answers: Answers) -> PathKey:
    """The answers of a path, comparable whatever their order."""
    return frozenset(answers.items())


def read_paths(text: str) -> Mapping[PathKey, PathResult]:
    """The paths in the output of `wizard routes --json`, in their order. Raises RoutesError."""
    try:
        records = json.loads(text)
        found = {key_of(_answers(record["answers"])): _result(record) for record in records}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise RoutesError("it is not what `wizard routes --json` prints") from error
    if not found or len(found) != len(records):
        raise RoutesError("it has no path" if not found else "it has a path twice")
    return found


def compare(earlier: Mapping[PathKey, PathResult], flow: Flow, strategy: Strategy) -> tuple[RouteChange, ...]:
    """What differs between the `earlier` paths and today's: changed ones, then those that are gone, then new ones."""
    today = read_paths(json.dumps(as_records(flow, strategy)))
    both = [(path, result) for path, result in earlier.items() if path in today]
    changed = [
        RouteChange("changed", _ordered(path, flow), result, (today[path],))
        for path, result in both
        if result != today[path]
    ]
    gone = [_gone(path, result, today, flow) for path, result in earlier.items() if path not in today]
    new = [RouteChange("new", _ordered(path, flow), None, (today[path],)) for path in today if path not in earlier]
    return (*changed, *gone, *new)


def as_record(change: RouteChange) -> dict[str, object]:
    """The change, ready for JSON."""
    return {
        "change": change.kind,
        "answers": dict(change.answers),
        "changed": list(change.changed),
        "elsewhere": change.elsewhere,
        "asked": change.asked,
        "before": asdict(change.before) if change.before else None,
        "after": [asdict(result) for result in change.after],
    }


def _gone(path: PathKey, result: PathResult, today: Mapping[PathKey, PathResult], flow: Flow) -> RouteChange:
    answers = dict(path)
    walk = flow.walk(answers)
    asked = walk.step.name if walk.step else ""
    ahead = flow.ahead(walk.answers)
    # Answers to later questions are kept, as those that a link gives.
    kept = [
        each
        for each in ahead
        if all(answers.get(name, choice) == choice or name == asked for name, choice in each.items())
    ]
    after = dict.fromkeys(today[key_of(each)] for each in kept or ahead)
    return RouteChange("gone", _ordered(path, flow), result, tuple(after), asked)


def _ordered(path: Iterable[tuple[str, str]], flow: Flow) -> Answers:
    """The answers in the order of today's questions; those to questions that are gone come last."""
    places = {step.name: place for place, step in enumerate(flow.steps)}
    return dict(sorted(path, key=lambda item: (places.get(item[0], len(places)), item[0])))


def _answers(value: Any) -> Answers:
    if not isinstance(value, dict) or not all(isinstance(choice, str) for choice in value.values()):
        raise TypeError
    return value


def _result(record: Mapping[str, Any]) -> PathResult:
    persona, recommended = record["persona"], record["recommended"]
    if not isinstance(persona, str) or not isinstance(recommended, str):
        raise TypeError
    lists = [record.get(name, []) for name in ("alternatives", "declined", "reasons")]
    if not all(isinstance(each, list) and all(isinstance(item, str) for item in each) for each in lists):
        raise TypeError
    alternatives, declined, reasons = (tuple(each) for each in lists)
    return PathResult(persona, recommended, alternatives, declined, reasons)
