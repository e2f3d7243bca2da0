"""What the API answers to a request that it refuses."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import Response

from wizard.conversion_api.request import MemberError
from wizard.errors import WizardError
from wizard.web.problem_json import problem


class Refused(WizardError):
    """A request that is refused, and counted under `reason`; `retry_seconds` says when to send it again, if at all."""

    def __init__(  # each of these is told to the caller
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


def refusal(refused: Refused) -> Response:
    """The response for a request that was refused."""
    errors = [{"pointer": error.pointer, "detail": error.detail} for error in refused.errors]
    response = problem(refused.status, refused.detail, errors)
    if refused.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if refused.retry_seconds is not None:
        response.headers["Retry-After"] = str(refused.retry_seconds)
    return response
