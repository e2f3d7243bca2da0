"""Reads a destination's report of a signup from JSON, and makes the event `conversion` from it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from wizard.conversion_api.api_errors import invalid, malformed, member_error
from wizard.events.attribution import ATTRIBUTION, Attribution
from wizard.events.model import Context, Conversion, Device, Entry
from wizard.events.projection import JourneyRow
from wizard.questionnaire.strategy import Deployment

MAX_VALUE = 1e12  # more than any signup is worth; any sum of such values is finite
MEMBERS = ("handoff", "deployment", "value")


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A signup for `deployment`, by the visitor whose journey the `handoff` names, with its `value` if known."""

    handoff: str
    deployment: str
    value: float | None


def read_confirmation(body: bytes) -> Confirmation:
    """The confirmation in `body`. Raises ApiError.

    Unknown members are errors: one may be misspelt, and its value would be lost unnoticed.
    """
    try:
        content = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise malformed("This can't be read: the body is not JSON.") from error
    if not isinstance(content, dict):
        raise malformed("This can't be read: the body is JSON, but not an object.")
    if errors := tuple(_errors(content)):
        raise invalid(*errors)
    value = content.get("value")
    return Confirmation(content["handoff"], content["deployment"], None if value is None else float(value))


def _refuse_constant(name: str) -> NoReturn:
    """Raise ValueError for NaN and Infinity, which are not JSON, but accepted by Python."""
    raise ValueError(name)


def _errors(content: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    if not isinstance(content.get("handoff"), str):
        yield member_error("handoff", "must be the text that the visitor's address brought along as wizard_handoff")
    if content.get("deployment") not in tuple(Deployment):
        yield member_error("deployment", f"must be one of {', '.join(Deployment)}")
    if not _is_value(content.get("value")):
        yield member_error("value", f"must be a number from 0 to {MAX_VALUE:.0f}, or left out")
    for name in content:
        if name not in MEMBERS:
            yield member_error(name, f"is not known; there are {', '.join(MEMBERS)}")


def _is_value(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MAX_VALUE


def conversion(confirmation: Confirmation, journey: JourneyRow, ts_ms: int) -> Conversion:
    """The event of `confirmation`, in the `journey` that its handoff names.

    Turn and answers are left empty, so that a second confirmation of the same signup is the same event, whatever the
    visitor did in between.
    """
    context = Context(
        journey_id=journey.journey_id,
        ts_ms=ts_ms,
        turn=0,
        answers={},
        entry=cast(Entry, journey.entry),
        continued_from=journey.continued_from,
        flow_version=journey.flow_version,
        wording_version=journey.wording_version,
        locale=journey.locale,
        device=cast(Device, journey.device),
        attribution=Attribution(**{slot: getattr(journey, slot) for slot in ATTRIBUTION}),
    )
    return Conversion(context, confirmation.deployment, confirmation.value)
