"""The questions on the overview: what visitors did at each, their answers, and prefilled links."""

from collections.abc import Mapping
from dataclasses import dataclass

from wizard.analytics.overview import Overview
from wizard.analytics.rates import Rate
from wizard.analytics.stages import PREFILLED
from wizard.analytics.step_figures import StepFigures
from wizard.dashboard.labels import Names, duration, percent, plural
from wizard.dashboard.overview.view_figures import Share, share_of
from wizard.dashboard.overview.view_links import Links, Number
from wizard.questionnaire.flow import Flow

DID = ("went_back", "met_error", "changed", "left")


@dataclass(frozen=True, slots=True)
class StepRow:
    """One question: its own visitors, what they did (each with its share of them), and how long they took."""

    name: str
    reached: Number
    answered: Number
    share: Share
    did: tuple[tuple[Number, str], ...]
    median: str
    p90: str


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer to a question: who gave it last, and their share of all who answered."""

    label: str
    number: Number
    share: str
    width: str


@dataclass(frozen=True, slots=True)
class Answered:
    """One question as it is asked, and its answers."""

    step: str
    question: str
    total: int
    answers: tuple[AnswerRow, ...]


def steps_of(overview: Overview, links: Links, names: Names) -> tuple[StepRow, ...]:
    """The questions, in the flow's order."""
    return tuple(_step(figures, links, names) for figures in overview.now.steps)


def answers_of(overview: Overview, links: Links, names: Names, flow: Flow) -> tuple[Answered, ...]:
    """Each question's answers, in the order in which they are offered; those that are no longer offered come last."""
    order = [*flow.by_name, *sorted(overview.answers.keys() - flow.by_name.keys())]
    return tuple(_answered(step, overview.answers.get(step, {}), links, names, flow) for step in order)


def prefilled_of(overview: Overview, links: Links) -> tuple[tuple[Number, str], ...]:
    """What visitors of prefilled links reached without an answer of their own: so many of each noun; empty without."""
    unstarted = overview.now.unstarted
    if not unstarted["finished"]:
        return ()
    numbers = {key: links.journeys(unstarted[key], ("outcome", each.outcome)) for key, each in PREFILLED.items()}
    return tuple((numbers[key], plural(unstarted[key], each.noun)) for key, each in PREFILLED.items())


def _step(figures: StepFigures, links: Links, names: Names) -> StepRow:
    def number(what: str, count: int) -> Number:
        return links.journeys(count, ("did", f"{figures.step}.{what}"))

    counts = {**figures.wanderings._asdict(), "left": figures.reached - figures.answered}
    return StepRow(
        names.step(figures.step),
        number("reached", figures.reached),
        number("answered", figures.answered),
        share_of(figures.of_reached(figures.answered), "those who reached the question"),
        tuple((number(what, counts[what]), percent(figures.of_reached(counts[what]))) for what in DID),
        duration(figures.times.median_ms),
        duration(figures.times.p90_ms),
    )


def _answered(step: str, counts: Mapping[str, int], links: Links, names: Names, flow: Flow) -> Answered:
    offered = [choice.id for choice in flow.by_name[step].choices] if step in flow.by_name else []
    total = sum(counts.values())
    rows = []
    for choice in [*offered, *sorted(counts.keys() - set(offered))]:
        rate = Rate(counts.get(choice, 0), total)
        number = links.journeys(rate.count, ("answer", f"{step}.{choice}"))
        rows.append(AnswerRow(names.answer(step, choice), number, percent(rate), f"{100 * (rate.rate or 0):.1f}%"))
    return Answered(step, names.question(step), total, tuple(rows))
