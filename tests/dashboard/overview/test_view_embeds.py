"""The table of embed pages says each state in words, and leads to the overview of the page."""

from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from dashboard_app import NOW_MS, selected
from factories import NOV_1

from wizard.analytics.embed_history import STATES, State
from wizard.analytics.embeds import EmbedPage, Embeds
from wizard.analytics.rates import Rate
from wizard.dashboard.overview.view_embeds import MOST_ROWS, STATE_WORDS, EmbedRow, EmbedsView, embeds_of
from wizard.dashboard.overview.view_links import Asked, Links
from wizard.events.log import DAY_MS

PAGE = "https://example.com/pricing?a=b&c"
BERLIN = ZoneInfo("Europe/Berlin")
HOUR_MS = 3_600_000


def page(  # noqa: PLR0913  # each is a column
    state: State = "usual",
    name: str = PAGE,
    *,
    first_ms: int = NOV_1 + 3 * DAY_MS,
    last_ms: int = NOW_MS - 2 * HOUR_MS,
    usual: float | None = 7.5,
    expected: float | None = 12.5,
) -> EmbedPage:
    return EmbedPage(
        page=name,
        state=state,
        first_ms=first_ms,
        last_ms=last_ms,
        today=1234,
        usual=usual,
        expected=expected,
        last_week=3,
        week_before=4,
        starts=Rate(2, 3),
        starts_before=Rate(0, 0),
        unanswered=1,
    )


def viewed(*pages: EmbedPage) -> EmbedsView:
    links = Links(selected("period=7d&device=mobile"), Asked(metric="started"))
    return embeds_of(Embeds(pages, NOV_1 - HOUR_MS), links, BERLIN, NOW_MS)


def row(each: EmbedPage) -> EmbedRow:
    (found,) = viewed(each).rows
    return found


def test_a_page_leads_to_its_overview_as_it_is_shown() -> None:
    query = dict(parse_qsl(urlsplit(row(page()).href).query))
    assert query == {"period": "7d", "page": PAGE, "device": "mobile", "metric": "started"}


def test_times_are_local_and_dates_stand_where_it_is_not_today() -> None:
    found = row(page())
    assert (found.first, found.last) == ("4 Nov", "11:00")
    assert row(page(last_ms=NOW_MS - 13 * HOUR_MS)).last == "00:00"
    assert row(page(last_ms=NOW_MS - 13 * HOUR_MS - 1)).last == "27 Nov, 23:59"
    assert viewed().at == "13:00"


def test_a_page_of_the_first_day_may_be_older() -> None:
    assert row(page(first_ms=NOV_1 + 5 * HOUR_MS)).first == "1 Nov or earlier"
    assert viewed().since == "1 Nov"


def test_numbers_that_are_not_known_are_dashes() -> None:
    found = row(page(usual=None))
    assert (found.usual, found.starts, found.starts_before) == ("\N{EN DASH}", "67%", "\N{EN DASH}")
    assert [row(page(usual=usual)).usual for usual in (0, 7.5, 8.0, 10.5, 1234.0)] == ["0", "7.5", "8", "10", "1,234"]


def test_each_state_has_words_and_the_bad_ones_a_mark_and_their_numbers() -> None:
    assert set(STATE_WORDS) == set(STATES)
    rows = {state: row(page(state)) for state in STATES}
    assert [state for state, each in rows.items() if each.is_loud] == ["broken", "not_starting"]
    assert all(each.state.mark for state, each in rows.items() if state != "usual")
    assert rows["broken"].why == "no visits since, 12 are usual"
    assert rows["not_starting"].why == "1 visit without an answer"
    assert not rows["usual"].why


def test_pages_beyond_the_most_are_added_up() -> None:
    found = viewed(*(page(name=f"https://{number}.example") for number in range(MOST_ROWS + 2)))
    assert len(found.rows) == MOST_ROWS
    assert found.others == "2 more pages, with 6 visits in the last 7 days."
    assert not viewed(page()).others
