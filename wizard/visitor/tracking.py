"""Records the events of a request, and those that they imply.

A page may be viewed without a request at that time, if it was prerendered. So an action on a page implies that the page
was viewed, and on the first page of a journey, that the wizard was.
"""

from collections.abc import Sequence
from dataclasses import replace

from flask import g, request

from wizard.events.model import (
    Context,
    CtaClick,
    Event,
    Position,
    QuestionAnswer,
    QuestionError,
    QuestionView,
    ResultView,
    WizardView,
)
from wizard.intake.user_agents import PREFETCH_HEADERS, device, is_bot, is_prefetch
from wizard.questionnaire.strategy import Outcome
from wizard.visitor import refused_frames
from wizard.visitor.journey import Journey
from wizard.visitor.page_requests import is_unconfirmed_frame, uncounted_reason
from wizard.visitor.presenting import is_preview
from wizard.visitor.services import services
from wizard.web.request_values import RequestHeaders, environ_key, header

VIEW_DIGITS = 16
MOMENT = "wizard.moment_ms"
"""The key of the WSGI environment under which the time of the request is cached."""

HEADERS = RequestHeaders()
PREFETCH_KEYS = frozenset(environ_key(name) for name, _ in PREFETCH_HEADERS)


def begin(journey: Journey) -> None:
    """Set the journey of the current request. Events of previews are not recorded."""
    g.is_preview = journey.is_preview


def view_reference(view: Event) -> str:
    """The reference of a view for the host page: the first digits of its event id."""
    return view.event_id[:VIEW_DIGITS]


def question_view(journey: Journey, step: str) -> QuestionView:
    """The event of the page of `step` being viewed."""
    return QuestionView(_context(journey), step)


def result_view(journey: Journey, outcome: Outcome) -> ResultView:
    """The event of the result being viewed."""
    recommendation = outcome.recommendation
    return ResultView(_context(journey), outcome.persona, recommendation.recommended, recommendation.declined)


def record_view(journey: Journey, view: Event, *, is_new: bool) -> None:
    """A page is served; with `is_new`, as the first of its journey."""
    first = _first_view(journey, view.context)
    _record([*first, view] if is_new else [view], () if is_new else first)


def record_answer(before: Journey, after: Journey, step: str, served_ms: int) -> None:
    """An answer to `step` turns the journey `before` into `after`; the page was served at `served_ms`."""
    if after.turn == before.turn:
        _count_repeated()
        return
    context = _context(after)
    elapsed_ms = context.ts_ms - served_ms
    if not context.suspect and 0 <= elapsed_ms < services().settings.suspect_answer_ms:  # below 0, clocks differ
        context = replace(context, suspect="fast")
    event = QuestionAnswer(context, step, after.answers[step], max(0, elapsed_ms))
    viewed = question_view(before, step)
    _record([event], [*_first_view(before, viewed.context), viewed])


def _count_repeated() -> None:
    """Count an answer that the journey has already."""
    if _counts() and not _count_uncounted(1):
        services().recorder.count("duplicate")


def record_refused_answer(journey: Journey, view: QuestionView, error: str) -> None:
    """An answer to the page of `view` is refused, as `missing` or `invalid`."""
    _record([QuestionError(view.context, view.step, error)], [*_first_view(journey, view.context), view])


def record_click(journey: Journey, outcome: Outcome, deployment: str) -> None:
    """The recommendation link to `deployment` is followed from the result."""
    position: Position = "recommended" if deployment == outcome.recommendation.recommended else "alternative"
    viewed = result_view(journey, outcome)
    _record([CtaClick(viewed.context, deployment, position)], [*_first_view(journey, viewed.context), viewed])


def count_rejected(reason: str) -> None:
    """A request that would have been an event is refused."""
    if _counts():
        services().recorder.count("rejected", reason)


def _first_view(journey: Journey, context: Context) -> list[Event]:
    """The view of the wizard, which a page implies if it is the first of its journey."""
    return [WizardView(context)] if journey.turn == 0 else []


def _record(asked: Sequence[Event], implied: Sequence[Event] = ()) -> None:
    """Record the events, or count them."""
    if _counts() and not is_unconfirmed_frame() and not _count_uncounted(len(asked)):
        services().recorder.record(asked, implied)


def _count_uncounted(events: int) -> bool:
    """Whether the current request is a bot's or not for a page; its `events` are then counted in the ledger."""
    if is_bot(header("User-Agent")):
        services().recorder.count("bot", events=events)
        return True
    if reason := uncounted_reason():
        services().recorder.count("rejected", reason, events=events, site=refused_frames.noted(reason))
        return True
    return False


def _counts() -> bool:
    """Whether the current request counts: it is not HEAD, not a prefetch, and not a preview's."""
    return not is_ahead() and not is_preview()


def is_ahead() -> bool:
    """Whether the current request is HEAD or a prefetch, whose response nobody sees yet."""
    environ = request.environ
    return environ["REQUEST_METHOD"] == "HEAD" or (not PREFETCH_KEYS.isdisjoint(environ) and is_prefetch(HEADERS))


def _context(journey: Journey) -> Context:
    made = services()
    return Context(
        journey_id=journey.id,
        ts_ms=_moment_ms(),
        turn=journey.turn,
        answers=journey.answers,
        entry=journey.entry,
        continued_from=journey.continued_from,
        flow_version=journey.flow_version,
        wording_version=made.wording_set().version,
        locale=journey.locale,
        device=device(header("User-Agent"), HEADERS),
        attribution=journey.source,
        gpc=int(journey.gpc),
        suspect="burst" if journey.burst == "burst" else "",
    )


def _moment_ms() -> int:
    """The time of the current request, the same for all of its events."""
    environ = request.environ
    if MOMENT not in environ:
        environ[MOMENT] = services().clock()
    found: int = environ[MOMENT]
    return found
