"""Says in words what a selection is narrowed down to, and what may be chosen besides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from wizard.conversions.edges import RESULT, START
from wizard.growth.journeys.values import Values
from wizard.growth.names import DIMENSION_NAMES, SPAN_NAMES, Names, in_an_option
from wizard.growth.selection import DIMENSIONS, Selection
from wizard.growth.spans import SPANS
from wizard.questionnaire.flow import Flow

OUTCOME_WORDS: Mapping[str, str] = {
    "viewed": "Saw the first page",
    "started": "Started",
    "finished": "Finished",
    "clicked": "Clicked through",
    "converted": "Converted",
    "not_started": "Did not start",
    "not_finished": "Started, did not finish",
    "not_clicked": "Finished, did not click through",
    "linked": "Came to a result by a link alone",
    "linked_clicked": "By a link alone, clicked through",
    "linked_converted": "By a link alone, converted",
}

THEN_WORDS: Mapping[str, str] = {
    "followed": "Followed the recommendation",
    "alternative": "Took an alternative",
    "left": "Left the result without a click",
}

DID_WORDS: Mapping[str, str] = {
    "reached": "Came to",
    "answered": "Answered",
    "left": "Left at",
    "met_error": "Met an error at",
    "went_back": "Went back to",
    "changed": "Changed the answer to",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that narrows the selection down: `text`, or a `value` of what `text` names; `query` is without it."""

    text: str
    value: str
    query: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select."""

    value: str
    text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Menu:
    """A select, which sends a condition of this `name`."""

    id: str
    name: str
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A span that may be chosen instead."""

    text: str
    query: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Narrowing:
    """All of it: what there is, and what may be chosen. `kept` and `kept_for_span` are what each form sends along."""

    chips: tuple[Chip, ...]
    spans: tuple[Link, ...]
    menus: tuple[Menu, ...]
    kept: tuple[tuple[str, str], ...]
    kept_for_span: tuple[tuple[str, str], ...]
    since: str
    until: str
    cleared: str
    is_narrowed: bool


def narrowing(selection: Selection, names: Names, flow: Flow, values: Values) -> Narrowing:
    """What a selection is narrowed down by, and what else it could be, in the words of `names`.

    `values` are what can be filtered by; one that is on is offered, too.
    """
    menus = (*_filter_menus(selection, names, values), *_menus(selection, names, flow))
    offered = {(menu.name, option.value) for menu in menus for option in menu.options}
    span, bare = selection.span, replace(selection, filters={}, conditions=())
    around = [each for each in selection.parameters() if each not in span.parameters()]
    return Narrowing(
        chips=(*_filters(selection, names), *_conditions(selection, names)),
        spans=tuple(
            Link(SPAN_NAMES[name], urlencode([("period", name), *around]), span.name == name) for name in SPANS
        ),
        menus=menus,
        kept=tuple(each for each in selection.parameters() if each not in offered),
        kept_for_span=tuple(around),
        since=str(span.first),
        until=str(span.last),
        cleared=bare.query(),
        is_narrowed=bool(selection.filters or selection.conditions),
    )


def condition_words(name: str, value: str, names: Names) -> str:
    """A condition, such as Left at Team size."""
    one, _, other = value.partition(".")
    if name == "outcome":
        words = OUTCOME_WORDS[value]
    elif name == "then":
        words = THEN_WORDS[value]
    elif name == "recommended":
        words = f"Were recommended {names.deployment(value)}"
    elif name == "declined":
        words = f"Asked for {names.deployment(value)}, and were not offered it"
    elif name == "did":
        words = f"{DID_WORDS[other]} {names.step(one)}"
    elif name == "answer":
        words = f"Answered {names.step(one)}: {names.answer(one, other)}"
    else:
        words = _edge_words(one, other, names)
    return words


def _edge_words(one: str, other: str, names: Names) -> str:
    target = "a result" if other == RESULT else names.step(other)
    return f"Came in at {target}" if one == START else f"Went from {names.step(one)} to {target}"


def _filters(selection: Selection, names: Names) -> Sequence[Chip]:
    return [
        Chip(DIMENSION_NAMES[name], names.value(name, selection.filters[name]), selection.without(name).query())
        for name in DIMENSIONS
        if name in selection.filters
    ]


def _conditions(selection: Selection, names: Names) -> Sequence[Chip]:
    every = selection.conditions
    return [
        Chip(
            condition_words(*condition, names),
            "",
            replace(selection, conditions=tuple(other for other in every if other != condition)).query(),
        )
        for condition in every
    ]


def _filter_menus(selection: Selection, names: Names, values: Values) -> Iterator[Menu]:
    chosen = dict(selection.parameters())
    for name in DIMENSIONS:
        on = [selection.filters[name]] if name in selection.filters else []
        offered = dict.fromkeys([*values.get(name, ()), *on])
        texts = {
            dict(selection.also(**{name: value}).parameters())[name]: in_an_option(names.value(name, value))
            for value in offered
        }
        options = [Option(text, words, text == chosen.get(name)) for text, words in texts.items()]
        yield Menu(f"filter-{name}", name, DIMENSION_NAMES[name], (Option("", "Any", not on), *options))


def _menus(selection: Selection, names: Names, flow: Flow) -> Sequence[Menu]:
    found = [_menu("outcome", "outcome", "How far", "Any", OUTCOME_WORDS, selection)]
    for step in flow.steps:
        answers = {f"{step.name}.{choice.id}": names.answer(step.name, choice.id) for choice in step.choices}
        found.append(_menu(f"answer-{step.name}", "answer", names.step(step.name), "Any answer", answers, selection))
    return found


def _menu(  # noqa: PLR0913, PLR0917  # what a menu is made of
    own_id: str, name: str, label: str, every: str, choices: Mapping[str, str], selection: Selection
) -> Menu:
    chosen = next((value for value in choices if (name, value) in selection.conditions), "")
    options = {"": every, **choices}
    return Menu(own_id, name, label, tuple(Option(value, text, value == chosen) for value, text in options.items()))
