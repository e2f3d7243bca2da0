"""The overview, the report, the export and a recount of the raw events agree, whatever the log; so do all links."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
from factories import NOV_1, SOURCES, in_order, log_on, sqlite_log
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from log_strategies import LogCase, log_cases, split_duplicates
from overview_links import links
from reference_overview import DIMENSIONS as RECOUNTED
from reference_overview import NO_LIMIT, ReferenceJourney, exported
from reference_overview import Log as Recount
from reference_report import trails
from sqlalchemy import delete, func, select
from support import settings
from visits import STEPS, Visitor
from werkzeug.datastructures import MultiDict

from wizard.analytics.age import WINDOWS
from wizard.analytics.conditions import DID, OUTCOMES, THEN
from wizard.analytics.date_range import named
from wizard.analytics.overview import Overview, read_overview
from wizard.analytics.report import Figures, read_report
from wizard.analytics.scope import Scope, Suspects
from wizard.analytics.selection import Selection, read_selection
from wizard.analytics.stages import TREND
from wizard.analytics.step_figures import StepFigures
from wizard.events.attribution import Attribution
from wizard.events.ledger import Account
from wizard.events.log import DAY_MS, Log, Tally, day_of
from wizard.events.open_log import open_log
from wizard.events.periods import iso
from wizard.maintenance.export import write_jsonl
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.storage import schema
from wizard.storage.database import Database

EXCLUDED: Suspects = "excluded"
SUSPECTS: st.SearchStrategy[Suspects] = st.sampled_from([EXCLUDED, EXCLUDED, "included", "only"])
CONDITIONS = [
    *(("outcome", name) for name in OUTCOMES),
    *(("then", name) for name in THEN),
    *(("recommended", name) for name in ("cloud", "private_cloud")),
    *(("did", f"{step}.{what}") for step in ("who", "hosting") for what in DID),
    *(("answer", answer) for answer in ("who.team", "hosting.avoid")),
    ("edge", "start.who"),
]
"""Conditions on either of which the overview's figures are recounted."""

ODD = ("", "nowhere", "-", "https://example.com/nowhere", "/nowhere", "%", "_")


T = TypeVar("T", bound=Callable[..., None])


def shared(percent: int) -> Callable[[T], T]:
    """So many of the usual examples, of which `--soak` has twenty times as many, on one database that each empties."""
    health = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors, HealthCheck.too_slow]
    examples = hypothesis_settings().max_examples * percent // 100
    return hypothesis_settings(max_examples=examples, suppress_health_check=health)


def filled(log: Log, of: LogCase) -> Recount:
    """Hand the events to an empty log, and what is in it then, for the recount."""
    with log.database.writer.begin() as connection:
        for table in schema.METADATA.sorted_tables:
            connection.execute(delete(table))
    for batch in of.batches:
        log.append(batch)
    return Recount([ReferenceJourney(trail) for trail in trails(log.read())], of.zone)


def overview_of(database: Database, selection: Selection, of: LogCase) -> Overview:
    return read_overview(database, selection, of.zone, QUESTIONS, STRATEGY)


def counted(database: Database, selection: Selection) -> int:
    """How many journeys the list behind a link has."""
    found = select(func.count()).select_from(schema.journeys).where(*selection.where())
    return database.read(lambda moment: int(moment.figures.execute(found).scalar_one()))


@st.composite
def filters(draw: st.DrawFn, recount: Recount, at_most: int = 2) -> dict[str, str]:
    """Values of some dimensions: mostly some that journeys have."""
    names = draw(st.lists(st.sampled_from(RECOUNTED), max_size=at_most, unique=True))
    known = {name: sorted({each.values[name] for each in recount.journeys}) for name in names}
    return {name: draw(st.sampled_from([*known[name] * 3, *ODD])) for name in names}


# --- both as plain values


def plain(overview: Overview) -> dict[str, Any]:
    """What an overview says, as the recount says it."""
    rankings = {
        name: {group.value: (in_order(group.now), in_order(group.before)) for group in ranking.groups}
        for name, ranking in overview.rankings.items()
    }
    days = {day.date: tuple(day.counts[stage] for stage in TREND) for day in overview.days}
    results = {
        (each.persona, each.recommended): {
            **{name: each.counts[name] for name in ("finished", "converted")},
            **{name: each.actions[name] for name in THEN},
        }
        for each in overview.outcomes.results
        if each.finished
    }
    return {
        "now": plain_figures(overview.now),
        "before": plain_figures(overview.before),
        "median_ms": overview.median_ms,
        "median_before_ms": overview.median_before_ms,
        "steps": plain_steps(overview.now.steps),
        "answers": {
            (step, choice): count for step, given in overview.answers.items() for choice, count in given.items()
        },
        "changed": {
            (step, each.first, each.current): each.journeys
            for step, changes in overview.changed.items()
            for each in changes
        },
        "edges": {
            (edge.source, edge.target, edge.recommended): edge.journeys for edge in overview.edges if edge.journeys
        },
        "outcomes": results,
        "declined": dict(overview.outcomes.declined),
        "days": {day: counts for day, counts in days.items() if any(counts)},
        "rankings": rankings,
        "options": {name: dict(values) for name, values in overview.options.items()},
        "suspect": dict(overview.suspect),
    }


