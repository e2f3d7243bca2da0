"""Question → answer → … → result → out. Each page is its state: the sealed journey in its address."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from wizard.events.handoff import with_parameters
from wizard.questionnaire.flow import Step
from wizard.questionnaire.strategy import Outcome
from wizard.visitor import problems, sources, tracking
from wizard.visitor.forms import FormContext, StepForm, step_form
from wizard.visitor.journey import MAX_TOKEN_CHARACTERS, MAX_TURNS, Journey, JourneyExpired, new_journey
from wizard.visitor.pages import progress, result
from wizard.visitor.presenting import as_preview, dressed, kept
from wizard.visitor.problems import VisitorError
from wizard.visitor.same_origin import refuse_cross_site_posts
from wizard.visitor.services import add_services, services

blueprint = Blueprint("visitor", __name__)
blueprint.before_request(refuse_cross_site_posts)
blueprint.url_defaults(kept)


def init_app(app: Flask) -> None:
    """Serve the visitor's pages from `app`."""
    add_services(app)
    app.register_blueprint(blueprint)
    problems.init_app(app)


@blueprint.get("/")
def show() -> Response:
    """The page that a journey has come to; without one, the first page of a new journey."""
    if "journey" not in request.args:
        return _page(_new_journey(), is_new=True)
    journey, expired = _opened(request.args, 414, "too_long")
    return _page(_continued(journey) if expired else journey, request.args.get("step"), is_new=expired)


@blueprint.post("/")
def answer() -> AnyResponse:
    """Take one answer, and send the visitor on to the page that it leads to."""
    if "journey" not in request.form:
        raise VisitorError(400, "bad_request")
    journey, expired = _opened(request.form, 413, "too_large")
    journey = sources.with_host_page(journey)
    step = services().flow.asked(journey.answers, request.form.get("step"))
    if step is None:
        tracking.refused("not-asked")
        return _see_other(journey)
    form = _form(journey, step, submitted=True)
    valid = form.validate()
    if (served_ms := form.served_ms) is None:
        raise VisitorError(400, "stale_form", journey.locale, _address(journey))
    journey = _continued(journey) if expired else journey
    if not valid:
        return _refused_answer(journey, step, form, served_ms)
    now_ms = journey.answered_ms if expired else services().clock()
    after = journey.with_answers(services().flow, {step.name: form.answer.data}, now_ms)
    if after.turn > MAX_TURNS:
        raise VisitorError(409, "too_many_answers", journey.locale)
    tracking.answered(journey, after, step.name, served_ms)
    return _see_other(after)


@blueprint.get("/go/<deployment>")
def go(deployment: str) -> AnyResponse:
    """The recommendation link: to the configured destination, if this journey was offered it; never elsewhere."""
    journey, expired = _opened(request.args, 414, "too_long")
    if expired:
        tracking.refused("expired")
        return _see_other(_continued(journey))
    made = services()
    walk = made.flow.walk(journey.answers)
    outcome = None if walk.step else made.strategy.outcome(walk.answers)
    if outcome is None or deployment not in outcome.recommendation.offered:
        raise VisitorError(404, "not_offered", journey.locale, _address(journey))
    tracking.clicked(journey, outcome, deployment)
    return redirect(with_parameters(made.settings.destinations[deployment], sources.carried(journey)), 303)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Crawlers may read the bare wizard, but not follow recommendation links."""
    return Response("User-agent: *\nDisallow: /go/\n", mimetype="text/plain")


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """Keep pages out of shared caches (Back may still show them), and journeys out of search engines."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Sec-Fetch-Dest")
    if not _is_indexable():
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def _is_indexable() -> bool:
    """Whether the current page is the bare wizard, with no journey and no answers in its address."""
    return request.endpoint == "visitor.robots" or (
        request.endpoint == "visitor.show"
        and request.method in ("GET", "HEAD")
        and not request.args.keys() & {"journey", *services().flow.by_name}
    )


def _opened(given: Mapping[str, str], status: int, problem: str) -> tuple[Journey, bool]:
    """The journey that came with the request, and whether it has expired.

    Raises JourneyTampered where it is not one of ours, and VisitorError where it is longer than any of ours could be.
    """
    token = given.get("journey", "")
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise VisitorError(status, problem)
    try:
        return _current(services().seal.open(token)), False
    except JourneyExpired as error:
        return _current(error.journey), True


def _current(journey: Journey) -> Journey:
    """The journey that the current request is about, in the language that its address asks for.

    Its browser may send Global Privacy Control by now; a journey that was fetched ahead is counted by now.
    """
    tracking.about(journey)
    if journey.burst == "unchecked":
        journey = _counted(journey)
    journey = journey.with_gpc() if sources.sends_gpc() and not journey.gpc else journey
    return replace(journey, locale=services().asked_locale() or journey.locale)


