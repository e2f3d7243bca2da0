"""Error responses for programs: `application/problem+json` (RFC 9457)."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Response, request
from werkzeug.exceptions import HTTPException

DETAILS = {
    404: "There is no such address. The API is described at {openapi}.",
    405: "This address does not take that method; Allow names those that it takes.",
    429: "Too many requests came from this address. Send it again after the seconds in Retry-After.",
    500: "Something broke on our side. Send it again later; X-Request-Id helps us to find out what it was.",
}


def problem(status: int, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> Response:
    """The response for `status`. Its type is `about:blank`: the status is all that a program needs."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    response = Response(json.dumps(body), status, mimetype="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    return response


def http_problem(error: HTTPException) -> Response:
    """The response for `error`, with its Allow or Retry-After."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    detail = DETAILS.get(status) or error.description or HTTPStatus(status).description
    response = problem(status, detail.replace("{openapi}", f"{request.root_path}/api/openapi.json"))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response