def steps_in_time(recount: Recount, selection: Selection) -> dict[str, tuple[int, int]]:
    """How many reached and answered each step early enough to count."""
    limit = selection.as_of_ms, selection.window_days
    those = recount.of(selection.span.period, selection.filters, selection.conditions, selection.suspects, limit)
    found = {step for each in those for step in each.did}
    return {step: (_count(those, step, "reached"), _count(those, step, "answered")) for step in found}


def _count(those: Sequence[ReferenceJourney], step: str, what: str) -> int:
    return sum(each.did.get(step, {}).get(what, False) for each in those)


def plain_figures(figures: Figures) -> dict[str, float]:
    counts = {**figures.counts, **{f"{name}_unstarted": count for name, count in figures.unstarted.items()}}
    return {**{name: count for name, count in counts.items() if count}, "value": round(figures.value, 6)}


def plain_steps(steps: Sequence[StepFigures]) -> dict[str, tuple[Any, ...]]:
    return {each.step: (each.reached, each.answered, *each.wanderings, *each.times) for each in steps}


# --- agreement


def followed(selection: Selection, of: LogCase) -> Selection:
    """The selection that is read from its own address."""
    reading = read_selection(MultiDict(parse_qsl(selection.query(), strict_parsing=True)), of.zone, of.now_ms)
    assert reading.problems == ()
    return reading.selection


def expected_ledger(of: LogCase, bots: Mapping[int, int]) -> dict[str, Account]:
    """An account for each day, UTC, that the span touches."""
    new, again = (Counter(day_of(event.context.ts_ms) for event in told) for told in split_duplicates(of.batches))
    since_ms, until_ms = of.span.period.since_ms or 0, of.span.period.until_ms or 0
    return {
        iso(day)[:10]: Account(
            received=new[day] + again[day] + bots.get(day, 0),
            stored=new[day],
            duplicate=again[day],
            bot=bots.get(day, 0),
            present=new[day],
        )
        for day in {*new, *again, *bots}
        if day > since_ms - DAY_MS and day < until_ms
    }


