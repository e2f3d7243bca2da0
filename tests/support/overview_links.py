"""The links of the numbers of an overview: each number with the selection of the journeys that it counts."""

from collections.abc import Iterator
from dataclasses import replace

from wizard.analytics.conditions import DID, THEN
from wizard.analytics.overview import Overview
from wizard.analytics.selection import Selection
from wizard.events.periods import iso


def links(overview: Overview) -> Iterator[tuple[Selection, int]]:
    """Each number of an overview, after the selection that it links to."""
    those = overview.selection
    for selection, figures in ((those, overview.now), (earlier(those), overview.before)):
        yield selection, figures.counts["journeys"]
        for name in ("viewed", "started", "finished", "clicked", "handoff", "converted"):
            yield selection.also(("outcome", name)), figures.counts[name]
        for name in ("finished", "clicked", "converted"):
            own = "linked" if name == "finished" else f"linked_{name}"
            yield selection.also(("outcome", own)), figures.unstarted[name]
    yield from step_links(overview)
    yield from result_links(overview)
    yield from group_links(overview)


def earlier(selection: Selection) -> Selection:
    """The selection with the previous period, as in a URL."""
    before = selection.span.before
    since, until = iso(before.since_ms or 0), iso(before.until_ms or 0)
    those = selection.before
    return replace(those, span=replace(those.span, name="", since=since, until=until))


def step_links(overview: Overview) -> Iterator[tuple[Selection, int]]:
    those = overview.selection
    for step in overview.now.steps:
        counts = (step.reached, step.answered, step.reached - step.answered, *step.wanderings[1:])
        for what, count in zip(DID, counts, strict=True):
            yield those.also(("did", f"{step.step}.{what}")), count
    for name, given_there in overview.answers.items():
        for choice, count in given_there.items():
            yield those.also(("answer", f"{name}.{choice}")), count
    for name, changes in overview.changed.items():
        for each in changes:
            yield those.also(("changed", f"{name}.{each.first}.{each.current}")), each.journeys


def result_links(overview: Overview) -> Iterator[tuple[Selection, int]]:
    those = overview.selection
    for edge in overview.edges:
        with_result = [("recommended", edge.recommended)] if edge.recommended else []
        yield those.also(("edge", f"{edge.source}.{edge.target}"), *with_result), edge.journeys
    for each in overview.outcomes.results:
        if each.finished:  # a row of zeros leads nowhere: under a filter by persona it would undo that
            result = those.also(("outcome", "finished"), ("recommended", each.recommended), persona=each.persona)
            yield result, each.finished
            for then in THEN:
                yield result.also(("then", then)), each.actions[then]
    for deployment, count in overview.outcomes.declined.items():
        yield those.also(("outcome", "finished"), ("declined", deployment)), count
        left = overview.outcomes.declined_left[deployment]
        yield those.also(("outcome", "finished"), ("then", "left"), ("declined", deployment)), left


def group_links(overview: Overview) -> Iterator[tuple[Selection, int]]:
    those = overview.selection
    yield replace(those, suspects="only"), sum(overview.suspect.values())
    for name, values in overview.options.items():
        for value, count in values.items():
            yield those.also(**{name: value}), count
    for name, ranking in overview.rankings.items():
        for group in ranking.groups:
            yield those.also(**{name: group.value}), group.now["journeys"]
            yield those.also(("outcome", "converted"), **{name: group.value}), group.now["converted"]
            yield earlier(those).also(("outcome", "started"), **{name: group.value}), group.before["started"]
