"""Which journeys are marked as suspect: those of a burst from one network, and those answered faster than one reads."""

import pytest
from recorded_client import Watched
from support import Client, Page, client_of, settings

from wizard.app import create_app, recorder_of
from wizard.clock import system_ms
from wizard.visitor.journey import HOUR_MS

RATE = 3


def watched_with(**environ: str) -> Watched:
    app = create_app(settings(trusted_proxies="1", suspect_rate=str(RATE), **environ))
    return Watched(app, client_of(app))


def begin(client: Client, address: str, path: str = "/", **headers: str) -> Page:
    return Page(client.get(path, headers={"X-Forwarded-For": address, **headers}))


def marks(watched: Watched) -> list[str]:
    return [row.suspect for row in watched.journeys()]


def test_the_mark_begins_beyond_so_many_new_journeys_a_minute_from_one_network() -> None:
    watched = watched_with()
    for host in range(RATE + 2):
        begin(watched.client, f"192.0.2.{host}")
        begin(watched.client, f"2001:db8:1:{host}::{host}")
    begin(watched.client, "192.0.3.1")
    begin(watched.client, "2001:db8:2::1")
    assert sorted(marks(watched)) == [""] * (2 * RATE + 2) + ["burst"] * 4
    assert watched.counts() == {"stored": 2 * (2 * RATE + 6)}, "nothing is dropped"


def test_all_that_happens_in_a_marked_journey_carries_the_mark() -> None:
    watched = watched_with()
    for _ in range(RATE + 1):
        page = begin(watched.client, "192.0.2.1")
    watched.forget()
    for choice in ("team", "2_10", "avoid"):
        page = watched.client.answer(page, choice, headers={"X-Forwarded-For": "203.0.113.9"})
    watched.client.get(str(page.all("a[data-deployment]")[0]["href"]))
    carried = [event.context.suspect for event in watched.log.read() if event.context.turn]
    assert set(carried) == {"burst"}
    assert len(carried) == 3 + 3 + 1
    row = watched.journeys()[-1]
    assert (row.suspect, row.clicked, watched.step("hosting").suspect) == ("burst", 1, "burst")


def test_a_refresh_and_further_pages_of_a_journey_are_no_new_journeys() -> None:
    watched = watched_with()
    page = begin(watched.client, "192.0.2.1")
    for _ in range(3 * RATE):
        begin(watched.client, "192.0.2.1", f"/?journey={page.journey}")
    begin(watched.client, "192.0.2.1")
    assert marks(watched) == ["", ""]


def test_a_program_that_is_no_browser_uses_up_its_network_as_well() -> None:
    watched = watched_with()
    for _ in range(RATE):
        watched.client.get("/", headers={"X-Forwarded-For": "192.0.2.1", "User-Agent": "curl/8"})
    begin(watched.client, "192.0.2.1")
    assert marks(watched) == ["burst"]


@pytest.mark.parametrize("ahead", [{"Sec-Purpose": "prefetch;prerender"}, {"Sec-Purpose": "prefetch"}])
def test_a_journey_that_was_fetched_ahead_is_counted_once_somebody_is_there(ahead: dict[str, str]) -> None:
    watched = watched_with()
    pages = [begin(watched.client, "192.0.2.1", **ahead) for _ in range(2 * RATE)]
    for host, page in enumerate(pages):
        watched.client.submit(page, "hobby", headers={"X-Forwarded-For": f"198.51.{host}.1"})
    assert marks(watched) == [""] * (2 * RATE), "a browser's maker fetches ahead for many"
    pages = [begin(watched.client, "192.0.2.1", **ahead) for _ in range(RATE + 1)]
    for page in pages:
        watched.client.submit(page, "hobby", headers={"X-Forwarded-For": "203.0.113.1"})
    assert marks(watched).count("burst") == 1, "fetching ahead is no way round it"


def test_a_journey_that_goes_on_from_an_expired_one_counts_as_new(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = watched_with()
    pages = [begin(watched.client, f"198.51.{number}.1") for number in range(RATE + 1)]
    later = system_ms() + 25 * HOUR_MS
    monkeypatch.setattr("wizard.clock.time_ns", lambda: later * 1_000_000)
    for page in pages:
        begin(watched.client, "192.0.2.1", f"/?journey={page.journey}")
    assert marks(watched).count("burst") == 1


@pytest.mark.parametrize("environ", [{"suspect_rate": "0"}, {"trusted_proxies": "0"}], ids=str)
def test_nothing_is_marked_where_it_is_off_or_where_no_address_is_known(environ: dict[str, str]) -> None:
    app = create_app(settings(**{"trusted_proxies": "1", "suspect_rate": "1"} | environ))
    watched = Watched(app, client_of(app))
    for _ in range(5):
        begin(watched.client, "192.0.2.1" if environ.get("suspect_rate") else "127.0.0.1")
    assert marks(watched) == [""] * 5


def test_a_preview_is_not_counted() -> None:
    watched = watched_with()
    for _ in range(RATE + 1):
        begin(watched.client, "192.0.2.1", "/?preview=1")
    begin(watched.client, "192.0.2.1")
    assert marks(watched) == [""]


PACES = [
    ("each in 299 ms", (299, 299, 299), "fast"),
    ("at once", (0, 0, 0), "fast"),
    ("one of them as fast as people read", (10, 300, 10), ""),
    ("all but the first", (2000, 10, 10), ""),
    ("a clock that runs behind says nothing", (-500, -500, -500), ""),
]


@pytest.mark.parametrize(("paces", "mark"), [case[1:] for case in PACES], ids=[case[0] for case in PACES])
def test_a_journey_is_marked_when_every_answer_came_faster_than_a_person_reads(
    paces: tuple[int, ...], mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_ms = [1_800_000_000_000]
    monkeypatch.setattr("wizard.clock.time_ns", lambda: now_ms[0] * 1_000_000)
    watched = watched_with(suspect_answer_ms="300")
    page = watched.client.page("/")
    for choice, pace_ms in zip(("team", "2_10", "avoid"), paces, strict=True):
        now_ms[0] += pace_ms
        page = watched.client.answer(page, choice)
    (row,) = watched.journeys()
    assert (row.finished, row.suspect) == (1, mark)
    assert {watched.step(step).suspect for step in ("who", "team_size", "hosting")} == {mark}
    assert watched.log.rebuild([row.journey_id], write=False) == 0, "a rebuild reads the mark from the events alone"


def test_a_link_that_holds_every_answer_is_not_taken_for_fast_answers() -> None:
    watched = watched_with(suspect_answer_ms="300")
    watched.client.page("/?who=hobby&hosting=avoid")
    assert [(row.finished, row.suspect) for row in watched.journeys()] == [(1, "")]


def test_no_address_is_kept_in_the_clear() -> None:
    watched = watched_with()
    begin(watched.client, "192.0.2.77")
    events = [event.properties() for event in watched.log.read()]
    assert "192.0.2" not in str(events)
    recorder_of(watched.app).close()
