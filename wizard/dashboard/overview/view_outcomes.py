"""Personas and recommendations on the overview, beside the strategy's priorities."""

from dataclasses import dataclass

from wizard.analytics.outcomes import Outcomes, Sent
from wizard.analytics.overview import Overview
from wizard.analytics.rates import Rate
from wizard.dashboard.labels import DASH, Names, percent
from wizard.dashboard.overview.view_links import Links, Number

THEN = (("followed", "Clicked it"), ("alternative", "Clicked the alternative"), ("left", "No click"))
"""What became of a result, and what that is called."""


@dataclass(frozen=True, slots=True)
class Part:
    """What some of a result's visitors did: how many, their share, and where their stretch of the bar lies."""

    what: str
    number: Number
    share: str
    start: str
    width: str


@dataclass(frozen=True, slots=True)
class SentRow:
    """One persona and what it was recommended."""

    priority: str
    persona: str
    recommended: str
    finished: Number
    parts: tuple[Part, ...]
    converted: Number
    converted_share: str


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """What the strategy thinks of a deployment for a column of visitors; a dash where it is not offered."""

    priority: str
    number: Number | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """The strategy's priorities, and how many came to each."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[MatrixCell, ...]], ...]


@dataclass(frozen=True, slots=True)
class Declined:
    """How many asked for a deployment that is not offered to them, and their share of the finished."""

    name: str
    number: Number
    share: str


@dataclass(frozen=True, slots=True)
class OutcomesView:
    """The whole section."""

    rows: tuple[SentRow, ...]
    matrix: Matrix
    declined: tuple[Declined, ...]


def outcomes_of(overview: Overview, links: Links, names: Names) -> OutcomesView:
    """What became of those who finished."""
    outcomes = overview.outcomes
    return OutcomesView(
        tuple(_row(each, links, names) for each in outcomes.sent),
        _matrix(outcomes, links, names),
        tuple(
            Declined(
                names.deployment(deployment),
                links.journeys(count, ("outcome", "finished"), ("declined", deployment)),
                percent(Rate(count, outcomes.finished)),
            )
            for deployment, count in outcomes.declined.items()
        ),
    )


def _row(sent: Sent, links: Links, names: Names) -> SentRow:
    recommended = ("recommended", sent.recommended)
    parts, start = [], 0.0
    for what, _ in THEN:
        count = getattr(sent, what)
        rate = sent.of_finished(count)
        number = links.journeys(count, ("outcome", "finished"), recommended, ("then", what), persona=sent.persona)
        width = 100 * (rate.rate or 0)
        parts.append(Part(what, number, percent(rate), f"{start:.1f}%", f"{width:.1f}%"))
        start += width
    return SentRow(
        DASH if sent.priority is None else str(sent.priority),
        names.persona(sent.persona),
        names.deployment(sent.recommended),
        links.journeys(sent.finished, ("outcome", "finished"), recommended, persona=sent.persona),
        tuple(parts),
        links.journeys(sent.converted, ("outcome", "converted"), recommended, persona=sent.persona),
        percent(sent.conversion),
    )


def _matrix(outcomes: Outcomes, links: Links, names: Names) -> Matrix:
    columns = tuple(dict.fromkeys(str(column) for row in outcomes.matrix.values() for column in row))
    rows = tuple(
        (
            names.deployment(str(deployment)),
            tuple(_cell(outcomes, str(deployment), column, priorities, links) for column in columns),
        )
        for deployment, priorities in (
            (deployment, {str(column): priority for column, priority in row.items()})
            for deployment, row in outcomes.matrix.items()
        )
    )
    return Matrix(tuple(names.step(column) for column in columns), rows)


def _cell(outcomes: Outcomes, deployment: str, column: str, priorities: dict[str, int], links: Links) -> MatrixCell:
    """A cell leads to its journeys where it is one persona's: a column is nothing that journeys can be filtered by."""
    if column not in priorities:
        return MatrixCell(DASH, None)
    sent = [each for each in outcomes.sent if (each.recommended, each.column) == (deployment, column)]
    count = sum(each.finished for each in sent)
    number = Number(count)
    if len(sent) == 1:
        number = links.journeys(count, ("outcome", "finished"), ("recommended", deployment), persona=sent[0].persona)
    return MatrixCell(str(priorities[column]), number)
