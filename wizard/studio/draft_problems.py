"""Error pages for drafts that can't be used as asked."""

from http import HTTPStatus

from flask import Response

from wizard.dashboard import problems
from wizard.drafts.model import DraftClosed, DraftError, UnknownDraft

UNKNOWN = ("Draft not found", "There is no such draft. The page of drafts has those that there are.")
CLOSED = "Draft not open"
REFUSED = "Nothing was changed"


def on_draft_error(error: DraftError) -> Response:
    """The page for `error`: 404 for a draft that is not there or not open, else 400."""
    if isinstance(error, UnknownDraft):
        return problems.problem(HTTPStatus.NOT_FOUND, UNKNOWN)
    if isinstance(error, DraftClosed):
        return problems.problem(HTTPStatus.NOT_FOUND, (CLOSED, sentence(error)))
    return problems.problem(HTTPStatus.BAD_REQUEST, (REFUSED, sentence(error)))


def sentence(error: Exception, name: str = "") -> str:
    """The message of an error as a sentence. If it begins with the `name` of a file, that stays as it is."""
    text = str(error)
    if name and text.startswith(name):
        return f"{text}."
    return f"{text[:1].upper()}{text[1:]}."
