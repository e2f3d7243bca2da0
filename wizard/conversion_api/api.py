"""`POST /api/conversions`: a destination reports a signup. Described in docs/api.md and openapi.json."""

import hashlib
import hmac
import json
import logging
from functools import lru_cache
from http import HTTPStatus
from importlib import resources

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge, ServiceUnavailable
from werkzeug.routing import RoutingException

from wizard.conversion_api.api_errors import ApiError, error_response, invalid, malformed, member_error
from wizard.conversion_api.request import (
    Confirmation,
    conversion,
    read_confirmation,
)
from wizard.events.handoff import DAY_SECONDS, HandoffExpired, HandoffInvalid
from wizard.events.projection import JourneyRow
from wizard.storage.migrate import cause
from wizard.web.areas import API, is_for_api
from wizard.web.concurrency_limit import ConcurrencyLimit
from wizard.web.problem_json import http_problem
from wizard.web.services import services

RETRY_SECONDS = 10
BUSY_SECONDS = 2
CATCH_UP_SECONDS = 2.0
AT_ONCE = 8
"""How many conversions a process stores at once: each waits for the log, for seconds if that is slow."""

LIMIT = "wizard.conversions_at_once"
LOGGER = logging.getLogger("wizard.conversions")
REMEMBERED = 16
OPENAPI = (resources.files("wizard.conversion_api") / "openapi.json").read_bytes()

blueprint = Blueprint("conversions", __name__, url_prefix=API)


def init_app(app: Flask) -> None:
    """Serve the API from `app`."""
    app.register_blueprint(blueprint)
    app.extensions[LIMIT] = ConcurrencyLimit(app, AT_ONCE)
    app.before_request(_answer_unknown_routes)


@blueprint.post("/conversions")
def confirm() -> Response:
    """Log the conversion: 201, or 200 where it is in the log already."""
    _require_key()
    confirmation = _confirmation()
    journey_id = _journey_id(confirmation)
    if not current_app.extensions[LIMIT].enter():  # after the body was read, which may take long
        raise _unavailable("Too many conversions are being reported", BUSY_SECONDS)
    log = services().recorder.timed_log
    try:
        journey = log.journey(journey_id) or _awaited_journey(journey_id, confirmation.handoff)
        event = conversion(confirmation, journey, services().clock())
        appended = log.append([event])
    except SQLAlchemyError as error:
        LOGGER.error("a conversion can't be logged: %s", cause(error))  # noqa: TRY400  # the cause is all there is
        raise _unavailable() from error
    if appended.rejected:
        raise _erased()  # a moment ago
    is_new = appended.stored > 0
    response = jsonify(event_id=event.event_id, new=is_new)
    response.status_code = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return response


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The description of the API, as OpenAPI, with the path that the server is mounted below."""
    return Response(_openapi_below(request.root_path) if request.root_path else OPENAPI, mimetype="application/json")


@lru_cache(REMEMBERED)
def _openapi_below(root: str) -> bytes:
    """The description for a server below the path `root`."""
    description = json.loads(OPENAPI)
    description["servers"][0]["url"] = root
    return json.dumps(description, indent=2).encode()


@blueprint.after_request
def forbid_caching(response: Response) -> Response:
    """Keep the API's responses out of caches."""
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.errorhandler(ApiError)
def _on_api_error(error: ApiError) -> Response:
    services().recorder.count("rejected", error.reason)
    return error_response(error)


blueprint.register_error_handler(HTTPException, http_problem)


def _answer_unknown_routes() -> Response | None:
    """The 404 and 405 of addresses below /api. Flask calls no blueprint's error handlers for them."""
    error = request.routing_exception
    if error is None or isinstance(error, RoutingException) or not is_for_api():
        return None  # a RoutingException is a redirect
    return http_problem(error)


def _require_key() -> None:
    """Raise ApiError (401) unless the request has one of the keys. It takes as long whichever it is, or none."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    # A header's bytes arrive as Latin-1. Digests are all of one length.
    given_digest = hashlib.sha256(given.strip().encode("latin-1", "replace")).digest()
    is_known = False
    for key in services().settings.conversion_keys:
        is_known |= hmac.compare_digest(given_digest, hashlib.sha256(key.encode()).digest())
    if scheme.lower() != "bearer" or not is_known:
        raise ApiError(
            HTTPStatus.UNAUTHORIZED,
            "unauthorized",
            "Send one of the wizard's conversion keys in the header Authorization, after the word Bearer.",
        )


def _confirmation() -> Confirmation:
    if request.mimetype != "application/json":
        detail = "Send the body as JSON, with the header Content-Type: application/json."
        raise ApiError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "malformed", detail)
    try:
        return read_confirmation(request.get_data(cache=False))
    except RequestEntityTooLarge as error:
        detail = "The body is longer than any confirmation could be."
        raise ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "oversized", detail) from error
    except ClientDisconnected as error:
        raise malformed("The body ended before its Content-Length.") from error
    except ServiceUnavailable as error:
        raise _unavailable("Too many bodies are being sent") from error


def _journey_id(confirmation: Confirmation) -> str:
    try:
        return services().handoffs.read(confirmation.handoff)
    except HandoffInvalid as error:
        raise invalid(member_error("handoff", "is not one that this wizard has made, whole and unchanged")) from error
    except HandoffExpired as error:
        detail = "The handoff has expired: its visitor left the wizard too long ago."
        raise ApiError(HTTPStatus.GONE, "expired", detail) from error


def _awaited_journey(journey_id: str, handoff: str) -> JourneyRow:
    """The journey, once this machine's journals are in the log. Raises ApiError, and SQLAlchemyError.

    It may wait in another machine's journal, so an unknown journey is taken for erased only after a day.
    """
    recorder = services().recorder
    if recorder.timed_log.is_erased(journey_id):
        raise _erased()
    if not recorder.catch_up(CATCH_UP_SECONDS):
        raise _unavailable()
    if journey := recorder.timed_log.journey(journey_id):
        return journey
    if services().handoffs.age_seconds(handoff) < DAY_SECONDS:
        raise _unavailable("The visit is not in the log")
    raise _erased()


def _erased() -> ApiError:
    return ApiError(HTTPStatus.GONE, "erased", "The journey that the handoff names has been erased.")


def _unavailable(reason: str = "The log can't be used", retry_seconds: int = RETRY_SECONDS) -> ApiError:
    detail = f"{reason} at the moment, and nothing was taken. Send it again after Retry-After seconds."
    return ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", detail, retry_seconds=retry_seconds)
