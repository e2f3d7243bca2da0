"""The journey of the current request: a new one, the one in its token, or the continuation of an expired one."""

from collections.abc import Mapping
from dataclasses import replace

from wizard.visitor import sources, tracking
from wizard.visitor.journey import MAX_TOKEN_CHARACTERS, Journey, JourneyExpired, new_journey
from wizard.visitor.problems import VisitorError
from wizard.visitor.services import services
from wizard.web.request_values import parameters


def begin_journey() -> Journey:
    """A new journey, prefilled with the answers in the address."""
    made = services()
    prefill = {step.name: parameters()[step.name] for step in made.flow.steps if step.name in parameters()}
    journey = new_journey(made.flow, made.accepted_locale(), prefill, sources.attribution(), made.clock())
    if wording := made.wording_set().reference:
        journey = replace(journey, wording=wording)
    if parameters():
        is_preview = parameters().get("preview") == "1"
        journey = replace(journey, campaign=sources.campaign(parameters()), is_preview=is_preview)
    return _current(_counted(journey))


def open_journey(given: Mapping[str, str], status: int, problem: str) -> tuple[Journey, bool]:
    """The journey in the request's token, and whether it has expired.

    The request uses the version of the texts that the journey began with; if it has expired, the newest, with which its
    continuation begins. Raises JourneyTampered where the token is invalid, and VisitorError where it is longer than any
    valid one.
    """
    token = given.get("journey", "")
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise VisitorError(status, problem)
    try:
        return _current(_with_its_version(services().seal.open(token))), False
    except JourneyExpired as error:
        return _current(replace(error.journey, wording=services().wording_set().reference)), True


def continue_journey(journey: Journey) -> Journey:
    """The continuation of an expired journey: a new one with the same answers."""
    return _counted(journey.continued(services().flow, services().clock()))


def _current(journey: Journey) -> Journey:
    """`journey`, updated by the request: language, Global Privacy Control, and the count of prefetched journeys."""
    tracking.begin(journey)
    if journey.burst == "unchecked":
        journey = _counted(journey)
    if sources.sends_gpc() and not journey.gpc:
        journey = journey.with_gpc()
    locale = services().asked_locale()
    return replace(journey, locale=locale) if locale and locale != journey.locale else journey


def _with_its_version(journey: Journey) -> Journey:
    """`journey`, with whose version the request goes on; with the newest one if its own is no longer at hand."""
    reference = services().use_version(journey.wording).reference
    return journey if reference == journey.wording else replace(journey, wording=reference)


def _counted(journey: Journey) -> Journey:
    """A new or prefetched journey, counted for its network; previews are not counted."""
    return journey if journey.is_preview else services().new_journeys.counted(journey, is_ahead=tracking.is_ahead())
