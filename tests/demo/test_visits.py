"""Demo data is as real visits would be, the same for the same seed, and leaves without a trace."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from factories import sqlite_log, visit
from support import expected

from wizard.demo import load, profile
from wizard.demo.visits import Demo
from wizard.events.ledger import read_ledger
from wizard.events.log import DAY_MS, Log
from wizard.events.model import (
    DEMO_PREFIX,
    Conversion,
    CtaClick,
    Event,
    QuestionAnswer,
    QuestionView,
    ResultView,
    WizardView,
)
from wizard.events.periods import Period
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY

NOW_MS = int(datetime(2026, 3, 4, 15, 20, tzinfo=UTC).timestamp() * 1000)


def visits(journeys: int = 2000, days: int = 28, seed: int = 1, now_ms: int = NOW_MS) -> list[list[Event]]:
    return list(Demo(QUESTIONS, STRATEGY, seed).visits(journeys, days, now_ms))


@pytest.fixture(scope="module")
def many() -> list[list[Event]]:
    return visits(6000)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = sqlite_log(tmp_path)
    yield log
    log.database.dispose()


def of_kind(found: Sequence[Sequence[Event]], kind: type[Event]) -> list[Event]:
    return [event for events in found for event in events if isinstance(event, kind)]


def told(found: Sequence[Sequence[Event]], since_ms: int) -> list[tuple[str, int]]:
    return [(event.event_id, event.context.ts_ms - since_ms) for events in found for event in events]


def test_the_same_seed_makes_the_same_visits_and_another_makes_others() -> None:
    assert told(visits(300), NOW_MS) == told(visits(300), NOW_MS)
    ids = {name for name, _ in told(visits(300), NOW_MS)}
    assert not ids & {name for name, _ in told(visits(300, seed=2), NOW_MS)}
    week_ms = 7 * DAY_MS
    assert told(visits(300, now_ms=NOW_MS + week_ms), NOW_MS + week_ms) == told(visits(300), NOW_MS)


def test_there_are_exactly_as_many_visits_as_asked_for_all_of_them_past_and_marked(many: list[list[Event]]) -> None:
    assert len(many) == 6000
    assert all(isinstance(events[0], WizardView) for events in many)
    for events in many:
        assert events[0].context.ts_ms >= NOW_MS - 28 * DAY_MS
        assert all(event.context.ts_ms < NOW_MS for event in events)
        assert all(event.context.journey_id.startswith(DEMO_PREFIX) for event in events)


def test_answers_lead_where_the_routing_leads(many: list[list[Event]]) -> None:
    results = of_kind(many, ResultView)
    assert len({event.context.answers["hosting"] for event in results}) == 5
    for event in results:
        assert isinstance(event, ResultView)
        route = expected(event.context.answers)
        assert (event.persona, event.recommended, event.declined) == (route.persona, route.recommended, route.declined)
    for event in of_kind(many, CtaClick):
        assert isinstance(event, CtaClick)
        route = expected(event.context.answers)
        assert event.deployment in ((route.recommended,) if event.position == "recommended" else route.alternatives)


def test_a_question_is_seen_before_it_is_answered_and_each_answer_is_a_turn(many: list[list[Event]]) -> None:
    for events in many:
        seen: set[tuple[str, str]] = set()
        turns: Counter[str] = Counter()
        for event in events:
            journey = event.context.journey_id
            if isinstance(event, QuestionView):
                seen.add((journey, event.step))
            if isinstance(event, QuestionAnswer):
                turns[journey] += 1
                assert (journey, event.step) in seen
                assert event.context.answers[event.step] == event.answer
            assert event.context.turn == turns[journey]
        times = [event.context.ts_ms for event in events]
        assert times == sorted(times)


def test_visits_differ_as_real_ones_do(many: list[list[Event]]) -> None:
    names = Counter(event.name for events in many for event in events)
    assert names["wizard_view"] > names["result_view"] > names["cta_click"] > names["conversion"] > 0
    assert names["question_error"] > 0
    assert {event.context.entry for events in many for event in events} == {"fresh", "prefilled", "continued"}
    went_back = [view for view in of_kind(many, QuestionView) if view.step in view.context.answers]  # type: ignore[attr-defined]
    assert went_back
    for slot in ("utm_source", "utm_campaign", "referrer_host", "embed_origin"):
        assert len({getattr(events[0].context.attribution, slot) for events in many}) > 2
    elapsed = sorted(event.elapsed_ms for event in of_kind(many, QuestionAnswer) if isinstance(event, QuestionAnswer))
    median, mean = elapsed[len(elapsed) // 2], sum(elapsed) / len(elapsed)
    assert 1000 < median < mean < 60_000  # a long tail to the right


def test_signups_take_hours_or_days_by_deployment() -> None:
    taken: dict[str, list[int]] = {}
    for events in visits(12_000, days=90):
        for before, event in pairwise(events):
            if isinstance(event, Conversion):
                assert isinstance(before, CtaClick)
                taken.setdefault(event.deployment, []).append(event.context.ts_ms - before.context.ts_ms)
    medians = {name: sorted(times)[len(times) // 2] / DAY_MS for name, times in taken.items()}
    assert medians.keys() == profile.SIGNUP_DAYS.keys()
    for name, (median, _) in profile.SIGNUP_DAYS.items():
        assert 0.6 * median < medians[name] < 1.5 * median
    shares = [sum(time < DAY_MS for time in taken[name]) / len(taken[name]) for name in ("cloud", "private_cloud")]
    assert shares[0] > 3 * shares[1]


def test_some_are_not_sure_who_should_host_it_and_more_are(many: list[list[Event]]) -> None:
    answers = [event for event in of_kind(many, QuestionAnswer) if isinstance(event, QuestionAnswer)]
    hosting = Counter(event.answer for event in answers if event.step == "hosting")
    assert 0.1 < hosting["unsure"] / hosting.total() < 0.25
    assert hosting.most_common(1)[0][0] == "avoid"
    named = {choice.id for step in QUESTIONS.steps for choice in step.choices}
    assert named == profile.CHOICES.keys()


def test_visits_follow_daily_and_weekly_patterns(many: list[list[Event]]) -> None:
    begun = [datetime.fromtimestamp(events[0].context.ts_ms / 1000, UTC) for events in many]
    afternoon, night = (sum(at.hour in hours for at in begun) for hours in ((13, 14, 15), (1, 2, 3)))
    weekdays, weekend = (sum(at.weekday() in days for at in begun) / len(days) for days in ((0, 1, 2, 3), (5, 6)))
    assert afternoon > 3 * night
    assert weekdays > 1.5 * weekend


def test_some_go_on_from_an_expired_journey_with_its_answers(many: list[list[Event]]) -> None:
    continued = [event for event in of_kind(many, QuestionView) if event.context.entry == "continued"]
    known = {event.context.journey_id for events in many for event in events}
    viewed = {event.context.journey_id for event in of_kind(many, WizardView)}
    assert continued
    for event in continued:
        assert event.context.journey_id in viewed
        assert event.context.continued_from in known
        assert event.context.journey_id != event.context.continued_from


def test_the_ledger_balances_while_demo_data_is_there_and_once_it_is_gone(log: Log) -> None:
    steps: list[int] = []
    added = load.add(log, visits(700), steps.append)
    assert sum(steps) == 700
    assert added.stored == log.count()
    assert load.count(log) == added.journeys >= 700
    assert read_ledger(log.database, Period()).problems() == {}
    again = load.add(log, visits(700), steps.append)
    assert (again.stored, again.present) == (0, added.stored + added.present)

    log.append(visit("real"))
    steps.clear()
    gone = load.remove(log, steps.append)
    assert (gone.journeys, gone.events) == (added.journeys, added.stored)
    assert sum(steps) == added.journeys
    assert {event.context.journey_id for event in log.read()} == {"real"}
    ledger = read_ledger(log.database, Period())
    assert ledger.problems() == {}
    assert ledger.total.erased == added.stored


def test_the_journey_tables_match_the_stored_events(log: Log) -> None:
    found = visits(200)
    load.add(log, found, lambda _: None)
    names = sorted({event.context.journey_id for events in found for event in events})
    assert log.rebuild(names, write=False) == 0


@pytest.mark.parametrize("name", ["real", "demo", "Demo.1", "demo-1"])
def test_a_log_that_holds_a_real_journey_is_refused(name: str, log: Log) -> None:
    view = visit()[0]
    log.append([WizardView(replace(view.context, journey_id=name))])
    with pytest.raises(load.RealJourneys, match=r"^WIZARD_DATABASE_URL: given a log with real journeys; allowed"):
        load.add(log, visits(10), lambda _: None)
    assert log.count() == 1
