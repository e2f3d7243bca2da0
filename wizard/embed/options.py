"""The options of a snippet, read from the query of the snippet builder.

An invalid option is no error: it keeps its default, with a message beside it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from wizard.events.attribution import MAX_CHARACTERS, clean
from wizard.languages import like
from wizard.presentation import MAX_RADIUS_PX, PARAMETERS, THEMES, Presentation, read_presentation
from wizard.questionnaire.flow import Flow
from wizard.questionnaire.rules import Answers

Mode = Literal["inline", "dialog"]
MODES: tuple[Mode, ...] = get_args(Mode)

SHARE_PATH = "share-path"
NO = ("", "0", "false")

SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Options:
    """The options. `answers` are prefilled, in the order of the flow."""

    presentation: Presentation = field(default_factory=Presentation)
    campaign: str = ""
    answers: Answers = field(default_factory=dict)
    mode: Mode = "inline"
    share_path: bool = False

    def wizard_parameters(self) -> Mapping[str, str]:
        """The query parameters of the wizard's address, without defaults."""
        campaign = {"campaign": self.campaign} if self.campaign else {}
        return {**self.presentation.parameters(), **campaign, **self.answers}

    def parameters(self) -> Mapping[str, str]:
        """The query parameters of the snippet builder, which `read_options` reads."""
        mode = {} if self.mode == "inline" else {"mode": self.mode}
        share_path = {SHARE_PATH: "1"} if self.share_path else {}
        return {**self.wizard_parameters(), **mode, **share_path}


@dataclass(frozen=True, slots=True)
class Reading:
    """The options in a query, and messages about invalid ones, by parameter."""

    options: Options
    messages: Mapping[str, str]


def read_options(query: Mapping[str, str], flow: Flow, locales: Collection[str]) -> Reading:
    """The options in `query`, for a wizard with this `flow` and texts in `locales`."""
    asked = read_presentation(query)
    presentation = replace(asked, locale=like(asked.locale, locales))
    given = {step.name: query[step.name] for step in flow.steps if query.get(step.name)}
    mode = query.get("mode", "")
    options = Options(
        presentation=presentation,
        campaign=clean(query.get("campaign", "")),
        answers=flow.fitting(given),
        mode=next((known for known in MODES if known == mode), "inline"),
        share_path=query.get(SHARE_PATH, "") not in NO,
    )
    return Reading(options, dict(_messages(query, options, flow, locales)))


def offered(flow: Flow, answers: Answers) -> Mapping[str, tuple[str, ...]]:
    """The choices of each step that can be chosen after the `answers` to the steps before it."""
    found = {}
    before: dict[str, str] = {}
    for step in flow.steps:
        paths = flow.ahead(before)
        taken = {path[step.name] for path in paths if step.name in path}
        found[step.name] = tuple(choice.id for choice in step.choices if choice.id in taken)
        before |= {step.name: answers[step.name]} if step.name in answers else {}
    return found


def _messages(
    query: Mapping[str, str], options: Options, flow: Flow, locales: Collection[str]
) -> Iterator[tuple[str, str]]:
    given = {name: query.get(name, "") for name in (*PARAMETERS, "campaign", "mode")}
    presentation = options.presentation
    if given["theme"] not in ("", *THEMES):
        yield "theme", f"There is no theme {_quoted(given['theme'])}: the browser's is used."
    if given["accent"].strip() and not presentation.accent:
        yield "accent", f"{_quoted(given['accent'])} is not a colour such as #0b7a75: the default is used."
    if given["background"].strip() and not presentation.background:
        yield "background", f"{_quoted(given['background'])} is not a colour such as #ffffff: the default is used."
    if given["radius"].strip() and not presentation.radius:
        yield "radius", f"{_quoted(given['radius'])} is not a whole number from 0 to {MAX_RADIUS_PX}: 14 is used."
    if given["locale"] and not presentation.locale:
        yield "locale", f"There are no texts in {_quoted(given['locale'])}, but in {', '.join(locales)}."
    if options.campaign != given["campaign"].strip():
        kept = f"it is read as {_quoted(options.campaign)}" if options.campaign else "it is left out"
        yield "campaign", f"A campaign has up to {MAX_CHARACTERS} characters and holds no e-mail address: {kept}."
    if given["mode"] not in ("", *MODES):
        yield "mode", f"There is no mode {_quoted(given['mode'])}: inline is used."
    for step in flow.steps:
        answer = query.get(step.name)
        if answer and step.name not in options.answers:
            is_known = answer in {choice.id for choice in step.choices}
            fault = (
                "This answer can't be given after those before it"
                if is_known
                else f"There is no answer {_quoted(answer)}"
            )
            yield step.name, f"{fault}: the visitor is asked."


def _quoted(text: str) -> str:
    """`text` in quotation marks, cut to SHOWN_CHARACTERS."""
    shown = clean(text) or "…"
    return f"“{shown if len(shown) <= SHOWN_CHARACTERS else shown[:SHOWN_CHARACTERS] + '…'}”"
