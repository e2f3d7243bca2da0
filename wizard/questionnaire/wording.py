"""The texts of a locale: loaded from TOML, and checked against the flow and the strategy.

Wording is separate from the flow, so that copy can be edited without code. A text that is missing, unknown, empty, or
uses an unknown placeholder stops the start.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from string import Formatter

from wizard.errors import WizardError
from wizard.files.text import NotText, read_text
from wizard.questionnaire.flow import Flow
from wizard.questionnaire.strategy import Column, Outcome, Strategy

Texts = Mapping[str, str]
"""Texts by dotted key, such as `questions.who.title`."""

Required = Mapping[str, frozenset[str]]
"""The placeholders that a text may use in braces, by dotted key."""

LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

# The texts of the pages besides the questionnaire's, with their placeholders.
PAGE_TEXTS: Mapping[str, tuple[str, ...]] = {
    "site.name": (),
    "site.title": (),
    "site.description": (),
    "site.preview": (),
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


class WordingError(WizardError):
    """A file of texts can't be used. The message names the file and each problem's key."""


@dataclass(frozen=True)
class Wording:
    """The texts of one locale."""

    locale: str
    texts: Texts

    @cached_property
    def version(self) -> str:
        """Eight hexadecimal digits that change whenever a text does."""
        return hashlib.sha256(repr(sorted(self.texts.items())).encode()).hexdigest()[:8]

    def text(self, key: str, **values: object) -> str:
        """The text of `key`, with its placeholders replaced by `values`. Raises KeyError on an unknown key."""
        return self.texts[key].format_map(values)

    def named(self, answers: Mapping[str, str]) -> Mapping[str, str]:
        """The answers as phrases, by step name, to fill into the placeholders of other texts."""
        return {step: self.text(f"questions.{step}.choices.{choice}.named") for step, choice in answers.items()}


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


def problems(texts: Mapping[str, object], required: Required) -> list[str]:
    """The problems of a locale's texts, sorted, each beginning with its key; empty if there are none."""
    found = [f"{key} is missing" for key in required if key not in texts]
    found += [f"{key} is unknown: nothing uses it" for key in texts if key not in required]
    for key in texts.keys() & required.keys():
        found += [f"{key} {problem}" for problem in _text_problems(texts[key], required[key])]
    return sorted(found)


def _text_problems(text: object, names: frozenset[str]) -> Iterator[str]:
    if not isinstance(text, str):
        yield f"is {text!r}; it must be a text in quotes"
        return
    if not text.strip():
        yield "is empty"
    allowed = ", ".join(f"{{{name}}}" for name in sorted(names)) or "no {name} at all"
    try:
        fields = [(field, spec, conversion) for _, field, spec, conversion in Formatter().parse(text)]
    except ValueError as error:
        yield f"has a stray brace ({error}); write {{{{ or }}}} for a literal one"
        return
    for field, spec, conversion in fields:
        if field is not None and (field not in names or spec or conversion):
            yield f"uses {{{field}}}; it may use {allowed}"


def flatten(tree: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Flatten nested TOML tables to dotted keys."""
    flat: dict[str, object] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def load(path: Path, required: Required) -> Wording:
    """Load and check the file `path`, whose name is its locale. Raises WordingError."""
    if not LOCALE.fullmatch(path.stem):
        raise WordingError(f"{path.name}: name a file of texts by its language, such as en.toml or pt-BR.toml")
    try:
        tree = tomllib.loads(read_text(path))
    except NotText as error:
        raise WordingError(f"{path.name}: {error}") from error
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise WordingError(f"{path.name}: can't be read as TOML: {error}") from error
    texts = flatten(tree)
    if found := problems(texts, required):
        raise WordingError(f"{path.name}: {'; '.join(found)}")
    return Wording(path.stem, {key: str(text) for key, text in texts.items()})


def load_all(directory: Path, required: Required) -> Mapping[str, Wording]:
    """The wording of each `*.toml` in `directory` by locale, English first if it exists. Raises WordingError."""
    paths = sorted(directory.glob("*.toml"), key=lambda path: (path.stem != "en", path.stem))
    if not paths:
        raise WordingError(f"no file of texts, such as en.toml, in the folder {directory}")
    return {path.stem: load(path, required) for path in paths}
