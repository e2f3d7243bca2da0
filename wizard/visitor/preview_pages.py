"""The pages that the studio previews: each question in each of its states, each result, each error page, the e-mail."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from wizard.questionnaire.flow import Flow, Step
from wizard.questionnaire.places import paths_with
from wizard.questionnaire.rules import Answers
from wizard.questionnaire.strategy import Outcome, Strategy
from wizard.questionnaire.wording import FORM, PROBLEMS, Wording, named_key, outcome_texts
from wizard.visitor.effort import Effort

Kind = Literal["question", "result", "problem", "email", "search"]
GROUPS: Mapping[Kind, str] = {
    "question": "Questions",
    "result": "Results",
    "problem": "Error pages",
    "email": "E-mail to a colleague",
    "search": "Search engines",
}
"""What a list of pages has them under."""

RESUMED = ("stale_form", "not_offered", "too_many")
"""The error pages whose button leads back to where the visitor was."""

TIMED = Effort("question.effort_seconds", 30)


@dataclass(frozen=True)
class PreviewPage:
    """A page to preview, with a title for lists.

    A question has its `step` and the `answers` before it; `error` is the end of the key of an error's text, `selected`
    the answer given before. A result and an e-mail have the `answers` of their path, an error page has its `problem`.
    """

    id: str
    title: str
    kind: Kind
    answers: Answers = field(default_factory=dict)
    step: str = ""
    error: Literal["", "missing", "invalid"] = ""
    selected: str | None = None
    effort: Effort | None = None
    is_continued: bool = False
    is_shared: bool = False
    problem: str = ""

    @property
    def group(self) -> str:
        """What a list of pages has it under."""
        return GROUPS[self.kind]


def pages(flow: Flow, strategy: Strategy, wording: Wording | None = None) -> tuple[PreviewPage, ...]:
    """Every page that can be previewed, in the order of a visit. Their titles have the words of `wording`, if given."""
    outcomes = tuple(strategy.outcome(path) for path in flow.paths)
    found = [
        page for step in flow.steps for page in _questions(flow, step, _text(wording, f"questions.{step.name}.title"))
    ]
    found += [_result(outcome, wording) for outcome in outcomes]
    found += [
        PreviewPage(f"problem.{problem}", _text(wording, f"problems.{problem}.title"), "problem", problem=problem)
        for problem in PROBLEMS
    ]
    found += _emails(outcomes, wording)
    return (*found, PreviewPage("search", "Search results and shared links", "search"))


def page_for(key: str, flow: Flow, strategy: Strategy, wording: Wording) -> str:
    """The id of the first page that shows the text of `key`, with texts as they are in `wording`."""
    base, _, form = key.partition(FORM)
    if found := _single(flow, strategy).get(base):
        return found
    table, *names = base.split(".")
    if table == "problems":
        return f"problem.{names[0]}"
    if table == "questions" and names[-1] != "named":
        state = f".{names[-1]}" if names[-1] in ("missing", "invalid") else ""
        return f"question.{names[0]}{state}"
    outcomes = paths_with(base, flow, strategy) or (strategy.outcome(flow.paths[0]),)
    return _result_for(base, form, outcomes, wording)


def _single(flow: Flow, strategy: Strategy) -> Mapping[str, str]:
    """The ids of pages by the key of a text that has a page for itself, or that several pages have in common."""
    first, last = f"question.{flow.steps[0].name}", f"question.{flow.steps[-1].name}"
    email = f"email.{strategy.outcome(flow.paths[0]).recommendation.recommended}"
    return {
        "site.name": first,
        "site.language": first,
        "site.preview": f"{first}.shared",
        "site.title": "search",
        "site.description": "search",
        "question.progress": last,
        "question.progress_open": first,
        "question.effort": f"{first}.untimed",
        "question.effort_seconds": first,
        "question.effort_minute": f"{first}.minute",
        "question.given": f"{first}.answered",
        "question.back": last,
        "question.continued": f"{last}.continued",
        "question.error_title": f"{first}.missing",
        "question.error_prefix": f"{first}.missing",
        "result.share_subject": email,
        "result.share_body": email,
        "problems.restart": "problem.bad_link",
        "problems.resume": "problem.stale_form",
    }


def _result_for(base: str, form: str, outcomes: tuple[Outcome, ...], wording: Wording) -> str:
    """The id of the first of these results; for the phrase of an answer, of the first that has it filled in."""
    for outcome in outcomes:
        for step, choice in outcome.answers.items():
            name = "{" + step + (f".{form}" if form else "") + "}"
            if base == named_key(step, choice) and any(name in _text(wording, key) for key in outcome_texts(outcome)):
                return _result_id(outcome)
    return _result_id(outcomes[0])


def _questions(flow: Flow, step: Step, title: str) -> Iterator[PreviewPage]:
    """The states of a question."""
    base, before = f"question.{step.name}", _answers_before(flow, step)
    is_first, is_last = step == flow.steps[0], step == flow.steps[-1]
    effort = TIMED if is_first else None
    yield PreviewPage(base, title, "question", before, step.name, effort=effort)
    if is_first:
        for name, shown, suffix in (
            ("untimed", Effort(), "no time known"),
            ("minute", Effort("question.effort_minute"), "about a minute"),
        ):
            yield PreviewPage(f"{base}.{name}", f"{title} ({suffix})", "question", before, step.name, effort=shown)
        yield PreviewPage(
            f"{base}.shared", f"{title} (as a preview)", "question", before, step.name, effort=effort, is_shared=True
        )
    yield PreviewPage(f"{base}.missing", f"{title} (nothing chosen)", "question", before, step.name, "missing")
    yield PreviewPage(f"{base}.invalid", f"{title} (unknown answer)", "question", before, step.name, "invalid")
    choice = step.offered(before)[0].id
    answered = {**before, step.name: choice}
    yield PreviewPage(
        f"{base}.answered", f"{title} (answered before)", "question", answered, step.name, selected=choice
    )
    if is_last:
        yield PreviewPage(
            f"{base}.continued", f"{title} (after a long pause)", "question", before, step.name, is_continued=True
        )


def _answers_before(flow: Flow, step: Step) -> Answers:
    """The answers on a path to `step` where it offers the most choices."""
    found = []
    for path in flow.paths:
        if step.name in path:
            names = list(path)
            found.append({name: path[name] for name in names[: names.index(step.name)]})
    return max(found, key=lambda answers: (len(step.offered(answers)), len(answers)))


def _result(outcome: Outcome, wording: Wording | None) -> PreviewPage:
    labels = (_text(wording, f"questions.{step}.choices.{id_}.label") for step, id_ in outcome.answers.items())
    return PreviewPage(_result_id(outcome), ", ".join(labels), "result", outcome.answers)


def _result_id(outcome: Outcome) -> str:
    return ".".join(("result", *outcome.answers.values()))


def _emails(outcomes: tuple[Outcome, ...], wording: Wording | None) -> list[PreviewPage]:
    """An e-mail for each deployment that is recommended to somebody."""
    first = {outcome.recommendation.recommended: outcome for outcome in reversed(outcomes)}
    return [
        PreviewPage(f"email.{name}", _text(wording, f"deployments.{name}.name"), "email", first[name].answers)
        for name in sorted(first)
    ]


def _text(wording: Wording | None, key: str) -> str:
    """The text of `key`; without one, what the key names, in words."""
    if wording and key in wording.texts:
        return wording.texts[key]
    names = [name for name in key.split(".") if name not in ("title", "label", "name")]
    return names[-1].replace("_", " ").capitalize()
