"""The journey of the current request: a new one, the one that it brings, or the one that goes on from that."""

from collections.abc import Mapping
from dataclasses import replace

from wizard.visitor import sources, tracking
from wizard.visitor.journey import MAX_TOKEN_CHARACTERS, Journey, JourneyExpired, new_journey
from wizard.visitor.problems import VisitorError
from wizard.visitor.services import services
from wizard.web.request_values import parameters


def begin_journey() -> Journey:
    """A new journey, with the answers that the address has."""
    made = services()
    prefill = {step.name: parameters()[step.name] for step in made.flow.steps if step.name in parameters()}
    journey = new_journey(made.flow, made.accepted_locale(), prefill, sources.attribution(), made.clock())
    if parameters():
        is_preview = parameters().get("preview") == "1"
        journey = replace(journey, campaign=sources.campaign(parameters()), is_preview=is_preview)
    return _current(_counted(journey))


def open_journey(given: Mapping[str, str], status: int, problem: str) -> tuple[Journey, bool]:
    """The journey that came with the request, and whether it has expired.

    Raises JourneyTampered where it is not one of ours, and VisitorError where it is longer than any of ours could be.
    """
    token = given.get("journey", "")
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise VisitorError(status, problem)
    try:
        return _current(services().seal.open(token)), False
    except JourneyExpired as error:
        return _current(error.journey), True


def continue_journey(journey: Journey) -> Journey:
    """The journey that goes on from an expired one, with its answers kept; a new one, so it counts as one."""
    return _counted(journey.continued(services().flow, services().clock()))


def _current(journey: Journey) -> Journey:
    """The journey in the language that the request's address asks for.

    Its browser may send Global Privacy Control by now; a journey that was fetched ahead is counted by now.
    """
    tracking.begin(journey)
    if journey.burst == "unchecked":
        journey = _counted(journey)
    if sources.sends_gpc() and not journey.gpc:
        journey = journey.with_gpc()
    locale = services().asked_locale()
    return replace(journey, locale=locale) if locale and locale != journey.locale else journey


def _counted(journey: Journey) -> Journey:
    """A journey that is new, or was fetched ahead, once it is counted for its network; a preview is nobody's."""
    return journey if journey.is_preview else services().new_journeys.counted(journey, is_ahead=tracking.is_ahead())
