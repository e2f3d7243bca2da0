"""Describes shared views in words: what they show, by whom they were made, and how often they were opened."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from wizard.analytics.date_range import SPANS
from wizard.analytics.selection import Selection
from wizard.dashboard.filter_bar import Chip, Offered, Owner, bar_of
from wizard.dashboard.labels import METRIC_NAMES, Names, moment
from wizard.dashboard.overview.page_values import read_links
from wizard.dashboard.overview.view_links import Asked, Links, canonical, parameters
from wizard.dashboard.phrases import days_in_words, span_in_words
from wizard.dashboard.sharing.forms import ShareForm
from wizard.dashboard.sharing.shared_views import EXPIRY_DAYS, SharedView, State
from wizard.events.dimensions import DIMENSIONS


@dataclass(frozen=True, slots=True)
class Offer:
    """The form that shares a view. `moving` and `fixed` are its period in both kinds, empty if it has fixed dates."""

    form: ShareForm
    query: str
    moving: str
    fixed: str
    days: tuple[int, ...] = EXPIRY_DAYS


@dataclass(frozen=True, slots=True)
class ListedView:
    """A row of the list. `href` is the view's own address, empty if its query can't be read any more."""

    link_id: str
    period: str
    chips: tuple[Chip, ...]
    figure: str
    href: str
    email: str
    made: datetime
    expires: datetime
    last: datetime | None
    opened: int
    state: State


def offer_of(links: Links) -> Offer:
    """The form that shares the view of `links`."""
    span = links.selection.span
    moving = fixed = ""
    if span.name:
        moving, fixed = period_in_words(links.selection, ZoneInfo("UTC")), days_in_words(span.first, span.last)
    return Offer(ShareForm(), urlencode(parameters(links.selection, links.asked)), moving, fixed)


def fixed_dates(selection: Selection) -> Selection:
    """The selection with the dates of today's view in place of a period that moves with the days."""
    span = selection.span
    if not span.name:
        return selection
    return replace(selection, span=replace(span, name="", since=str(span.first), until=str(span.last)))


def period_in_words(selection: Selection, zone: ZoneInfo) -> str:
    """Its period: that it moves with the days, or from when to when it is."""
    name = selection.span.name
    if not name:
        return span_in_words(selection.span, zone)
    return "The current day" if SPANS[name].days == 1 else f"The last {SPANS[name].days} days"


def filters_in_words(selection: Selection, names: Names, zone: ZoneInfo) -> tuple[Chip, ...]:
    """Its filters and conditions, without addresses."""
    nothing = Owner("", lambda _: "", {name: Offered({}, 0) for name in DIMENSIONS})
    return bar_of(selection, nothing, names, zone).chips


def listed(view: SharedView, names: Names, zone: ZoneInfo, now_ms: int) -> ListedView:
    """The row of a link in the list, with times in `zone`."""
    links, unread = read_links(query_of(view), zone, now_ms)
    selection, metric = links.selection, links.asked.metric
    return ListedView(
        view.link_id,
        period_in_words(selection, zone),
        filters_in_words(selection, names, zone),
        "" if metric == Asked().metric else METRIC_NAMES.get(metric, metric),
        "" if unread else canonical(selection, links.asked),
        view.email,
        moment(view.made_ms, zone),
        moment(view.expires_ms, zone),
        None if view.last_ms is None else moment(view.last_ms, zone),
        view.opened,
        view.state(now_ms),
    )


def query_of(view: SharedView) -> MultiDict[str, str]:
    """The parameters of the overview that a link shows."""
    return MultiDict(parse_qsl(view.query, keep_blank_values=True))
