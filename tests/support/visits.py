"""Visits through the real questionnaire as appends to the log: scripted, or drawn by Hypothesis."""

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
from wizard.questionnaire.flow import Choice
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.rules import Answers
from wizard.questionnaire.strategy import LOCAL_TRIAL, STRATEGY, Outcome, offers_local_trial

STEPS = tuple(step.name for step in QUESTIONS.steps)
DAY_MS = 86_400_000
BEGAN_MS = 20_000 * DAY_MS - 60_000
"""A minute before midnight (UTC), so that visits continue on another day."""


@dataclass(frozen=True)
class Request:
    """The events that one request appends."""

    asked: tuple[Event, ...]
    implied: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page: the answers and turn of its journey, and its step; None for the result."""

    answers: Answers
    turn: int
    step: str | None

    @property
    def outcome(self) -> Outcome:
        """The outcome on a result page."""
        return STRATEGY.outcome(QUESTIONS.walk(self.answers).answers)


@dataclass
class Visitor:
    """A visitor. Each action adds to `requests`, and takes `pace_ms`."""

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
        """The current page."""
        return self.pages[-1]

    @property
    def events(self) -> list[Event]:
        """The events of all requests, including duplicates, implied events first."""
        return [event for request in self.requests for event in (*request.implied, *request.asked)]

    def arrive(self, *, logged: bool = True) -> "Visitor":
        """Load the first page. If not `logged`, the request adds no events, as a prefetch."""
        self.pages.append(_page(QUESTIONS.fitting(self.prefilled), 0))
        return self._record(WizardView(self._context(self.page)), _view(self), logged=logged)

    def answer(self, choice: str, *, logged: bool = True) -> "Visitor":
        """Send the page's form, and go to the next page. An unchanged answer is not an event."""
        before, step = self.page, self._step
        assert choice in [each.id for each in _offered(before)], f"{step} offers no {choice}"
        if before.answers.get(step) != choice:
            answers = QUESTIONS.fitting({**before.answers, step: choice})
            after = replace(before, answers=answers, turn=before.turn + 1)
            event = QuestionAnswer(self._context(after), step, choice, max(0, self.pace_ms))
            self._record(event, implied=(*self._first_view(), _view(self)))
            return self._land(_page(after.answers, after.turn), logged=logged)
        return self._land(_page(before.answers, before.turn), logged=logged)

    def err(self, error: str = "missing") -> "Visitor":
        """Send the page's form with no choice or an invalid one."""
        event = QuestionError(self._context(self.page), self._step, error)
        return self._record(event, implied=(*self._first_view(), _view(self)))

    def reload(self) -> "Visitor":
        """Fetch the page again."""
        return self._land(self.page)

    def back_to(self, step: str) -> "Visitor":
        """Follow a link of the page back to an answered step."""
        return self._land(replace(self.page, step=step))

    def browser_back(self, pages: int = 1) -> "Visitor":
        """Press the browser's Back: an earlier page without a request."""
        self.pages.append(self.pages[-1 - pages])
        return self

    def try_locally(self) -> "Visitor":
        """Follow the result's link to the local trial."""
        news = {step: choice for step, choice in LOCAL_TRIAL.items() if self.page.answers.get(step) != choice}
        return self._land(_page(QUESTIONS.fitting({**self.page.answers, **news}), self.page.turn + len(news)))

    def click(self, deployment: str) -> "Visitor":
        """Click a recommendation link of the result."""
        recommended = self.page.outcome.recommendation.recommended
        position: Position = "recommended" if deployment == recommended else "alternative"
        event = CtaClick(self._context(self.page), deployment, position)
        return self._record(event, implied=(*self._first_view(), _view(self)))

    def convert(self, deployment: str, value: float | None = None) -> "Visitor":
        """Sign up. The conversion has the journey's attribution, but no turn, answers or device."""
        context = replace(self._context(self.page), turn=0, answers={}, device="unknown")
        return self._record(Conversion(context, deployment, value))

    def _land(self, page: Page, *, logged: bool = True) -> "Visitor":
        self.pages.append(page)
        return self._record(_view(self), implied=tuple(self._first_view()), logged=logged)

    def _record(self, *asked: Event, implied: Sequence[Event] = (), logged: bool = True) -> "Visitor":
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


def first_by_id(events: Iterable[Event]) -> dict[str, Event]:
    """The first event of each id, by id."""
    found: dict[str, Event] = {}
    for event in events:
        found.setdefault(event.event_id, event)
    return found


# --- drawn by Hypothesis

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
    "retag",
)


def play(visitor: Visitor, move: str, number: int) -> None:
    """Make one of `MOVES`, varied by `number`. Moves that are impossible on the current page do nothing."""
    page = visitor.page
    if move == "retag":
        visitor.attribution = LATER_ATTRIBUTIONS[number % len(LATER_ATTRIBUTIONS)]
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

LATER_ATTRIBUTIONS = tuple(
    Attribution(utm_source="news", utm_campaign=campaign) for campaign in ("pricing", "spring", "")
)
"""Attributions that an embedding page may report during a visit."""


@st.composite
def visits(draw: st.DrawFn, journey_id: str = "journey-1") -> Visitor:
    """A visit with random moves: fresh, prefilled by a link, or continued from an expired journey."""
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
