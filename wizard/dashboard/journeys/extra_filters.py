"""The additional filters of the list: stage, next action, unmet request, answers to each question."""

from collections.abc import Mapping

from wizard.analytics.conditions import OUTCOMES, THEN
from wizard.analytics.selection import Selection
from wizard.dashboard.filter_bar import Filter, Option
from wizard.dashboard.labels import Names
from wizard.questionnaire.flow import Flow
from wizard.questionnaire.strategy import Deployment


def more_filters(selection: Selection, names: Names, flow: Flow) -> tuple[Filter, ...]:
    """A select for each of these conditions, and one for each question's answers."""
    conditions = (
        ("outcome", "Stage", {value: outcome.words for value, outcome in OUTCOMES.items()}),
        ("then", "Next action", {value: action.words for value, action in THEN.items()}),
        ("declined", "Unmet request", {str(each): names.deployment(each) for each in Deployment}),
    )
    answers = (
        _select(
            f"answer-{step.name}",
            f"Answer: {names.step(step.name)}",
            {("answer", f"{step.name}.{choice.id}"): names.answer(step.name, choice.id) for choice in step.choices},
            selection,
        )
        for step in flow.steps
    )
    return (
        *(
            _select(key, name, {(key, value): words for value, words in choices.items()}, selection)
            for key, name, choices in conditions
        ),
        *answers,
    )


def _select(own_id: str, name: str, choices: Mapping[tuple[str, str], str], selection: Selection) -> Filter:
    """A select of conditions. Of several that hold it shows the first: the others are chips alone."""
    chosen = next((condition for condition in choices if condition in selection.conditions), None)
    (key, _), *_ = choices
    options = tuple(Option(condition[1], words, condition == chosen) for condition, words in choices.items())
    return Filter(own_id, key, name, "Any", options)
