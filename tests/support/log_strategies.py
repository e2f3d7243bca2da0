"""Hypothesis strategies for logs of every shape, and for the periods to query."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import chain
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from visits import BEGAN_MS, MOVES, Visitor, play, visits

from wizard.analytics.date_range import Span, read_span
from wizard.events.attribution import Attribution
from wizard.events.model import Entry, Event, QuestionAnswer, QuestionError, QuestionView, Suspicion
from wizard.events.periods import iso, to_ms
from wizard.questionnaire.questions import QUESTIONS

DAY_MS = 86_400_000
SELDOM = 0.2
LINKED: tuple[Entry, ...] = ("prefilled", "continued")

PLACES = (
    ("UTC", "2026-06-15"),
    ("Europe/Berlin", "2026-03-29"),  # a day of 23 hours
    ("Europe/Berlin", "2026-10-25"),  # one of 25
    ("America/St_Johns", "2026-03-08"),  # half an hour off
    ("Australia/Lord_Howe", "2026-04-05"),  # clocks change by half an hour
    ("America/Havana", "2026-11-01"),  # clocks show midnight twice
    ("Africa/Cairo", "2026-04-24"),  # and skip it
    ("Asia/Kathmandu", "2026-12-31"),
)
"""Time zones, and a day there with a special case."""

HOSTILE = (
    "",
    "newsletter",
    "-",
    "--x",
    "-1+1",
    "<script>alert(1)</script>",
    "&amp;&lt;",
    "100%_of/them\\",
    "\u202egnp.exe\u2066",
    "مرحبا",
    "🧙" * 50,
    "=cmd|' /C calc'!A0",
    "a=b&c=d;e#f?g+h i",
    "%2D%00",
    "'; DROP TABLE journeys; --",
)
EMBEDS = (
    ("", ""),
    ("https://example.com", ""),
    ("https://example.com", "/"),
    ("https://example.com", "/pricing_100%"),
    ("https://example.com", "//example.org/"),
    ("http://localhost:8000", "/<b>-_%?"),
)
OLD = {"team_size": "headcount"}
"""Names of steps in an earlier flow, by today's names."""


@dataclass(frozen=True)
class LogCase:
    """Batches of events to append to a log; and the span to query, with its time zone and the current time."""

    batches: Sequence[Sequence[Event]]
    zone: ZoneInfo
    now_ms: int
    span: Span

    @property
    def events(self) -> list[Event]:
        return list(chain.from_iterable(self.batches))


@st.composite
def log_cases(draw: st.DrawFn) -> LogCase:
    """A few journeys near the ends of a span, their events in any order and partly repeated, and that span."""
    place, day = draw(st.sampled_from(PLACES))
    zone, today = ZoneInfo(place), date.fromisoformat(day)
    clock = draw(st.sampled_from([time(0), time(0, 30), time(2, 30), time(12), time(23, 59, 59, 999_000)]))
    now_ms = to_ms(datetime.combine(today, clock, tzinfo=zone))
    span = read_span(draw(spans_about(today, now_ms)), zone, now_ms)
    trails = [draw(trail(f"journey-{number}", span)) for number in range(draw(st.sampled_from([6, 4, 1, 0])))]
    events = list(chain.from_iterable(trails))
    draw(st.randoms(use_true_random=False)).shuffle(events)
    size = draw(st.sampled_from([3, 1000]))
    return LogCase([events[start : start + size] for start in range(0, len(events), size)], zone, now_ms, span)


def spans_about(today: date, now_ms: int) -> st.SearchStrategy[dict[str, str]]:
    """The URL parameters of a span: a name, dates or times."""
    names = st.sampled_from(["today", "7d", "28d"]).map(lambda name: {"period": name})
    back, ahead = st.integers(0, 3), st.integers(0, 2)
    dates = st.tuples(back, ahead).map(
        lambda days: {
            "since": (today - timedelta(days=days[0])).isoformat(),
            "until": (today + timedelta(days=days[1])).isoformat(),
        }
    )
    hours = st.tuples(st.integers(1, 80), st.integers(0, 30)).map(
        lambda hours: {"since": iso(now_ms - hours[0] * 3_600_000), "until": iso(now_ms + hours[1] * 3_600_000)}
    )
    return names | dates | hours


def moments(span: Span) -> st.SearchStrategy[int]:
    """When a journey may begin: at the ends of the span and of the previous one, or anywhere near them."""
    ends = [at for each in (span.before, span.period) for at in (each.since_ms or 0, each.until_ms or 0)]
    at_an_end = st.tuples(st.sampled_from(ends), st.sampled_from([-1, 0, 1])).map(sum)
    return at_an_end | st.integers(ends[2], ends[3] - 1) | st.integers(ends[0] - 1000, ends[3] + 1000)


