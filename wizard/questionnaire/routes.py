"""Formats every path of the questionnaire: as a table, as JSON, and as a Mermaid graph."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from wizard.questionnaire.flow import Flow
from wizard.questionnaire.strategy import Column, Outcome, Persona, Strategy
from wizard.text_table import text_table


def outcomes(flow: Flow, strategy: Strategy) -> tuple[Outcome, ...]:
    """The outcome of each complete path, in the order of the choices."""
    return tuple(strategy.outcome(path) for path in flow.paths)


def as_records(flow: Flow, strategy: Strategy) -> list[dict[str, object]]:
    """A record for each path, ready for JSON. A step that is not asked has no key in `answers`."""
    return [
        {
            "answers": dict(outcome.answers),
            "persona": outcome.persona,
            "recommended": outcome.recommendation.recommended,
            "alternatives": list(outcome.recommendation.alternatives),
            "declined": list(outcome.recommendation.declined),
            "reasons": list(outcome.recommendation.reasons),
        }
        for outcome in outcomes(flow, strategy)
    ]


def as_table(flow: Flow, strategy: Strategy) -> str:
    """The paths as a plain text table, with a heading and a line for each."""
    heading = [*(step.name for step in flow.steps), "persona", "recommended", "alternatives", "declined"]
    rows = [
        [
            *(outcome.answers.get(step.name, "") for step in flow.steps),
            str(outcome.persona),
            str(outcome.recommendation.recommended),
            ", ".join(outcome.recommendation.alternatives),
            ", ".join(outcome.recommendation.declined),
        ]
        for outcome in outcomes(flow, strategy)
    ]
    return text_table([heading, *rows], heading_rule=True)


def as_mermaid(flow: Flow, strategy: Strategy) -> str:
    """The flow and its outcomes as a Mermaid flowchart.

    The last question of a path is drawn once for each column of the priority matrix, since its next node depends on
    the column.
    """
    found = outcomes(flow, strategy)
    return "\n".join(["flowchart TD", *_nodes(flow, found), *_merged(_edges(flow, found))])


def _nodes(flow: Flow, found: Iterable[Outcome]) -> Iterator[str]:
    names = [(list(outcome.answers), outcome.column) for outcome in found]
    between = {name for path, _ in names for name in path[:-1]}
    last = {(path[-1], column) for path, column in names}
    for step in flow.steps:
        if step.name in between:
            yield f'  {step.name}{{"{step.name}?"}}'
    for step in flow.steps:
        for column in Column:
            if (step.name, column) in last:
                yield f'  {_last_node(flow, step.name, column)}{{"{column}: {step.name}?"}}'
    for persona in Persona:
        yield f'  {persona}(["{persona}"])'


def _last_node(flow: Flow, step: str, column: str) -> str:
    """The node id of the last question of paths of this column."""
    return f"{column}_column" if step == flow.steps[-1].name else f"{column}_{step}"


def _edges(flow: Flow, found: Iterable[Outcome]) -> Iterator[tuple[str, str, str]]:
    """(from, label, to) along every path. An edge is repeated for each path that it is on."""
    for outcome in found:
        *names, last = outcome.answers
        end = _last_node(flow, last, outcome.column)
        for name, following in pairwise(names):
            yield name, outcome.answers[name], following
        if names:
            # The column may depend on more than the last answer.
            yield names[-1], " + ".join(outcome.answers[name] for name in names), end
        persona, recommended = str(outcome.persona), outcome.recommendation.recommended
        yield end, outcome.answers[last], persona
        yield persona, outcome.answers[last], f'{recommended}["{recommended}"]'


def _merged(edges: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """One arrow for each pair of nodes, with the distinct labels of its edges."""
    labels: dict[tuple[str, str], dict[str, None]] = {}
    for start, label, end in edges:
        labels.setdefault((start, end), {})[label] = None
    for (start, end), own in labels.items():
        yield f'  {start} -->|"{", ".join(own)}"| {end}'
