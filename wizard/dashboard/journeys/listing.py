"""The page with the list of journeys: reads what it shows, and turns that into texts and links."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from wizard.analytics.conditions import CONDITIONS
from wizard.analytics.overview import has_demo, is_empty
from wizard.analytics.selection import Selection
from wizard.dashboard.filter_bar import Bar, Choice, Offered, Owner, bar_of, wider_spans
from wizard.dashboard.journeys.extra_filters import more_filters
from wizard.dashboard.journeys.paging import FIRST, Page, Place, count_suspects, oldest, read_page
from wizard.dashboard.journeys.rows import Row, shown
from wizard.dashboard.journeys.values import read_values
from wizard.dashboard.labels import Names, moment
from wizard.questionnaire.flow import Flow
from wizard.storage.database import Database
from wizard.web.areas import DASHBOARD

LIST = f"{DASHBOARD}/journeys"


@dataclass(frozen=True, slots=True)
class Found:
    """All that the list shows of a selection; `now_ms` is when it was read.

    `suspects` are how many suspect journeys there are of those selected, whether or not they are listed.
    """

    selection: Selection
    place: Place
    page: Page
    values: Mapping[str, Offered]
    suspects: int
    is_empty: bool
    has_demo: bool
    now_ms: int


@dataclass(frozen=True, slots=True)
class Pager:
    """The addresses of other pages; empty where there is none."""

    newest: str
    newer: str
    older: str
    oldest: str


@dataclass(frozen=True, slots=True)
class SuspectVisits:
    """How many suspect journeys there are, whether they are listed, and the address of the list of these alone."""

    count: int
    are_listed: bool
    href: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The page. Only its first one is kept up to date: what is behind a place in the list does not move under a reader.

    `suspects` is None where there is none, or nothing else is listed. `wider` are longer spans to look at instead,
    where nothing is in this one.
    """

    bar: Bar
    count: int
    suspects: SuspectVisits | None
    rows: tuple[Row, ...]
    pager: Pager
    is_first: bool
    wider: tuple[Choice, ...]
    zone: str
    at: str
    query: str
    overview_href: str
    is_empty: bool
    has_demo: bool


def read_listing(database: Database, selection: Selection, place: Place, now_ms: int) -> Found:
    """One page of the journeys of a selection, and what goes with it. Raises SQLAlchemyError."""
    page = read_page(database, selection, place)
    values = read_values(database, selection.span.period, now_ms)
    with database.snapshot() as connection:
        nobody = not page.count and is_empty(connection)
        suspects = count_suspects(connection, selection)
        return Found(selection, place, page, values, suspects, nobody, has_demo(connection), now_ms)


def listing_of(found: Found, names: Names, flow: Flow, zone: ZoneInfo) -> Listing:
    """The page that shows what was `found`."""
    selection = found.selection
    owner = Owner(LIST, _address, found.values, more_filters(selection, names, flow))
    return Listing(
        bar=bar_of(selection, owner, names, zone),
        count=found.page.count,
        suspects=_suspects(found),
        rows=tuple(shown(row, names, zone) for row in found.page.rows),
        pager=_pager(found),
        is_first=found.place == FIRST,
        wider=wider_spans(selection, _address),
        zone=zone.key,
        at=f"{moment(found.now_ms, zone):%H:%M}",
        query=selection.query(),
        overview_href=f"{DASHBOARD}?{selection.without(*CONDITIONS).query()}",
        is_empty=found.is_empty,
        has_demo=found.has_demo,
    )


def _suspects(found: Found) -> SuspectVisits | None:
    selection = found.selection
    if not found.suspects or selection.suspects == "only":
        return None
    href = _address(replace(selection, suspects="only"))
    return SuspectVisits(found.suspects, selection.suspects == "included", href)


def _pager(found: Found) -> Pager:
    selection, page = found.selection, found.page
    return Pager(
        newest="" if found.place == FIRST else _address(selection),
        newer=_address(selection, page.newer) if page.newer else "",
        older=_address(selection, page.older) if page.older else "",
        oldest=_address(selection, oldest(selection)) if page.older else "",
    )


def _address(selection: Selection, place: Place = FIRST) -> str:
    return f"{LIST}?{selection.query(**place.parameters())}"
