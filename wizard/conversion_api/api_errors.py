"""The API's errors, and the responses for them."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import Response

from wizard.conversion_api.request import MemberError
from wizard.errors import WizardError
from wizard.web.problem_json import problem


class ApiError(WizardError):
    """A request that is refused; the ledger counts it as rejected for `reason`. `retry_seconds` becomes Retry-After."""

    def __init__(
        self,
        status: HTTPStatus,
        reason: str,
        detail: str,
        errors: Sequence[MemberError] = (),
        retry_seconds: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.errors = errors
        self.retry_seconds = retry_seconds


def error_response(error: ApiError) -> Response:
    """The response for `error`, as problem+json."""
    errors = [{"pointer": member.pointer, "detail": member.detail} for member in error.errors]
    response = problem(error.status, error.detail, errors)
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if error.retry_seconds is not None:
        response.headers["Retry-After"] = str(error.retry_seconds)
    return response
