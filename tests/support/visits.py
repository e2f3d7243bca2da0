"""Visits through the real questionnaire, as the requests that the log is handed: one by one, or drawn by Hypothesis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from wizard.events.attribution import Attribution
from wizard.events.model import (
    Context,
    Conversion,
    CtaClick,
    Device,
    Entry,
    Event,
    Position,
    QuestionAnswer,
    QuestionError,
    QuestionView,
    ResultView,
    Suspicion,
    WizardView,
)
from wizard.questionnaire.flow import Answers, Choice
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import LOCAL_TRIAL, STRATEGY, Outcome, offers_local_trial

STEPS = tuple(step.name for step in QUESTIONS.steps)
DAY_MS = 86_400_000
BEGAN_MS = 20_000 * DAY_MS - 60_000
"""A minute before a midnight, UTC, so that visits go on into another day."""


@dataclass(frozen=True)
class Request:
    """What the log is handed for one request of a visitor."""

    asked: tuple[Event, ...]
    implied: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page that a visitor has before them: the journey that is sealed in it, and the step; None is the result."""

    answers: Answers
    turn: int
    step: str | None

    @property
    def outcome(self) -> Outcome:
        """What the answers come to, on a result page."""
        return STRATEGY.outcome(QUESTIONS.walk(self.answers).answers)


@dataclass
class Visitor:
    """Somebody who goes through the questionnaire. What they do adds to `requests`, and takes a second unless told."""

    journey_id: str = "journey-1"
    entry: Entry = "fresh"
    prefilled: Answers = field(default_factory=dict)
    continued_from: str = ""
    attribution: Attribution = field(default_factory=Attribution)
    device: Device = "desktop"
    wording_version: str = "abcd1234"
    gpc: int = 0
    suspect: Suspicion = ""
    now_ms: int = BEGAN_MS
    pace_ms: int = 1000
    requests: list[Request] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    @property
    def page(self) -> Page:
        """The page that they look at."""
        return self.pages[-1]

    @property
    def events(self) -> list[Event]:
        """Every event of theirs, as often as it was handed over, what is implied before what implies it."""
        return [event for request in self.requests for event in (*request.implied, *request.asked)]

    def arrive(self, *, logged: bool = True) -> "Visitor":
        """Load the first page; one that is not `logged` was served ahead of them, with nobody there."""
        self.pages.append(_page(QUESTIONS.fitting(self.prefilled), 0))
        return self._told(WizardView(self._context(self.page)), _view(self), logged=logged)

    def answer(self, choice: str, *, logged: bool = True) -> "Visitor":
        """Send the page's form, and land on the page that it leads to; the same answer again is no event."""
        before, step = self.page, self._step
        assert choice in [each.id for each in _offered(before)], f"{step} offers no {choice}"
        if before.answers.get(step) != choice:
            answers = QUESTIONS.fitting({**before.answers, step: choice})
            after = replace(before, answers=answers, turn=before.turn + 1)
            event = QuestionAnswer(self._context(after), step, choice, max(0, self.pace_ms))
            self._told(event, implied=(*self._first_view(), _view(self)))
            return self._land(_page(after.answers, after.turn), logged=logged)
        return self._land(_page(before.answers, before.turn), logged=logged)

    def err(self, error: str = "missing") -> "Visitor":
        """Send the page's form with nothing chosen, or something that can't be."""
        event = QuestionError(self._context(self.page), self._step, error)
        return self._told(event, implied=(*self._first_view(), _view(self)))

    def reload(self) -> "Visitor":
        """Fetch the page again."""
        return self._land(self.page)

    def back_to(self, step: str) -> "Visitor":
        """Follow the page's own link back to an answered step, or that of the result to change an answer."""
        return self._land(replace(self.page, step=step))

    def browser_back(self, pages: int = 1) -> "Visitor":
        """Press the browser's Back: an earlier page as it was, and no request at all."""
        self.pages.append(self.pages[-1 - pages])
        return self

    def try_locally(self) -> "Visitor":
        """Follow the result's link to the local trial."""
        news = {step: choice for step, choice in LOCAL_TRIAL.items() if self.page.answers.get(step) != choice}
        return self._land(_page(QUESTIONS.fitting({**self.page.answers, **news}), self.page.turn + len(news)))

    def click(self, deployment: str) -> "Visitor":
        """Follow a way out of the result."""
        recommended = self.page.outcome.recommendation.recommended
        position: Position = "recommended" if deployment == recommended else "alternative"
        event = CtaClick(self._context(self.page), deployment, position)
        return self._told(event, implied=(*self._first_view(), _view(self)))

    def convert(self, deployment: str, value: float | None = None) -> "Visitor":
        """Sign up; the destination knows the journey alone, whose row knows where it came from."""
        context = replace(self._context(self.page), turn=0, answers={}, device="unknown")
        return self._told(Conversion(context, deployment, value))

    def _land(self, page: Page, *, logged: bool = True) -> "Visitor":
        self.pages.append(page)
        return self._told(_view(self), implied=tuple(self._first_view()), logged=logged)

    def _told(self, *asked: Event, implied: Sequence[Event] = (), logged: bool = True) -> "Visitor":
        self.now_ms += self.pace_ms
        if logged:
            self.requests.append(Request(asked, tuple(implied)))
        return self

    def _first_view(self) -> list[Event]:
        return [WizardView(self._context(self.page))] if self.page.turn == 0 else []

    @property
    def _step(self) -> str:
        assert self.page.step, "a result has no question"
        return self.page.step

    def _context(self, page: Page) -> Context:
        return Context(
            journey_id=self.journey_id,
            ts_ms=self.now_ms,
            turn=page.turn,
            answers=page.answers,
            entry=self.entry,
            continued_from=self.continued_from,
            flow_version=QUESTIONS.version,
            wording_version=self.wording_version,
            locale="en",
            device=self.device,
            attribution=self.attribution,
            gpc=self.gpc,
            suspect=self.suspect,
        )


