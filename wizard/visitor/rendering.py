"""The pages of questions and results: each state is rendered once, and filled with each visitor's values."""

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urlencode

from flask import Flask, Response, current_app, render_template, request, url_for

from wizard.events.model import QuestionView, ResultView
from wizard.questionnaire.strategy import LOCAL_TRIAL, Outcome, offers_local_trial
from wizard.questionnaire.wording import Wording
from wizard.visitor import sources
from wizard.visitor.effort import Effort
from wizard.visitor.journey import Journey
from wizard.visitor.languages import languages
from wizard.visitor.pages import choices, comparison, progress, result
from wizard.visitor.prepared_pages import PLACEHOLDERS, PreparedPages, VisitorValues
from wizard.visitor.presenting import Look, as_preview, base_context, look, look_parameters
from wizard.visitor.services import services
from wizard.visitor.tracking import view_reference
from wizard.web.request_values import parameters

EXTENSION = "wizard.visitor.pages"
REMEMBERED = 256

AnswerItems = tuple[tuple[str, str], ...]
"""Step and choice of each answer."""


class PageState(NamedTuple):
    """What each page of a journey depends on, apart from the visitor's values.

    `wording` is the version of the texts, which is that of the current request.
    """

    locale: str
    wording: str
    is_continued: bool
    is_indexable: bool
    is_embeddable: bool
    is_attributed: bool
    is_sized: bool
    canonical: str
    own_address: str
    look: Look


class QuestionState(NamedTuple):
    """What a question's page depends on. `selected` is a choice's id, `error` the text of an error.

    `effort` is what the first page of a visit says that it takes.
    """

    step: str
    answers: AnswerItems
    selected: str | None
    error: str | None
    effort: Effort | None
    page: PageState


class ResultState(NamedTuple):
    """What a result's page depends on."""

    answers: AnswerItems
    page: PageState


def init_app(app: Flask) -> None:
    """Keep the prepared pages of `app`."""
    app.extensions[EXTENSION] = PreparedPages()


def prepared_pages() -> PreparedPages:
    """The current application's prepared pages."""
    found: PreparedPages = current_app.extensions[EXTENSION]
    return found


def question_page(
    journey: Journey, view: QuestionView, *, served_ms: int, selected: str | None, error: str | None = None
) -> Response:
    """The page of the question that `view` is of; with an `error`, the response to a refused answer (422)."""
    seal = services().seal
    kept = sources.kept(journey)
    embeddable, framed_by = sources.embeddable(), sources.framed_by(journey)
    page = _page_state(journey, kept, embeddable, framed_by)
    own = VisitorValues(
        seal.seal(journey),
        form_token=seal.sign_form(journey, view.step, served_ms),
        view=view_reference(view) if page.look.is_framed else "",
        embeddable=embeddable,
        kept=kept,
        framed_by=framed_by,
    )
    answers = tuple(journey.answers.items())
    effort = None if answers or error else services().effort.current
    state = QuestionState(view.step, answers, selected, error, effort, page)
    return prepared_pages().response(state, question_html, own, 422 if error else 200)


def result_page(journey: Journey, outcome: Outcome, view: ResultView) -> Response:
    """The page of `outcome`."""
    made = services()
    kept = sources.kept(journey)
    embeddable, framed_by = sources.embeddable(), sources.framed_by(journey)
    page = _page_state(journey, kept, embeddable, framed_by)
    trial = ""
    if offers_local_trial(outcome.recommendation):
        trial = made.seal.seal(journey.with_answers(made.flow, LOCAL_TRIAL, journey.answered_ms))
    own = VisitorValues(
        made.seal.seal(journey),
        view=view_reference(view) if page.look.is_framed else "",
        trial=trial,
        embeddable=embeddable,
        kept=kept,
        framed_by=framed_by,
    )
    return prepared_pages().response(ResultState(tuple(outcome.answers.items()), page), result_html, own)


def is_indexable() -> bool:
    """Whether search engines may index the current page: its address has no journey and no answers."""
    endpoint, given = request.endpoint, parameters()
    return endpoint == "visitor.robots" or (
        endpoint == "visitor.show"
        and (not given or given.keys().isdisjoint(("journey", *services().flow.by_name)))
        and request.method in ("GET", "HEAD")
    )


def address(token: str, step: str | None = None) -> str:
    """The address of the page of a journey, or of its question `step`."""
    before, after = _address_around(step, tuple(look_parameters().items()), request.root_path)
    return f"{before}{token}{after}"


