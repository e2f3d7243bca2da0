"""A report says what a recount of the raw events says, on either database."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from clickhouse import Warehouses
from copied_log import copied
from factories import CONTEXT, SOURCES, sqlite_log
from postgres import Postgres
from reference_report import Group, Trail, began_ms, reference_groups, suspicion, trails, value_of
from support import settings

from wizard.analytics.rates import Rate
from wizard.analytics.report import Figures, Report, read_report
from wizard.analytics.scope import Scope, Suspects
from wizard.analytics.stages import Counts
from wizard.analytics.step_figures import StepFigures, rank_of
from wizard.demo.visits import Demo
from wizard.events.dimensions import SPLITS
from wizard.events.log import Log
from wizard.events.model import (
    Conversion,
    CtaClick,
    Event,
    QuestionAnswer,
    QuestionError,
    QuestionView,
    ResultView,
    Suspicion,
    WizardView,
)
from wizard.events.open_log import open_log
from wizard.events.periods import Period
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.storage.database import Database

STEPS = ("who", "team_size", "hosting")
UTC_ZONE = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")
NOVEMBER = int(datetime(2025, 11, 10, 9, 30, tzinfo=UTC).timestamp() * 1000)
MARKS: Mapping[int, Suspicion] = {1: "burst", 4: "fast"}
CHOICES: tuple[Suspects, ...] = ("excluded", "included", "only")
NO_SUSPECTS = {"burst": 0, "fast": 0}
DAYS = 260
"""From before the summer time of 2025 until after it."""


def demo_events() -> list[Event]:
    visits = [
        event
        for number, visit in enumerate(Demo(QUESTIONS, STRATEGY, 9).visits(500, DAYS, NOVEMBER))
        for event in as_sent(number, visit)
    ]
    Random(7).shuffle(visits)  # noqa: S311  # the order of arrival is nobody's promise
    return visits


def as_sent(number: int, visit: list[Event]) -> Iterator[Event]:
    """A visit with what its requests say: some browsers send Global Privacy Control, some visits are suspect.

    Without a handoff no signup is reported. Of visits with fast answers, half begin with one that is not.
    """
    gpc, mark = int(number % 5 == 0), MARKS.get(number % 9, "")
    for event in visit:
        is_fast = isinstance(event, QuestionAnswer) and (number % 2 == 0 or event.context.turn > 1)
        suspect = "" if mark == "fast" and not is_fast else mark
        if not (gpc and isinstance(event, Conversion)):
            yield replace(event, context=replace(event.context, gpc=gpc, suspect=suspect))


@pytest.fixture(scope="module", params=SOURCES)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    """A log that holds a year's visits."""
    with ExitStack() as stack:
        if request.param != "postgresql":
            log = sqlite_log(tmp_path_factory.mktemp("filled"))
            if request.param != "sqlite":
                servers: Warehouses = request.getfixturevalue(request.param)
                log = copied(log, stack.enter_context(servers.warehouse()))
        else:
            postgres: Postgres = request.getfixturevalue("postgres")
            log = open_log(settings(database_url=stack.enter_context(postgres.database())))
        stack.callback(log.database.dispose)
        log.append(demo_events())
        yield log


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = sqlite_log(tmp_path)
    yield log
    log.database.dispose()


def report_on(database: Database, by: str | None = None, scope: Scope = Scope(), zone: ZoneInfo = BERLIN) -> Report:  # noqa: B008  # it is frozen
    return read_report(database, scope, zone, by, STEPS)


def compare(figures: Figures, group: Group) -> None:
    """Find every figure to be what the recount has."""
    for name in ("journeys", "viewed", "started", "finished", "clicked", "converted", "handoff"):
        assert figures.counts[name] == group.counts[name], name
    for name in ("finished", "clicked", "converted"):
        assert figures.unstarted[name] == group.counts[f"{name}_unstarted"], name
    assert figures.value == pytest.approx(group.value)
    theirs = {name: step for name, step in group.steps.items() if step.reached}
    assert [step.step for step in figures.steps] == [name for name in STEPS if name in theirs]
    for step in figures.steps:
        other = theirs[step.step]
        assert (step.reached, step.answered) == (other.reached, other.answered)
        assert step.wanderings == (other.errors, other.met_error, other.went_back, other.changed)
        assert step.times == (other.time(0.5), other.time(0.9))


def compare_groups(report: Report, groups: Mapping[str, Group]) -> None:
    assert {group.split for group in report.groups if group.counts["journeys"]} == set(groups)
    for figures in report.groups:
        compare(figures, groups[figures.split])


