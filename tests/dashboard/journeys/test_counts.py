"""Every number on the overview leads to a list, and the list has as many journeys as the number says."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from dashboard_app import UTC, add_demo, opened, selected

from wizard.analytics.overview import Overview, read_overview
from wizard.analytics.selection import Selection
from wizard.dashboard.journeys.paging import FIRST, read_page
from wizard.events.periods import iso
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY

Number = tuple[str, Selection, int]


def figures(overview: Overview) -> Iterator[Number]:
    selection, now = overview.selection, overview.now
    counts, unstarted = now.counts, now.unstarted
    yield "journeys", selection, counts["journeys"]
    outcomes = {
        **{name: counts[name] for name in ("viewed", "started", "finished", "clicked", "handoff", "converted")},
        "not_started": counts["journeys"] - counts["started"],
        "not_finished": counts["started"] - counts["finished"],
        "linked": unstarted["finished"],
        "linked_clicked": unstarted["clicked"],
        "linked_converted": unstarted["converted"],
    }
    for name, count in outcomes.items():
        yield name, selection.also(("outcome", name)), count


def steps(overview: Overview) -> Iterator[Number]:
    for step in overview.now.steps:
        did = {
            "reached": step.reached,
            "answered": step.answered,
            "left": step.reached - step.answered,
            "met_error": step.wanderings.met_error,
            "went_back": step.wanderings.went_back,
            "changed": step.wanderings.changed,
        }
        for name, count in did.items():
            yield name, overview.selection.also(("did", f"{step.step}.{name}")), count
    for step_name, given in overview.answers.items():
        for choice, count in given.items():
            yield choice, overview.selection.also(("answer", f"{step_name}.{choice}")), count
    for step_name, changes in overview.changed.items():
        for each in changes:
            change = f"{step_name}.{each.first}.{each.current}"
            yield change, overview.selection.also(("changed", change)), each.journeys


def edges(overview: Overview) -> Iterator[Number]:
    for edge in overview.edges:
        found = overview.selection.also(("edge", f"{edge.source}.{edge.target}"))
        if edge.recommended:
            found = found.also(("recommended", edge.recommended))
        yield f"{edge.source}>{edge.target} {edge.recommended}", found, edge.journeys


def outcomes(overview: Overview) -> Iterator[Number]:
    finished = overview.selection.also(("outcome", "finished"))
    yield "finished", finished, overview.outcomes.finished
    for each in overview.outcomes.results:
        found = finished.also(("recommended", each.recommended), persona=each.persona)
        yield f"{each.persona} {each.recommended}", found, each.finished
        for name in ("followed", "alternative", "left"):
            yield name, found.also(("then", name)), each.actions[name]
    for deployment, count in overview.outcomes.declined.items():
        yield deployment, finished.also(("declined", deployment)), count


def rankings(overview: Overview) -> Iterator[Number]:
    for name, ranking in overview.rankings.items():
        for group in ranking.groups:
            found = overview.selection.also(**{name: group.value})
            yield f"{name} {group.value}", found, group.now["journeys"]
            for outcome in ("started", "finished", "clicked", "converted"):
                yield outcome, found.also(("outcome", outcome)), group.now[outcome]


def before(overview: Overview) -> Iterator[Number]:
    period = overview.selection.span.before
    span = selected(f"since={iso(period.since_ms or 0)}&until={iso(period.until_ms or 0)}").span
    yield from figures(replace(overview, selection=replace(overview.selection.before, span=span), now=overview.before))


@pytest.mark.parametrize("query", ["period=28d", "period=7d&source=newsletter", "period=28d&device=mobile&referrer=-"])
def test_every_number_of_the_overview_is_the_count_of_its_list(any_database: str, query: str) -> None:
    with opened(any_database) as log:
        add_demo(log, 700)
        overview = read_overview(log.database, selected(query), UTC, QUESTIONS, STRATEGY)
        wrong, every = [], 0
        for kind in (figures, steps, edges, outcomes, rankings, before):
            numbers = list(kind(overview))
            assert any(count for _, _, count in numbers), kind.__name__
            for name, selection, count in numbers:
                found = read_page(log.database, selected(selection.query()), FIRST, size=1000)
                every += 1
                if not found.count == count == len(found.rows):
                    wrong.append(f"{kind.__name__} {name}: {count}, listed {found.count} ({selection.query()})")
        assert not wrong
        assert every > 100
