"""Every path of the questionnaire, for people and programs to read: as a table, as JSON, as a graph."""

from collections.abc import Iterable, Iterator, Sequence

from wizard.questionnaire.flow import OUTCOME, Flow
from wizard.questionnaire.strategy import Column, Outcome, Persona, Strategy


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
    widths = [max(len(row[column]) for row in [heading, *rows]) for column in range(len(heading))]
    rule = ["-" * width for width in widths]
    return "\n".join(_aligned(row, widths) for row in [heading, rule, *rows])


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def as_mermaid(flow: Flow, strategy: Strategy) -> str:
    """The flow, and what its outcomes come to, as a Mermaid flowchart drawn from the same data.

    Questions lead to questions; the last one is drawn once for each column of the priority
    matrix, since what it leads to depends on the column.
    """
    return "\n".join(["flowchart TD", *_nodes(flow), *_merged(_edges(flow, strategy))])


def _nodes(flow: Flow) -> Iterator[str]:
    for step in flow.steps[:-1]:
        yield f'  {step.name}{{"{step.name}?"}}'
    for column in Column:
        yield f'  {column}_column{{"{column}: {flow.steps[-1].name}?"}}'
    for persona in Persona:
        yield f'  {persona}(["{persona}"])'


def _edges(flow: Flow, strategy: Strategy) -> Iterator[tuple[str, str, str]]:
    """(from, label, to) along every path; the same edge comes up on many."""
    last = flow.steps[-1].name
    for outcome in outcomes(flow, strategy):
        names = list(outcome.answers)
        column = f"{outcome.column}_column"
        for name, following in zip(names, [*names[1:], OUTCOME], strict=True):
            if name == last:
                yield column, outcome.answers[name], str(outcome.persona)
                continue
            label = outcome.answers[name]
            if following == last:
                # Which column it is may have been settled by more than the answer just given.
                given = [outcome.answers[step] for step in names[: names.index(following)]]
                label = " + ".join(given)
            yield name, label, column if following == last else following
        recommendation = outcome.recommendation
        yield (
            str(outcome.persona),
            outcome.answers[last],
            f'{recommendation.recommended}["{recommendation.recommended}"]',
        )


def _merged(edges: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """One arrow for each pair of nodes, with every label that leads along it, each once."""
    labels: dict[tuple[str, str], list[str]] = {}
    for start, label, end in edges:
        seen = labels.setdefault((start, end), [])
        if label not in seen:
            seen.append(label)
    for (start, end), along in labels.items():
        yield f'  {start} -->|"{", ".join(along)}"| {end}'