def _page(answers: Answers, turn: int) -> Page:
    step = QUESTIONS.walk(answers).step
    return Page(answers, turn, step.name if step else None)


def _offered(page: Page) -> Sequence[Choice]:
    return QUESTIONS.by_name[str(page.step)].offered(QUESTIONS.walk(page.answers).answers)


def _view(visitor: Visitor) -> Event:
    page, context = visitor.page, visitor._context(visitor.page)  # noqa: SLF001  # its own
    if page.step:
        return QuestionView(context, page.step)
    recommendation = page.outcome.recommendation
    return ResultView(context, page.outcome.persona, recommendation.recommended, recommendation.declined)


def first_tellings(events: Iterable[Event]) -> dict[str, Event]:
    """Each event as it was told first, by its id."""
    told: dict[str, Event] = {}
    for event in events:
        told.setdefault(event.event_id, event)
    return told


# --- drawn

MOVES = (
    "answer",
    "answer",
    "answer",
    "unseen",
    "err",
    "reload",
    "back",
    "browser back",
    "try",
    "click",
    "convert",
    "tell",
)


def play(visitor: Visitor, move: str, number: int) -> None:
    """Make one of `MOVES`, in the way that `number` picks; what can't be done on their page is left."""
    page = visitor.page
    if move == "tell":
        visitor.attribution = TOLD[number % len(TOLD)]
    elif move == "reload":
        visitor.reload()
    elif move == "browser back":
        visitor.browser_back(number % len(visitor.pages) if len(visitor.pages) > 1 else 0)
    elif move == "back" and page.answers:
        walked = [*QUESTIONS.walk(page.answers).answers]
        if walked:
            visitor.back_to(walked[number % len(walked)])
    elif page.step:
        _on_question(visitor, page, move, number)
    else:
        _on_result(visitor, page, move, number)


def _on_question(visitor: Visitor, page: Page, move: str, number: int) -> None:
    if move in ("answer", "unseen"):
        offered = _offered(page)
        visitor.answer(offered[number % len(offered)].id, logged=move == "answer")
    elif move == "err":
        visitor.err(("missing", "invalid")[number % 2])


def _on_result(visitor: Visitor, page: Page, move: str, number: int) -> None:
    recommendation = page.outcome.recommendation
    if move == "try" and offers_local_trial(recommendation):
        visitor.try_locally()
    elif move == "click":
        visitor.click(recommendation.offered[number % len(recommendation.offered)])
    elif move == "convert":
        visitor.convert(recommendation.recommended, (None, 0.1, 0.2, 49.0)[number % 4])


PACES_MS = st.sampled_from([1000, 0, 1, 90_000, 86_400_000, -5])  # another server's clock may be behind
TEXTS = st.sampled_from(["", "news", "spring 🌱", 'o\'hara "x" \\ %s'])
PREFILLED = st.fixed_dictionaries(
    {}, optional={step.name: st.sampled_from([choice.id for choice in step.choices]) for step in QUESTIONS.steps}
)

TOLD = tuple(Attribution(utm_source="news", utm_campaign=campaign) for campaign in ("pricing", "spring", ""))
"""What a page around may tell in the course of a visit."""


@st.composite
def visits(draw: st.DrawFn, journey_id: str = "journey-1") -> Visitor:
    """A visit: fresh, from a link with answers in it or from an expired one, with anything that people do in it."""
    answers = draw(st.just({}) | PREFILLED)
    is_continued = draw(st.booleans()) if answers else False
    visitor = Visitor(
        journey_id=journey_id,
        entry="continued" if is_continued else "prefilled" if answers else "fresh",
        continued_from="journey-0" if is_continued else "",
        prefilled=answers,
        attribution=Attribution(utm_source=draw(TEXTS), referrer_host=draw(TEXTS)),
        device=draw(st.sampled_from(["mobile", "unknown"])),
    ).arrive(logged=draw(st.integers(0, 5)) > 0)
    for move, number, pace_ms in draw(
        st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 11), PACES_MS), max_size=14)
    ):
        visitor.pace_ms = pace_ms
        play(visitor, move, number)
    return visitor
