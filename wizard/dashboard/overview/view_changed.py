"""Changed answers on the overview: for each question, from which answer to which."""

from collections.abc import Mapping
from dataclasses import dataclass

from wizard.analytics.changed_answers import ChangedAnswer, ChangedAnswers
from wizard.analytics.rates import Rate
from wizard.analytics.steps import AnswerCounts
from wizard.dashboard.labels import Names, percent
from wizard.dashboard.overview.view_links import Links, Number
from wizard.questionnaire.flow import Flow


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """One change: the first answer, the current one, how many changed so, and their share of all who answered."""

    first: str
    current: str
    number: Number
    share: str


@dataclass(frozen=True, slots=True)
class ChangedStep:
    """The changes at one question, the most frequent first; `returned` are those back to the first answer.

    `changed` is how many visitors changed their answer, `share` that of all who answered.
    """

    question: str
    changed: Number
    share: str
    rows: tuple[ChangedRow, ...]
    returned: tuple[ChangedRow, ...]


def changed_of(
    changes: ChangedAnswers, answers: AnswerCounts, links: Links, names: Names, flow: Flow
) -> tuple[ChangedStep, ...]:
    """The questions where an answer was changed, in the flow's order; those that are no longer asked come last."""
    order = [*flow.by_name, *sorted(changes.keys() - flow.by_name.keys())]
    return tuple(
        _step(step, changes[step], sum(answers.get(step, {}).values()), links, names)
        for step in order
        if step in changes
    )


def _step(step: str, changes: tuple[ChangedAnswer, ...], answered: int, links: Links, names: Names) -> ChangedStep:
    rows: Mapping[bool, list[ChangedRow]] = {True: [], False: []}
    for each in changes:
        number = links.journeys(each.journeys, ("changed", f"{step}.{each.first}.{each.current}"))
        share = percent(Rate(each.journeys, answered))
        row = ChangedRow(names.answer(step, each.first), names.answer(step, each.current), number, share)
        rows[each.is_return].append(row)
    total = sum(each.journeys for each in changes)
    return ChangedStep(
        question=names.question(step),
        changed=links.journeys(total, ("did", f"{step}.changed")),
        share=percent(Rate(total, answered)),
        rows=tuple(rows[False]),
        returned=tuple(rows[True]),
    )
