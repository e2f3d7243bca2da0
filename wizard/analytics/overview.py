"""Reads the overview: what is asked of it, out; every figure that the page shows, back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from wizard.analytics.answer_groups import ANSWER, read_answer_ranking
from wizard.analytics.breakdown import Ranking, ranking_with_rest, read_ranking
from wizard.analytics.changed_answers import ChangedAnswers, read_changed_answers
from wizard.analytics.completeness import Completeness, read_completeness
from wizard.analytics.cube import Counted
from wizard.analytics.daily import Day, Hour, earlier, read_days, read_hours
from wizard.analytics.flow import Edge, EdgeSets, read_edge_sets, read_edges
from wizard.analytics.headline import Compared, Headline, read_headline
from wizard.analytics.log_contents import count_too_young, has_demo, is_empty
from wizard.analytics.notes import Note, read_notes
from wizard.analytics.outcomes import Outcomes, read_outcomes
from wizard.analytics.overview_cells import ReadCells, read_both
from wizard.analytics.publishes import Publish, read_publishes, without_published
from wizard.analytics.releases import Release, read_releases
from wizard.analytics.report import Figures, figures_of
from wizard.analytics.selection import Selection
from wizard.analytics.stages import JOURNEYS
from wizard.analytics.steps import AnswerCounts, read_selected_steps, read_time_to_result
from wizard.analytics.tag_values import Values, Wanted, read_tag_values
from wizard.analytics.under_way import UnderWay, read_under_way
from wizard.events.dimensions import DIMENSIONS, RANKED, TAG_DIMENSIONS
from wizard.events.ledger import Ledger, account_for
from wizard.events.log import DAY_MS, day_of
from wizard.events.periods import Period
from wizard.events.refused_frames import RefusedSite, refused_sites
from wizard.questionnaire.flow import Flow
from wizard.questionnaire.strategy import Strategy
from wizard.storage.moment import Moment, Source


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the overview shows of a selection, as of one moment.

    `answers` are, for each step, how many of those who answered it have each answer: the one that stands, or, where
    none stands any more, the last that they gave. `changed` are the changes from the first answer to that one.
    `edge_sets` counts the journeys that took the same edges. `hours` are those of a span within one day, else none;
    `days_before` and `hours_before` are of the period before. `breakdown` has the groups of the wanted dimension.
    `options` are, for each dimension, the values that journeys in the span have, and how many, under all other filters;
    `more_options` is how many rarer ones there are besides. `suspect` is how many suspect journeys the filters leave,
    for each reason. `too_young` is how many journeys are too young for the window. `ledger`, `releases`, `publishes`
    and `notes` are those of the span's days, whatever the filters.
    `under_way` is now, whatever the span. `headline` is the most notable change.
    `completeness` says how many of the days' signups are in by now.
    """

    selection: Selection
    now: Figures
    before: Figures
    median_ms: int | None
    median_before_ms: int | None
    answers: AnswerCounts
    changed: ChangedAnswers
    edges: tuple[Edge, ...]
    edge_sets: EdgeSets
    outcomes: Outcomes
    days: tuple[Day, ...]
    completeness: Completeness
    days_before: tuple[Day, ...]
    hours: tuple[Hour, ...]
    hours_before: tuple[Hour, ...]
    rankings: Mapping[str, Ranking]
    breakdown: Ranking
    options: Mapping[str, Mapping[str, int]]
    more_options: Mapping[str, int]
    suspect: Mapping[str, int]
    too_young: int
    ledger: Ledger
    refused: Sequence[RefusedSite]
    under_way: UnderWay
    releases: Sequence[Release]
    publishes: Sequence[Publish]
    notes: Sequence[Note]
    is_empty: bool
    has_demo: bool
    headline: Headline


def read_overview(  # noqa: PLR0913  # all that an overview depends on
    source: Source,
    selection: Selection,
    zone: ZoneInfo,
    flow: Flow,
    strategy: Strategy,
    *,
    wanted: Wanted | None = None,
    now_ms: int = 0,
    show: str = "",
) -> Overview:
    """The overview of `selection`. Raises SQLAlchemyError and FiguresUnavailable.

    The period before is counted as it stood when it was as old as the period is now. `wanted` says which values of tags
    it is about, where there are too many for all. `now_ms` is the current time, for the visits under way. `show` is the
    tab of the details: what only another one shows is not read; without it, all is.
    """
    asked = wanted or Wanted()
    return source.read(
        lambda moment: overview_of(moment, selection, zone, flow, strategy, wanted=asked, now_ms=now_ms, show=show)
    )