def test_the_visits_that_are_recounted_hold_every_case(filled: Log) -> None:
    total = report_on(filled.database).total
    counts = [total.counts[name] for name in ("converted", "handoff", "clicked", "finished", "started", "viewed")]
    assert counts == sorted({0, *counts})[1:]
    assert min(total.unstarted["finished"], total.value) > 0
    assert {event.context.entry for event in filled.read()} == {"fresh", "prefilled", "continued"}
    assert all(min(step.wanderings) > 0 for step in total.steps)
    assert all(step.answered < step.reached for step in total.steps)


def people(log: Log) -> list[Trail]:
    """The journeys that nothing speaks against."""
    return chosen(log, "excluded")


def chosen(log: Log, suspects: Suspects) -> list[Trail]:
    """The journeys that this choice of suspect ones leaves."""
    wanted = {"excluded": (False,), "included": (False, True), "only": (True,)}[suspects]
    return [trail for trail in trails(log.read()) if bool(suspicion(trail)) in wanted]


@pytest.mark.parametrize("suspects", CHOICES)
def test_all_figures_are_those_of_a_recount(filled: Log, suspects: Suspects) -> None:
    compare(
        report_on(filled.database, scope=Scope(suspects=suspects)).total, reference_groups(chosen(filled, suspects))[""]
    )


@pytest.mark.parametrize("suspects", CHOICES)
@pytest.mark.parametrize("by", SPLITS)
def test_the_figures_of_each_group_are_those_of_a_recount(filled: Log, by: str, suspects: Suspects) -> None:
    report, found = report_on(filled.database, by, Scope(suspects=suspects)), chosen(filled, suspects)
    compare_groups(report, reference_groups(found, lambda trail: value_of(trail, by, BERLIN)))
    compare(report.total, reference_groups(found)[""])


@pytest.mark.parametrize("suspects", CHOICES)
def test_a_report_says_how_many_suspect_visits_its_period_has_and_why_whatever_it_counts(
    filled: Log, suspects: Suspects
) -> None:
    found = sorted(trails(filled.read()), key=began_ms)
    since_ms, until_ms = began_ms(found[100]), began_ms(found[300])
    marks = Counter(suspicion(trail) for trail in found[100:300])
    assert min(marks["burst"], marks["fast"]) > 0
    report = report_on(filled.database, scope=Scope(Period(since_ms, until_ms), suspects))
    assert report.suspects == {"burst": marks["burst"], "fast": marks["fast"]}
    assert report_on(filled.database, scope=Scope(Period(until_ms=0), suspects)).suspects == NO_SUSPECTS


def test_a_click_without_a_handoff_is_not_among_those_that_could_convert(log: Log) -> None:
    answered = replace(CONTEXT, turn=1, answers={"who": "hobby"})
    for name, gpc in (("private", 1), ("stayed", 0), ("signed_up", 0)):
        at = replace(answered, journey_id=name, gpc=gpc)
        log.append([QuestionAnswer(at, "who", "hobby", 900), CtaClick(at, "cloud", "recommended")])
    log.append([Conversion(replace(CONTEXT, journey_id="signed_up"), "cloud", None)])
    total = report_on(log.database).total
    assert tuple(total.counts[name] for name in ("clicked", "handoff", "converted")) == (3, 2, 1)
    assert total.counts.rate("converted") == Rate(1, 2)


def test_a_signup_without_its_click_in_the_log_had_a_handoff_all_the_same(log: Log) -> None:
    log.append([QuestionAnswer(replace(CONTEXT, turn=1, answers={"who": "hobby"}), "who", "hobby", 900)])
    log.append([Conversion(CONTEXT, "cloud", None)])
    total = report_on(log.database).total
    assert (total.counts["handoff"], total.counts.rate("converted")) == (1, Rate(1, 1))


@pytest.mark.parametrize(
    "zone",
    ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Kiritimati"],
)
def test_days_end_at_midnight_where_the_clocks_are_also_when_they_change(filled: Log, zone: str) -> None:
    place = ZoneInfo(zone)
    report = report_on(filled.database, "day", zone=place)
    compare_groups(report, reference_groups(people(filled), lambda trail: value_of(trail, "day", place)))
    dates = [group.split for group in report.groups]
    assert dates == sorted(dates)


@pytest.mark.parametrize("by", [None, "device", "day"])
def test_a_journey_belongs_to_the_period_in_which_it_began_with_all_that_came_of_it(
    filled: Log, by: str | None
) -> None:
    found = sorted(people(filled), key=began_ms)
    since_ms, until_ms = began_ms(found[100]), began_ms(found[300])
    report = report_on(filled.database, by, Scope(Period(since_ms, until_ms)))
    inside = [trail for trail in found if since_ms <= began_ms(trail) < until_ms]
    assert len(inside) == 200
    compare(report.total, reference_groups(inside)[""])
    if by:
        compare_groups(report, reference_groups(inside, lambda trail: value_of(trail, by, BERLIN)))


