"""What pages show, as plain data; the templates lay it out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wizard.questionnaire.flow import Choice, Flow, Step
from wizard.questionnaire.rules import Answers
from wizard.questionnaire.strategy import LOCAL_TRIAL, Deployment, Outcome, Strategy, offers_local_trial
from wizard.questionnaire.wording import COMPARED, Wording


@dataclass(frozen=True, slots=True)
class Progress:
    """The number of a question, and the fewest and the most questions that there may be in all."""

    number: int
    fewest: int
    most: int

    def text(self, wording: Wording) -> str:
        """The progress as the page shows it: `Question 1 of 2 or 3`."""
        if self.fewest == self.most:
            return wording.text("question.progress", number=self.number, total=self.most)
        return wording.text("question.progress_open", number=self.number, fewest=self.fewest, most=self.most)


def progress(flow: Flow, step: Step, answers: Answers) -> Progress:
    """Which question `step` is for somebody who has given `answers`, and how many there are in all."""
    walked = list(flow.walk(answers).answers)
    before = walked.index(step.name) if step.name in walked else len(walked)
    fewest, most = flow.still_asked(step, answers)
    return Progress(before + 1, before + fewest, before + most)


@dataclass(frozen=True, slots=True)
class ShownChoice:
    """A choice of a question, and whether it is selected."""

    value: str
    label: str
    selected: bool


def choices(step: Step, offered: Iterable[Choice], selected: str | None, wording: Wording) -> tuple[ShownChoice, ...]:
    """The choices `offered` at `step`, the one with the id `selected` selected."""
    base = f"questions.{step.name}.choices"
    return tuple(
        ShownChoice(choice.id, wording.text(f"{base}.{choice.id}.label"), choice.id == selected) for choice in offered
    )


@dataclass(frozen=True, slots=True)
class TitledText:
    """A heading and its text."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownDeployment:
    """A deployment with its recommendation link."""

    deployment: Deployment
    name: str
    place: str
    summary: str
    action: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ComparedDeployment:
    """The head of a column of the comparison. `why_not` says why it is not offered; "" if it is."""

    deployment: Deployment
    name: str
    is_recommended: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A row of the comparison: what is compared, and its cell for each deployment."""

    id: str
    title: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The table of all deployments, side by side."""

    deployments: tuple[ComparedDeployment, ...]
    rows: tuple[ComparedRow, ...]


def comparison(outcome: Outcome, strategy: Strategy, wording: Wording) -> Comparison:
    """All deployments side by side, for the visitor with this outcome."""
    blank = strategy.not_offered(outcome.column)
    deployments = tuple(strategy.matrix)
    heads = tuple(
        ComparedDeployment(
            deployment,
            wording.text(f"deployments.{deployment}.name"),
            deployment == outcome.recommendation.recommended,
            wording.text(f"comparison.why_not.{outcome.column}.{deployment}") if deployment in blank else "",
        )
        for deployment in deployments
    )
    rows = tuple(
        ComparedRow(
            row,
            wording.text(f"comparison.rows.{row}"),
            tuple(wording.text(f"comparison.{deployment}.{row}") for deployment in deployments),
        )
        for row in COMPARED
    )
    return Comparison(heads, rows)


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """A question and the answer that the visitor gave to it."""

    step: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Result:
    """The result page."""

    persona: str
    title: str
    summary: str
    recommended: ShownDeployment
    reasons: tuple[TitledText, ...]
    alternatives: tuple[ShownDeployment, ...]
    declined: tuple[TitledText, ...]
    given: tuple[GivenAnswer, ...]
    local_trial: Answers | None


def result(outcome: Outcome, wording: Wording) -> Result:
    """The texts of an outcome, with the visitor's answers filled in."""
    named = wording.named(outcome.answers)
    persona, recommendation = outcome.persona, outcome.recommendation
    recommended = f"recommendations.{persona}.{recommendation.recommended}"
    return Result(
        persona=wording.text(f"personas.{persona}.name", **named),
        title=wording.text(f"{recommended}.title", **named),
        summary=wording.text(f"summaries.{outcome.summary}", **named),
        recommended=_deployment(wording, recommendation.recommended, recommended, named),
        reasons=tuple(_titled_text(wording, f"reasons.{reason}", named) for reason in recommendation.reasons),
        alternatives=tuple(
            _deployment(wording, deployment, f"alternatives.{persona}.{deployment}", named, with_text=True)
            for deployment in recommendation.alternatives
        ),
        declined=tuple(
            _titled_text(wording, f"declined.{persona}.{deployment}", named) for deployment in recommendation.declined
        ),
        given=tuple(
            GivenAnswer(
                step, wording.text(f"questions.{step}.title"), wording.text(f"questions.{step}.choices.{choice}.label")
            )
            for step, choice in outcome.answers.items()
        ),
        local_trial=LOCAL_TRIAL if offers_local_trial(recommendation) else None,
    )


def _titled_text(wording: Wording, base: str, named: Mapping[str, str]) -> TitledText:
    return TitledText(wording.text(f"{base}.title", **named), wording.text(f"{base}.text", **named))


def _deployment(
    wording: Wording, deployment: Deployment, base: str, named: Mapping[str, str], *, with_text: bool = False
) -> ShownDeployment:
    about = f"deployments.{deployment}"
    return ShownDeployment(
        deployment,
        name=wording.text(f"{about}.name"),
        place=wording.text(f"{about}.place"),
        summary=wording.text(f"{about}.summary"),
        action=wording.text(f"{base}.action", **named),
        text=wording.text(f"{base}.text", **named) if with_text else "",
    )