class OverviewContract:
    """What holds on either database."""

    def assert_figures_agree(self, log: Log, of: LogCase, data: st.DataObject) -> None:
        recount = filled(log, of)
        chosen = data.draw(filters(recount), label="filters")
        suspects = data.draw(SUSPECTS, label="suspects")
        conditions = data.draw(st.lists(st.sampled_from(CONDITIONS), max_size=2, unique=True), label="conditions")
        selection = Selection(of.span, chosen, tuple(conditions), suspects)
        overview = overview_of(log.database, selection, of)
        limits = NO_LIMIT, (of.span.before_as_of_ms, None)
        spans = of.span.period, of.span.before
        own = recount.overview(*spans, chosen, suspects, conditions=conditions, limits=limits)
        assert plain(overview) == own
        assert [day.date for day in overview.days] == every_date(overview)
        file = BytesIO()
        write_jsonl(log.records(), file)
        journeys = [ReferenceJourney(trail) for trail in exported(file.getvalue())]
        again = Recount(journeys, of.zone).overview(*spans, chosen, suspects, conditions=conditions, limits=limits)
        assert again == own
        self.assert_windows_agree(log, of, selection, recount)

    def assert_windows_agree(self, log: Log, of: LogCase, selection: Selection, recount: Recount) -> None:
        for days in WINDOWS.values():
            span = of.span.of_age(days, of.now_ms)
            overview = overview_of(log.database, replace(selection, span=span, window_days=days), of)
            own = recount.overview(
                *(span.period, span.before, selection.filters, selection.suspects),
                conditions=selection.conditions,
                limits=((None, days), (None, days)),
            )
            found = plain(overview)
            for name in own.keys() - {"steps", "answers"}:
                assert found[name] == own[name], (name, days)
            counts = {name: numbers[:2] for name, numbers in found["steps"].items()}
            assert counts == steps_in_time(recount, replace(selection, span=span, window_days=days))

    def assert_report_agrees(self, log: Log, of: LogCase) -> None:
        filled(log, of)
        overview = overview_of(log.database, Selection(of.span), of)
        total = read_report(log.database, Scope(of.span.period), of.zone, None, STEPS).total
        assert replace(total, value=round(total.value, 6)) == replace(overview.now, value=round(overview.now.value, 6))

    def assert_links_agree(self, log: Log, of: LogCase, data: st.DataObject) -> None:
        recount = filled(log, of)
        chosen = data.draw(filters(recount), label="filters")
        suspects = data.draw(SUSPECTS, label="suspects")
        overview = overview_of(log.database, Selection(of.span, chosen, suspects=suspects), of)
        found = list(links(overview))
        for selection, number in found:
            period = selection.span.period
            limit = selection.as_of_ms, selection.window_days
            own = recount.of(period, selection.filters, selection.conditions, selection.suspects, limit)
            assert len(own) == number, selection
            assert counted(log.database, selection) == number, selection.query()
        for selection, number in data.draw(st.lists(st.sampled_from(found), max_size=8), label="followed"):
            assert counted(log.database, followed(selection, of)) == number, selection.query()

    def assert_conditions_agree(self, log: Log, of: LogCase, data: st.DataObject) -> None:
        recount = filled(log, of)
        overview = overview_of(log.database, Selection(of.span), of)
        offered = [("outcome", name) for name in OUTCOMES] + [("then", name) for name in THEN]
        offered += [pair for selection, _ in links(overview) for pair in selection.conditions]
        for chosen in data.draw(st.lists(st.lists(st.sampled_from(offered), max_size=3), min_size=8, max_size=8)):
            selection = Selection(of.span, data.draw(filters(recount, 1)), tuple(chosen))
            those = recount.of(of.span.period, selection.filters, chosen)
            assert counted(log.database, selection) == len(those), selection.query()


def every_date(overview: Overview) -> list[str]:
    first, last = overview.selection.span.first, overview.selection.span.last
    return [date.fromordinal(day).isoformat() for day in range(first.toordinal(), last.toordinal() + 1)]


class TestOverviewOnSqlite(OverviewContract):
    @pytest.fixture
    def log(self, tmp_path: Path) -> Iterator[Log]:
        log = sqlite_log(tmp_path)
        yield log
        log.database.dispose()

    @shared(60)
    @given(of=log_cases(), data=st.data())
    def test_every_figure_is_that_of_a_recount_of_the_log_and_of_its_export(
        self, log: Log, of: LogCase, data: st.DataObject
    ) -> None:
        self.assert_figures_agree(log, of, data)

    @shared(30)
    @given(of=log_cases())
    def test_the_report_of_the_same_period_says_the_same(self, log: Log, of: LogCase) -> None:
        self.assert_report_agrees(log, of)

    @shared(40)
    @given(of=log_cases(), data=st.data())
    def test_every_number_is_that_of_the_journeys_it_links_to(self, log: Log, of: LogCase, data: st.DataObject) -> None:
        self.assert_links_agree(log, of, data)

    @shared(40)
    @given(of=log_cases(), data=st.data())
    def test_conditions_and_filters_hold_together_of_the_journeys_of_which_each_does(
        self, log: Log, of: LogCase, data: st.DataObject
    ) -> None:
        self.assert_conditions_agree(log, of, data)

    @shared(20)
    @given(of=log_cases(), bots=st.dictionaries(st.integers(-2, 2), st.integers(1, 5)))
    def test_the_ledger_is_that_of_the_days_that_the_span_touches(
        self, log: Log, of: LogCase, bots: Mapping[int, int]
    ) -> None:
        filled(log, of)
        met = {day_of(of.now_ms) + day * DAY_MS: count for day, count in bots.items()}
        log.tally({Tally(day, outcome): count for day, count in met.items() for outcome in ("received", "bot")})
        found = overview_of(log.database, Selection(of.span), of).ledger
        assert found.days == expected_ledger(of, met)
        assert not found.problems()


class TestOverviewOnPostgresql(OverviewContract):
    @pytest.fixture
    def log(self, postgresql_url: str) -> Iterator[Log]:
        log = open_log(settings(database_url=postgresql_url))
        yield log
        log.database.dispose()

    @shared(20)
    @given(of=log_cases(), data=st.data())
    def test_every_figure_is_that_of_a_recount_of_the_log_and_of_its_export(
        self, log: Log, of: LogCase, data: st.DataObject
    ) -> None:
        self.assert_figures_agree(log, of, data)
        self.assert_report_agrees(log, of)

    @shared(10)
    @given(of=log_cases(), data=st.data())
    def test_every_number_is_that_of_the_journeys_it_links_to(self, log: Log, of: LogCase, data: st.DataObject) -> None:
        self.assert_links_agree(log, of, data)
        self.assert_conditions_agree(log, of, data)


