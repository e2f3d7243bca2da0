"""Tells the log what a request meant: which events it stands for, and which of them follow from one another.

A page may have been shown without our knowing (it was prerendered, and nobody was there yet). So whatever a person
does on a page implies that the page was viewed, and on the first page of a journey, that the wizard was.
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
from wizard.intake.user_agents import device, is_bot, is_prefetch
from wizard.questionnaire.strategy import Outcome
from wizard.visitor.journey import Journey
from wizard.visitor.page_requests import is_unconfirmed_frame, uncounted_reason
from wizard.visitor.presenting import is_preview
from wizard.visitor.services import services

VIEW_DIGITS = 16


def about(journey: Journey) -> None:
    """The current request is about `journey`; where that is a preview, nothing of it is told."""
    g.is_preview = journey.is_preview


def question_shown(journey: Journey, step: str, *, index: int, has_error: bool) -> dict[str, object]:
    """What a page around the frame is told of a question, the `index`th from 0."""
    shown = _told(QuestionView(_context(journey), step)) | {"step": step, "index": index}
    return shown | {"error": True} if has_error else shown


def result_shown(journey: Journey, outcome: Outcome) -> dict[str, object]:
    """What a page around the frame is told of the result."""
    recommended = outcome.recommendation.recommended
    return _told(_result_view(journey, outcome)) | {"persona": outcome.persona, "recommended": recommended}


def _told(view: Event) -> dict[str, object]:
    """A view by the start of the id that the log knows it by, so that it is one thing there and for the page around."""
    return {"view": view.event_id[:VIEW_DIGITS]}


def question_viewed(journey: Journey, step: str, *, is_new: bool) -> None:
    """The page of `step` is served; with `is_new`, as the first of its journey."""
    _viewed(journey, QuestionView(_context(journey), step), is_new=is_new)


def result_viewed(journey: Journey, outcome: Outcome, *, is_new: bool) -> None:
    """The result is served; with `is_new`, as the first page of its journey."""
    _viewed(journey, _result_view(journey, outcome), is_new=is_new)


def answered(before: Journey, after: Journey, step: str, served_ms: int) -> None:
    """An answer to `step` turns the journey `before` into `after`; the page was served at `served_ms`."""
    if after.turn == before.turn:
        repeated()
        return
    context = _context(after)
    elapsed_ms = context.ts_ms - served_ms
    if not context.suspect and 0 <= elapsed_ms < services().settings.suspect_answer_ms:  # below 0, clocks differ
        context = replace(context, suspect="fast")
    event = QuestionAnswer(context, step, after.answers[step], max(0, elapsed_ms))
    _note([event], [*_first_view(before), QuestionView(_context(before), step)])


def repeated() -> None:
    """Something that is known already: the answer that the journey has, given again."""
    if _counts() and not _count_uncounted(1):
        services().recorder.count("duplicate")


def refused_answer(journey: Journey, step: str, error: str) -> None:
    """An answer to `step` is refused, as `missing` or `invalid`."""
    context = _context(journey)
    _note([QuestionError(context, step, error)], [*_first_view(journey), QuestionView(context, step)])


def clicked(journey: Journey, outcome: Outcome, deployment: str) -> None:
    """The way out to `deployment` is followed from the result."""
    position: Position = "recommended" if deployment == outcome.recommendation.recommended else "alternative"
    event = CtaClick(_context(journey), deployment, position)
    _note([event], [*_first_view(journey), _result_view(journey, outcome)])


def refused(reason: str) -> None:
    """A request is refused, and would have been an event."""
    if _counts():
        services().recorder.count("rejected", reason)


def _viewed(journey: Journey, event: Event, *, is_new: bool) -> None:
    first = _first_view(journey)
    _note([*first, event] if is_new else [event], () if is_new else first)


def _first_view(journey: Journey) -> list[Event]:
    """The view of the wizard that a page implies while its journey has not gone on from the first."""
    return [WizardView(_context(journey))] if journey.turn == 0 else []


def _result_view(journey: Journey, outcome: Outcome) -> ResultView:
    recommendation = outcome.recommendation
    return ResultView(_context(journey), outcome.persona, recommendation.recommended, recommendation.declined)


def _note(asked: Sequence[Event], implied: Sequence[Event] = ()) -> None:
    """Record the events, or count them."""
    if _counts() and not is_unconfirmed_frame() and not _count_uncounted(len(asked)):
        services().recorder.record(asked, implied)


def _count_uncounted(events: int) -> bool:
    """Whether no person sees what the current request is answered with; then the ledger has so many events of it."""
    if is_bot(request.user_agent.string):
        services().recorder.count("bot", events=events)
        return True
    if reason := uncounted_reason():
        services().recorder.count("rejected", reason, events=events)
        return True
    return False


def _counts() -> bool:
    """Whether the current request is one for a page, by whomever: not for its headers alone, nor ahead of a visit.

    A preview is seen by whoever embeds us, and counts for nothing.
    """
    return not is_ahead() and not is_preview()


def is_ahead() -> bool:
    """Whether nobody sees the answer yet, or ever: a browser fetches it ahead, or asks for its headers alone."""
    return request.method == "HEAD" or is_prefetch(request.headers)


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
        wording_version=made.wording(journey.locale).version,
        locale=journey.locale,
        device=device(request.user_agent.string, request.headers),
        attribution=journey.source,
        gpc=int(journey.gpc),
        suspect="burst" if journey.burst == "burst" else "",
    )


def _moment_ms() -> int:
    """When the current request is: one moment for all that it stands for."""
    if "moment_ms" not in g:
        g.moment_ms = services().clock()
    return int(g.moment_ms)
