"""`POST /api/conversions`: a destination confirms a signup. docs/api.md describes it, and so does openapi.json."""

import hashlib
import hmac
import logging
from collections.abc import Sequence
from http import HTTPStatus
from importlib import resources
from typing import NoReturn

from flask import Blueprint, Flask, Response, jsonify, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge, ServiceUnavailable
from werkzeug.routing import RoutingException

from wizard.conversion_api.refusals import Refused, refusal
from wizard.conversion_api.request import (
    Confirmation,
    MemberError,
    NotAnObject,
    Unprocessable,
    conversion,
    read_confirmation,
)
from wizard.conversion_api.services import EXTENSION, Conversions, conversions
from wizard.events.handoff import HandoffExpired, HandoffInvalid
from wizard.events.projection import JourneyRow
from wizard.storage.migrate import cause
from wizard.web.areas import API, is_for_api
from wizard.web.problem_json import http_problem

RETRY_SECONDS = 10
LOGGER = logging.getLogger("wizard.conversions")
OPENAPI = (resources.files("wizard.conversion_api") / "openapi.json").read_bytes()

blueprint = Blueprint("conversions", __name__, url_prefix=API)


def init_app(app: Flask, made: Conversions) -> None:
    """Serve the API from `app`."""
    app.extensions[EXTENSION] = made
    app.register_blueprint(blueprint)
    app.before_request(_answer_what_leads_nowhere)


@blueprint.post("/conversions")
def confirm() -> Response:
    """Log the conversion that is confirmed: 201, or 200 where it was there already."""
    made = conversions()
    _require_key(made.keys)
    confirmation = _confirmation()
    journey_id = _journey_id(made, confirmation)
    was_spooling = made.is_spooling()  # before the journey is looked for: it may arrive from the spool meanwhile
    try:
        journey = made.log.journey(journey_id) or _no_journey(was_spooling)
        event_id, is_new = _log(made, confirmation, journey)
    except SQLAlchemyError as error:
        LOGGER.error("a conversion can't be logged: %s", cause(error))  # noqa: TRY400  # the cause is all there is
        raise _unavailable() from error
    response = jsonify(event_id=event_id, new=is_new)
    response.status_code = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return response


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The API's own description."""
    return Response(OPENAPI, mimetype="application/json")


@blueprint.after_request
def keep_nothing(response: Response) -> Response:
    """Tell every cache to leave it alone."""
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.errorhandler(Refused)
def _on_refused(refused: Refused) -> Response:
    conversions().reject(refused.reason)
    return refusal(refused)


blueprint.register_error_handler(HTTPException, http_problem)


def _answer_what_leads_nowhere() -> Response | None:
    """Flask has no blueprint for a request that no route fits; without this, a program would be sent a page."""
    error = request.routing_exception
    if error is None or isinstance(error, RoutingException) or not is_for_api():
        return None  # a RoutingException is a redirect
    return http_problem(error)


def _require_key(keys: Sequence[str]) -> None:
    """Raise Refused unless the request shows one of the keys. It takes as long whichever it is, or none."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    # A header's bytes arrive as Latin-1. As digests, all are of one length.
    shown = hashlib.sha256(given.strip().encode("latin-1", "replace")).digest()
    is_known = False
    for key in keys:
        is_known |= hmac.compare_digest(shown, hashlib.sha256(key.encode()).digest())
    if scheme.lower() != "bearer" or not is_known:
        raise Refused(
            HTTPStatus.UNAUTHORIZED,
            "unauthorized",
            "Send one of the wizard's conversion keys in the header Authorization, after the word Bearer.",
        )


def _confirmation() -> Confirmation:
    if request.mimetype != "application/json":
        detail = "Send the body as JSON, with the header Content-Type: application/json."
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "malformed", detail)
    try:
        return read_confirmation(request.get_data(cache=False))
    except RequestEntityTooLarge as error:
        detail = "The body is longer than any confirmation could be."
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "oversized", detail) from error
    except ClientDisconnected as error:
        detail = "The body ended before its Content-Length."
        raise Refused(HTTPStatus.BAD_REQUEST, "malformed", detail) from error
    except ServiceUnavailable as error:
        raise _unavailable("Too many bodies are being sent") from error
    except NotAnObject as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "malformed", f"This can't be read: {error}.") from error
    except Unprocessable as error:
        raise _invalid(*error.errors) from error


def _journey_id(made: Conversions, confirmation: Confirmation) -> str:
    try:
        return made.handoffs.read(confirmation.handoff)
    except HandoffInvalid as error:
        raise _invalid(MemberError("handoff", "is not one that this wizard has made, whole and unchanged")) from error
    except HandoffExpired as error:
        detail = "The handoff has expired: its visitor left the wizard too long ago."
        raise Refused(HTTPStatus.GONE, "expired", detail) from error


def _no_journey(was_spooling: bool) -> NoReturn:
    if was_spooling:
        raise _unavailable()
    raise Refused(HTTPStatus.GONE, "erased", "The journey that the handoff names has been erased.")


def _log(made: Conversions, confirmation: Confirmation, journey: JourneyRow) -> tuple[str, bool]:
    """The conversion's id, and whether it is new, once it is committed. Raises SQLAlchemyError."""
    event = conversion(confirmation, journey, made.clock())
    return event.event_id, made.log.append([event]).stored > 0


def _invalid(*errors: MemberError) -> Refused:
    detail = "Some members are not as they must be; errors says which, and why."
    return Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, errors)


def _unavailable(reason: str = "The log can't be used") -> Refused:
    detail = f"{reason} at the moment, and nothing was taken. Send it again after Retry-After seconds."
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", detail, retry_seconds=RETRY_SECONDS)