def overview_of(  # noqa: PLR0913  # as above
    moment: Moment,
    selection: Selection,
    zone: ZoneInfo,
    flow: Flow,
    strategy: Strategy,
    *,
    wanted: Wanted,
    now_ms: int = 0,
    show: str = "",
) -> Overview:
    """The same, read with the connections of a moment. Raises SQLAlchemyError."""
    span, connection = selection.span, moment.figures
    read = read_both(connection, selection)
    selected, before = read.now.of(read.filters, selection.suspects), read.before.counted.values()
    now, span_before = selected.counted.values(), earlier(span, zone)
    edge_sets = read_edge_sets(now)
    figures, figures_before = figures_of(now), figures_of(before)
    order, selection_before = [step.name for step in flow.steps], replace(selection.before, span=span_before)
    steps, answers = read_selected_steps(connection, selection, order)
    steps_before, _ = read_selected_steps(connection, selection_before, order)
    values = read_tag_values(connection, read.comparison, wanted)
    rankings = _rankings(selection, values, now, before)
    is_log_empty = not read.now.counted and is_empty(connection)
    options, more_options = _options(read, selection, values, figures.counts[JOURNEYS])
    medians_ms = (
        read_time_to_result(connection, selection, figures.counts["finished"]),
        read_time_to_result(connection, selection_before, figures_before.counts["finished"]),
    )
    now_figures, before_figures = replace(figures, steps=steps), replace(figures_before, steps=steps_before)
    days, days_before = (read_days(connection, each, zone) for each in (selection, selection_before))
    compared = Compared(now_figures, before_figures, days, days_before, medians_ms, rankings)
    return Overview(
        selection=selection,
        now=now_figures,
        before=before_figures,
        median_ms=medians_ms[0],
        median_before_ms=medians_ms[1],
        answers=answers,
        changed=read_changed_answers(connection, selection, answers) if show in ("", "answers") else {},
        edges=read_edges(edge_sets, flow, strategy),
        edge_sets=edge_sets,
        outcomes=read_outcomes(now, flow, strategy),
        days=days,
        completeness=read_completeness(connection, selection, days, zone, now_ms),
        days_before=days_before,
        hours=read_hours(connection, selection, zone) if span.first == span.last else (),
        hours_before=read_hours(connection, selection_before, zone) if span.first == span.last else (),
        rankings=rankings,
        breakdown=_breakdown(connection, selection, wanted.by, rankings, now, before),
        options=options,
        more_options=more_options,
        suspect=read.now.of(read.filters, "only").count_by(attrgetter("suspect")),
        too_young=count_too_young(connection, selection),
        ledger=account_for(moment.log, _utc_days(span.period)),
        refused=refused_sites(moment.log, _utc_days(span.period)) if is_log_empty or show in ("", "embeds") else (),
        under_way=read_under_way(connection, selection, [step.name for step in flow.steps], now_ms),
        releases=without_published(moment.log, read_releases(connection, span.period)),
        publishes=read_publishes(moment.log, span.period),
        notes=read_notes(moment.log, span.first, span.last),
        is_empty=is_log_empty,
        has_demo=has_demo(connection),
        headline=read_headline(connection, selection, compared),
    )


def _rankings(
    selection: Selection, values: Mapping[str, Values], now: Iterable[Counted], before: Iterable[Counted]
) -> dict[str, Ranking]:
    """The groups of each dimension; of one that is filtered by there is but one."""
    found = {}
    of_cells = {name: read_ranking(name, now, before) for name in RANKED if name not in TAG_DIMENSIONS}
    total = of_cells["device"].total
    for name in RANKED:
        if name in of_cells:
            found[name] = of_cells[name]
        elif name in selection.filters:
            one = replace(total, value=selection.filters[name])
            found[name] = Ranking(name, (one,) if total.now[JOURNEYS] or total.before[JOURNEYS] else (), total)
        else:
            found[name] = ranking_with_rest(name, values[name].groups, values[name].every, total)
    return found


def _breakdown(
    connection: Connection, selection: Selection, by: str, rankings: Mapping[str, Ranking], *counted: Iterable[Counted]
) -> Ranking:
    """The groups that the breakdown shows; `counted` are the cells of both periods."""
    if by == ANSWER:
        return read_answer_ranking(connection, selection, next(iter(rankings.values())).total)
    return rankings.get(by or RANKED[0]) or read_ranking(by, *counted)


def _options(
    read: ReadCells, selection: Selection, values: Mapping[str, Values], journeys_: int
) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """The values of each dimension, the most frequent first, among the journeys that all other filters leave.

    Then how many more values there are of each that are too rare to be among them. `journeys_` is how many there are
    under all filters.
    """
    found, more = {}, {}
    selected = read.now.of(read.filters, selection.suspects)
    for name in DIMENSIONS:
        if name in TAG_DIMENSIONS:
            counts = {group.value: group.now[JOURNEYS] for group in values[name].groups if group.now[JOURNEYS]}
            if name in selection.filters and journeys_:
                counts[selection.filters[name]] = journeys_
            more[name] = values[name].every_now - len(counts)
        else:
            others = {key: value for key, value in read.filters.items() if key != name}
            cells = read.now.of(others, selection.suspects) if name in read.filters else selected
            counts = cells.count_by(DIMENSIONS[name].value_of)
        found[name] = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return found, more


def _utc_days(period: Period) -> Period:
    """The whole days, UTC, that a period touches: the ledger has no others."""
    since_ms, until_ms = period.since_ms or 0, period.until_ms or 0
    return Period(day_of(since_ms), day_of(until_ms - 1) + DAY_MS)
