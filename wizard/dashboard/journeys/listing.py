"""The page with the list of journeys: reads what it shows, and turns that into texts and links."""

from dataclasses import dataclass, replace

from wizard.analytics.log_contents import has_demo, is_empty
from wizard.analytics.selection import Selection
from wizard.dashboard.filter_bar import Bar, Choice, Owner, bar_of, wider_spans
from wizard.dashboard.journeys.extra_filters import more_filters
from wizard.dashboard.journeys.paging import FIRST, Page, Place, count_suspects, oldest, page_of
from wizard.dashboard.journeys.rows import Row, row_in_words
from wizard.dashboard.journeys.values import read_values
from wizard.dashboard.labels import Names
from wizard.dashboard.labels import moment as local_moment
from wizard.dashboard.standing import notice_of
from wizard.storage.moment import Moment, Standing
from wizard.web.areas import DASHBOARD
from wizard.web.services import Services

LIST = f"{DASHBOARD}/journeys"


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
    """A page of the list. Only the first one is refreshed: what comes after a place in the list does not move.

    `suspects` is None where there is none, or nothing else is listed. `wider` are longer periods, offered where this
    one has no journeys. `query` is the selection's, and `journey_query` the same with the page's place in the list.
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
    notice: str
    query: str
    journey_query: str
    overview_href: str
    is_empty: bool
    has_demo: bool


def read_listing(made: Services, selection: Selection, place: Place) -> Listing:
    """The list of the journeys of a selection, from a place on. Raises SQLAlchemyError and FiguresUnavailable."""
    names, zone, now_ms = Names(made.wording()), made.settings.time_zone, made.clock()
    found, is_log_empty, suspects, demo, standing = made.readings.read(lambda moment: _read(moment, selection, place))
    values = read_values(made.readings, selection.span.period, now_ms)
    owner = Owner(LIST, _address, values, more_filters(selection, names, made.flow))
    return Listing(
        bar=bar_of(selection, owner, names, zone),
        count=found.count,
        suspects=_suspects(suspects, selection),
        rows=tuple(row_in_words(row, names, zone) for row in found.rows),
        pager=_pager(selection, place, found),
        is_first=place == FIRST,
        wider=wider_spans(selection, _address),
        zone=zone.key,
        at=f"{local_moment(now_ms, zone):%H:%M}",
        notice=notice_of(standing, now_ms, zone),
        query=selection.query(),
        journey_query=selection.query(**place.parameters()),
        overview_href=f"{DASHBOARD}?{replace(selection, as_of_ms=None).query()}",
        is_empty=is_log_empty,
        has_demo=demo,
    )


def _read(moment: Moment, selection: Selection, place: Place) -> tuple[Page, bool, int, bool, Standing | None]:
    """The page; whether the log is empty; how many journeys are suspect; whether any is demo data's; the standing."""
    connection = moment.figures
    found = page_of(connection, selection, place)
    is_log_empty = not found.count and is_empty(connection)
    return found, is_log_empty, count_suspects(connection, selection), has_demo(connection), moment.standing


def _suspects(count: int, selection: Selection) -> SuspectVisits | None:
    if not count or selection.suspects == "only":
        return None
    return SuspectVisits(count, selection.suspects == "included", _address(replace(selection, suspects="only")))


def _pager(selection: Selection, place: Place, found: Page) -> Pager:
    return Pager(
        newest="" if place == FIRST else _address(selection),
        newer=_address(selection, found.newer) if found.newer else "",
        older=_address(selection, found.older) if found.older else "",
        oldest=_address(selection, oldest(selection)) if found.older else "",
    )


def _address(selection: Selection, place: Place = FIRST) -> str:
    return f"{LIST}?{selection.query(**place.parameters())}"