@st.composite
def trail(draw: st.DrawFn, journey_id: str, span: Span) -> list[Event]:
    """The events of a journey, some repeated, with any attribution, and perhaps of an earlier flow."""
    visitor = draw(visits(journey_id) | whole(journey_id) | wandering(journey_id))
    own = {
        "utm_source": draw(st.just("") | st.sampled_from(HOSTILE)),
        "utm_campaign": draw(st.just(journey_id) | st.sampled_from(HOSTILE)),
        **dict(zip(("embed_origin", "embed_path"), draw(st.sampled_from(EMBEDS)), strict=True)),
    }
    locale = draw(st.sampled_from(["en", "pt-BR"]))
    names = OLD if draw(st.integers(0, 4)) == 0 else {}
    shift_ms = draw(moments(span)) - min((event.context.ts_ms for event in visitor.events), default=BEGAN_MS)
    events = [_moved(_renamed(event, names), shift_ms, locale, own) for event in visitor.events]
    if draw(st.integers(0, 2)) == 0:
        events = draw(marked(events))
    return events + draw(st.lists(st.sampled_from(events), max_size=3) if events else st.just([]))


@st.composite
def marked(draw: st.DrawFn, events: Sequence[Event]) -> list[Event]:
    """The events with the marks of Global Privacy Control, or of suspect visits."""
    gpc, why = draw(st.sampled_from([(1, ""), (0, "burst"), (0, "fast"), (0, "some fast"), (1, "burst")]))
    found = []
    for number, event in enumerate(events):
        is_marked = why == "burst" or (isinstance(event, QuestionAnswer) and (why == "fast" or (why and number % 2)))
        suspect: Suspicion = ("burst" if why == "burst" else "fast") if is_marked else ""
        found.append(replace(event, context=replace(event.context, gpc=gpc, suspect=suspect)))
    return found


@st.composite
def whole(draw: st.DrawFn, journey_id: str) -> Visitor:
    """A visit with a result, perhaps prefilled by a link, perhaps with a click, and a conversion days later."""
    answers = dict(draw(st.sampled_from(QUESTIONS.paths)))
    known = draw(st.integers(0, len(answers)))
    prefilled = dict(list(answers.items())[:known])
    entry: Entry = draw(st.sampled_from(LINKED)) if prefilled else "fresh"
    visitor = Visitor(journey_id=journey_id, entry=entry, prefilled=prefilled).arrive()
    for choice in list(answers.values())[known:]:
        visitor.pace_ms = draw(st.sampled_from([1, 700, 1000, 64_000]))
        visitor.answer(choice, logged=draw(st.integers(0, 5)) > 0)
    offered = visitor.page.outcome.recommendation.offered
    if draw(st.booleans()):
        visitor.click(draw(st.sampled_from(offered)))
    if draw(st.booleans()):
        visitor.now_ms += draw(st.sampled_from([0, 3, 12])) * DAY_MS
        visitor.convert(draw(st.sampled_from(offered)), draw(st.sampled_from([None, 0.0, 49.5])))
    return visitor


@st.composite
def wandering(draw: st.DrawFn, journey_id: str) -> Visitor:
    """A visit with many random moves, back and forth and in two tabs: more than Hypothesis draws one by one."""
    chance = Random(draw(st.integers(0, 2**32)))  # noqa: S311  # it is the example's own
    prefilled = dict(chance.choice(QUESTIONS.paths)) if chance.random() < SELDOM else {}
    entry: Entry = "prefilled" if prefilled else "fresh"
    paces_ms = [1000, 2500, 90_000, 1, 0, -5, -2000, DAY_MS]  # another server's clock may be behind
    visitor = Visitor(journey_id=journey_id, entry=entry, prefilled=prefilled, pace_ms=chance.choice(paces_ms))
    visitor.arrive(logged=chance.random() > SELDOM)
    for _ in range(chance.randint(5, 16)):
        visitor.pace_ms = chance.choice(paces_ms)
        if chance.random() < SELDOM and visitor.pages[:-1]:
            visitor.browser_back()  # the next move may as well come from a second tab
            play(visitor, "answer", chance.randrange(12))
        else:
            play(visitor, chance.choice(MOVES), chance.randrange(12))
    return visitor


def _moved(event: Event, by_ms: int, locale: str, slots: Mapping[str, str]) -> Event:
    """The event at another time, in another language and with more attribution."""
    at = event.context
    told = {**{slot: value for slot, value in slots.items() if value}, **at.attribution.filled()}
    if slots.get("utm_source"):
        told["utm_source"] = slots["utm_source"]
    attribution = Attribution(**{**asdict(Attribution()), **told})
    return replace(event, context=replace(at, ts_ms=at.ts_ms + by_ms, locale=locale, attribution=attribution))


def _renamed(event: Event, names: Mapping[str, str]) -> Event:
    """The event with renamed steps."""
    answers = {names.get(step, step): choice for step, choice in event.context.answers.items()}
    event = replace(event, context=replace(event.context, answers=answers))
    if isinstance(event, (QuestionView, QuestionAnswer, QuestionError)):
        return replace(event, step=names.get(event.step, event.step))
    return event


def split_duplicates(batches: Sequence[Sequence[Event]]) -> tuple[list[Event], list[Event]]:
    """The first event of each id, and the duplicates."""
    new: dict[str, Event] = {}
    duplicates = []
    for event in chain.from_iterable(batches):
        if event.event_id in new:
            duplicates.append(event)
        else:
            new[event.event_id] = event
    return list(new.values()), duplicates
