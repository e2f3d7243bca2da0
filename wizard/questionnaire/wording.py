"""The texts of a locale, and which texts a locale needs for a flow and a strategy.

Wording is separate from the flow, so that copy can be edited without code.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from string import Formatter

from wizard.languages import direction, number
from wizard.questionnaire.flow import Flow
from wizard.questionnaire.strategy import Column, Outcome, Strategy

Texts = Mapping[str, str]
"""Texts by dotted key, such as `questions.who.title`; further forms of one have `#` and their name after its key."""

FORM = "#"

Required = Mapping[str, frozenset[str]]
"""The placeholders that a text may use in braces, by dotted key."""

# The texts of the pages besides the questionnaire's, with their placeholders.
PAGE_TEXTS: Mapping[str, tuple[str, ...]] = {
    "site.name": (),
    "site.title": (),
    "site.description": (),
    "site.preview": (),
    "site.language": (),
    "question.progress": ("number", "total"),
    "question.progress_open": ("number", "fewest", "most"),
    "question.effort": ("fewest", "most"),
    "question.effort_seconds": ("fewest", "most", "seconds"),
    "question.effort_minute": ("fewest", "most"),
    "question.given": (),
    "question.back": (),
    "question.error_title": (),
    "question.error_prefix": (),
    "question.continued": (),
    "result.title": ("title",),
    "result.persona": ("persona", "deployment"),
    "result.why": (),
    "result.recommended": (),
    "result.alternative": (),
    "result.trial": (),
    "result.trial_action": (),
    "result.answers": (),
    "result.change": (),
    "result.change_this": ("question",),
    "result.share": (),
    "result.share_hint": (),
    "result.share_label": (),
    "result.share_open": (),
    "result.share_copy": (),
    "result.share_copied": (),
    "result.share_email": (),
    "result.share_subject": ("deployment",),
    "result.share_body": ("deployment", "link"),
    "result.restart": (),
    "comparison.title": (),
    "comparison.caption": (),
    "comparison.aspect": (),
    "comparison.recommended": (),
    "comparison.not_offered": (),
    "problems.restart": (),
    "problems.resume": (),
    "problems.server.reference": ("reference",),
}

COMPARED = ("runs_in", "maintained_by", "database", "volume", "takes", "moving", "for_whom")
"""The rows of the table that compares the deployments, in order."""

PROBLEMS = (
    "bad_link",
    "bad_request",
    "stale_form",
    "forbidden",
    "not_found",
    "not_offered",
    "method",
    "too_large",
    "too_long",
    "too_many",
    "too_many_answers",
    "server",
)
"""The kinds of error pages. Each has a title and a text."""


@dataclass(frozen=True)
class Wording:
    """The texts of one locale. `version` is that of all locales together, as they were loaded."""

    locale: str
    texts: Texts
    version: str = ""

    @cached_property
    def direction(self) -> str:
        """`rtl` where the language is written from right to left, else `ltr`."""
        return direction(self.locale)

    def text(self, key: str, **values: object) -> str:
        """The text of `key`, with its placeholders replaced by `values`; numbers are written as the language does.

        A placeholder `{who.dative}` is replaced by the value of that name. Raises KeyError on an unknown key.
        """
        return "".join(
            literal if name is None else literal + self._written(values[name])
            for literal, name, _, _ in Formatter().parse(self.texts[key])
        )

    def named(self, answers: Mapping[str, str]) -> Mapping[str, str]:
        """The answers as phrases, by step name, to fill into the placeholders of other texts: in each form."""
        found = {}
        for step, choice in answers.items():
            key = named_key(step, choice)
            found[step] = self.texts[key]
            for form in self.forms.get(step, ()):
                found[f"{step}.{form}"] = self.texts.get(f"{key}{FORM}{form}", self.texts[key])
        return found

    @cached_property
    def forms(self) -> Mapping[str, frozenset[str]]:
        """The forms that answers have besides the default one, by step name."""
        return forms_of(self.texts)

    def _written(self, value: object) -> str:
        return number(value, self.locale) if isinstance(value, int) else str(value)


def named_key(step: str, choice: str) -> str:
    """The key of a choice's form inside a sentence."""
    return f"questions.{step}.choices.{choice}.named"


def is_named(key: str) -> bool:
    """Whether `key` is that of a choice's form inside a sentence, which may have further forms."""
    parts = key.split(".")
    return len(parts) == len(["questions", "step", "choices", "choice", "named"]) and parts[::2] == [
        "questions",
        "choices",
        "named",
    ]


def forms_of(texts: Mapping[str, object]) -> Mapping[str, frozenset[str]]:
    """The forms that the answers in `texts` have besides the default one, by step name."""
    found: dict[str, set[str]] = defaultdict(set)
    for key in texts:
        base, _, form = key.partition(FORM)
        if form and is_named(base):
            found[base.split(".")[1]].add(form)
    return {step: frozenset(forms) for step, forms in found.items()}


def required_texts(flow: Flow, strategy: Strategy) -> Required:
    """Every key that a locale must have, with the placeholders that its text may use.

    A text that is shown on several paths may use only the answers that all of them have.
    """
    required = {key: frozenset(names) for key, names in PAGE_TEXTS.items()}
    for problem in PROBLEMS:
        required |= dict.fromkeys((f"problems.{problem}.title", f"problems.{problem}.text"), frozenset())
    for step in flow.steps:
        base = f"questions.{step.name}"
        keys = [f"{base}.{name}" for name in ("title", "hint", "missing", "invalid")]
        keys += [f"{base}.choices.{choice.id}.{name}" for choice in step.choices for name in ("label", "hint", "named")]
        required |= dict.fromkeys(keys, frozenset())
    for deployment in strategy.matrix:
        keys = [f"deployments.{deployment}.{name}" for name in ("name", "place", "summary")]
        required |= dict.fromkeys(keys, frozenset())
    required |= dict.fromkeys(comparison_texts(strategy), frozenset())
    for path in flow.paths:
        answered = frozenset(path)
        for key in outcome_texts(strategy.outcome(path)):
            required[key] = required.get(key, answered) & answered
    return required


def outcome_texts(outcome: Outcome) -> Iterator[str]:
    """The keys of the texts that the result page shows for one outcome."""
    persona, recommendation = outcome.persona, outcome.recommendation
    yield f"personas.{persona}.name"
    yield f"summaries.{outcome.summary}"
    for name in ("title", "action"):
        yield f"recommendations.{persona}.{recommendation.recommended}.{name}"
    for deployment in recommendation.alternatives:
        for name in ("text", "action"):
            yield f"alternatives.{persona}.{deployment}.{name}"
    for deployment in recommendation.declined:
        for name in ("title", "text"):
            yield f"declined.{persona}.{deployment}.{name}"
    for reason in recommendation.reasons:
        for name in ("title", "text"):
            yield f"reasons.{reason}.{name}"


def comparison_texts(strategy: Strategy) -> Iterator[str]:
    """The keys of the table that compares the deployments: its rows, its cells, and why one is not offered."""
    for row in COMPARED:
        yield f"comparison.rows.{row}"
    for deployment in strategy.matrix:
        for row in COMPARED:
            yield f"comparison.{deployment}.{row}"
    for column in Column:
        for deployment in strategy.not_offered(column):
            yield f"comparison.why_not.{column}.{deployment}"