class TestOverviewOnClickHouse(OverviewContract):
    @pytest.fixture(params=["clickhouse", "clickhouse_shards"])
    def log(self, request: pytest.FixtureRequest) -> Iterator[Log]:
        log = log_on(request.param, request)
        yield log
        log.database.dispose()

    @shared(6)
    @given(of=log_cases(), data=st.data())
    def test_every_figure_is_that_of_a_recount_of_the_log_and_of_its_export(
        self, log: Log, of: LogCase, data: st.DataObject
    ) -> None:
        self.assert_figures_agree(log, of, data)
        self.assert_report_agrees(log, of)

    @shared(4)
    @given(of=log_cases(), data=st.data())
    def test_every_number_is_that_of_the_journeys_it_links_to(self, log: Log, of: LogCase, data: st.DataObject) -> None:
        self.assert_links_agree(log, of, data)
        self.assert_conditions_agree(log, of, data)


# --- what is said of the log itself


@pytest.fixture(params=SOURCES)
def either(request: pytest.FixtureRequest) -> Iterator[Log]:
    """An empty log on each database."""
    log = log_on(request.param, request)
    yield log
    log.database.dispose()


def read(log: Log, **filters_: str) -> Overview:
    span = named("7d", ZoneInfo("UTC"), NOV_1)
    return read_overview(log.database, Selection(span, filters_), ZoneInfo("UTC"), QUESTIONS, STRATEGY)


def test_an_empty_log_is_told_from_a_span_in_which_nobody_came(either: Log) -> None:
    overview = read(either)
    assert (overview.is_empty, overview.has_demo) == (True, False)
    assert overview.now == overview.before == Figures("")
    assert (overview.median_ms, overview.answers) == (None, {})
    assert [day.date for day in overview.days] == [f"2026-10-{day}" for day in range(26, 32)] + ["2026-11-01"]
    either.append(Visitor("long_ago", now_ms=NOV_1 - 100 * DAY_MS).arrive().events)
    assert not read(either).is_empty
    assert read(either).now == Figures("")


def test_a_filter_that_nobody_passes_does_not_make_a_log_empty(either: Log) -> None:
    either.append(Visitor("a", now_ms=NOV_1).arrive().events)
    overview = read(either, source="nowhere")
    assert (overview.now, overview.is_empty) == (Figures(""), False)
    assert overview.options["source"] == {"": 1}, "its own filter is no reason not to offer the others"
    assert overview.options["device"] == {}


@pytest.mark.parametrize(
    ("journey_id", "has_demo"),
    [("demo.7.1", True), ("demo.", True), ("demo", False), ("Demo.7", False), ("demo/7", False), ("zzz", False)],
)
def test_demo_data_is_known_by_its_ids_wherever_it_is_in_time(either: Log, journey_id: str, has_demo: bool) -> None:
    either.append(Visitor(journey_id, now_ms=1).arrive().events)
    either.append(Visitor("another", now_ms=NOV_1).arrive().events)
    assert read(either).has_demo is has_demo


def test_options_are_in_the_order_of_how_many_have_them_and_then_of_the_alphabet(either: Log) -> None:
    for number, source in enumerate(["b", "c", "c", "a", ""]):
        visitor = Visitor(f"j-{number}", now_ms=NOV_1, attribution=Attribution(utm_source=source))
        either.append(visitor.arrive().events)
    assert list(read(either).options["source"].items()) == [("c", 2), ("", 1), ("a", 1), ("b", 1)]


def test_the_ledger_of_an_overview_tells_of_what_was_refused_and_what_does_not_balance(either: Log) -> None:
    today = day_of(NOV_1)
    either.append(Visitor("a", now_ms=NOV_1).arrive().events)
    either.tally({Tally(today, "received"): 3, Tally(today, "rejected", "tampered"): 2, Tally(today, "lost"): 1})
    either.tally({Tally(today - 8 * DAY_MS, "received"): 9, Tally(today + DAY_MS, "received"): 9})
    ledger = read(either).ledger
    assert ledger.reasons == {"tampered": 2}
    assert list(ledger.problems()) == ["2026-11-01"]
    assert list(ledger.days) == ["2026-11-01"]