@lru_cache(REMEMBERED)
def _address_around(step: str | None, *_: object) -> tuple[str, str]:
    """An address before and after the token; it depends on the look and the root of the current request."""
    made = url_for("visitor.show", journey=PLACEHOLDERS.token, step=step)
    before, after = made.split(PLACEHOLDERS.token)
    return before, after


def question_html(state: QuestionState, own: VisitorValues) -> str:
    """A question's page as its template renders it."""
    made = services()
    wording = made.wording(state.page.locale)
    step, answers = made.flow.by_name[state.step], dict(state.answers)
    stage = progress(made.flow, step, answers)
    shown: dict[str, object] = {"view": own.view, "step": step.name, "index": stage.number - 1}
    return render_template(
        "visitor/question.html",
        **_page_context(state.page, own),
        step=step,
        choices=choices(step, step.offered(made.flow.walk(answers).answers), state.selected, wording),
        form_token=own.form_token,
        progress=stage,
        progress_text=stage.text(wording),
        back=_back(state, own.token),
        error=state.error,
        effort=state.effort,
        guarded=bool(answers),
        here=address(own.token, step.name),
        shown=shown | {"error": True} if state.error else shown,
    )


def _back(state: QuestionState, token: str) -> str | None:
    """The address of the link "Back": the result, if there is one, else the question before, if there is one."""
    walk = services().flow.walk(dict(state.answers))
    if walk.step is None:
        return address(token)
    asked = [*walk.answers, walk.step.name]
    position = asked.index(state.step)
    return address(token, asked[position - 1]) if position else None


def result_html(state: ResultState, own: VisitorValues) -> str:
    """A result's page as its template renders it."""
    made = services()
    wording = made.wording(state.page.locale)
    outcome = made.strategy.outcome(dict(state.answers))
    shown = result(outcome, wording)
    recommended = outcome.recommendation.recommended
    share = shared_link(outcome, state.page.own_address)
    return render_template(
        "visitor/result.html",
        **_page_context(state.page, own),
        outcome=outcome,
        result=shown,
        comparison=comparison(outcome, made.strategy, wording),
        trial=address(own.trial) if offers_local_trial(outcome.recommendation) else None,
        share=share,
        share_email=_share_email(wording, shown.recommended.name, share),
        here=address(own.token),
        shown={"view": own.view, "persona": outcome.persona, "recommended": recommended},
    )


def shared_link(outcome: Outcome, own_address: str) -> str:
    """The address of a new visit with the answers of `outcome`."""
    return f"{own_address}/?{urlencode({**outcome.answers, **as_preview()})}"


def _share_email(wording: Wording, deployment: str, link: str) -> str:
    """The address that opens an e-mail to a colleague, with subject and text filled in (RFC 6068)."""
    subject = wording.text("result.share_subject", deployment=deployment)
    body = wording.text("result.share_body", deployment=deployment, link=link).replace("\n", "\r\n")
    return f"mailto:?subject={quote(subject, safe='')}&body={quote(body, safe='')}"


def _page_state(journey: Journey, kept: str, embeddable: str, framed_by: str) -> PageState:
    """The state of the current page, with these values of the visitor or without."""
    is_continued = journey.entry == "continued" and journey.answered_ms == journey.started_ms
    own = services().own_address()
    given = bool(embeddable), bool(kept), bool(framed_by)
    # A page in the browser's language is one for search engines, and a page in each language that is asked for another.
    asked = services().asked_locale()
    canonical = f"{own}/?locale={asked}" if asked else f"{own}/"
    wording = services().wording_set().version
    return PageState(journey.locale, wording, is_continued, is_indexable(), *given, canonical, own, look())


def _page_context(page: PageState, own: VisitorValues) -> dict[str, object]:
    """Template context of every page of a journey."""
    wording = services().wording(page.locale)
    kept, framed_by = own.kept if page.is_attributed else "", own.framed_by if page.is_sized else ""
    return {
        **base_context(page.look, kept, framed_by),
        "wording": wording,
        "token": own.token,
        "languages": languages(wording.locale, services().wordings),
        "indexable": page.is_indexable,
        "canonical": page.canonical,
        "own_address": page.own_address,
        "embeddable": own.embeddable if page.is_embeddable else "",
        "continued": page.is_continued,
    }
