"""The texts of a locale: loaded from TOML, and checked against the flow and the strategy.

Wording is data apart from the flow, so that copy can be edited without touching code, and can't break
the wizard: a text that is missing, unknown, empty, or that asks for a value nobody has, stops the start.
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
from wizard.questionnaire.strategy import Outcome, Strategy

Texts = Mapping[str, str]
"""Dotted key to text: `questions.who.title`."""

Required = Mapping[str, frozenset[str]]
"""Dotted key to the names that its text may use in braces."""

LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

# What the pages say besides the questionnaire's own texts, with what each may fill in.
PAGE_TEXTS: Mapping[str, tuple[str, ...]] = {
    "site.name": (),
    "site.title": (),
    "site.description": (),
    "site.preview": (),
    "question.progress": ("number", "total"),
    "question.progress_open": ("number", "fewest", "most"),
    "question.continue": (),
    "question.back": (),
    "question.error_title": (),
    "question.error_prefix": (),
    "question.continued": (),
    "result.title": ("title",),
    "result.persona": ("persona",),
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
    "result.restart": (),
    "problems.restart": (),
    "problems.resume": (),
    "problems.server.reference": ("reference",),
}

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
"""What a visitor may be told went wrong; each has a title and a text."""


class WordingError(WizardError):
    """A locale's texts are not what the wizard needs; the message names the file and each key."""


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
        """The text of `key`, its braces filled from `values`. Raises KeyError on an unknown key."""
        return self.texts[key].format_map(values)

    def named(self, answers: Mapping[str, str]) -> Mapping[str, str]:
        """The visitor's answers in the words that a sentence names them by, for `text` to fill in."""
        return {step: self.text(f"questions.{step}.choices.{choice}.named") for step, choice in answers.items()}


def required_texts(flow: Flow, strategy: Strategy) -> Required:
    """Every key that a locale must have, with the names that its text may use.

    A text told on several paths may name only the answers that are given on all of them.
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
    for path in flow.paths:
        answered = frozenset(path)
        for key in outcome_texts(strategy.outcome(path)):
            required[key] = required.get(key, answered) & answered
    return required


def outcome_texts(outcome: Outcome) -> Iterator[str]:
    """The keys of the texts that one outcome is told in."""
    persona, recommendation = outcome.persona, outcome.recommendation
    yield f"personas.{persona}.name"
    yield f"personas.{persona}.summary"
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


def problems(texts: Mapping[str, object], required: Required) -> list[str]:
    """What is wrong with a locale's texts, a line each that begins with the key; empty when all is well."""
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
        yield f"has a stray brace ({error}); write {{{{ or }}}} for one that is to be seen"
        return
    for field, spec, conversion in fields:
        if field is not None and (field not in names or spec or conversion):
            yield f"uses {{{field}}}; it may use {allowed}"


def flatten(tree: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Nested TOML tables as dotted keys."""
    flat: dict[str, object] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def load(path: Path, required: Required) -> Wording:
    """The checked wording of the file `path`, whose name is its locale. Raises WordingError."""
    if not LOCALE.fullmatch(path.stem):
        raise WordingError(f"{path.name}: a file of texts is named for its language, such as en.toml or pt-BR.toml")
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
    """Locale to wording, for each `*.toml` in `directory`; English first, if it is there. Raises WordingError."""
    paths = sorted(directory.glob("*.toml"), key=lambda path: (path.stem != "en", path.stem))
    if not paths:
        raise WordingError(f"no file of texts, such as en.toml, in the folder {directory}")
    return {path.stem: load(path, required) for path in paths}
