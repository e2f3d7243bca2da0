"""A designed page for everything that can go wrong, which says how to go on."""

from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import NamedTuple

from flask import Flask, Response, g, make_response, render_template, request, url_for
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException

from wizard.errors import WizardError
from wizard.questionnaire.wording import Wording
from wizard.visitor import sources, tracking
from wizard.visitor.journey import JourneyError, JourneyTampered
from wizard.visitor.languages import languages, without_language
from wizard.visitor.presenting import Look, base_context, look, start
from wizard.visitor.services import add_vary, services
from wizard.web.logs import request_id
from wizard.web.mounting import report_unknown_address
from wizard.web.request_values import parameters

EVENTFUL = ("visitor.show", "visitor.answer", "visitor.go")
"""The endpoints whose requests stand for events."""

PAGES: Mapping[int, str] = {
    403: "forbidden",
    404: "not_found",
    405: "method",
    413: "too_large",
    414: "too_long",
    429: "too_many",
}
"""Status to the wording of its page; of the others, those under 500 are the visitor's, and the rest are ours."""

MAX_QUERY_BYTES = 2048
"""The longest query that a page repeats in the fields of its language switcher."""

REASONS: Mapping[str, str] = {
    "bad_link": "tampered",
    "bad_request": "malformed",
    "forbidden": "cross-site",
    "not_offered": "not-offered",
    "stale_form": "stale-form",
    "too_large": "oversized",
    "too_long": "oversized",
    "too_many_answers": "too-long",
}
"""What the ledger calls a request that was refused with a problem; of the others, none would have been an event.

What is refused for its rate is counted where that is done.
"""

GAP = "\ufdd0"
"""Stands for a request's id until the text around it is escaped: a code point that no text may have."""


class VisitorError(WizardError):
    """A request that is answered with the page `problem`, in its journey's `locale`; `resume` is where that goes on."""

    def __init__(
        self,
        status: int,
        problem: str,
        locale: str | None = None,
        resume: str | None = None,
    ) -> None:
        super().__init__(problem)
        self.status = status
        self.problem = problem
        self.locale = locale
        self.resume = resume


def init_app(app: Flask) -> None:
    """Answer every error of `app` with a page of ours."""
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(JourneyTampered, lambda _: _page("bad_link", 400))
    app.register_error_handler(VisitorError, _on_visitor_error)


def _on_visitor_error(error: VisitorError) -> Response:
    return _page(error.problem, error.status, error.locale, error.resume)


def _on_http_error(error: HTTPException) -> Response | HTTPException:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status < HTTPStatus.BAD_REQUEST:
        return error  # a redirect
    if status == HTTPStatus.NOT_FOUND:
        report_unknown_address()
    resume = _where_it_was() if status == HTTPStatus.TOO_MANY_REQUESTS else None
    page = _page(PAGES.get(status, "server" if _is_ours(status) else "bad_request"), status, resume=resume)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            page.headers[name] = value
    return page


def _use_version_of(token: str | None) -> None:
    """Use the version of the texts that the journey in `token` began with, if the request uses none yet."""
    if token and "wording_set" not in g:
        with suppress(JourneyError):
            services().use_version(services().seal.open(token).wording)


def _where_it_was() -> str | None:
    """The page that an answer was sent from, so that the visitor can go on there; None where that can't be read."""
    try:
        token, step = request.form.get("journey"), request.form.get("step")
    except HTTPException:  # a body that is too long as well
        return None
    _use_version_of(token)
    return url_for("visitor.show", journey=token, step=step) if token else None


def _is_ours(status: int) -> bool:
    """Whether the fault lies with us."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _page(problem: str, status: int, locale: str | None = None, resume: str | None = None) -> Response:
    if problem in REASONS and request.endpoint in EVENTFUL:
        tracking.count_rejected(REASONS[problem])
    _use_version_of(parameters().get("journey"))
    wording = services().wording(locale or services().accepted_locale())
    href = resume or start(sources.asked())
    reference = request_id() if _is_ours(status) else ""
    page = problem_html(ProblemState(problem, wording.locale, look(), href, sources.asked(), bool(resume), reference))
    response = make_response(page, status)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    add_vary(response)
    return response


class ProblemState(NamedTuple):
    """What the page of `problem` depends on. Its button leads to `href`, which is where the visitor was, or a start.

    A new journey keeps `kept`, the attribution as a query. `reference` is the request's id, to be mentioned; or empty.
    """

    problem: str
    locale: str
    look: Look
    href: str
    kept: str
    is_resumed: bool
    reference: str


def problem_html(state: ProblemState) -> str:
    """The page of a problem as its template renders it."""
    wording = services().wording(state.locale)
    return render_template(
        "visitor/problem.html",
        **base_context(state.look, state.kept),
        wording=wording,
        languages=languages(wording.locale, services().wordings),
        switch=_switch(state.href),
        problem=state.problem,
        reference=_reference(wording, state.reference) if state.reference else "",
        action=wording.text("problems.resume" if state.is_resumed else "problems.restart"),
        href=state.href,
    )


def _switch(href: str) -> dict[str, object]:
    """The form that switches the language: `action`, `?` for the page's own address, and its `fields`.

    A page that answers a form can't be asked for in another language, nor one whose address is too long: they lead on
    to `href`.
    """
    if request.method in ("GET", "HEAD") and len(request.query_string) <= MAX_QUERY_BYTES:
        return {"action": "?", "fields": without_language(f"?{request.query_string.decode('latin-1')}")[1]}
    action, fields = without_language(href)
    return {"action": action, "fields": fields}


def _reference(wording: Wording, reference: str) -> Markup:
    """The text that asks to mention a request's id, which is written from left to right in any language."""
    shown = Markup('<bdi dir="ltr">{}</bdi>').format(reference)
    return escape(wording.text("problems.server.reference", reference=GAP)).replace(GAP, shown)
