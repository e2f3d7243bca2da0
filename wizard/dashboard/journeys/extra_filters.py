"""The additional filters of the list: furthest stage, and the answer to each question."""

from collections.abc import Mapping

from wizard.analytics.conditions import OUTCOMES
from wizard.analytics.selection import Selection
from wizard.dashboard.filter_bar import Filter, Option
from wizard.dashboard.labels import Names
from wizard.questionnaire.flow import Flow


def more_filters(selection: Selection, names: Names, flow: Flow) -> tuple[Filter, ...]:
    """A select for the furthest stage, and one for each question's answers."""
    answers = (
        _select(
            f"answer-{step.name}",
            names.step(step.name),
            "Any answer",
            {("answer", f"{step.name}.{choice.id}"): names.answer(step.name, choice.id) for choice in step.choices},
            selection,
        )
        for step in flow.steps
    )
    outcomes = {("outcome", value): outcome.words for value, outcome in OUTCOMES.items()}
    return (_select("outcome", "Stage", "Any", outcomes, selection), *answers)


def _select(own_id: str, name: str, every: str, choices: Mapping[tuple[str, str], str], selection: Selection) -> Filter:
    """A select of conditions. Of several that hold it shows the first: the others are chips alone."""
    chosen = next((condition for condition in choices if condition in selection.conditions), None)
    (key, _), *_ = choices
    options = tuple(Option(condition[1], words, condition == chosen) for condition, words in choices.items())
    return Filter(own_id, key, name, every, options)
