"""Every path of the questionnaire, for people and programs to read: as a table, as JSON, as a graph."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from wizard.questionnaire.flow import Flow
from wizard.questionnaire.strategy import Column, Outcome, Persona, Strategy
from wizard.text_table import text_table


def outcomes(flow: Flow, strategy: Strategy) -> tuple[Outcome, ...]:
    """What each complete path comes to, in the order of the choices."""
    return tuple(strategy.outcome(path) for path in flow.paths)


def as_records(flow: Flow, strategy: Strategy) -> list[dict[str, object]]:
    """A record for each path, ready for JSON; a step that is not asked has no key in `answers`."""
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
    """The paths as a table in plain text, a line each under a heading."""
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
    """The flow, and what its outcomes come to, as a Mermaid flowchart drawn from the same data.

    Questions lead to questions; one that a path ends with is drawn once for each column of the
    priority matrix, since what it leads to depends on the column.
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
    """The id of a question with which paths of this column end."""
    return f"{column}_column" if step == flow.steps[-1].name else f"{column}_{step}"


def _edges(flow: Flow, found: Iterable[Outcome]) -> Iterator[tuple[str, str, str]]:
    """(from, label, to) along every path; the same edge comes up on many."""
    for outcome in found:
        *names, last = outcome.answers
        end = _last_node(flow, last, outcome.column)
        for name, following in pairwise(names):
            yield name, outcome.answers[name], following
        if names:
            # Which column it is may have been settled by more than the answer just given.
            yield names[-1], " + ".join(outcome.answers[name] for name in names), end
        persona, recommended = str(outcome.persona), outcome.recommendation.recommended
        yield end, outcome.answers[last], persona
        yield persona, outcome.answers[last], f'{recommended}["{recommended}"]'


def _merged(edges: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """One arrow for each pair of nodes, with every label that leads along it, each once."""
    labels: dict[tuple[str, str], list[str]] = {}
    for start, label, end in edges:
        seen = labels.setdefault((start, end), [])
        if label not in seen:
            seen.append(label)
    for (start, end), along in labels.items():
        yield f'  {start} -->|"{", ".join(along)}"| {end}'
