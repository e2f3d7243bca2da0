"""The list goes through all journeys once, in their order, as fast at its end as at its beginning."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from dashboard_app import add_rows, add_views, opened, selected
from factories import NOV_1
from sqlalchemy import Select, text

from wizard.analytics.conditions import OUTCOMES
from wizard.analytics.selection import Selection
from wizard.dashboard.journeys.paging import (
    FIRST,
    Cursor,
    Page,
    Place,
    counted,
    in_order,
    oldest,
    read_cursor,
    read_page,
)
from wizard.events.log import DAY_MS, Log

SIZE = 7
EVERY = selected("period=28d")
MANY_MS = NOV_1 + 5 * DAY_MS
"""A millisecond in which many journeys begin."""


@pytest.fixture
def log(any_database: str) -> Iterator[Log]:
    with opened(any_database) as log:
        yield log


def beginnings() -> dict[str, int]:
    """Journeys, 40 of which begin at once; ids of upper and lower case, digits and signs, in no order of time."""
    chance = Random(5)  # noqa: S311
    letters = "abcXYZ019-_."
    names = list(dict.fromkeys("".join(chance.choices(letters, k=6)) for _ in range(100)))
    return {
        name: MANY_MS if number < 40 else NOV_1 + chance.randrange(DAY_MS * 27) for number, name in enumerate(names)
    }


def walk(log: Log, selection: Selection, start: Place, onward: Callable[[Page], Place | None]) -> Iterator[Page]:
    place: Place | None = start
    while place:
        page = read_page(log.database, selection, place, SIZE)
        yield page
        place = onward(page)


def ids(page: Page) -> list[str]:
    return [row.journey_id for row in page.rows]


def test_walking_shows_every_journey_once_and_back_the_same_the_other_way_round(log: Log) -> None:
    began = beginnings()
    add_views(log, began)
    down = [name for page in walk(log, EVERY, FIRST, lambda page: page.older) for name in ids(page)]
    assert sorted(down) == sorted(began)
    assert [began[name] for name in down] == sorted(began.values(), reverse=True)
    up = [list(reversed(ids(page))) for page in walk(log, EVERY, oldest(EVERY), lambda page: page.newer)]
    assert [name for some in up for name in some] == list(reversed(down))


def test_each_page_leads_back_to_the_one_before_it(log: Log) -> None:
    add_views(log, beginnings())
    pages = list(walk(log, EVERY, FIRST, lambda page: page.older))
    assert pages[0].newer is None
    assert pages[-1].older is None
    for page, following in pairwise(pages):
        assert following.newer
        assert ids(read_page(log.database, EVERY, following.newer, SIZE)) == ids(page)


def test_journeys_that_come_in_meanwhile_move_nothing(log: Log) -> None:
    began = beginnings()
    add_views(log, began)
    seen: list[str] = []
    for number, page in enumerate(walk(log, EVERY, FIRST, lambda page: page.older)):
        seen += ids(page)
        assert page.count == len(began) + number
        add_views(log, {f"new-{number}": NOV_1 + 27 * DAY_MS + number})
    assert sorted(seen) == sorted(began)


def test_a_walk_keeps_to_what_is_selected_and_to_the_span(log: Log) -> None:
    first_ms, last_ms = EVERY.span.period.since_ms or 0, (EVERY.span.period.until_ms or 0) - 1
    add_views(log, {"first": first_ms, "last": last_ms, "mid": MANY_MS}, utm_source="news")
    add_views(log, {"early": first_ms - 1, "late": last_ms + 1}, utm_source="news")
    add_views(log, {"other": MANY_MS}, utm_source="ads")
    news = selected("period=28d&source=news")
    for start, onward in ((FIRST, "older"), (oldest(news), "newer")):
        pages = list(walk(log, news, start, attrgetter(onward)))
        assert [ids(page) for page in pages] == [["last", "mid", "first"]]
        assert [page.count for page in pages] == [3]


@pytest.mark.parametrize("is_newer", [False, True])
@pytest.mark.parametrize("began_ms", [0, 10**15], ids=["long before", "long after"])
def test_a_place_outside_of_the_span_does_not_widen_it(log: Log, began_ms: int, *, is_newer: bool) -> None:
    add_views(log, {"inside": MANY_MS, "early": NOV_1 - DAY_MS, "late": NOV_1 + 40 * DAY_MS})
    page = read_page(log.database, EVERY, Place(Cursor(began_ms, "x"), is_newer))
    is_before_it = (began_ms == 0) == is_newer
    assert ids(page) == (["inside"] if is_before_it else [])
    assert page.count == 1


@pytest.mark.parametrize("cursor", [Cursor(0, ""), Cursor(-5, "demo.1"), Cursor(NOV_1, "a-b_C.9 ~")])
def test_a_cursor_is_read_as_it_is_written(cursor: Cursor) -> None:
    assert read_cursor(str(cursor)) == cursor


@pytest.mark.parametrize(
    "given", ["", "5", "x.y", "1.\0", "1.\n", "1.é", "99999999999999999.a", f"1.{'a' * 201}", "1. \x7f"]
)
def test_what_is_no_cursor_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        read_cursor(given)


NARROWED = (
    "",
    *(f"&outcome={name}" for name in OUTCOMES),
    "&source=news",
    "&did=who.left",
    "&edge=who.hosting",
    "&suspects=include",
    "&suspects=only",
)
PLACES = (FIRST, Place(Cursor(MANY_MS, "m")), Place(Cursor(MANY_MS, "m"), is_newer=True))


@pytest.mark.parametrize("place", PLACES, ids=["first", "older", "newer"])
@pytest.mark.parametrize("more", NARROWED)
def test_on_sqlite_a_page_is_read_off_the_index_in_its_order(tmp_path: Path, more: str, place: Place) -> None:
    with opened(f"sqlite:///{tmp_path}/log.db") as log, log.database.reader.connect() as connection:
        statement = in_order(selected(f"period=28d{more}"), place).limit(50)
        made = str(statement.compile(log.database.reader, compile_kwargs={"literal_binds": True}))
        plan = [row[3] for row in connection.execute(text("EXPLAIN QUERY PLAN " + made.replace(":", r"\:")))]
    bounds = {"first": "began_ms>? AND began_ms<?"}.get("first" if place == FIRST else "")
    assert "USING INDEX ix_journeys_began_ms" in plan[0]
    assert (bounds or "(began_ms,journey_id)") in plan[0]
    assert not any("ORDER BY" in line for line in plan)


@pytest.mark.parametrize("more", ["", "&suspects=include", "&suspects=only"])
def test_on_sqlite_all_journeys_of_a_period_are_counted_in_indexes(tmp_path: Path, more: str) -> None:
    with opened(f"sqlite:///{tmp_path}/log.db") as log, log.database.reader.connect() as connection:
        made = str(
            counted(selected(f"period=28d{more}")).compile(log.database.reader, compile_kwargs={"literal_binds": True})
        )
        plan = [row[3] for row in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + made)]
    read = [line for line in plan if "journeys" in line]
    assert read
    assert all("USING COVERING INDEX" in line for line in read)


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ("", ["mid", "first"]),
        ("&suspects=include", ["last", "mid", "first"]),
        ("&suspects=only", ["last"]),
        ("&source=news", ["mid"]),
        ("&source=news&suspects=include", ["last", "mid"]),
        ("&source=news&suspects=only", ["last"]),
    ],
)
def test_suspect_journeys_are_listed_and_counted_only_where_they_are_asked_for(
    log: Log, more: str, names: list[str]
) -> None:
    rows = (("early", -1, "burst", "news"), ("first", 1, "", ""), ("mid", 2, "", "news"), ("last", 3, "fast", "news"))
    add_rows(
        log,
        (
            {"journey_id": name, "began_ms": NOV_1 + day * DAY_MS, "suspect": mark, "utm_source": source}
            for name, day, mark, source in rows
        ),
    )
    page = read_page(log.database, selected(f"period=28d{more}"), FIRST)
    assert (ids(page), page.count) == (names, len(names))


@pytest.mark.parametrize("more", ["", "&outcome=viewed", "&outcome=not_started&source=news", "&did=who.left"])
def test_on_postgresql_a_page_is_read_off_the_index_in_its_order(postgresql_url: str, more: str) -> None:
    with opened(postgresql_url) as log:
        add_rows(
            log,
            (
                {
                    "journey_id": f"{n:x}",
                    "began_ms": NOV_1 + n * 100_000,
                    "viewed": 1,
                    "utm_source": ("news", "")[n % 2],
                }
                for n in range(20_000)
            ),
        )
        with log.database.writer.begin() as connection:
            connection.execute(text("ANALYZE journeys"))
        for place in PLACES:
            plan = postgresql_plan(log, in_order(selected(f"period=28d{more}"), place).limit(50))
            assert re.search(r"Index Scan( Backward)? using ix_journeys_began_ms", plan)
            assert "Sort" not in plan
            condition = next(line for line in plan.splitlines() if "Index Cond" in line)
            assert ("ROW(" in condition) == (place != FIRST)


def postgresql_plan(log: Log, statement: Select[Any]) -> str:
    with log.database.reader.connect() as connection:
        made = str(statement.compile(log.database.reader, compile_kwargs={"literal_binds": True}))
        return "\n".join(connection.exec_driver_sql(f"EXPLAIN {made}").scalars())
