"""What the pages show, as plain data made from a journey; the templates only lay it out."""

from collections.abc import Mapping
from dataclasses import dataclass

from wizard.questionnaire.flow import Answers, Flow, Step
from wizard.questionnaire.strategy import LOCAL_TRIAL, Deployment, Outcome, offers_local_trial
from wizard.questionnaire.wording import Wording


@dataclass(frozen=True, slots=True)
class Progress:
    """Which question this is, of how many; on a branching flow the number may not be settled yet."""

    number: int
    fewest: int
    most: int

    def text(self, wording: Wording) -> str:
        """It in words, and honestly: `Question 1 of 2 or 3`."""
        if self.fewest == self.most:
            return wording.text("question.progress", number=self.number, total=self.most)
        return wording.text("question.progress_open", number=self.number, fewest=self.fewest, most=self.most)


def progress(flow: Flow, step: Step, answers: Answers) -> Progress:
    """How far `step` is, for somebody who has given `answers`, and what there is still to ask from there on."""
    walked = list(flow.walk(answers).answers)
    before = walked.index(step.name) if step.name in walked else len(walked)
    fewest, most = flow.still_asked(step, answers)
    return Progress(before + 1, before + fewest, before + most)


@dataclass(frozen=True, slots=True)
class TitledText:
    """A heading and what it says."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class WayOut:
    """A deployment that the visitor can go on to."""

    deployment: Deployment
    name: str
    place: str
    summary: str
    action: str
    text: str = ""


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
    recommended: WayOut
    reasons: tuple[TitledText, ...]
    alternatives: tuple[WayOut, ...]
    declined: tuple[TitledText, ...]
    given: tuple[GivenAnswer, ...]
    local_trial: Answers | None


def result(outcome: Outcome, wording: Wording) -> Result:
    """The words of one outcome, the visitor's own answers filled in."""
    named = wording.named(outcome.answers)
    persona, recommendation = outcome.persona, outcome.recommendation
    recommended = f"recommendations.{persona}.{recommendation.recommended}"
    return Result(
        persona=wording.text(f"personas.{persona}.name", **named),
        title=wording.text(f"{recommended}.title", **named),
        summary=wording.text(f"personas.{persona}.summary", **named),
        recommended=_way_out(wording, recommendation.recommended, recommended, named),
        reasons=tuple(_titled_text(wording, f"reasons.{reason}", named) for reason in recommendation.reasons),
        alternatives=tuple(
            _way_out(wording, deployment, f"alternatives.{persona}.{deployment}", named, with_text=True)
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


def _way_out(
    wording: Wording, deployment: Deployment, base: str, named: Mapping[str, str], *, with_text: bool = False
) -> WayOut:
    about = f"deployments.{deployment}"
    return WayOut(
        deployment,
        name=wording.text(f"{about}.name"),
        place=wording.text(f"{about}.place"),
        summary=wording.text(f"{about}.summary"),
        action=wording.text(f"{base}.action", **named),
        text=wording.text(f"{base}.text", **named) if with_text else "",
    )