def _new_journey() -> Journey:
    made = services()
    prefill = {step.name: request.args[step.name] for step in made.flow.steps if step.name in request.args}
    journey = new_journey(made.flow, made.accepted_locale(), prefill, sources.attribution(), made.clock())
    is_preview = request.args.get("preview") == "1"
    return _current(_counted(replace(journey, campaign=sources.campaign(request.args), is_preview=is_preview)))


def _continued(journey: Journey) -> Journey:
    """The journey that goes on from an expired one, with its answers kept; a new one, so it counts as one."""
    return _counted(journey.continued(services().flow, services().clock()))


def _counted(journey: Journey) -> Journey:
    """A journey that is new, or was fetched ahead, once it is counted for its network; a preview is nobody's."""
    return journey if journey.is_preview else services().new_journeys.counted(journey, is_ahead=tracking.is_ahead())


def _address(journey: Journey, step: str | None = None) -> str:
    return url_for("visitor.show", journey=services().seal.seal(journey), step=step)


def _see_other(journey: Journey) -> AnyResponse:
    return redirect(_address(journey), 303)


def _form(journey: Journey, step: Step, *, served_ms: int = 0, submitted: bool = False) -> StepForm:
    made = services()
    choices = step.offered(made.flow.walk(journey.answers).answers)
    context = FormContext(made.seal, journey, step.name, served_ms)
    return step_form(step, choices, made.wording(journey.locale), context, request.form if submitted else None)


def _page(journey: Journey, revisited: str | None = None, *, is_new: bool) -> Response:
    """The question that the journey is at, or one that it goes back to, or else its result."""
    made = services()
    walk = made.flow.walk(journey.answers)
    step = made.flow.asked(journey.answers, revisited) or walk.step
    if step:
        page = _question(journey, step, made.clock())
        tracking.question_viewed(journey, step.name, is_new=is_new)
    else:
        outcome = made.strategy.outcome(walk.answers)
        page = _result(journey, outcome)
        tracking.result_viewed(journey, outcome, is_new=is_new)
    return page


def _refused_answer(journey: Journey, step: Step, form: StepForm, served_ms: int) -> Response:
    """The question again, with what was wrong; it counts as the page that was served first."""
    page = _question(journey, step, served_ms, str(form.answer.errors[0]))
    tracking.refused_answer(journey, step.name, form.error)
    return page


def _question(journey: Journey, step: Step, served_ms: int, error: str | None = None) -> Response:
    made = services()
    wording = made.wording(journey.locale)
    stage = progress(made.flow, step, journey.answers)
    page = render_template(
        "visitor/question.html",
        **_common(journey),
        step=step,
        form=_form(journey, step, served_ms=served_ms),
        token=made.seal.seal(journey),
        progress=stage,
        progress_text=stage.text(wording),
        back=_back(journey, step),
        error=error,
        here=lambda: _address(journey, step.name),
        shown=lambda: tracking.question_shown(journey, step.name, index=stage.number - 1, has_error=error is not None),
    )
    return make_response(page, 422 if error else 200)


def _back(journey: Journey, step: Step) -> str | None:
    """Where Back leads: to the result where there is one, else to the question before, if there was one."""
    walk = services().flow.walk(journey.answers)
    if walk.step is None:
        return _address(journey)
    asked = [*walk.answers, walk.step.name]
    position = asked.index(step.name)
    return _address(journey, asked[position - 1]) if position else None


def _result(journey: Journey, outcome: Outcome) -> Response:
    made = services()
    texts = result(outcome, made.wording(journey.locale))
    trial = journey.with_answers(made.flow, texts.local_trial, journey.answered_ms) if texts.local_trial else None
    page = render_template(
        "visitor/result.html",
        **_common(journey),
        outcome=outcome,
        result=texts,
        token=made.seal.seal(journey),
        trial=_address(trial) if trial else None,
        share=f"{made.own_origin()}/?{urlencode({**outcome.answers, **as_preview()})}",
        here=lambda: _address(journey),
        shown=lambda: tracking.result_shown(journey, outcome),
    )
    return make_response(page)


def _common(journey: Journey) -> dict[str, object]:
    """What every page of a journey shows."""
    made = services()
    return {
        **dressed(),
        "wording": made.wording(journey.locale),
        "indexable": _is_indexable(),
        "own_origin": made.own_origin(),
        "embeddable": sources.embeddable(),
        "continued": journey.entry == "continued" and journey.answered_ms == journey.started_ms,
    }
