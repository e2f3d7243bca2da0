"""The addresses of the overview."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from werkzeug.datastructures import MultiDict

from wizard.analytics.quoting import quoted
from wizard.analytics.selection import Selection, read_selection
from wizard.dashboard.overview.view_links import ASKED_NAMES, Asked, Links, canonical, parameters, read_asked

ZONE = ZoneInfo("Europe/Berlin")
NOW_MS = int(datetime(2026, 11, 22, 14, 12, tzinfo=UTC).timestamp() * 1000)


def selected(**given: str) -> Selection:
    return read_selection(MultiDict(given), ZONE, NOW_MS).selection


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"period": "today", "source": "-", "campaign": "--x"},
        {"since": "2026-01-01", "until": "2026-01-31", "page": "https://example.com/a?b", "persona": "team"},
        {"since": "2026-01-01T00:00:00Z", "until": "2026-01-31T00:00:00+01:00", "referrer": "a&b=c #d%"},
        {"metric": "clicked", "sort": "moved", "by": "campaign", "all": "1", "find": "a b%", "show": "log"},
        {"metric": "finished", "sort": "journeys", "source": "", "since": ""},
        {"outcome": "finished", "did": "who.left", "device": "mobile", "metric": "time"},
        {"metric": "journeys", "all": "persona"},
    ],
)
def test_the_one_address_of_an_overview_reads_back_as_itself(given: dict[str, str]) -> None:
    asked, problems = read_asked(MultiDict(given))
    assert not problems
    selection = selected(**given)
    pairs = parse_qsl(urlsplit(canonical(selection, asked)).query, keep_blank_values=True)
    again = MultiDict(pairs)
    assert parameters(read_selection(again, ZONE, NOW_MS).selection, read_asked(again)[0]) == pairs
    assert all(value for _, value in pairs)


def test_what_goes_without_saying_is_not_in_the_address() -> None:
    assert canonical(selected(), Asked()) == "/growth?period=28d"


@pytest.mark.parametrize(
    "given",
    [{"metric": "viewed"}, {"sort": "<b>"}, {"all": "2"}, {"by": "answer me"}, {"show": "all"}, {"find": "a" * 201}],
)
def test_what_can_t_be_shown_is_told_and_left_out(given: dict[str, str]) -> None:
    asked, (problem,) = read_asked(MultiDict(given))
    assert asked == Asked()
    ((name, value),) = given.items()
    assert problem.startswith(f"{quoted(value)} can't be read as {ASKED_NAMES[name]}, ")


def test_none_leads_nowhere() -> None:
    links = Links(selected(), Asked())
    assert links.journeys(0).href is None
    assert links.before(0).href is None
    assert links.journeys(1).href == "/growth/journeys?period=28d"


def test_the_period_before_is_named_by_exact_times() -> None:
    links = Links(selected(source="newsletter"), Asked())
    href = links.before(3, ("outcome", "finished")).href
    assert href is not None
    assert dict(parse_qsl(urlsplit(href).query)) == {
        "since": "2026-09-27T22:00:00.000Z",
        "until": "2026-10-25T14:12:00.001Z",  # with the millisecond that it is now
        "source": "newsletter",
        "outcome": "finished",
        "as_of": "2026-10-25T14:12:00.001Z",
    }


def test_the_list_has_the_conditions_in_the_order_in_which_they_are_given() -> None:
    links = Links(selected(), Asked())
    assert links.list(("edge", "who.hosting")) == "/growth/journeys?period=28d&edge=who.hosting"
    assert links.list(("recommended", "cloud"), ("edge", "hosting.result")) == (
        "/growth/journeys?period=28d&recommended=cloud&edge=hosting.result"
    )