@pytest.mark.parametrize("period", [Period(until_ms=NOVEMBER - 100 * 86_400_000), Period(NOVEMBER - 30 * 86_400_000)])
def test_a_period_may_be_open_at_either_end(filled: Log, period: Period) -> None:
    report = report_on(filled.database, "locale", Scope(period))
    last_ms = NOVEMBER if period.until_ms is None else period.until_ms
    inside = [trail for trail in people(filled) if (period.since_ms or 0) <= began_ms(trail) < last_ms]
    compare(report.total, reference_groups(inside)[""])
    compare_groups(report, reference_groups(inside, lambda trail: value_of(trail, "locale", BERLIN)))


def step_of(report: Report, name: str) -> StepFigures:
    return next(step for step in report.total.steps if step.step == name)


def test_a_step_that_was_answered_beforehand_has_no_visitors_until_one_answers_it(log: Log) -> None:
    start = replace(CONTEXT, entry="prefilled", answers={"who": "hobby"})
    for name in ("looked", "changed"):
        view = replace(start, journey_id=name)
        log.append([WizardView(view), QuestionView(view, "hosting"), QuestionView(view, "who")])
    assert [step.step for step in report_on(log.database).total.steps] == ["hosting"]
    given = replace(start, journey_id="changed", turn=1, answers={"who": "team"})
    log.append([QuestionAnswer(given, "who", "team", 900)])
    who = step_of(report_on(log.database), "who")
    assert (who.reached, who.answered, who.wanderings.went_back, who.times.median_ms) == (1, 1, 1, 900)


def test_what_is_told_twice_counts_once_and_an_answer_that_is_changed_counts_once_as_changed(log: Log) -> None:
    view = replace(CONTEXT, journey_id="j")
    first = replace(view, turn=1, ts_ms=CONTEXT.ts_ms + 10, answers={"who": "job"})
    second = replace(view, turn=2, ts_ms=CONTEXT.ts_ms + 20, answers={"who": "team"})
    third = replace(view, turn=3, ts_ms=CONTEXT.ts_ms + 30, answers={"who": "job"})
    told = [
        WizardView(view),
        QuestionView(view, "who"),
        QuestionError(view, "who", "missing"),
        QuestionAnswer(first, "who", "job", 1000),
        QuestionView(first, "who"),
        QuestionAnswer(second, "who", "team", 5),
        QuestionAnswer(third, "who", "job", 7),
    ]
    log.append(told)
    log.append(told * 3)
    who = step_of(report_on(log.database), "who")
    assert (who.reached, who.answered) == (1, 1)
    assert who.wanderings == (1, 1, 1, 1)
    assert who.times == (1000, 1000)


def test_a_result_that_a_link_led_to_is_beside_the_funnel_not_in_it(log: Log) -> None:
    shared = replace(CONTEXT, entry="prefilled", answers={"who": "hobby", "hosting": "avoid"})
    log.append([WizardView(shared), ResultView(shared, "visionary", "cloud", ())])
    total = report_on(log.database, "persona").total
    assert (total.counts, total.unstarted) == (Counts(journeys=1, viewed=1), Counts(finished=1))
    assert total.counts.rate("finished").rate is None


def test_a_day_on_which_nobody_came_is_among_the_days(log: Log) -> None:
    for day in (0, 3):
        log.append([WizardView(replace(CONTEXT, journey_id=f"j-{day}", ts_ms=CONTEXT.ts_ms + day * 86_400_000))])
    report = report_on(log.database, "day", zone=UTC_ZONE)
    assert [(group.split, group.counts["viewed"]) for group in report.groups] == [
        ("2026-11-01", 1),
        ("2026-11-02", 0),
        ("2026-11-03", 0),
        ("2026-11-04", 1),
    ]


def test_a_step_that_the_flow_no_longer_has_comes_last(log: Log) -> None:
    log.append([QuestionView(CONTEXT, "an_old_one"), QuestionView(CONTEXT, "hosting")])
    assert [step.step for step in report_on(log.database).total.steps] == ["hosting", "an_old_one"]


@pytest.mark.parametrize("by", [None, *SPLITS])
def test_an_empty_log_has_a_report_of_nothing(log: Log, by: str | None) -> None:
    assert report_on(log.database, by) == Report(Scope(), BERLIN, by, Figures(""), NO_SUSPECTS)


@pytest.mark.parametrize(
    ("percent", "count", "rank"), [(50, 1, 1), (50, 2, 1), (50, 3, 2), (90, 9, 9), (90, 10, 9), (90, 11, 10)]
)
def test_a_quantile_is_the_nearest_rank(percent: int, count: int, rank: int) -> None:
    assert rank_of(percent, count) == rank
