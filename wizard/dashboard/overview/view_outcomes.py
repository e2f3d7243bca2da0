"""Personas and recommendations on the overview, beside the strategy's priorities."""

from dataclasses import dataclass

from wizard.analytics.conditions import THEN
from wizard.analytics.outcomes import Outcomes, ResultFigures
from wizard.analytics.overview import Overview
from wizard.analytics.rates import Rate
from wizard.dashboard.labels import DASH, Names, percent
from wizard.dashboard.overview.view_links import Links, Number


@dataclass(frozen=True, slots=True)
class Part:
    """What some of a result's visitors did: how many, their share, and where their stretch of the bar lies."""

    what: str
    number: Number
    share: str
    start: str
    width: str


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One persona and what it was recommended; `href` is the overview of these, by campaign."""

    href: str
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
    """The strategy's priorities, and how many reached each."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[MatrixCell, ...]], ...]


@dataclass(frozen=True, slots=True)
class Declined:
    """How many asked for a deployment that is not offered, their share of the finished, and how many left then."""

    name: str
    number: Number
    share: str
    left: Number


@dataclass(frozen=True, slots=True)
class OutcomesView:
    """The whole section."""

    rows: tuple[ResultRow, ...]
    matrix: Matrix
    declined: tuple[Declined, ...]


def outcomes_of(overview: Overview, links: Links, names: Names) -> OutcomesView:
    """What those who finished did next."""
    outcomes = overview.outcomes
    return OutcomesView(
        tuple(_row(each, links, names) for each in outcomes.results),
        _matrix(outcomes, links, names),
        tuple(
            Declined(
                names.deployment(deployment),
                links.journeys(count, ("outcome", "finished"), ("declined", deployment)),
                percent(Rate(count, outcomes.finished)),
                links.journeys(
                    outcomes.declined_left.get(deployment, 0),
                    ("outcome", "finished"),
                    ("then", "left"),
                    ("declined", deployment),
                ),
            )
            for deployment, count in outcomes.declined.items()
        ),
    )


def _row(result: ResultFigures, links: Links, names: Names) -> ResultRow:
    recommended = ("recommended", result.recommended)
    parts, start = [], 0.0
    for what in THEN:
        count = result.actions[what]
        rate = result.of_finished(count)
        number = links.journeys(count, ("outcome", "finished"), recommended, ("then", what), persona=result.persona)
        width = 100 * (rate.rate or 0)
        parts.append(Part(what, number, percent(rate), f"{start:.1f}%", f"{width:.1f}%"))
        start += width
    these = links.selection.also(recommended, persona=result.persona)
    return ResultRow(
        links.overview(these, by="campaign", metric="clicked"),
        DASH if result.priority is None else str(result.priority),
        names.persona(result.persona),
        names.deployment(result.recommended),
        links.journeys(result.finished, ("outcome", "finished"), recommended, persona=result.persona),
        tuple(parts),
        links.journeys(result.counts["converted"], ("outcome", "converted"), recommended, persona=result.persona),
        percent(result.counts.rate("converted")),
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
    results = [each for each in outcomes.results if (each.recommended, each.column) == (deployment, column)]
    count = sum(each.finished for each in results)
    number = Number(count)
    if len(results) == 1:
        number = links.journeys(count, ("outcome", "finished"), ("recommended", deployment), persona=results[0].persona)
    return MatrixCell(str(priorities[column]), number)
