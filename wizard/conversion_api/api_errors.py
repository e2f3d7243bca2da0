"""The API's errors, and the responses for them."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import quote

from flask import Response

from wizard.errors import WizardError
from wizard.web.problem_json import problem

SHOWN_CHARACTERS = 50


class ApiError(WizardError):
    """A request that is refused; the ledger counts it as rejected for `reason`. `retry_seconds` becomes Retry-After."""

    def __init__(
        self,
        status: HTTPStatus,
        reason: str,
        detail: str,
        errors: Sequence[Mapping[str, str]] = (),
        retry_seconds: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.errors = errors
        self.retry_seconds = retry_seconds


def malformed(detail: str) -> ApiError:
    """The error (400) of a body that is not a JSON object."""
    return ApiError(HTTPStatus.BAD_REQUEST, "malformed", detail)


def invalid(*errors: Mapping[str, str]) -> ApiError:
    """The error (422) of an object with these errors in its members."""
    detail = "Some members are not as they must be; errors says which, and why."
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, errors)


def member_error(member: str, detail: str) -> dict[str, str]:
    """An error in one member, which it names by a JSON Pointer (RFC 6901) in a URI fragment."""
    name = member[:SHOWN_CHARACTERS].replace("~", "~0").replace("/", "~1")
    return {"pointer": f"#/{quote(name, safe='~', errors='replace')}", "detail": detail}


def error_response(error: ApiError) -> Response:
    """The response for `error`, as problem+json."""
    response = problem(error.status, error.detail, error.errors)
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if error.retry_seconds is not None:
        response.headers["Retry-After"] = str(error.retry_seconds)
    return response
