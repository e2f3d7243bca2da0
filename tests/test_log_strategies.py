"""The logs that Hypothesis draws hold every case that they are drawn for; else what they prove would be little."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from log_strategies import DAY_MS, HOSTILE, OLD, LogCase, log_cases, split_duplicates
from reference_overview import ReferenceJourney
from reference_report import trails

from wizard.events.periods import midnight_ms

EXAMPLES = 150


def told_of(journey: ReferenceJourney) -> Counter[str]:
    """Which cases one journey is."""
    given_ = journey.of("question_answer")
    states = {(told["turn"], str(told["answers"])) for told in given_}
    pages = {(told["turn"], str(told["answers"])) for told in journey.of("question_view", "result_view")}
    results = {told["recommended"] for told in journey.of("result_view")}
    clicks = journey.of("cta_click")
    own = list(journey.did.values())
    return Counter(
        {
            "two tabs at one turn": len(states) > len({turn for turn, _ in states}),
            "a page that never loaded": bool(states - pages),
            "a result that changed": len(results) > 1,
            "an error": any(step["met_error"] for step in own),
            "gone back": any(step["went_back"] for step in own),
            "an answer that changed": any(step["changed"] for step in own),
            "left at a step": any(step["left"] for step in own),
            "prefilled": journey.trail[0]["entry"] == "prefilled",
            "continued": journey.trail[0]["entry"] == "continued",
            "a link with all answers": journey.flags["finished"] and not journey.flags["started"],
            "followed": bool(clicks) and journey.then == "followed",
            "alternative": bool(clicks) and journey.then == "alternative",
            "declined": bool(journey.result.get("declined")),
            "converted days later": any(
                told["ts_ms"] > journey.began_ms + 2 * DAY_MS for told in journey.of("conversion")
            ),
            "an old step": any(told.get("step") in OLD.values() for told in journey.trail),
            "hostile": journey.values["campaign"] in HOSTILE[2:],
        }
    )


def asked_of(of: LogCase) -> Counter[str]:
    """Which cases one log is, with the span that is asked for."""
    new, again = split_duplicates(of.batches)
    period, before = of.span.period, of.span.before
    ends = {period.since_ms, period.until_ms, before.since_ms, before.until_ms}
    journeys = [ReferenceJourney(trail) for trail in trails(new)]
    told = [[event["ts_ms"] for event in journey.trail] for journey in journeys]
    cases: Counter[str] = Counter()
    for journey in journeys:
        cases.update(told_of(journey))
        cases["at the end of a span"] += journey.began_ms in ends
        cases["now"] += (period.since_ms or 0) <= journey.began_ms < (period.until_ms or 0)
        cases["before"] += (before.since_ms or 0) <= journey.began_ms < (before.until_ms or 0)
    cases["told twice"] += bool(again)
    cases["out of order"] += any(times != sorted(times) for times in told)
    cases["across midnight"] += any(_day(min(times), of) != _day(max(times), of) for times in told)
    cases["a day that is shorter or longer"] += any(_length(of, day) != DAY_MS for day in range(3))
    return cases


def _day(at_ms: int, of: LogCase) -> int:
    return (at_ms - midnight_ms(of.span.first, of.zone)) // DAY_MS


def _length(of: LogCase, number: int) -> int:
    day: date = of.span.last - timedelta(days=number)
    return midnight_ms(day + timedelta(days=1), of.zone) - midnight_ms(day, of.zone)


def test_drawn_logs_hold_every_case_several_times() -> None:
    cases: Counter[str] = Counter()
    names: set[str] = set()

    @seed(1)
    @hypothesis_settings(
        max_examples=EXAMPLES, phases=[Phase.generate], database=None, suppress_health_check=[*HealthCheck]
    )
    @given(log_cases())
    def look(of: LogCase) -> None:
        found = asked_of(of)
        names.update(found)
        cases.update(found)

    look()
    assert {name: cases[name] for name in names if cases[name] < 5} == {}
