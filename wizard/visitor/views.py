"""The visitor's routes: question → answer → … → result → destination.

Each page *is* its state: the sealed journey in its address.
"""

from dataclasses import replace

from flask import Blueprint, Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from wizard.events.handoff import with_parameters
from wizard.questionnaire.flow import Step
from wizard.visitor import problems, rendering, sources, tracking
from wizard.visitor.current_journey import begin_journey, continue_journey, open_journey
from wizard.visitor.forms import FormContext, StepForm, step_form
from wizard.visitor.journey import MAX_TURNS, Journey
from wizard.visitor.languages import PARAMETER, in_language
from wizard.visitor.presenting import add_look
from wizard.visitor.problems import VisitorError
from wizard.visitor.rendering import address, is_indexable, question_page, result_page
from wizard.visitor.same_origin import refuse_cross_site_posts
from wizard.visitor.services import add_services, add_vary, services
from wizard.web.request_values import parameters

blueprint = Blueprint("visitor", __name__)
blueprint.before_request(refuse_cross_site_posts)
blueprint.url_defaults(add_look)


def init_app(app: Flask) -> None:
    """Serve the visitor's pages from `app`."""
    add_services(app)
    rendering.init_app(app)
    app.register_blueprint(blueprint)
    problems.init_app(app)


@blueprint.get("/")
def show() -> Response:
    """The current page of the journey in the address; without one, the first page of a new journey."""
    if "journey" not in parameters():
        return _page(begin_journey(), is_new=True)
    journey, expired = open_journey(parameters(), 414, "too_long")
    return _page(continue_journey(journey) if expired else journey, parameters().get("step"), is_new=expired)


@blueprint.post("/")
def answer() -> AnyResponse:
    """Accept one answer, or another language, and redirect to the next page, or to this one in that language."""
    if "journey" not in request.form:
        raise VisitorError(400, "bad_request")
    journey, expired = open_journey(request.form, 413, "too_large")
    journey = sources.with_host_page(journey)
    if (locale := request.form.get(PARAMETER, "")) in services().wordings:
        return _in_language(continue_journey(journey) if expired else journey, locale)
    step = services().flow.asked(journey.answers, request.form.get("step"))
    if step is None:
        tracking.count_rejected("not-asked")
        return _see_other(journey)
    form = _submitted_form(journey, step)
    valid = form.validate()
    if (served_ms := form.served_ms) is None:
        raise VisitorError(400, "stale_form", journey.locale, _address(journey))
    journey = continue_journey(journey) if expired else journey
    if not valid:
        return _refused_answer(journey, step, form, served_ms)
    now_ms = journey.answered_ms if expired else services().clock()
    after = journey.with_answers(services().flow, {step.name: form.answer.data}, now_ms)
    if after.turn > MAX_TURNS:
        raise VisitorError(409, "too_many_answers", journey.locale)
    tracking.record_answer(journey, after, step.name, served_ms)
    return _see_other(after)


@blueprint.get("/go/<deployment>")
def go(deployment: str) -> AnyResponse:
    """The recommendation link: redirects to the configured destination if the journey was offered it."""
    journey, expired = open_journey(parameters(), 414, "too_long")
    if expired:
        tracking.count_rejected("expired")
        return _see_other(continue_journey(journey))
    made = services()
    walk = made.flow.walk(journey.answers)
    outcome = None if walk.step else made.strategy.outcome(walk.answers)
    if outcome is None or deployment not in outcome.recommendation.offered:
        raise VisitorError(404, "not_offered", journey.locale, _address(journey))
    tracking.record_click(journey, outcome, deployment)
    return redirect(with_parameters(made.settings.destinations[deployment], sources.carried(journey)), 303)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Crawlers may read the bare wizard, but not follow recommendation links."""
    return Response(f"User-agent: *\nDisallow: {request.root_path}/go/\n", mimetype="text/plain")


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """Keep pages out of shared caches (Back may still show them), and journeys out of search engines."""
    response.headers["Cache-Control"] = "private, no-cache"
    add_vary(response)
    if not is_indexable():
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def _address(journey: Journey) -> str:
    return address(services().seal.seal(journey))


def _see_other(journey: Journey) -> AnyResponse:
    return redirect(_address(journey), 303)


def _in_language(journey: Journey, locale: str) -> AnyResponse:
    """Redirects to the page of `journey` that the form was sent from, in the language `locale`."""
    step = request.form.get("step")
    token = services().seal.seal(replace(journey, locale=locale))
    return redirect(in_language(address(token, step if step in journey.answers else None), locale), 303)


def _submitted_form(journey: Journey, step: Step) -> StepForm:
    made = services()
    choices = step.offered(made.flow.walk(journey.answers).answers)
    context = FormContext(made.seal, journey, step.name)
    return step_form(step, choices, made.wording(journey.locale), context, request.form)


def _page(journey: Journey, revisited: str | None = None, *, is_new: bool) -> Response:
    """The journey's current question, or the one that it goes back to (`revisited`), or its result."""
    made = services()
    walk = made.flow.walk(journey.answers)
    step = made.flow.asked(journey.answers, revisited) or walk.step
    if step:
        view = tracking.question_view(journey, step.name)
        selected = journey.answers.get(step.name)
        page = question_page(journey, view, served_ms=made.clock(), selected=selected)
        tracking.record_view(journey, view, is_new=is_new)
        return page
    outcome = made.strategy.outcome(walk.answers)
    result_view = tracking.result_view(journey, outcome)
    page = result_page(journey, outcome, result_view)
    tracking.record_view(journey, result_view, is_new=is_new)
    return page


def _refused_answer(journey: Journey, step: Step, form: StepForm, served_ms: int) -> Response:
    """The question again, with the error. It counts as the same view."""
    view = tracking.question_view(journey, step.name)
    page = question_page(journey, view, served_ms=served_ms, selected=form.selected, error=str(form.answer.errors[0]))
    tracking.record_refused_answer(journey, view, form.error)
    return page
